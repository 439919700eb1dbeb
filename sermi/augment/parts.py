"""How real features vary: by corpus, speaker, speaker and emotion, and the rest. What the generator's voices are drawn from.

The model is that of `sermi.voice.model`, h = m_c + o_j + i_jc + s_v + u_vc + e. There a context is read by it, so its parts
are estimated with care not to trust a voice too soon; here features are drawn from it, so estimates have to be unbiased: what a
mean of n recordings has of their own scatter is taken out of the scatter of means (method of moments; Searle, Casella and
McCulloch, Variance Components, 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

_ROUNDS = 6
"""Of places and speakers' offsets in turn; what changes after them is below a hundredth of a standard error."""

_ADDITIVE_ROUNDS = 20
"""Of class means and corpus offsets in turn: least squares, exact in one where every corpus has every class."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Places of classes, and how features vary around them. Covariances are positive semidefinite."""

    places: np.ndarray
    """(J, K, d), where a corpus has a class; of one that it lacks, where it would be without an interaction."""
    present: np.ndarray
    """(J, K) bool, which classes a corpus has."""
    speaker: np.ndarray
    """Σ_s: (d, d)."""
    speaker_class: np.ndarray
    """Σ_u: (d, d)."""
    rest: np.ndarray
    """Σ_e: (J, d, d), of recordings of one emotion of one speaker."""


@dataclass(frozen=True, eq=False)
class _Cells:
    """A speaker's recordings of an emotion, for each of V speakers and K classes."""

    count: np.ndarray
    """(V, K)."""
    mean: np.ndarray
    """(V, K, d), 0 where there is none."""
    scatter: np.ndarray
    """(V, d, d), of a speaker's recordings around these means."""
    home: np.ndarray
    """(V,) the speaker's corpus."""


def variance_parts(
    h: np.ndarray, c: np.ndarray, speaker: np.ndarray, corpus: np.ndarray, *, n_classes: int, shrinkage: float
) -> Parts:
    """The parts of features (N, d).

    Corpora count equally in the rest. In what differs between speakers they count by the root of their number: neither may
    two speakers say as much as twenty, nor may one large corpus say it all.

    Args:
        h: (N, d) features.
        c: (N,) codes 0..K-1.
        speaker: (N,) numbers of speakers 0..V-1, each of one corpus.
        corpus: (N,) numbers of corpora 0..J-1.
        n_classes: K.
        shrinkage: γ of the rest towards a sphere; twice as much of what speakers differ in, since they are few.
    """
    cells = _cells(h.astype(np.float64), c, speaker, corpus, n_classes)
    n_corpora, d = int(corpus.max()) + 1, h.shape[1]
    rest = _rest(cells, n_corpora, shrinkage)
    places, present = _first_places(cells, n_corpora)
    of_speakers = [_between(cells, places, rest, j) for j in range(n_corpora)]
    freedom = np.array([max(0, int((cells.home == j).sum()) - 1) for j in range(n_corpora)], np.float64)
    if not freedom.any():
        nothing = np.zeros((d, d))
        return Parts(places, present, nothing, nothing, rest)
    shares = np.sqrt(freedom) / np.sqrt(freedom).sum()
    covariances = [sum(w * part[i] for w, part in zip(shares, of_speakers, strict=True)) for i in (0, 1)]
    between, within = (_shrunk(_positive(np.asarray(s)), min(1.0, 2 * shrinkage)) for s in covariances)
    if within.any() and between.any():
        for j in range(n_corpora):
            places[j] = _weighed_places(cells, places[j], present[j], j, between=between, within=within, rest=rest[j])
    return Parts(_with_interactions(places, present, cells, within), present, between, within, rest)


def _cells(h: np.ndarray, c: np.ndarray, speaker: np.ndarray, corpus: np.ndarray, n_classes: int) -> _Cells:
    n_speakers, d = int(speaker.max()) + 1, h.shape[1]
    count, mean = np.zeros((n_speakers, n_classes)), np.zeros((n_speakers, n_classes, d))
    np.add.at(count, (speaker, c), 1)
    np.add.at(mean, (speaker, c), h)
    mean /= np.maximum(count, 1)[..., None]
    around = h - mean[speaker, c]
    scatter = np.stack([around[speaker == v].T @ around[speaker == v] for v in range(n_speakers)])
    home = np.zeros(n_speakers, int)
    home[speaker] = corpus
    return _Cells(count, mean, scatter, home)


def _rest(cells: _Cells, n_corpora: int, shrinkage: float) -> np.ndarray:
    """Σ_e of each corpus: (J, d, d). The fewer recordings it has for its dimensions, the more of the pooled shape."""
    d = cells.mean.shape[-1]
    freedom = (cells.count - (cells.count > 0)).sum(axis=1)
    scatter = np.stack([cells.scatter[cells.home == j].sum(axis=0) for j in range(n_corpora)])
    degrees = np.array([freedom[cells.home == j].sum() for j in range(n_corpora)])
    known = degrees > 0
    if not known.any():  # every recording is a cell of its own
        return np.zeros((n_corpora, d, d))
    own = scatter / np.maximum(degrees, 1)[:, None, None]
    pooled = own[known].mean(axis=0)
    size = np.where(known, np.trace(own, axis1=1, axis2=2) / np.trace(pooled), 1.0)
    borrowed = (d / (d + degrees))[:, None, None]
    return np.stack([_shrunk(s, shrinkage) for s in (1 - borrowed) * own + borrowed * size[:, None, None] * pooled])


