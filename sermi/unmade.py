"""Networks of which only the shapes are there: what a configuration describes, before any memory is taken for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


@contextmanager
def unmade() -> Iterator[None]:
    """Tensors that are made within have a shape and no memory.

    >>> with unmade():
    ...     torch.nn.Linear(10**9, 10**9).weight.shape
    torch.Size([1000000000, 1000000000])
    """
    with torch.device("meta"), _Unfilled():
        yield


class _Unfilled(TorchFunctionMode):
    """Leaves out what torch does on "meta" by way of its compiler, whose import alone takes seconds and 150 MB."""

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function is torch.eye:
            return torch.empty(args[0], args[0])
        if function is torch.Tensor.repeat:
            tensor, *times = args
            shape = (1,) * (len(times) - tensor.dim()) + tuple(tensor.shape)
            return torch.empty([n * size for n, size in zip(times, shape, strict=True)])
        if getattr(function, "__module__", "") == torch.nn.init.__name__:
            return kwargs.get("tensor", args[0] if args else None)
        return function(*args, **kwargs)
