"""Critics: networks that score how well x and y go together. Each maps (B, d), (M, d') to scores (B, M).

All start at zero, where every bound says 0: an untrained critic knows nothing, rather than something random. `block` is how
many pairs can be scored against each other at once within some hundred megabytes.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from sermi.mi.interface import MIError

CriticName = Literal["separable", "concatenated", "bilinear"]


class SeparableCritic(nn.Module):
    """f(x, y) = g(x) · k(y): B + M network passes score B M pairs (Poole et al. 2019, section 4)."""

    block = 2048

    def __init__(self, x_dim: int, y_dim: int, *, hidden: int = 256, embedding: int = 32) -> None:
        super().__init__()
        self.g = _perceptron(x_dim, hidden, embedding)
        self.k = _perceptron(y_dim, hidden, embedding)
        _silence(self.g)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """(B, d), (M, d') -> (B, M)."""
        return self.g(x) @ self.k(y).T


class ConcatenatedCritic(nn.Module):
    """f(x, y) = network([x, y]): any function of the pair, at B M network passes (Belghazi et al. 2018)."""

    block = 256

    def __init__(self, x_dim: int, y_dim: int, *, hidden: int = 64) -> None:
        super().__init__()
        self.x_in = nn.Linear(x_dim, hidden)
        self.y_in = nn.Linear(y_dim, hidden, bias=False)
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        _silence(self.rest)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """(B, d), (M, d') -> (B, M)."""
        # the first layer of a concatenation is a sum, so it is computed once a sample and not once a pair
        return self.rest(self.x_in(x)[:, None] + self.y_in(y)[None]).squeeze(-1)


class BilinearCritic(nn.Module):
    """f(x, y) = xᵀ W y (van den Oord et al. 2018, eq. 3): the part of a Gaussian's log ratio that has both sides in it."""

    block = 2048

    def __init__(self, x_dim: int, y_dim: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(x_dim, y_dim))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """(B, d), (M, d') -> (B, M)."""
        return x @ self.weights @ y.T


def make_critic(name: CriticName, x_dim: int, y_dim: int, seed: int) -> nn.Module:
    """A new critic. The caller's random state is left as it was.

    Raises:
        MIError: no such critic.
    """
    makers = {"separable": SeparableCritic, "concatenated": ConcatenatedCritic, "bilinear": BilinearCritic}
    if name not in makers:
        raise MIError(f"The critic must be one of {', '.join(makers)}, not {name!r}.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return makers[name](x_dim, y_dim)


def _perceptron(n_in: int, hidden: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(n_in, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, n_out)
    )


def _silence(network: nn.Sequential) -> None:
    for parameter in network[-1].parameters():
        nn.init.zeros_(parameter)
