"""A critic of pairs: two sets of features to the log density ratio, calibrated on samples it was not fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.special import logsumexp
from torch import Tensor, nn

from sermi.mi import inputs
from sermi.mi.basis import Basis, fit_basis
from sermi.mi.critics import CriticName, make_critic
from sermi.mi.fitting import CRITERIA, BoundName, Training, fit_critic, score_blocks
from sermi.mi.held_out import contributions
from sermi.mi.interface import MIError
from sermi.mi.marginals import Marginals, fit_marginals
from sermi.mi.resampling import margin, split

N_REFERENCES = 1024
"""Samples of y that a single pair is compared with."""
_SHARES = (0.8, 0.2)
_SCALES = (0.0, 0.125, 0.25, 0.5, 0.7, 0.85, 1.0, 1.2)
_CERTAINTY = 0.8413
"""Of there being anything at all: one standard error of many pairs, more of few."""
_BLOCK = 512
_CHUNK = 64
_MOST_VALIDATION = 2048
"""Looks at more pairs would cost more than the steps between them."""


@dataclass(frozen=True)
class FeatureMap:
    """Features to network inputs: (N, d) -> (N, r) float32, what is the same under most invertible maps of x."""

    marginals: Marginals
    basis: Basis

    def __call__(self, x: np.ndarray) -> Tensor:
        """(N, d) -> (N, r)."""
        return torch.from_numpy(self.basis(self.marginals(x)).astype(np.float32))


@dataclass(frozen=True)
class PairCritic:
    """An estimate of log p(x, y) / (p(x) p(y)), and samples of y to normalise it with."""

    x_map: FeatureMap
    """From features x to network inputs."""
    y_map: FeatureMap
    network: nn.Module
    """(B, r), (M, r') -> (B, M)."""
    scale: float
    """Of the scores, calibrated; 0 where the pairs held nothing to learn."""
    reference: Tensor
    """(R, r'): network inputs of y in the validation part."""
    reach: tuple[float, float]
    """Least and greatest score on the validation part, which is all that the calibration vouches for."""
    n_features: tuple[int, int]
    """(d, d') that it was fitted on."""
    bound: BoundName
    """What it was trained towards."""
    n_train: int
    """Pairs it saw."""
    device: str

    def blocks(self, x: np.ndarray, y: np.ndarray, block: int) -> list[np.ndarray]:
        """Score matrices of consecutive pairs, float64, joint on the diagonal."""
        scored = score_blocks(self.network, self.x_map(x), self.y_map(y), device=self.device, block=block)
        return [self.scale * np.clip(scores.cpu().double().numpy(), *self.reach) for scores in scored]

    def log_ratio(self, x: Any, y: Any) -> np.ndarray:
        """Pointwise information of each pair: (N, d), (N, d') -> (N,) nats, at most log(R + 1).

        f(x, y) less the log of the mean of exp f(x, ·) over this y and R reference ones. So normalised, critics of all
        bounds say the same: InfoNCE leaves a term of x free, the others leave it to chance.

        Raises:
            MIError: not finite tables of as many features as the critic was fitted on, in pairs.
        """
        left, right = inputs.features(x), inputs.features(y, "y")
        inputs.same_length(left, right)
        if (left.shape[1], right.shape[1]) != self.n_features:
            raise MIError(
                f"The critic was fitted on {self.n_features[0]} and {self.n_features[1]} features, but x and y have "
                f"{left.shape[1]} and {right.shape[1]}."
            )
        left_in, right_in = self.x_map(left), self.y_map(right)
        scored = []
        with torch.inference_mode():
            for rows in torch.arange(len(left)).split(_CHUNK):
                u, v = left_in[rows].to(self.device), right_in[rows].to(self.device)
                # few rows at a time, so that the diagonal of all against all costs little
                joint = self.network(u, v).diagonal()
                others = self.network(u, self.reference.to(self.device))
                scored.append(torch.cat([joint[:, None], others], dim=1).cpu().double().numpy())
        scores = self.scale * np.concatenate(scored) if scored else np.empty((0, 1))
        return scores[:, 0] - logsumexp(scores, axis=1) + np.log(scores.shape[1])


def fit_pair_critic(
    x: Any,
    y: Any,
    groups: Any = None,
    *,
    bound: BoundName = "infonce",
    critic: CriticName = "separable",
    seed: int = 0,
    training: Training | None = None,
) -> PairCritic:
    """Fit on four fifths of the pairs, stop and calibrate on the rest; groups stay whole.

    Args:
        x: (N, d) features.
        y: (N, d') features.
        groups: (N,) speakers.
        bound: what the critic is trained towards: "infonce", "smile" (by its Jensen-Shannon objective), "nwj" or "mine".
        critic: "separable", "concatenated" or "bilinear".
        seed: of split, weights and batches.
        training: steps, rates, device.

    Raises:
        MIError: the input can't be used; the message says what to change.
    """
    training = training or Training()
    left, right = inputs.features(x), inputs.features(y, "y")
    inputs.same_length(left, right)
    group = inputs.group_codes(groups, len(left))
    rng = np.random.default_rng(seed)
    fit, held_out = split(len(left), _SHARES, rng, group)
    # a block of one group would make for other negatives than the measurement has
    held_out = rng.permutation(held_out)[:_MOST_VALIDATION]
    x_map, y_map = _fit_map(left[fit], seed), _fit_map(right[fit], seed)
    parts = [(x_map(left[rows]), y_map(right[rows])) for rows in (fit, held_out)]
    network = make_critic(critic, parts[0][0].shape[1], parts[0][1].shape[1], seed)
    fitted = fit_critic(network, parts[0], parts[1], bound=bound, seed=seed, training=training).network
    scored = score_blocks(fitted, *parts[1], device=training.device, block=_BLOCK)
    blocks = [scores.cpu().double().numpy() for scores in scored]
    scale = _choose_scale(bound, blocks, None if group is None else group[held_out])
    return PairCritic(
        x_map=x_map,
        y_map=y_map,
        network=fitted,
        scale=scale,
        reference=parts[1][1][:N_REFERENCES],
        reach=_reach(bound, blocks, scale),
        n_features=(left.shape[1], right.shape[1]),
        bound=bound,
        n_train=len(fit),
        device=training.device,
    )


def _choose_scale(bound: BoundName, blocks: list[np.ndarray], groups: np.ndarray | None) -> float:
    """The scale of the scores with the best criterion, or 0 if InfoNCE is not a standard error above nothing."""
    tensors = [torch.from_numpy(scores) for scores in blocks]
    sizes = np.array([len(scores) for scores in blocks])

    def criterion(scale: float) -> float:
        return float(sizes @ [CRITERIA[bound](scale * scores).item() for scores in tensors])

    scale = max(_SCALES, key=criterion)
    gains = np.concatenate([contributions("infonce", scale * scores) for scores in blocks])
    if groups is not None and len(np.unique(groups)) == 1:
        groups = None  # one group has no spread to judge by, so its pairs are all there is
    return scale if gains.mean() > margin(gains, groups, _CERTAINTY) else 0.0


def _reach(bound: BoundName, blocks: list[np.ndarray], scale: float) -> tuple[float, float]:
    """Scores seen on the validation part, before scaling; and no log ratio beyond that of one pair in all that it holds.

    The scores of NWJ and SMILE are log ratios, so this is known; others have a free constant.
    """
    low, high = min(float(scores.min()) for scores in blocks), max(float(scores.max()) for scores in blocks)
    if bound in ("nwj", "smile") and scale > 0:
        n_pairs = sum(len(scores) for scores in blocks)
        high = min(high, float(np.log(n_pairs * (n_pairs - 1))) / scale)
    return min(low, high), high


def _fit_map(x: np.ndarray, seed: int) -> FeatureMap:
    marginals = fit_marginals(x)
    return FeatureMap(marginals, fit_basis(marginals(x), seed).whitened(len(x)))
