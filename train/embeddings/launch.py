"""Several processes, on one machine or many, started by `accelerate launch -m train ...`.

They share the work on features and nothing else: embeddings cost hours, all that follows minutes. So each command lets all
processes fill the cache together; then the others stop and the first goes on alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accelerate import PartialState

_TOLD = ("WORLD_SIZE", "RANK", "LOCAL_RANK")


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


def together(prepare: Callable[[], object]) -> None:
    """All processes do `prepare`; then every one but the first ends, with status 0. Nothing at all in a single process."""
    if n_processes() == 1:
        return
    prepare()
    meet()
    others, state = rank() > 0, _state()
    state.destroy_process_group()
    if others:
        raise SystemExit(0)
    state._reset_state()
    for name in _TOLD:
        os.environ.pop(name, None)


def _state() -> PartialState:
    from accelerate import PartialState

    return PartialState()  # the same one each time
