"""SERMI: emotion in speech, and features that make scarce training data go further.

    sermi.load("open4")                        the predictor of a checkpoint
    sermi.SermiSampler().fit_resample(X, y)    a table of one's own features, balanced and enlarged
    sermi.fit_generator(h, c, groups=speaker)  a generator of features, trained on one's own
    sermi.MutualInformation().fit(X, y)        what features carry about a label; PairMutualInformation: about each other
    sermi.own_features                         such tables in files, and what further rows buy by cross-validation
    sermi.mi                                   estimators of mutual information
    sermi.quality                              measures of generated features beside real ones

Nothing is imported before it is asked for.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sermi import augment, mi, own_features, quality
    from sermi.augment.sampler import SermiSampler
    from sermi.augment.training import fit_generator
    from sermi.mi.fit_score import MutualInformation
    from sermi.mi.fit_score_pairs import PairMutualInformation
    from sermi.predictor import load

__all__ = [
    "MutualInformation",
    "PairMutualInformation",
    "SermiSampler",
    "__version__",
    "augment",
    "fit_generator",
    "load",
    "mi",
    "own_features",
    "quality",
]
__version__ = "0.2.0"

# ONNX Runtime reports how it is used to its makers unless this is set before it is first used.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOME = {
    "MutualInformation": "sermi.mi.fit_score",
    "PairMutualInformation": "sermi.mi.fit_score_pairs",
    "SermiSampler": "sermi.augment.sampler",
    "fit_generator": "sermi.augment.training",
    "load": "sermi.predictor",
}
_MODULES = ("augment", "mi", "own_features", "quality")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"sermi.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sermi' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
