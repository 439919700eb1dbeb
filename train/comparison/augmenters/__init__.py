"""Every augmenter under its name: what SERMI is compared with, and SERMI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from sermi.errors import SermiError
from train.comparison.augmenters.adversarial import ConditionalGan, SermiMatch, SermiMaximise
from train.comparison.augmenters.base import Augmenter, Samples
from train.comparison.augmenters.gaussian import Gaussian
from train.comparison.augmenters.resampling import Mixup, Noise, Oversampling, Smote

REGISTRY: Mapping[str, type[Augmenter]] = {
    augmenter.name: augmenter
    for augmenter in (Noise, Oversampling, Smote, Mixup, Gaussian, ConditionalGan, SermiMaximise, SermiMatch)
}

__all__ = ["REGISTRY", "Augmenter", "Samples", "augmenter_named"]


def augmenter_named(name: str) -> type[Augmenter]:
    """The augmenter of that name; `NAME:option=value,option=value` fixes options, for ablations.

    Raises SermiError for a name or an option that nobody knows.

    >>> augmenter_named("smote:neighbours=7").grid
    ({'neighbours': 7},)
    """
    kind, _, fixed = name.partition(":")
    if kind not in REGISTRY:
        raise SermiError(f"'{kind}' is not an augmenter; use none or some of {', '.join(REGISTRY)}.")
    return _variant(REGISTRY[kind], name, fixed) if fixed else REGISTRY[kind]


@cache
def _variant(kind: type[Augmenter], name: str, fixed: str) -> type[Augmenter]:
    try:
        options = {key: json.loads(value) for key, value in (pair.split("=") for pair in fixed.split(","))}
        body = {"name": name, "title": f"{kind.title}, {fixed}", "ratio": options.pop("ratio", kind.ratio)}
        if "spread" in options:
            body["spreads"] = (options.pop("spread"),)
        grid = {json.dumps({**setting, **options}): {**setting, **options} for setting in kind.grid}
        variant = type(kind.__name__, (kind,), {**body, "grid": tuple(grid.values())})
        variant(**variant.grid[0])
    except (ValueError, TypeError) as error:
        raise SermiError(f"'{name}' should be NAME:option=value with options that {kind.name} has.") from error
    return variant
