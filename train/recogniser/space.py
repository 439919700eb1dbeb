"""The space of audio features h: the directions in which voices and emotions differ most, beside recordings of one emotion.

Principal components first, then linear discriminant analysis whose classes are cells, a speaker's recordings of an
emotion: what speaker recognition does before it models voices (Dehak et al., IEEE TASLP 2011). Recordings of one cell
have about the unit covariance in it, so that a part of a voice model can be shrunk towards a sphere with good reason.

Directions are found among a few dozen speakers, so that these speakers lie further apart along them than new ones do, and so
do their emotions. What is learnt in the space is therefore learnt from cross-fitted features: each training speaker's are made
by directions that other speakers showed, as a new speaker's are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

from sermi.stats.folds import speaker_folds
from train.recogniser.discriminant import FittedProjection, fit_projection
from train.samples import AudioSample

CONFOUNDED = "emotts_ne"
"""How names begin of speakers who read other sentences in each emotion, ten of EmotionTTS. Their words tell the emotion to
an encoder that was trained to transcribe, and no other corpus has these."""


@dataclass(frozen=True)
class SpaceConfig:
    """How large the space is, and how it is regularised."""

    dim: int = 120
    """d, of h, at the most."""
    n_components: int = 600
    """Principal components that it is chosen among."""
    shrinkage: float = 0.1
    """γ, of the covariance of recordings of one cell towards a sphere."""


N_FOLDS = 5
"""Of training speakers, each of which is projected by what the others showed."""


@dataclass(frozen=True)
class FittedSpace:
    """A projection, and the features of the recordings that it was fitted on."""

    projection: FittedProjection
    """Of new speakers."""
    features: np.ndarray
    """(N, 1 + V, d) float32 of the training recordings, as they would be if they were new speakers'."""


def fit_space(sample: AudioSample, config: SpaceConfig, seed: int) -> FittedSpace:
    """The space of training recordings, whose views are recordings of their own; wider comes from narrower.

    Corpora, the speakers of a corpus and their emotions count equally. The directions come in order, so that the first of them
    are a space of their own; cross-fitted features, which are turned as a whole, are only nearly so. Components, which know no
    labels, are of all speakers; directions are cross-fitted. With fewer than some thousand recordings components show what only
    the fold's own have, and its features come out too wide: `space_of_cells` doesn't use them then.

    Args:
        sample: of N training recordings.
        config: size and regularisation.
        seed: of the components and of the folds.
    """
    rows = sample.a.reshape(-1, sample.a.shape[-1])
    components = fit_projection(rows, config.n_components, seed, emphasis=sample.emphasis)
    x = components(sample.a)
    axes = _axes(x, sample, config)
    projection = replace(components, components=axes @ components.components)
    return FittedSpace(projection, _cross_fitted(x, sample, axes, config, seed))


def _cross_fitted(x: np.ndarray, sample: AudioSample, axes: np.ndarray, config: SpaceConfig, seed: int) -> np.ndarray:
    """(N, 1 + V, d) features of recordings along the directions of other folds' speakers, turned towards those of all.

    Args:
        x: (N, 1 + V, r) components of the recordings.
        sample: their codes, speakers and corpora.
        axes: (d, r) directions of all speakers.
        config: of the directions.
        seed: of the folds.
    """
    of_all = x @ axes.T
    features = of_all.copy()
    n_folds = min(N_FOLDS, len(np.unique(sample.speaker)))
    for own in speaker_folds(sample.speaker, n_folds, seed) if n_folds > 1 else ():
        of_others = x @ _axes(x[~own], sample.where(~own), config).T
        here, there = (side[~own, 0].mean(axis=0) for side in (of_others, of_all))
        turn, _ = scipy.linalg.orthogonal_procrustes(of_others[~own, 0] - here, of_all[~own, 0] - there)
        features[own] = (of_others[own] - here) @ turn + there
    return features


def _axes(x: np.ndarray, sample: AudioSample, config: SpaceConfig) -> np.ndarray:
    """(d, r) float32 directions of recordings x (N, 1 + V, r), those first in which cells differ most."""
    within, among = _cell_scatter(x.astype(np.float64), sample)
    sphere = np.trace(within) / len(within) * np.eye(len(within))
    within = (1 - config.shrinkage) * within + config.shrinkage * sphere
    dim = min(config.dim, len(within))
    _, directions = scipy.linalg.eigh(among, within, subset_by_index=[len(within) - dim, len(within) - 1])
    axes = directions[:, ::-1].T
    axes = axes * np.sign(axes[np.arange(dim), np.abs(axes).argmax(axis=1)])[:, None]  # eigenvectors have no sign
    return axes.astype(np.float32)


def _cell_scatter(h: np.ndarray, sample: AudioSample) -> tuple[np.ndarray, np.ndarray]:
    """(d, d) covariances of recordings h (N, 1 + V, d) around the means of their cells, and of these means."""
    within, means, weights = np.zeros((h.shape[-1], h.shape[-1])), [], []
    corpora = np.unique(sample.corpus)
    for corpus in corpora:
        speakers = np.unique(sample.speaker[sample.corpus == corpus])
        for speaker in speakers:
            classes = np.unique(sample.c[sample.speaker == speaker])
            for k in classes:
                cell = h[(sample.speaker == speaker) & (sample.c == k)].reshape(-1, h.shape[-1])
                means.append(cell.mean(axis=0))
                weights.append(1 / (len(corpora) * len(speakers) * len(classes)))
                around = cell - means[-1]
                within += weights[-1] / len(cell) * around.T @ around
    deviations = np.array(means) - np.average(means, axis=0, weights=weights)
    return within, (deviations * np.array(weights)[:, None]).T @ deviations


def shows_voice(c: np.ndarray, speaker: np.ndarray, corpus: np.ndarray) -> np.ndarray:
    """(N,) bool, recordings that train: those in which an emotion isn't tied to what a speaker says or to who speaks.

    Left out are speakers whose sentences match their emotion (`CONFOUNDED`), and those of one emotion alone where their corpus
    has others. c: (N,) codes; speaker, corpus: (N,) names.
    """
    _, person = np.unique(speaker, return_inverse=True)
    n_emotions = np.array([len(np.unique(c[person == v])) for v in range(person.max() + 1)])[person]
    shows = (n_emotions > 1) & ~np.char.startswith(speaker.astype(str), CONFOUNDED)
    has_others = np.zeros(len(c), bool)
    for name in np.unique(corpus):
        has_others[corpus == name] = shows[corpus == name].any()
    return shows | ~has_others
