"""The space of audio features h: the directions in which voices and emotions differ most, beside recordings of one emotion.

Principal components first, then linear discriminant analysis whose classes are cells, a speaker's recordings of an
emotion: what speaker recognition does before it models voices (Dehak et al., IEEE TASLP 2011). Recordings of one cell
have about the unit covariance in it, so that a part of a voice model can be shrunk towards a sphere with good reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

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


def fit_space(sample: AudioSample, config: SpaceConfig, seed: int) -> FittedProjection:
    """The projection a -> h of training recordings, whose views are recordings of their own; wider comes from narrower.

    Corpora, the speakers of a corpus and their emotions count equally. The directions come in order, so that the first of them
    are a space of their own.
    """
    rows = sample.a.reshape(-1, sample.a.shape[-1])
    components = fit_projection(rows, config.n_components, seed, emphasis=sample.emphasis)
    within, among = _cell_scatter(components(sample.a).astype(np.float64), sample)
    sphere = np.trace(within) / len(within) * np.eye(len(within))
    within = (1 - config.shrinkage) * within + config.shrinkage * sphere
    dim = min(config.dim, len(within))
    _, directions = scipy.linalg.eigh(among, within, subset_by_index=[len(within) - dim, len(within) - 1])
    axes = directions[:, ::-1].T
    axes = axes * np.sign(axes[np.arange(dim), np.abs(axes).argmax(axis=1)])[:, None]  # eigenvectors have no sign
    axes = axes.astype(np.float32)
    return replace(components, components=axes @ components.components)


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
