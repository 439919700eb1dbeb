"""Stage C: the last layer, fitted on real and generated features together. Multinomial logistic regression, L2 penalised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

PENALTIES = (0.01, 0.001, 0.0001)
"""Tried for every augmenter alike, strongest first: each starts where the one before it ended."""


@dataclass(frozen=True)
class FittedLastLayer:
    """Weights (K, d) and biases (K,) of the last layer."""

    weights: np.ndarray
    bias: np.ndarray

    def scores(self, h: np.ndarray) -> np.ndarray:
        """Uncalibrated class scores: (N, d) -> (N, K)."""
        return h @ self.weights.T + self.bias


def fit_last_layers(
    h: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    penalties: Sequence[float] = PENALTIES,
    *,
    sample_weights: np.ndarray | None = None,
    iterations: int = 100,
) -> list[FittedLastLayer]:
    """One last layer for each penalty λ: minimises mean w_i CE(W h_i + b, c_i) + λ/2 |W|².

    h is brought to unit root mean square for the penalty (as a whole, so that directions keep their proportions); the
    weights returned apply to h as it is given.

    Args:
        h: (N, d) features.
        c: (N,) codes 0..K-1.
        n_classes: K.
        penalties: λ, strongest first.
        sample_weights: w, (N,); None for all alike.
        iterations: of L-BFGS at most.
    """
    centre = h.mean(axis=0)
    scale = float(np.sqrt(np.mean((h - centre) ** 2))) + 1e-12
    x = torch.from_numpy(((h - centre) / scale).astype(np.float32))
    y = torch.from_numpy(np.asarray(c)).long()
    w = torch.ones(len(x)) if sample_weights is None else torch.from_numpy(sample_weights.astype(np.float32))
    w = w / w.sum()
    weights = torch.zeros(n_classes, h.shape[1], requires_grad=True)
    bias = torch.zeros(n_classes, requires_grad=True)
    fitted = []
    for penalty in penalties:
        optimiser = torch.optim.LBFGS(
            [weights, bias],
            max_iter=iterations,
            history_size=20,
            tolerance_grad=1e-5,
            line_search_fn="strong_wolfe",
        )

        def closure(penalty: float = penalty, optimiser: torch.optim.Optimizer = optimiser) -> torch.Tensor:
            optimiser.zero_grad()
            log_p = torch.log_softmax(x @ weights.T + bias, dim=1)
            loss = -(w * log_p.gather(1, y[:, None])[:, 0]).sum() + penalty / 2 * weights.square().sum()
            loss.backward()
            return loss

        optimiser.step(closure)
        unscaled = weights.detach().numpy().astype(np.float64) / scale
        fitted.append(FittedLastLayer(unscaled, bias.detach().numpy().astype(np.float64) - unscaled @ centre))
    return fitted