def _first_places(cells: _Cells, n_corpora: int) -> tuple[np.ndarray, np.ndarray]:
    """(J, K, d) means of the speakers' means, and which there are."""
    shown = np.stack([(cells.count[cells.home == j] > 0).sum(axis=0) for j in range(n_corpora)])
    places = np.stack([cells.mean[cells.home == j].sum(axis=0) for j in range(n_corpora)])
    return places / np.maximum(shown, 1)[..., None], shown > 0


def _between(cells: _Cells, places: np.ndarray, rest: np.ndarray, j: int) -> tuple[np.ndarray, np.ndarray]:
    """Unbiased Σ_s and Σ_u (d, d) of the speakers of a corpus, not necessarily positive."""
    own = cells.home == j
    shown = cells.count[own] > 0
    n_speakers, n_shown, d = int(own.sum()), shown.sum(axis=1).mean(), places.shape[-1]
    if n_speakers < 2:
        return np.zeros((d, d)), np.zeros((d, d))
    deviations = np.where(shown[..., None], cells.mean[own] - places[j], 0.0)
    offset = deviations.sum(axis=1) / shown.sum(axis=1)[:, None]
    remaining = np.where(shown[..., None], deviations - offset[:, None], 0.0).reshape(-1, d)
    noise = rest[j] * np.mean(1 / cells.count[own][shown])
    if n_shown <= 1:
        within = np.zeros((d, d))
    else:
        within = remaining.T @ remaining / shown.sum() / ((1 - 1 / n_speakers) * (1 - 1 / n_shown)) - noise
    return offset.T @ offset / (n_speakers - 1) - (within + noise) / n_shown, within


def _weighed_places(
    cells: _Cells,
    places: np.ndarray,
    present: np.ndarray,
    j: int,
    *,
    between: np.ndarray,
    within: np.ndarray,
    rest: np.ndarray,
) -> np.ndarray:
    """Places (K, d) of a corpus by generalised least squares: a speaker's own place is taken out of what it shows.

    A class of few recordings is then placed by how it differs from the others of the same speakers, not by who they are.
    """
    own = cells.home == j
    count, mean, d = cells.count[own], cells.mean[own], places.shape[-1]
    ridge = 1e-6 * np.trace(rest) / d * np.eye(d)
    omega, axes = scipy.linalg.eigh(within, rest + ridge)
    weights = count[..., None] / (1 + count[..., None] * np.maximum(omega, 0))
    factor = np.linalg.cholesky(between + 1e-6 * np.trace(between) / d * np.eye(d))
    coordinates = factor.T @ axes
    posterior = []
    for of_speaker in weights.sum(axis=1):
        root = np.linalg.cholesky(np.eye(d) + (coordinates * of_speaker) @ coordinates.T)
        half = scipy.linalg.solve_triangular(root, factor.T, lower=True)
        posterior.append(half.T @ half @ axes)
    inverse = np.linalg.inv(axes)
    total = weights.sum(axis=0)
    for _ in range(_ROUNDS):
        residuals = (weights * ((mean - places) @ axes)).sum(axis=1)
        offsets = np.einsum("vab,vb->va", np.stack(posterior), residuals)
        offsets -= offsets.mean(axis=0)
        weighed = (weights * ((mean - offsets[:, None]) @ axes)).sum(axis=0)
        places = np.where(present[:, None], (weighed / np.maximum(total, 1e-12)) @ inverse, places)
    return places


def _with_interactions(places: np.ndarray, present: np.ndarray, cells: _Cells, within: np.ndarray) -> np.ndarray:
    """Places with what corpora differ in an emotion shrunk by how well few speakers show it (best linear prediction)."""
    shown = present[..., None]
    n_corpora, n_classes, d = places.shape
    offset, means = np.zeros((n_corpora, d)), np.zeros((n_classes, d))
    for _ in range(_ADDITIVE_ROUNDS):
        means = np.where(shown, places - offset[:, None], 0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)[:, None]
        offset = np.where(shown, places - means, 0).sum(axis=1) / np.maximum(present.sum(axis=1), 1)[:, None]
    interactions = np.where(shown, places - means - offset[:, None], 0)
    if n_corpora == 1:
        return np.where(shown, places, means + offset[:, None])
    speakers = np.array([max(1, int((cells.home == j).sum())) for j in range(n_corpora)])
    flat = interactions.reshape(-1, d)
    freedom = present.sum() * (1 - 1 / n_corpora) * (1 - 1 / n_classes)
    among = _positive(flat.T @ flat / max(freedom, 1) - within * np.mean(1 / speakers))
    for j in range(n_corpora):
        doubt = among + within / speakers[j] + 1e-9 * max(np.trace(among + within), 1e-12) / d * np.eye(d)
        interactions[j] = interactions[j] @ np.linalg.solve(doubt, among)
    return means + offset[:, None] + interactions


def _positive(covariance: np.ndarray) -> np.ndarray:
    """The nearest positive semidefinite matrix, scaled to the trace that there was; 0 where that was negative."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    total, kept = values.sum(), np.maximum(values, 0)
    if total <= 0:
        return np.zeros_like(covariance)
    return (vectors * (kept * total / kept.sum())) @ vectors.T


def _shrunk(covariance: np.ndarray, shrinkage: float) -> np.ndarray:
    """(1 - γ) S + γ tr(S)/d 1 (Ledoit and Wolf 2004, their form)."""
    d = len(covariance)
    return (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / d * np.eye(d)
