"""Whether clips fit one voice: a likelihood ratio of one shared offset against separate ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.special import logsumexp

from sermi.voice.model import Posterior, VoiceModel

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
    shares = model.responsibilities(clips, emotions)
    clips = np.asarray(clips, np.float64)
    if len(clips) < 2:
        return np.zeros(len(clips))
    codes = [None] * len(clips) if emotions is None else list(emotions)
    channel_share = scipy.linalg.solve(model.offset, model.corpus, assume_a="pos").T
    same, other = [], []
    for row, code in enumerate(codes):
        others = np.arange(len(clips)) != row
        voice = model.given(clips[others], shares[others])
        classes = slice(None) if code is None or code < 0 else slice(code, code + 1)
        same.append(_distances(model, clips[row], voice, classes))
        other.append(_distances(model, clips[row], _other_voice(model, voice, channel_share), classes))
    spread = max(1.0, float(np.median([distances.min() for distances, _ in same])) / model.dim)
    one, two = (
        np.array([logsumexp(-0.5 * distances / spread) - log_volume for distances, log_volume in side])
        for side in (same, other)
    )
    return one - two


def _other_voice(model: VoiceModel, voice: Posterior, share: np.ndarray) -> Posterior:
    """The offset of someone else in the channel of a voice; share: Σ_o B⁻¹."""
    certain = model.offset - voice.covariance
    return Posterior(share @ voice.mean, model.offset - share @ certain @ share.T, voice.n)


def _distances(model: VoiceModel, x: np.ndarray, offset: Posterior, classes: slice) -> tuple[np.ndarray, float]:
    """Squared Mahalanobis distances of x (d,) from classes given an offset, and half the log of the determinant."""
    factor = np.linalg.cholesky(model.rest + model.class_offset + offset.covariance)
    deviations = (x - offset.mean - model.means[classes]).T
    whitened = scipy.linalg.solve_triangular(factor, deviations, lower=True)
    return np.square(whitened).sum(axis=0), float(np.log(np.diag(factor)).sum())


@dataclass(frozen=True)
class FitTest:
    """How low the mean ratio of clips of one voice may be; chosen on voices left out by `sermi.voice.choose_fit_test`."""

    sizes: tuple[int, ...]
    """Numbers of clips, rising, that thresholds were chosen for; between them they are interpolated."""
    thresholds: tuple[float, ...]
    """Nats."""

    def threshold(self, n: int) -> float:
        """For n clips."""
        return float(np.interp(n, self.sizes, self.thresholds))

    def fits(self, model: VoiceModel, clips: np.ndarray, emotions: Emotions = None) -> bool:
        """Whether clips, with arguments as for `voice_ratios`, can be of one voice. Fewer than two always can."""
        ratios = voice_ratios(model, clips, emotions)
        return len(ratios) < 2 or bool(ratios.mean() >= self.threshold(len(ratios)))

    def fitting(self, model: VoiceModel, clips: np.ndarray, emotions: Emotions = None) -> np.ndarray:
        """(n,) bool, which clips to keep: the worst one is left out until the rest fit one voice."""
        clips = np.asarray(clips, np.float64)
        codes = np.full(len(clips), None) if emotions is None else np.array(list(emotions), dtype=object)
        kept = np.arange(len(clips))
        while len(kept) > 1:
            ratios = voice_ratios(model, clips[kept], codes[kept])
            if ratios.mean() >= self.threshold(len(kept)):
                break
            kept = np.delete(kept, ratios.argmin())
        return np.isin(np.arange(len(clips)), kept)
