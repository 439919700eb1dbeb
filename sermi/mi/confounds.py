"""What groups (speakers, sessions) explain by themselves, and hints that there are some which nobody named."""

from __future__ import annotations

import numpy as np

from sermi.mi.interface import format_nats

_FOLLOWS = 0.2
"""Share of H(c) that groups tell from which labels are said to follow them."""
_REMAINS = 0.25
_LEAST = 0.05
"""Share of the value, and nats, that must remain within groups to be worth a warning."""
_WORSE = 0.1
"""Nats below 0 that a critic which may answer with the prior doesn't reach by chance on enough samples."""
_N_ORDERS = 10
_ALIKE = 6.0
"""Standard deviations of shuffled orders by which rows that stand side by side must be alike to look like groups."""
_MOST_COLUMNS = 32
_FEWEST_ROWS = 50


def shuffle_within(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N,) order of rows that moves each to a place of its own group (N,).

    >>> order = shuffle_within(np.array([0, 1, 0, 1, 1]), np.random.default_rng(0))
    >>> np.array([0, 1, 0, 1, 1])[order].tolist()
    [0, 1, 0, 1, 1]
    """
    order = np.empty(len(groups), dtype=np.int64)
    order[np.argsort(groups, kind="stable")] = np.lexsort((rng.random(len(groups)), groups))
    return order


def warning(
    x: np.ndarray,
    codes: np.ndarray | None,
    groups: np.ndarray | None,
    *,
    value: float,
    within: float | None,
    seed: int,
) -> str | None:
    """What stands in `MIEstimate.warning`: sentences where groups may pass for information or a critic failed, else None.

    Args:
        x: (N, d) features, in the order given.
        codes: (N,) labels; None if y is features.
        groups: (N,) codes; None if none were given.
        value: what was measured, nats.
        within: the same shuffled within groups.
        seed: of the orders that the given one is compared with.
    """
    sentences = [_failure(value), _confound(x, codes, groups, value=value, within=within, seed=seed)]
    return " ".join(sentence for sentence in sentences if sentence) or None


def _failure(value: float) -> str | None:
    """Of a critic: neighbours fall below 0 by less."""
    if value > -_WORSE:
        return None
    return (
        f"A critic did worse on samples left out than one that knows nothing ({format_nats(value)} nats): there is too little, "
        "or of too few groups, to fit it on, and 0 is all that can be vouched for."
    )


def _confound(
    x: np.ndarray,
    codes: np.ndarray | None,
    groups: np.ndarray | None,
    *,
    value: float,
    within: float | None,
    seed: int,
) -> str | None:
    """One sentence where groups may pass for information, else None."""
    if groups is None:
        if not _rows_resemble_neighbours(x, codes, np.random.default_rng(seed)):
            return None
        return (
            "No groups were given, but rows that stand side by side are alike, as those of one speaker are: what marks a "
            "speaker may pass for information, so name speakers or sessions in groups."
        )
    if within is not None and within > max(_LEAST, _REMAINS * value):
        return f"{format_nats(within)} nats remain when y is shuffled within groups, so they are about groups, not about pairs."
    known, entropy = (0.0, 1.0) if codes is None else _known_from_groups(codes, groups)
    if known > _FOLLOWS * entropy:
        return (
            f"Labels follow groups, which alone tell {format_nats(known)} of {format_nats(entropy)} nats about them: what "
            "marks a group can't be kept apart from what marks a label."
        )
    return None


def _known_from_groups(codes: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """I(c; group), less its bias (Miller 1955), and H(c)."""
    counts = np.zeros((int(codes.max()) + 1, int(groups.max()) + 1))
    np.add.at(counts, (codes, groups), 1.0)
    total = counts.sum()
    entropies = [_entropy(part / total) for part in (counts.sum(axis=1), counts.sum(axis=0), counts.ravel())]
    cells = np.count_nonzero(counts) - np.count_nonzero(counts.sum(axis=1)) - np.count_nonzero(counts.sum(axis=0)) + 1
    return entropies[0] + entropies[1] - entropies[2] - max(cells, 0) / (2 * total), entropies[0]


def _entropy(shares: np.ndarray) -> float:
    present = shares[shares > 0]
    return float(-np.sum(present * np.log(present)))


def _rows_resemble_neighbours(x: np.ndarray, codes: np.ndarray | None, rng: np.random.Generator) -> bool:
    """Whether steps from row to row, of one class, are shorter than in other orders (von Neumann 1941)."""
    if len(x) < _FEWEST_ROWS:
        return False
    classes = np.zeros(len(x), dtype=np.int64) if codes is None else codes
    ranks = np.argsort(np.argsort(x[:, :_MOST_COLUMNS], axis=0), axis=0) / len(x)

    def steps(order: np.ndarray) -> float:
        by_class = order[np.argsort(classes[order], kind="stable")]
        same = classes[by_class[1:]] == classes[by_class[:-1]]
        return float(np.mean((ranks[by_class[1:]] - ranks[by_class[:-1]])[same] ** 2)) if same.any() else 0.0

    shuffled = [steps(rng.permutation(len(x))) for _ in range(_N_ORDERS)]
    return bool(steps(np.arange(len(x))) < np.mean(shuffled) - _ALIKE * np.std(shuffled))
