"""Projection a -> h and a linear discriminant whose within-class scatter knows where variation comes from.

Emotional speech of one class varies with the recording (noise, room), the utterance, the speaker and the corpus, and
speakers differ in *how* they express it. A plain linear discriminant adds all of that up. Here each source is a matrix
of its own, as in speaker recognition's within-class covariance normalisation (Hatch et al., Interspeech 2006), so that
each can count more or less; what helps is chosen on speakers or corpora that were held out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import scipy.linalg
from sklearn.decomposition import PCA

from sermi.models.baseline import Projection
from train.recogniser.scatter import Scatter, scatter
from train.samples import AudioSample

MAX_PCA_ROWS = 6_000
"""Principal components of more rows are the same to within noise, and cost minutes."""
_BLOCK = 4_096
"""Rows or columns of embeddings that are copied at a time."""


@dataclass(frozen=True)
class FittedProjection:
    """Standardisation and principal components: label-free, so h keeps the spread that a generator will need."""

    centre: np.ndarray
    """(Da,)."""
    scale: np.ndarray
    """(Da,)."""
    components: np.ndarray
    """(d, Da)."""

    def __call__(self, a: np.ndarray) -> np.ndarray:
        """(..., Da) -> (..., d) float32."""
        rows = a.reshape(-1, a.shape[-1])
        blocks = [rows[start : start + _BLOCK] for start in range(0, max(1, len(rows)), _BLOCK)]
        projected = [_standardised(block, self.centre, self.scale) @ self.components.T for block in blocks]
        return np.concatenate(projected).reshape(*a.shape[:-1], -1)


def fit_projection(
    a: np.ndarray, feature_dim: int, seed: int, *, emphasis: np.ndarray | None = None
) -> FittedProjection:
    """PCA of standardised embeddings, not whitened.

    Args:
        a: (N, Da) embeddings.
        feature_dim: d; fewer where a has fewer rows or columns.
        seed: of the rows, where there are too many, and of the randomised decomposition.
        emphasis: (Da,) how much each standardised number counts; None for all alike.
    """
    centre, scale = _moments(a)
    if len(a) > MAX_PCA_ROWS:
        a = np.random.default_rng(seed).choice(a, MAX_PCA_ROWS, replace=False)
    standardised = _standardised(a, centre, scale)
    if emphasis is not None:
        standardised *= emphasis
    feature_dim = min(feature_dim, *standardised.shape)
    pca = PCA(feature_dim, svd_solver="randomized", iterated_power=2, random_state=seed).fit(standardised)
    components = pca.components_ if emphasis is None else pca.components_ * emphasis
    return FittedProjection(centre, scale, components.astype(np.float32))


def _standardised(a: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.clip((a - centre) / scale, -Projection.limit, Projection.limit)


def _moments(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations (Da,) of a (N, Da), some columns at a time: embeddings may fill the memory."""
    columns = [slice(start, start + _BLOCK) for start in range(0, a.shape[1], _BLOCK)]
    centre = np.concatenate([a[:, at].mean(axis=0) for at in columns])
    return centre, np.concatenate([a[:, at].std(axis=0) for at in columns]) + 1e-6


@dataclass(frozen=True)
class Discriminant:
    """Hyper-parameters of the last layer."""

    feature_dim: int = 300
    """How many principal components it sees, at the most."""
    shrinkage: float = 0.15
    """γ, of the within-class covariance towards a sphere."""
    interaction: float = 1.0
    """How much the interaction of speaker and class counts in that covariance."""

    def gaussians(self, parts: Scatter) -> tuple[np.ndarray, np.ndarray]:
        """Class means M (K, d) and the covariance S (d, d) that all classes share in this model.

        S = (1 - γ) S_w + γ tr(S_w)/d I with shrinkage γ (Ledoit and Wolf 2004, their form).
        """
        d = min(self.feature_dim, parts.means.shape[1])
        within = parts.view + parts.utterance + parts.speaker + parts.corpus + self.interaction * parts.interaction
        within = within[:d, :d]
        within = (1 - self.shrinkage) * within + self.shrinkage * np.trace(within) / d * np.eye(d)
        return parts.means[:, :d], within


SPEAKER_GRID = tuple(Discriminant(d, shrinkage) for d, shrinkage in product((300, 400), (0.1, 0.2, 0.3)))
"""What is tried where speakers are left out of one corpus; few, so that the choice itself doesn't overfit."""
CORPUS_GRID = tuple(
    Discriminant(shrinkage=shrinkage, interaction=interaction)
    for shrinkage, interaction in product((0.1, 0.2, 0.3), (0.0, 0.3, 1.0, 2.0))
)
"""What is tried where corpora are left out. How corpora differ in expressing a class does not carry over to the next."""


@dataclass(frozen=True)
class AudioModel:
    """A projection with its discriminant: embeddings to uncalibrated class scores.

    With equal priors the linear discriminant of Gaussian classes is W = M S⁻¹, b = -½ diag(W Mᵀ).
    """

    projection: FittedProjection
    """a -> h."""
    means: np.ndarray
    """M: (K, d), of the Gaussians that it takes the classes for."""
    within: np.ndarray
    """S: (d, d), the covariance that they share."""

    @cached_property
    def weights(self) -> np.ndarray:
        """W: (K, d)."""
        return scipy.linalg.solve(self.within, self.means.T, assume_a="pos").T

    @property
    def bias(self) -> np.ndarray:
        """b: (K,)."""
        return -0.5 * np.sum(self.weights * self.means, axis=1)

    def features(self, a: np.ndarray) -> np.ndarray:
        """h: (N, Da) -> (N, d)."""
        return self.projection(a)

    def scores(self, a: np.ndarray) -> np.ndarray:
        """(N, Da) -> (N, K)."""
        return self.features(a) @ self.weights.T + self.bias


def fit_candidates(
    sample: AudioSample, n_classes: int, candidates: Sequence[Discriminant], seed: int
) -> Iterator[AudioModel]:
    """One model a candidate; projection and scatter are computed once for all of them.

    Args:
        sample: of training recordings.
        n_classes: K.
        candidates: hyper-parameters.
        seed: of the projection.
    """
    widest = max(candidate.feature_dim for candidate in candidates)
    projection = fit_projection(sample.a.reshape(-1, sample.a.shape[-1]), widest, seed, emphasis=sample.emphasis)
    parts = scatter(projection(sample.a), sample.c, speaker=sample.speaker, corpus=sample.corpus, n_classes=n_classes)
    for candidate in candidates:
        means, within = candidate.gaussians(parts)
        narrowed = FittedProjection(projection.centre, projection.scale, projection.components[: means.shape[1]])
        yield AudioModel(narrowed, means, within)


def fit(sample: AudioSample, n_classes: int, candidate: Discriminant, seed: int) -> AudioModel:
    """The model of one candidate, with arguments as for `fit_candidates`."""
    return next(fit_candidates(sample, n_classes, [candidate], seed))
