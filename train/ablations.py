"""What `python -m train ablate` changes, one choice at a time, as names of augmenters with fixed options."""

from __future__ import annotations

from collections.abc import Mapping

ABLATIONS: Mapping[str, tuple[str, ...]] = {
    "mode of the regulariser": ("cgan", "sermi-maximise", "sermi-match"),
    "weight λ": (
        "sermi-maximise:weight=0.1",
        "sermi-maximise:weight=10",
        "sermi-match:weight=0.1",
        "sermi-match:weight=10",
    ),
    "start": ("cgan:gaussian=false,steps=1000", "sermi-maximise:gaussian=false,steps=1000"),
    "training of the residual": ("sermi-match:steps=0", "sermi-match:steps=600"),
    "words": ("sermi-match:text_dropout=1.0",),
    "ratio": ("sermi-match:ratio=1", "sermi-match:ratio=5", "sermi-match:ratio=30"),
}
"""Group -> augmenters. `words` differs from plain `sermi-match` only where the protocol has them (`paired`)."""
