"""What a voice adds to its features, and an emotion's probabilities given what is known of the voice.

A feature of class c, corpus (or channel) j and speaker v is

    h = m_c + o_j + i_jc + s_v + u_vc + e,

class mean, corpus offset, corpus x class, speaker offset, speaker x class and the rest. Each part but the first is Gaussian
with mean 0 and a covariance of its own: Σ_o, Σ_i, Σ_s, Σ_u, Σ_e. What all clips of one voice share is its offset b = o + s,
with prior N(0, B). What its clips of one emotion share besides is w = i + u, with prior N(0, W).

This is probabilistic linear discriminant analysis (Ioffe, ECCV 2006; Prince and Elder, ICCV 2007) with one level more, used
the other way round: there the class is the speaker, here the speaker is what is inferred and taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg
from scipy.special import log_softmax, softmax

from sermi.errors import SermiError
from sermi.stats.gaussians import symmetric_root
from sermi.voice.posterior import NO_SHIFTS, Places, Posterior, ShiftFactors

ROUNDS = 10
"""Of EM at most; the shares change 3 to 10 times less in each than in the one before."""
_TOLERANCE = 1e-4
"""A smaller change of every share ends it."""
SCORE_FACTOR = 0.3
"""Of the scores that responsibilities come from. In hundreds of dimensions plain scores are far too sure."""
UNKNOWN = -1
"""Stands for the emotion code of a clip whose emotion isn't known."""


@dataclass(frozen=True, eq=False)
class Discriminant:
    """A linear discriminant of Gaussian classes with equal priors around a voice's offset."""

    weights: np.ndarray
    """S⁻¹ μ_c, with μ_c = m_c + shifts_c: (K, d)."""
    offset: np.ndarray
    """b̂: (d,)."""
    constants: np.ndarray
    """½ μ_cᵀ S⁻¹ μ_c, and what scores of known classes lose: (K,)."""

    def __call__(self, h: np.ndarray) -> np.ndarray:
        """(N, d) -> (N, K) log-probabilities."""
        return log_softmax(self.scores(h), axis=1)

    def scores(self, h: np.ndarray) -> np.ndarray:
        """(N, d) -> (N, K), before their softmax."""
        return (h - self.offset) @ self.weights.T - self.constants


