"""Temperatures, and weights under which groups count alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import nll_loss

_FURTHEST = 4.0
"""Times that a group's temperature may differ from that of all: a few answers that are all right ask for 0."""


def balanced_weights(*keys: np.ndarray) -> np.ndarray:
    """Weights (N,), mean 1, under which every combination of the keys' values counts equally.

    >>> balanced_weights(np.array([0, 0, 0, 1])).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    _, group, count = np.unique(
        np.stack([key.astype(str) for key in keys]), axis=1, return_inverse=True, return_counts=True
    )
    weights = 1.0 / count[group.ravel()]
    return weights / weights.mean()


def temperature(scores: np.ndarray, c: np.ndarray, weights: np.ndarray) -> float:
    """The temperature with the least weighted negative log-likelihood (Guo et al., arXiv 1706.04599, section 4.2).

    scores: (N, K) uncalibrated; c, weights: (N,).
    """
    x, y, w = as_tensors(scores, c, weights)
    log_temperature = torch.zeros((), dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        return (w * nll_loss(torch.log_softmax(x / log_temperature.exp(), 1), y, reduction="none")).mean()

    minimise(loss, [log_temperature])
    return float(log_temperature.detach().exp())


def temperature_of_groups(scores: np.ndarray, c: np.ndarray, weights: np.ndarray, groups: np.ndarray) -> float:
    """The geometric mean of the temperatures that groups ask for, such as corpora that were left out.

    A temperature of all together is mostly that of the group that is answered worst, whose errors weigh most; most others
    then aren't sure enough. A new group is as likely to ask for more as for less than the mean of logarithms.

    Args:
        scores: (N, K) uncalibrated.
        c: (N,) emotion codes.
        weights: (N,) how much each row counts in its group.
        groups: (N,) their names.
    """
    together = temperature(scores, c, weights)
    rows = [groups == name for name in np.unique(groups)]
    own = [temperature(scores[at], c[at], weights[at]) for at in rows]
    near = np.clip(np.nan_to_num(own), together / _FURTHEST, together * _FURTHEST)
    return float(np.exp(np.log(near).mean()))


def as_tensors(
    scores: np.ndarray, c: np.ndarray, weights: np.ndarray
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The same in double precision, codes as integers."""
    return torch.from_numpy(scores).double(), torch.from_numpy(c).long(), torch.from_numpy(weights).double()


def minimise(loss: Callable[[], torch.Tensor], parameters: list[torch.Tensor]) -> None:
    """Bring a smooth loss of few parameters to its minimum, in place, by L-BFGS."""
    optimiser = torch.optim.LBFGS(parameters, max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(closure)


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Log-probabilities of rows of scores: (N, K) -> (N, K).

    >>> np.exp(log_softmax(np.zeros((1, 4)))).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
