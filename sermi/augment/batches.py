"""Batches of a small corpus."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


class BalancedRows:
    """Rows of a batch: every class equally often, rows of a class by weight."""

    def __init__(self, codes: Tensor, n_classes: int, weights: np.ndarray | None) -> None:
        """codes: (N,); weights: (N,) how often each row comes within its class, None for all alike."""
        weight = torch.ones(len(codes)) if weights is None else torch.from_numpy(weights).float()
        self._rows = [torch.nonzero(codes == k)[:, 0] for k in range(n_classes)]
        self._weights = [weight.to(rows.device)[rows] for rows in self._rows]

    def __call__(self, n: int) -> Tensor:
        """n random rows (n,), in random order; the caller's random state decides."""
        per_class = -(-n // len(self._rows))
        pairs = zip(self._rows, self._weights, strict=True)
        by_class = [rows[torch.multinomial(weight, per_class, replacement=True)] for rows, weight in pairs]
        return torch.cat(by_class)[torch.randperm(per_class * len(by_class))[:n]]