@dataclass(frozen=True, eq=False)
class VoiceModel:
    """Class means and the covariance of each part; all are positive semidefinite, Σ_e and B = Σ_o + Σ_s definite."""

    means: np.ndarray
    """m_c: (K, d)."""
    corpus: np.ndarray
    """Σ_o: (d, d), of corpora's or channels' offsets."""
    corpus_class: np.ndarray
    """Σ_i: (d, d), corpora differ in how emotions sound in them."""
    speaker: np.ndarray
    """Σ_s: (d, d), of speakers' offsets."""
    speaker_class: np.ndarray
    """Σ_u: (d, d), speakers differ in how they express an emotion."""
    rest: np.ndarray
    """Σ_e: (d, d), clips of one emotion of one speaker."""
    score_factor: float = SCORE_FACTOR
    """Of the scores that responsibilities come from."""
    shifts: ShiftFactors = NO_SHIFTS
    """How far clips of a voice move its classes."""

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.means)

    @property
    def dim(self) -> int:
        """d."""
        return self.means.shape[1]

    @cached_property
    def offset(self) -> np.ndarray:
        """B = Σ_o + Σ_s: (d, d), of a voice's offset before anything is known of it."""
        return self.corpus + self.speaker

    @cached_property
    def class_offset(self) -> np.ndarray:
        """W = Σ_i + Σ_u: (d, d), of what a voice's clips of one emotion share beyond its offset."""
        return self.corpus_class + self.speaker_class

    @cached_property
    def prior(self) -> Posterior:
        """Of the offset of a voice of which nothing is known."""
        return Posterior(np.zeros(self.dim), self.offset)

    def log_probabilities(self, h: np.ndarray, posterior: Posterior | None = None) -> np.ndarray:
        """log p(c | h) of clips (N, d) of one voice, uncalibrated, with equal priors: (N, K).

        The linear discriminant of the class means m_c + b̂ + shifts_c with the covariance Σ_e + W + P. Without a posterior, or
        with the prior, that is the ordinary discriminant with the sum of all parts. Where clips of some classes are known
        and of others not, the known ones attract whatever the voice says, and lose γ: calibrated stacking, as for classes
        without examples (Chao et al., ECCV 2016, equation 6).
        Raises SermiError where h isn't finite numbers with d columns.
        """
        return self.discriminant(posterior or self.prior)(self._checked(h))

    def discriminant(self, posterior: Posterior) -> Discriminant:
        """That of `log_probabilities`, to be kept as long as nothing more is known of the voice."""
        covariance = self.rest + self.class_offset + posterior.covariance
        means = self.means if posterior.shifts is None else self.means + posterior.shifts
        weights = scipy.linalg.solve(covariance, means.T, assume_a="pos").T
        constants = 0.5 * np.sum(weights * means, axis=1)
        if posterior.known is not None and not posterior.known.all():
            constants = constants + self.shifts.penalty * posterior.known
        return Discriminant(weights, posterior.mean, constants)

    def posterior(self, clips: np.ndarray, emotions: Sequence[int | None] | np.ndarray | None = None) -> Posterior:
        """What n clips say of the offset of the voice that spoke them, in any order.

        Args:
            clips: (n, d) features; n may be 0.
            emotions: (n,) emotion codes; None or `UNKNOWN` where the emotion isn't known. None: not of any clip.

        A clip of class k with responsibility r_ik is an observation of m_k + b + w_k with noise Σ_e. The w_k integrate out:
        with n_k = Σ_i r_ik and x̄_k = Σ_i r_ik x_i / n_k the posterior has

            precision P⁻¹ = B⁻¹ + Σ_k J_k,  mean b̂ = P Σ_k J_k (x̄_k - m_k),  J_k = (W + Σ_e / n_k)⁻¹.

        Clips of one known emotion therefore give b̂ = B (Σ_e / n + W + B)⁻¹ (x̄ - m_k). Where emotions are unknown, r_ik is the
        softmax of `score_factor` times the discriminant's scores given b̂, in up to ten rounds of EM from what a clip says by
        itself. Clips of one emotion share its w_k, so ever more of them don't pass for certainty about b.

        The classes' `shifts` are φ (`ShiftFactors`) of what the clips, each with its responsibilities,
        say of w_k given b̂; those of clips of unknown emotion are the softmax of the whole scores here.

        Raises:
            SermiError: clips that aren't finite numbers with d columns, or emotions that aren't one code for each clip.
        """
        clips, codes = self._checked(clips), self._codes(emotions, len(clips))
        if not len(clips):
            return self.prior
        shares = self.responsibilities(clips, codes)
        offset = self.given(clips, shares)
        is_known = codes != UNKNOWN
        known = np.isin(np.arange(self.n_classes), codes[is_known]) if is_known.any() else None
        posterior = replace(offset, n_known=int(is_known.sum()), known=known)
        factors = np.full((self.n_classes, 1), self.shifts.unknown)
        if known is not None:
            factors[known] = self.shifts.known
        if not factors.any():
            return posterior
        shares[~is_known] = softmax(self.discriminant(offset).scores(clips[~is_known]), axis=1)
        return replace(posterior, shifts=factors * self._shown(clips, shares, offset.mean))

    def places(self, clips: np.ndarray, emotions: Sequence[int | None] | np.ndarray | None = None) -> Places:
        """Where the voice that spoke n clips has its emotions, with what remains unknown; arguments and errors as above.

        m_k + b + w_k, with b of the posterior. Clips that are known to be of class k say something of w_k, too: with n_k of
        them, of mean x̄_k, and G_k = W (W + Σ_e / n_k)⁻¹, w_k given b is N(G_k (x̄_k - m_k - b), (1 - G_k) W), so the place
        of k is (1 - G_k)(m_k + b) + G_k x̄_k. Classes without known clips are moved by the posterior's `shifts`.
        """
        clips, codes = self._checked(clips), self._codes(emotions, len(clips))
        posterior = self.posterior(clips, codes)
        (omega, axes), dual = self._class_axes, self._dual_axes
        shares = (codes[:, None] == np.arange(self.n_classes)).astype(float)
        shown = self._shown(clips, shares, posterior.mean)
        if posterior.shifts is not None:
            shown = np.where(shares.any(axis=0)[:, None], shown, posterior.shifts)
        means = self.means + posterior.mean + shown
        factors = np.empty((self.n_classes, self.dim, self.dim))
        for k, n in enumerate(shares.sum(axis=0)):
            left = 1 / (1 + n * omega)  # of 1 - G_k
            kept = (dual * left) @ axes.T
            doubt = kept @ posterior.covariance @ kept.T + (dual * (left * omega)) @ dual.T
            factors[k] = symmetric_root(doubt)
        return Places(means, factors)

    def _shown(self, clips: np.ndarray, shares: np.ndarray, offset: np.ndarray) -> np.ndarray:
        """(K, d): G_k (x̄_k - m_k - b), what clips (n, d) with responsibilities (n, K) say of w_k given b (d,).

        With A of `given`, G_k = A⁻ᵀ diag(n_k ω / (1 + n_k ω)) Aᵀ.
        """
        omega, axes = self._class_axes
        counts = shares.sum(axis=0)[:, None]
        sums = (shares.T @ clips - counts * (self.means + offset)) @ axes
        return (sums * (omega / (1 + counts * omega))) @ self._dual_axes.T

    def responsibilities(
        self, clips: np.ndarray, emotions: Sequence[int | None] | np.ndarray | None = None
    ) -> np.ndarray:
        """r_ik: (n, K), how much each clip is taken for each class in `posterior`, with the same arguments and errors."""
        clips, codes = self._checked(clips), self._codes(emotions, len(clips))
        known = codes != UNKNOWN
        shares = np.zeros((len(clips), self.n_classes))
        shares[known, codes[known]] = 1.0
        if known.all():
            return shares
        posterior = self.prior
        for _ in range(ROUNDS):
            before = shares.copy()
            shares[~known] = softmax(self.score_factor * self.discriminant(posterior).scores(clips[~known]), axis=1)
            if np.abs(shares - before).max() < _TOLERANCE:
                break
            posterior = self.given(clips, shares)
        return shares

    def given(self, clips: np.ndarray, responsibilities: np.ndarray) -> Posterior:
        """The posterior given responsibilities (n, K) of clips (n, d).

        With A in whose coordinates Σ_e is 1 and W is diagonal, J_k = A diag(n_k / (1 + n_k ω)) Aᵀ, so that a round costs one
        factorisation; P = L (1 + Lᵀ J L)⁻¹ Lᵀ with B = L Lᵀ.
        """
        counts = responsibilities.sum(axis=0)
        omega, axes = self._class_axes
        weights = 1 / (1 + counts[:, None] * omega)
        residuals = (responsibilities.T @ clips - counts[:, None] * self.means) @ axes
        precision = (self._offset_axes * (counts @ weights)) @ self._offset_axes.T
        factor = np.linalg.cholesky(np.eye(self.dim) + precision)
        half = scipy.linalg.solve_triangular(factor, self._offset_factor.T, lower=True)
        covariance = half.T @ half
        return Posterior(covariance @ (axes @ (weights * residuals).sum(axis=0)), covariance, len(clips))

    @cached_property
    def _class_axes(self) -> tuple[np.ndarray, np.ndarray]:
        """ω (d,) and A (d, d): Aᵀ Σ_e A = 1, Aᵀ W A = diag ω."""
        omega, axes = scipy.linalg.eigh(self.class_offset, self.rest)
        return np.maximum(omega, 0.0), axes

    @cached_property
    def _dual_axes(self) -> np.ndarray:
        """A⁻ᵀ: (d, d)."""
        return np.linalg.inv(self._class_axes[1]).T

    @cached_property
    def _offset_factor(self) -> np.ndarray:
        """L: (d, d), lower, B = L Lᵀ."""
        return np.linalg.cholesky(self.offset)

    @cached_property
    def _offset_axes(self) -> np.ndarray:
        """Lᵀ A: (d, d)."""
        return self._offset_factor.T @ self._class_axes[1]

    def _checked(self, h: np.ndarray) -> np.ndarray:
        h = np.asarray(h, np.float64)
        if h.ndim != 2 or (h.size and h.shape[1] != self.dim) or not np.isfinite(h).all():
            raise SermiError(
                f"Features of shape {h.shape} don't fit this voice model; give finite ones of shape (N, {self.dim})."
            )
        return h.reshape(-1, self.dim)

    def _codes(self, emotions: Sequence[int | None] | np.ndarray | None, n: int) -> np.ndarray:
        given = [None] * n if emotions is None else list(emotions)
        codes = np.array([UNKNOWN if code is None else code for code in given], dtype=int)
        if len(codes) != n or not all(UNKNOWN <= code < self.n_classes for code in codes):
            raise SermiError(
                f"The emotions {given} don't fit {n} clips; give each clip a code from 0 to {self.n_classes - 1}, or None."
            )
        return codes
