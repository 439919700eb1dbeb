"""One thread for the many small products of a fit: more cost more than they save, most of all where cores are shared."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

P = ParamSpec("P")
R = TypeVar("R")


def single_threaded(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function with one BLAS and one OpenMP thread, so that its result doesn't depend on how many cores there are.

    The limits that were set before hold again afterwards.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        # In a new thread torch sets its number of threads when first asked, which would be over the limit set here.
        if torch := sys.modules.get("torch"):
            torch.get_num_threads()
        with threadpool_limits(limits=1):
            return function(*args, **kwargs)

    return limited
