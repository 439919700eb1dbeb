"""What `python -m train ablate` changes, one choice at a time, as names of augmenters with fixed options."""

from __future__ import annotations

from collections.abc import Mapping

ABLATIONS: Mapping[str, tuple[str, ...]] = {
    "mode of the regulariser": ("cgan", "sermi-maximise", "sermi-match"),
    "voices": ("cgan:voices=true", "sermi-maximise:voices=false", "sermi-match:voices=false"),
    "weight λ": (
        "sermi-maximise:weight=0.1",
        "sermi-maximise:weight=10",
        "sermi-match:weight=0.1",
        "sermi-match:weight=10",
    ),
    "start": ("cgan:gaussian=false,steps=1000", "sermi-maximise:gaussian=false,steps=1000"),
    "training of the residual": ("sermi-match:steps=0", "sermi-match:steps=600"),
    "words": ("sermi-match:condition=true", "sermi-match:condition=false"),
    "ratio": ("sermi-match:ratio=1", "sermi-match:ratio=5", "sermi-match:ratio=30"),
}
"""Group -> augmenters. `words` (real ones, which samples are conditioned on or know nothing of, where plain `sermi-match` makes
pairs) differ only on `paired` and on corpora with transcripts."""
