"""What the comparisons by voice fit where some corpora are left out: the space, voice models, and whatever methods add."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from sermi.stats.calibration import balanced_weights
from sermi.voice import NO_SHIFTS, VoiceModel, VoiceSettings
from train.recogniser.space import shows_voice
from train.recogniser.voices import GRID, VoiceData

MOST_OF_CELL = 100
"""Recordings of a class of a corpus that last layers, augmenters and generators learn from. Corpora count equally in all of
them, so more of one would only cost time."""

STEPS = 20
"""Of a generator's training, where one corpus is left out to be tested on. Where settings are chosen generators are as they are
before it, Gaussians of what they know: to train one for every pair of corpora would take most of the time."""

_Fitted = TypeVar("_Fitted")


@dataclass(frozen=True, eq=False)
class Training:
    """What is trained on, without the corpora that are left out."""

    h: np.ndarray
    """(N, d) float32 features."""
    c: np.ndarray
    """(N,) codes; each occurs."""
    speaker: np.ndarray
    """(N,) names."""
    corpus: np.ndarray
    """(N,) names."""
    voices: Mapping[VoiceSettings, VoiceModel]
    """Voice models in this space, of all recordings and their views."""
    seed: int = 0
    """Of all that is drawn."""
    steps: int = STEPS
    """Of training of those generators that are trained, SERMI's and the plain conditional GAN's alike."""
    _fitted: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.c.max()) + 1

    @property
    def weights(self) -> np.ndarray:
        """(N,), by which corpora, and classes of a corpus, count equally; they sum to 1."""
        weights = balanced_weights(self.c, self.corpus)
        return weights / weights.sum()

    def once(self, key: Hashable, fit: Callable[[], _Fitted]) -> _Fitted:
        """What `fit` gives, fitted when it is first asked for by this key."""
        if key not in self._fitted:
            self._fitted[key] = fit()
        return self._fitted[key]

    def shifted(self, settings: VoiceSettings) -> VoiceModel:
        """One of `voices` with the shifts of settings."""
        plain = self.voices[replace(settings, shifts=NO_SHIFTS)]
        return self.once(("shifted", settings), lambda: replace(plain, shifts=settings.shifts))

    def latest(self, key: Hashable, of: object, fit: Callable[[], _Fitted]) -> _Fitted:
        """What `fit` gives of an object, kept until another one is asked for by this key."""
        if key not in self._fitted or self._fitted[key][0] is not of:
            self._fitted[key] = (of, fit())
        return self._fitted[key][1]


def fit_training(data: VoiceData, left_out: Sequence[str], seed: int) -> tuple[Training, np.ndarray]:
    """Fit space and voice models of all corpora but some, as checkpoints have them.

    Args:
        data: all recordings.
        left_out: names of corpora.
        seed: of the space and of which recordings are kept.

    Returns:
        What is trained on, and (N, d) features of all recordings in its space.
    """
    sample = data.sample
    train = ~np.isin(sample.corpus, left_out)
    features = data.features(train, GRID, seed)
    voices = {candidate.settings: data.fit(features, train, candidate) for candidate in GRID}
    h = features[:, 0].astype(np.float32)
    rows = _kept(sample.c, sample.speaker, sample.corpus, train, seed)
    return (
        Training(
            h[rows],
            sample.c[rows],
            speaker=sample.speaker[rows],
            corpus=sample.corpus[rows],
            voices=voices,
            seed=seed,
            steps=STEPS if len(left_out) == 1 else 0,
        ),
        h,
    )


def _kept(c: np.ndarray, speaker: np.ndarray, corpus: np.ndarray, train: np.ndarray, seed: int) -> np.ndarray:
    """Rows (n,) of the training rows (N,) that show voices, at most `MOST_OF_CELL` of a class of a corpus."""
    used = np.flatnonzero(train)
    used = used[shows_voice(c[used], speaker[used], corpus[used])]
    order = np.random.default_rng(seed).permutation(used)
    cells = np.unique(np.stack([corpus[order], c[order].astype(str)]), axis=1, return_inverse=True)[1].ravel()
    kept = [order[cells == cell][:MOST_OF_CELL] for cell in np.unique(cells)]
    return np.sort(np.concatenate(kept))
