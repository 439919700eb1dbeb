"""The parts of a voice model from cell means: how far each mean lies from the mean above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sermi.errors import SermiError
from sermi.voice.model import SCORE_FACTOR, VoiceModel
from sermi.voice.posterior import NO_SHIFTS, ShiftFactors


@dataclass(frozen=True)
class VoiceSettings:
    """Hyper-parameters of a voice model."""

    shrinkage: float = 0.2
    """γ, of each part's covariance, above 0 and at most 1."""
    interaction: float = 1.0
    """Factor on Σ_i and Σ_u. Means of few clips overstate them, and what corpora show of them may not carry over."""
    score_factor: float = SCORE_FACTOR
    """Of the scores that responsibilities come from."""
    shifts: ShiftFactors = NO_SHIFTS
    """How far clips of a voice move its classes."""


def fit_voice_model(
    h: np.ndarray,
    c: np.ndarray,
    *,
    speaker: np.ndarray,
    corpus: np.ndarray,
    n_classes: int,
    settings: VoiceSettings | None = None,
) -> VoiceModel:
    """Estimate class means and the five covariances from recordings of known speakers.

    A cell is what one speaker spoke in one class. Its mean splits into m_c + o_j + i_jc + s_v + u_vc, mean by mean; corpora,
    speakers of a corpus and classes count equally, however many recordings they have. Scatter around means that come from
    the same recordings is brought to its degrees of freedom (n - 1 of n), and each part's covariance S is shrunk by itself,
    (1 - γ) S + γ tr(S)/d 1 (Ledoit and Wolf 2004, their form).

    Args:
        h: (N, d) features.
        c: (N,) emotion codes 0..K-1; each must occur.
        speaker: (N,) names, unique over all corpora.
        corpus: (N,) names of corpora or channels.
        n_classes: K.
        settings: Hyper-parameters; None for the defaults.

    Raises:
        SermiError: The recordings don't determine some part.
    """
    h, c, settings = np.asarray(h, np.float64), np.asarray(c), settings or VoiceSettings()
    _check(h, c, speaker=speaker, n_classes=n_classes, settings=settings)
    names, person = np.unique(speaker, return_inverse=True)
    corpora = np.unique(corpus)
    home = np.array([np.searchsorted(corpora, _home(corpus[person == v], names[v])) for v in range(len(names))])
    share = 1 / (len(corpora) * np.bincount(home)[home])

    cells, rest = _cells(h, c, person=person, share=share, n_classes=n_classes)
    means, scatters = _split(cells, home, share)
    parts = {name: _shrunk(*scatter, settings.shrinkage) for name, scatter in (scatters | {"rest": rest}).items()}
    if not (parts["corpus"] + parts["speaker"]).any() or not parts["rest"].any():
        raise SermiError(
            "These recordings show no difference between voices or clips; add speakers with several clips."
        )
    for name in ("corpus_class", "speaker_class"):
        parts[name] = settings.interaction * parts[name]
    return VoiceModel(
        means,
        **parts,
        score_factor=settings.score_factor,
        shifts=settings.shifts,
    )


_Scatter = tuple[np.ndarray, float]
"""Scatter (d, d) around estimated means, and the share of the variance that it still has after these took the rest."""


def _split(cells: np.ndarray, home: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, dict[str, _Scatter]]:
    """Class means (K, d), and the scatter of every part but the rest.

    cells: (V, K, d) means; home: (V,) the number of each speaker's corpus; share: (V,) of each speaker in the whole.
    """
    n_corpora = home.max() + 1
    corpus_cells = np.stack([_mean(cells[home == j], axis=0) for j in range(n_corpora)])
    means = _mean(corpus_cells, axis=0)
    corpus_deviations = corpus_cells - means
    o = _mean(corpus_deviations, axis=1)
    i = corpus_deviations - o[:, None]
    speaker_deviations = cells - corpus_cells[home]
    s = _mean(speaker_deviations, axis=1)
    u = speaker_deviations - s[:, None]
    even = np.full(n_corpora, 1 / n_corpora)
    among_corpora, among_speakers = 1 - 1 / n_corpora, share @ (1 - 1 / np.bincount(home)[home])
    return means, {
        "corpus": (_scatter(o[:, None], even), among_corpora),
        "corpus_class": (_scatter(i, even), among_corpora * _among_classes(i, even)),
        "speaker": (_scatter(s[:, None], share), among_speakers),
        "speaker_class": (_scatter(u, share), among_speakers * _among_classes(u, share)),
    }


