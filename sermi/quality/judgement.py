"""The verdict of a set: generated features beside real ones, and beside what real features of other speakers reach.

The speakers of each corpus are dealt into two halves, many times. In each deal one half is compared with what was generated,
and with the other half in its place: sets of the same size, with the same classes, from the same corpora. So real speech of
other speakers reaches what it is held against, and every measure has a range in which real sets lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sermi.quality.deals import Deal, Speakers, deals
from sermi.quality.interface import QualityError
from sermi.quality.neighbours import near_copy_distance, nearest_other, own_distance, share_beyond
from sermi.quality.sets import FeatureSet, checked, common_classes
from sermi.quality.space import Space, choose_components, nearest_corpus, prdc_by_class
from sermi.quality.spread import Directions, spreads
from sermi.quality.statistics import frechet_distance, nearest_distance, train_on_generated
from sermi.quality.two_sample import Classifier, c2st
from sermi.quality.verdict import Figure, SetVerdict, decide, headline_of

N_DEALS = 20
PER_CLASS = 100
"""Samples of each class on a side of a deal, at most."""
_TESTED = 3
"""Deals in which classifiers are fitted, which takes longer than everything else."""
_CLASSIFIERS: Mapping[str, Classifier] = {
    "two_sample": "linear",
    "two_sample_mlp": "mlp",
    "two_sample_neighbours": "neighbours",
}
_SPREADS = ("spread_classes", "spread_voices", "spread_rest")
_RELATIVE = (*_SPREADS, "closeness")
"""Of which a deal has the measure itself; the figure is its ratio to the mean of real sets."""
_Measured = dict[str, float]


def judge(
    generated: Any,
    c: Any,
    real: Any,
    real_c: Any,
    groups: Any = None,
    *,
    corpora: Any = None,
    genders: Any = None,
    training: Any = None,
    classifiers: bool = True,
    n_deals: int = N_DEALS,
    seed: int = 0,
) -> SetVerdict:
    """Whether generated features could pass for real ones of other speakers, in a word, with all that it rests on.

    Each class is compared by itself. Neighbourhoods and classifiers look at the leading components of the real features, as
    many as leave real against real sane (`SetVerdict.n_components`); spread, copies and outliers are of the whole space.

    Args:
        generated: (N, d) features, 6 or more of each of their classes.
        c: (N,) their codes, whole numbers from 0.
        real: (M, d) real features. Those that a generator was trained on may be among them: it then has the advantage of
            their voices, and copies of them are counted.
        real_c: (M,) their codes.
        groups: (M,) whose they are; speakers are never split between halves. None deals single rows, which is easier to
            reach for real features and harder for others.
        corpora: (M,) names; halves have as many speakers of each, and corpora count equally. None for one.
        genders: (M,) names; halves have as many of each where numbers allow.
        training: (L, d) what copies are looked for in; None for real.
        classifiers: whether to fit those of the two-sample tests, which take most of the time.
        n_deals: of speakers into halves, 2 or more.
        seed: of deals and draws.

    Raises:
        QualityError: NaN, widths or lengths that don't fit, too few samples of a class, or too few speakers to be dealt.
    """
    if n_deals < 2:
        raise QualityError(f"n_deals must be 2 or more, not {n_deals}: the range of real sets comes from several.")
    n_classes = 1 + max(_highest(c), _highest(real_c))
    given, others = checked("generated", generated, c, n_classes), checked("real", real, real_c, n_classes)
    whose = Speakers.of(len(others.c), *(None if x is None else np.asarray(x) for x in (groups, corpora, genders)))
    missing = tuple(sorted(set(others.c.tolist()) - set(given.c.tolist())))
    (samples, target), (_, kept) = common_classes(given, others)
    copied = others.h if training is None else _training(training, target.h.shape[1])
    with threadpool_limits(limits=1):  # many small fits: more threads cost more than they save
        return _judge(
            samples,
            target,
            whose.where(kept),
            copied,
            n_tested=_TESTED if classifiers else 0,
            n_deals=n_deals,
            seed=seed,
            missing=missing,
        )


def _training(given: Any, width: int) -> np.ndarray:
    """(M, d) float64."""
    try:
        table = np.asarray(given.detach().cpu() if hasattr(given, "detach") else given, dtype=np.float64)
    except (TypeError, ValueError):
        table = np.zeros(0)
    if table.ndim != 2 or table.shape[1] != width or len(table) < 2 or not np.isfinite(table).all():
        raise QualityError(
            "training must be finite numbers, two samples or more by features, as wide as the other sets."
        )
    return table


def _highest(codes: Any) -> int:
    """The highest code; 0 where there is none, which `checked` explains."""
    codes = np.asarray(codes)
    return int(codes.max()) if codes.dtype.kind in "iu" and codes.size else 0


def _judge(
    samples: FeatureSet,
    target: FeatureSet,
    whose: Speakers,
    training: np.ndarray,
    *,
    n_tested: int,
    n_deals: int,
    seed: int,
    missing: tuple[int, ...],
) -> SetVerdict:
    rng = np.random.default_rng(seed)
    dealt = deals(samples, target, whose, n=n_deals, per_class=PER_CLASS, rng=rng)
    spaces = [Space.of(target.h[deal.half], whose.weights[deal.half]) for deal in dealt]
    n_components = choose_components(dealt, spaces)
    spaces = [space.leading(n_components) for space in spaces]
    of_generated: list[_Measured] = []
    of_real: list[_Measured] = []
    for i, (deal, space) in enumerate(zip(dealt, spaces, strict=True)):
        tested = i < n_tested
        of_generated.append(_against(deal, deal.generated, space, seed=i if tested else None))
        of_real.append(_against(deal, deal.real, space, seed=i if tested else None))
        first, weights = target.rows(deal.half), whose.weights[deal.half]
        directions = Directions.of(first.h, first.c, whose.group[deal.half] if whose.known else None, weights)
        for side, of_side, counted in (
            (samples, of_generated, np.ones(len(samples.c))),
            (target.rows(~deal.half), of_real, whose.weights[~deal.half]),
        ):
            of_side[-1] |= dict(zip(_SPREADS, spreads(side.h, side.c, counted, directions), strict=True))
            of_side[-1]["beyond"] = share_beyond(side, first, weights)
    figures = _figures(of_generated, of_real) | _copies(samples.h, training, target, whose, dealt)
    rarest = ""
    if len(whose.corpora) > 1:
        rarest, figures["rarest_corpus"] = _rarest_corpus(dealt, spaces, whose.corpora)
    return decide(
        figures,
        headlines_of_real=[_headline(measured, figures) for measured in of_real],
        n_classes=int(target.c.max()) + 1,
        n_components=n_components,
        n_deals=n_deals,
        n_samples=len(dealt[0].target.c),
        by_speaker=whose.known,
        rarest_corpus=rarest,
        missing=missing,
    )


def _against(deal: Deal, side: FeatureSet, space: Space, *, seed: int | None) -> _Measured:
    """What compares a side with the first half of a deal. seed: of the classifiers; None to leave them out."""
    first, x, c = space(deal.target.h), space(side.h), side.c
    measured = prdc_by_class(first, x, c)
    measured["frechet"] = frechet_distance(first, x)
    measured["closeness"] = own_distance(x, c)
    if len(np.unique(c)) > 1:
        measured["taught"] = train_on_generated(side.h, c, deal.target.h, deal.target.c)
    if seed is not None:
        for name, classifier in _CLASSIFIERS.items():
            by_class = [c2st(x[c == k], first[c == k], seed, classifier=classifier) for k in np.unique(c)]
            measured[name] = float(np.mean(by_class))
    return measured


def _figures(of_generated: Sequence[_Measured], of_real: Sequence[_Measured]) -> dict[str, Figure]:
    """Means over deals, and the range in which single real sets lie."""
    figures = {}
    for name in of_real[0]:
        value = np.mean([measured[name] for measured in of_generated if name in measured])
        real = np.array([measured[name] for measured in of_real if name in measured])
        if not np.isfinite([value, *real]).all():
            continue  # a part of the space without directions
        if name in _RELATIVE:
            value, real = value / real.mean(), real / real.mean()
        figures[name] = Figure.of(float(value), real)
    return figures


def _headline(measured: _Measured, figures: Mapping[str, Figure]) -> float:
    """That of one real set beside the mean of all."""
    return headline_of(
        {name: Figure(measured[name], f.real, f.low, f.high) for name, f in figures.items() if name in measured}
    )


def _rarest_corpus(dealt: Sequence[Deal], spaces: Sequence[Space], names: Sequence[str]) -> tuple[str, Figure]:
    """The corpus that a set lacks most, and how many samples lie nearest to it beside how many of real sets do."""
    of_generated, of_real = (
        np.array(
            [
                np.bincount(nearest_corpus(deal, side, space), minlength=len(names)) / len(side.c)
                for deal, space, side in zip(dealt, spaces, sides, strict=True)
            ]
        )
        for sides in ([deal.generated for deal in dealt], [deal.real for deal in dealt])
    )
    usual = of_real.mean(axis=0)
    ratios = {
        name: Figure.of(float(of_generated[:, j].mean() / usual[j]), of_real[:, j] / usual[j])
        for j, name in enumerate(names)
        if usual[j] > 0
    }
    rarest = min(ratios, key=lambda name: ratios[name].value)
    return rarest, ratios[rarest]


def _copies(
    h: np.ndarray, training: np.ndarray, target: FeatureSet, whose: Speakers, dealt: Sequence[Deal]
) -> dict[str, Figure]:
    """Nearness to training samples, beside that of real samples to those of other speakers."""
    to_others, limit = nearest_other(target.h, whose.group), near_copy_distance(training)
    distances, usual = nearest_distance(h, training), float(np.median(to_others))
    halves = [to_others[~deal.half] for deal in dealt]
    figures = {
        "copies": Figure.of(float((distances <= limit).mean()), np.array([(half <= limit).mean() for half in halves]))
    }
    if usual > 0:
        figures["memorisation"] = Figure.of(
            float(np.median(distances)) / usual, np.array([np.median(half) / usual for half in halves])
        )
    return figures
