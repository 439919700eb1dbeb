"""Every augmenter under its name: what SERMI is compared with, and SERMI."""

from train.comparison.augmenters.base import Augmenter
from train.comparison.augmenters.spec import NONE, RATIO, REGISTRY, AugmenterSpec

__all__ = ["NONE", "RATIO", "REGISTRY", "Augmenter", "AugmenterSpec"]
