"""Several processes, on one machine or many, started by `accelerate launch -m train ...`.

They share the work on features and nothing else: embeddings cost hours, all that follows minutes. So each command lets
all processes fill the cache together; then the others stop and the first goes on alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accelerate import PartialState

_LAUNCHED = ("WORLD_SIZE", "RANK", "LOCAL_RANK")
"""Environment variables by which a launcher gives a process its place."""


def n_processes() -> int:
    """How many work together now: 1 unless `accelerate launch` started more, and once the others have stopped."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which of them this one is."""
    return int(os.environ.get("RANK", "0"))


def device() -> str | None:
    """This process's own device; None where the encoder may choose."""
    return str(_state().device) if n_processes() > 1 else None


def meet() -> None:
    """Wait until all processes are here."""
    if n_processes() > 1:
        _state().wait_for_everyone()


def prepare_on_all_processes(prepare: Callable[[], object]) -> bool:
    """All processes do `prepare`; then the first goes on alone. A single process does nothing here.

    Returns True in the process that should go on, False in the others, which should end with status 0.

    The first process forgets that it was launched with others: it leaves the process group, resets accelerate's state
    and drops the launcher's environment variables. Whatever runs next (fine-tuning, worker processes) would otherwise
    wait at a barrier for processes that have ended.
    """
    if n_processes() == 1:
        return True
    prepare()
    meet()
    is_first, state = rank() == 0, _state()
    state.destroy_process_group()
    if is_first:
        state._reset_state()
        for name in _LAUNCHED:
            os.environ.pop(name, None)
    return is_first


def _state() -> PartialState:
    from accelerate import PartialState

    return PartialState()  # the same one each time
