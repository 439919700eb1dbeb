"""A function asks for a GPU where a Space needs that, and `spaces` is imported nowhere else."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from sermi.ui import zero_gpu


def test_only_there(monkeypatch):
    asked = []
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=asked.append))  # the real one is only on Spaces
    monkeypatch.delenv(zero_gpu.ON_ZERO_GPU, raising=False)
    zero_gpu.declare()
    assert asked == []
    monkeypatch.setenv(zero_gpu.ON_ZERO_GPU, "true")
    zero_gpu.declare()
    assert len(asked) == 1
