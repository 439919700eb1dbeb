"""Every augmenter under its name: what SERMI is compared with, and SERMI."""

from __future__ import annotations

from collections.abc import Mapping

from sermi.errors import SermiError
from train.augmenters.adversarial import ConditionalGan, SermiMatch, SermiMaximise
from train.augmenters.base import Augmenter, Samples
from train.augmenters.gaussian import Gaussian
from train.augmenters.resampling import Mixup, Noise, Oversampling, Smote

REGISTRY: Mapping[str, type[Augmenter]] = {
    augmenter.name: augmenter
    for augmenter in (Noise, Oversampling, Smote, Mixup, Gaussian, ConditionalGan, SermiMaximise, SermiMatch)
}

__all__ = ["REGISTRY", "Augmenter", "Samples", "augmenter_named"]


def augmenter_named(name: str) -> type[Augmenter]:
    """Raises SermiError for a name that nobody knows."""
    if name not in REGISTRY:
        raise SermiError(f"'{name}' is not an augmenter; use none or some of {', '.join(REGISTRY)}.")
    return REGISTRY[name]
