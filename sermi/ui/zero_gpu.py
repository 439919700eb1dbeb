"""Spaces on ZeroGPU, which end an app that asks for no GPU. Recognising a sentence takes a tenth of a second without one."""

from __future__ import annotations

import importlib
import os

ON_ZERO_GPU = "SPACES_ZERO_GPU"
"""Environment variable that such a Space sets; the package `spaces` is only there."""


def declare() -> None:
    """Have one function that asks for a GPU, where that is needed.

    Nothing calls it: a GPU that is lent for a call takes longer to come than a sentence takes, and the models, which stay in
    memory between calls, would have to move each time.
    """
    if os.environ.get(ON_ZERO_GPU):
        importlib.import_module("spaces").GPU(_nothing)


def _nothing() -> None:
    """What asks for a GPU."""
