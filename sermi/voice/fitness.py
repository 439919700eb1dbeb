"""Whether clips fit one voice: a likelihood ratio of one shared offset against separate ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg
from scipy.special import logsumexp

from sermi.voice.model import VoiceModel
from sermi.voice.posterior import Posterior

MIN_CLIPS = 3
"""Of fewer nobody can say which is someone else's: two emotions of one voice lie as far apart as two voices."""
Emotions = Sequence[int | None] | np.ndarray | None


def voice_ratios(model: VoiceModel, clips: np.ndarray, emotions: Emotions = None) -> np.ndarray:
    """For each of n clips, how much more likely it is of the voice of the others than of another voice in the same channel.

    log p(x_i | b ~ N(b̂, P)) - log p(x_i | o, another s), with b̂ and P from the other clips and o given them,
    N(Σ_o B⁻¹ b̂, Σ_o - Σ_o B⁻¹ (B - P) B⁻¹ Σ_o); classes that aren't known are summed over. Squared distances are divided by
    the median clip's over d, where that is above 1: in a corpus that is far from all of training everything is far. (n,) nats,
    0 for a single clip.

    Args:
        model: of voices.
        clips: (n, d) features.
        emotions: (n,) codes, as for `VoiceModel.posterior`.

    Raises:
        SermiError: As for `VoiceModel.posterior`.
    """
    held = _each_against_the_others(model, clips, emotions)
    spread = _spread(model, [one.nearest for one in held])
    return np.array([one.ratio(spread) for one in held]) if len(held) > 1 else np.zeros(len(held))


class KnownVoice:
    """Clips of one voice, to hold further ones against."""

    def __init__(self, model: VoiceModel, clips: np.ndarray, emotions: Emotions = None) -> None:
        """Of one clip or more; arguments and errors are those of `voice_ratios`."""
        self.posterior = model.posterior(clips, emotions)
        self._model = model
        self._sides = _Sides(model, self.posterior, _channel_share(model))
        self._nearest = [one.nearest for one in _each_against_the_others(model, clips, emotions)]

    def ratio(self, clip: np.ndarray) -> float:
        """That of `voice_ratios` for a further clip (d,) whose emotion isn't known."""
        held = self._sides.distances(np.asarray(clip, np.float64), slice(None))
        return held.ratio(_spread(self._model, [*self._nearest, held.nearest]))


@dataclass(frozen=True, eq=False)
class _Distances:
    """Of a clip from the classes (K,), squared, and halves of the log-determinants: in the voice, and in another one."""

    same: np.ndarray
    same_volume: float
    other: np.ndarray
    other_volume: float

    @property
    def nearest(self) -> float:
        return float(self.same.min())

    def ratio(self, spread: float) -> float:
        one = logsumexp(-0.5 * self.same / spread) - self.same_volume
        return float(one - logsumexp(-0.5 * self.other / spread) + self.other_volume)


@dataclass(frozen=True, eq=False)
class _Sides:
    """Clips of a voice known so far, beside clips of someone else in its channel."""

    model: VoiceModel
    voice: Posterior
    channel_share: np.ndarray

    @cached_property
    def _other(self) -> Posterior:
        share, certain = self.channel_share, self.model.offset - self.voice.covariance
        return Posterior(share @ self.voice.mean, self.model.offset - share @ certain @ share.T, self.voice.n)

    @cached_property
    def _factors(self) -> tuple[np.ndarray, ...]:
        within = self.model.rest + self.model.class_offset
        return tuple(np.linalg.cholesky(within + offset.covariance) for offset in (self.voice, self._other))

    def distances(self, x: np.ndarray, classes: slice) -> _Distances:
        """Of x (d,) from some classes."""
        parts: list[tuple[np.ndarray, float]] = []
        for offset, factor in zip((self.voice, self._other), self._factors, strict=True):
            deviations = (x - offset.mean - self.model.means[classes]).T
            whitened = scipy.linalg.solve_triangular(factor, deviations, lower=True)
            parts.append((np.square(whitened).sum(axis=0), float(np.log(np.diag(factor)).sum())))
        (same, same_volume), (other, other_volume) = parts
        return _Distances(same, same_volume, other, other_volume)


def _each_against_the_others(model: VoiceModel, clips: np.ndarray, emotions: Emotions) -> list[_Distances]:
    """Of each of n clips from what the others say of their voice; of a single one from the prior."""
    shares = model.responsibilities(clips, emotions)
    clips = np.asarray(clips, np.float64)
    codes = [None] * len(clips) if emotions is None else list(emotions)
    channel_share, held = _channel_share(model), []
    for row, code in enumerate(codes):
        others = np.arange(len(clips)) != row
        sides = _Sides(model, model.given(clips[others], shares[others]), channel_share)
        held.append(sides.distances(clips[row], slice(None) if code is None or code < 0 else slice(code, code + 1)))
    return held


def _channel_share(model: VoiceModel) -> np.ndarray:
    """Σ_o B⁻¹: (d, d)."""
    return scipy.linalg.solve(model.offset, model.corpus, assume_a="pos").T


def _spread(model: VoiceModel, nearest: Sequence[float]) -> float:
    return max(1.0, float(np.median(nearest)) / model.dim) if len(nearest) else 1.0


@dataclass(frozen=True)
class FitTest:
    """How low the ratios of clips of one voice may be; chosen on voices left out by `sermi.voice.choose_fit_test`."""

    sizes: tuple[int, ...]
    """Numbers of clips, rising, that thresholds were chosen for; between them they are interpolated."""
    thresholds: tuple[float, ...]
    """Nats, of the mean ratio of that many clips."""
    clip_thresholds: tuple[float, ...]
    """Nats, of the ratio of one of that many clips given the others."""

    def threshold(self, n: int) -> float:
        """For the mean of n clips."""
        return float(np.interp(n, self.sizes, self.thresholds))

    def clip_threshold(self, n: int) -> float:
        """For one of n clips."""
        return float(np.interp(n, self.sizes, self.clip_thresholds))

    def fits(self, model: VoiceModel, clips: np.ndarray, emotions: Emotions = None) -> bool:
        """Whether clips, with arguments as for `voice_ratios`, can be of one voice. Fewer than two always can."""
        ratios = voice_ratios(model, clips, emotions)
        return len(ratios) < 2 or bool(ratios.mean() >= self.threshold(len(ratios)))

    def fitting(self, model: VoiceModel, clips: np.ndarray, emotions: Emotions = None) -> np.ndarray:
        """(n,) bool, which clips to keep: the worst is left out until the rest fit one voice, together and each by itself."""
        clips = np.asarray(clips, np.float64)
        codes = np.full(len(clips), None) if emotions is None else np.array(list(emotions), dtype=object)
        kept = np.arange(len(clips))
        while len(kept) >= MIN_CLIPS:
            ratios = voice_ratios(model, clips[kept], codes[kept])
            if ratios.mean() >= self.threshold(len(kept)) and ratios.min() >= self.clip_threshold(len(kept)):
                break
            kept = np.delete(kept, ratios.argmin())
        return np.isin(np.arange(len(clips)), kept)

    def admits(self, voice: KnownVoice, clip: np.ndarray) -> bool:
        """Whether a further clip (d,) can be of a voice; always where fewer than `MIN_CLIPS` are known of it."""
        return voice.posterior.n < MIN_CLIPS or voice.ratio(clip) >= self.clip_threshold(voice.posterior.n + 1)
