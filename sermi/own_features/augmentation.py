"""Real rows with generated ones below them, and what is to be known about the generated ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sermi.errors import SermiError
from sermi.mi import LabelInformation, MIEstimate
from sermi.own_features.resamplers import targets
from sermi.own_features.table import FeatureTable
from sermi.own_features.writing import with_generated
from sermi.quality.judgement import judge
from sermi.quality.verdict import SetVerdict

if TYPE_CHECKING:
    import pandas as pd

MAX_MEASURED = 4_000
"""Rows whose information and quality are measured, drawn from more."""


@dataclass(frozen=True)
class Assessment:
    """What is known of generated rows. Where something couldn't be measured it is None, and `reasons` says why."""

    generated: MIEstimate | None
    """I(c; ĥ), with its control and ceiling."""
    real: MIEstimate | None
    """I(c; h) of the real rows, of groups held out where there are groups."""
    quality: SetVerdict | None
    """Whether they could pass for real ones."""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Augmented:
    """A table with generated rows below the real ones."""

    table: FeatureTable
    frame: pd.DataFrame
    """(N + n, all columns and `generated`)."""
    counts: Mapping[str, tuple[int, int]]
    """Class -> real and generated rows."""
    assessment: Assessment


def augment(table: FeatureTable, *, ratio: float = 1.0, seed: int = 0) -> Augmented:
    """Generate rows of every class by SERMI.

    Args:
        table: of the real rows.
        ratio: generated rows of each class on top of balance, for each row of the largest class; 0 balances and no more.
        seed: of the fit and of the rows.

    Raises:
        SermiError: Classes that are equal already where nothing else was asked for, or features that can't be learnt from.
    """
    from sermi.augment.sampler import SermiSampler

    y = table.y.to_numpy()
    wanted = targets(y, ratio)
    check_wanted(y, wanted)
    sampler = SermiSampler(sampling_strategy=wanted, random_state=seed)
    X, labels = sampler.fit_resample(table.X, table.y, groups=table.groups, text=table.text)  # noqa: N806 # as scikit-learn calls it
    new, new_labels = X.iloc[len(table) :], labels.iloc[len(table) :]
    frame = with_generated(table, new, new_labels, None)
    counts = {
        str(label): (int((y == label).sum()), int((new_labels.to_numpy() == label).sum())) for label in np.unique(y)
    }
    # as many of each class as there are real ones, so that both are measured alike
    assessment = assess(table, sampler.sample(table.y), y, seed)
    return Augmented(table, frame, counts, assessment)


def check_wanted(y: np.ndarray, wanted: Mapping[object, int]) -> None:
    """Raises SermiError where no class lacks rows."""
    if sum(wanted.values()) <= len(y):
        raise SermiError("The classes are equal already, so nothing would be generated; give a --ratio over 0.")


def assess(table: FeatureTable, x: np.ndarray, y: np.ndarray, seed: int) -> Assessment:
    """How informative generated rows are and how close to real ones.

    Args:
        table: of the real rows.
        x: (n, d) generated features.
        y: (n,) their labels.
        seed: of folds and draws.
    """
    real = table.X.to_numpy(np.float64)
    mean, deviation = real.mean(axis=0), real.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(x))[:MAX_MEASURED]
    labels, c_real = np.unique(table.y.to_numpy(), return_inverse=True)
    h, c = (x[drawn] - mean) / deviation, np.searchsorted(labels, y[drawn])
    kept = rng.permutation(len(real))[:MAX_MEASURED]
    h_real, c_real = (real[kept] - mean) / deviation, c_real[kept]
    groups = None if table.groups is None else table.groups[kept]
    reasons: list[str] = []

    def measured(h: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> MIEstimate | None:
        try:
            return LabelInformation(seed=seed).estimate(h, c, groups)
        except SermiError as error:
            reasons.append(str(error))
            return None

    # generated rows have no speakers: any deal holds some out
    of_generated = measured(h, c, None) if len(np.unique(c)) > 1 else None
    of_real = measured(h_real, c_real, groups)
    quality = None
    try:
        quality = judge(h, c, h_real, c_real, groups, seed=seed)
    except SermiError as error:
        reasons.append(str(error))
    return Assessment(of_generated, of_real, quality, tuple(dict.fromkeys(reasons)))