def _home(corpora: np.ndarray, speaker: str) -> str:
    """The corpus that all recordings (n,) of a speaker are from."""
    if (corpora != corpora[0]).any():
        raise SermiError(f"Speaker '{speaker}' is in several corpora; give speakers names that differ between corpora.")
    return corpora[0]


def _cells(
    h: np.ndarray, c: np.ndarray, *, person: np.ndarray, share: np.ndarray, n_classes: int
) -> tuple[np.ndarray, _Scatter]:
    """Cell means (V, K, d), NaN where a speaker has nothing of a class, and the scatter around them.

    person: (N,) numbers of the V speakers; share: (V,) of each in the whole.
    """
    dim = h.shape[1]
    cells, rest, freedom = np.full((len(share), n_classes, dim), np.nan), np.zeros((dim, dim)), 0.0
    for v, weight in enumerate(share):
        classes = np.unique(c[person == v])
        for k in classes:
            rows = h[(person == v) & (c == k)]
            cells[v, k] = rows.mean(axis=0)
            around = rows - cells[v, k]
            rest += weight / len(classes) * around.T @ around / len(rows)
            freedom += weight / len(classes) * (1 - 1 / len(rows))
    return cells, (rest, freedom)


def _mean(cells: np.ndarray, *, axis: int) -> np.ndarray:
    """Over those cells that there are: (A, K, d) -> (K, d) or (A, d); NaN where there are none."""
    present = ~np.isnan(cells).any(axis=-1)
    count = present.sum(axis=axis)
    total = np.where(present[..., None], cells, 0.0).sum(axis=axis)
    return np.where(count[..., None] > 0, total / np.maximum(count, 1)[..., None], np.nan)


def _scatter(deviations: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(A, K, d) -> (d, d); the first axis weighs `share` (A,), the classes that there are count equally."""
    present = ~np.isnan(deviations).any(axis=-1)
    weights = present * (share / present.sum(axis=1))[:, None]
    rows = np.where(present[..., None], deviations, 0.0) * np.sqrt(weights)[..., None]
    rows = rows.reshape(-1, deviations.shape[-1])
    return rows.T @ rows


def _among_classes(deviations: np.ndarray, share: np.ndarray) -> float:
    """The part of deviations between classes that is left when the mean over them is taken out."""
    return float(share @ (1 - 1 / (~np.isnan(deviations).any(axis=-1)).sum(axis=1)))


def _shrunk(scatter: np.ndarray, freedom: float, shrinkage: float) -> np.ndarray:
    """A part's covariance from its scatter around estimated means, which took 1 - `freedom` of it; 0 where they took all."""
    if freedom < 1e-9:
        return np.zeros_like(scatter)
    dim, covariance = len(scatter), scatter / freedom
    return (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / dim * np.eye(dim)


def _check(h: np.ndarray, c: np.ndarray, *, speaker: np.ndarray, n_classes: int, settings: VoiceSettings) -> None:
    if h.ndim != 2 or not len(h) or len(c) != len(h) or len(speaker) != len(h) or not np.isfinite(h).all():
        raise SermiError("A voice model needs a table of finite features with an emotion and a speaker for each row.")
    missing = sorted(set(range(n_classes)) - set(c.tolist()))
    if missing or c.min() < 0 or c.max() >= n_classes:
        raise SermiError(
            f"The emotion codes should be 0 to {n_classes - 1}, each at least once; {missing} are missing."
        )
    if not 0 < settings.shrinkage <= 1 or settings.interaction < 0:
        raise SermiError(
            f"{settings} can't be used; give a shrinkage above 0 and at most 1 and a positive interaction."
        )
