"""Batches of a small corpus: single samples, and sets of one voice."""

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


class VoiceRows:
    """Sets of samples of one speaker: speakers of a corpus, and corpora, equally often."""

    def __init__(self, codes: Tensor, groups: np.ndarray, corpora: np.ndarray, size: int) -> None:
        """codes: (N,); groups: (N,) speakers; corpora: (N,) of each row; size: m, samples of a set."""
        self._size = size
        names, speaker = np.unique(groups, return_inverse=True)
        rows = [np.flatnonzero(speaker == v) for v in range(len(names))]
        kept = [of_speaker for of_speaker in rows if len(of_speaker) >= size]
        self._rows = [torch.from_numpy(of_speaker).to(codes.device) for of_speaker in kept]
        homes = np.array([int(corpora[of_speaker[0]]) for of_speaker in kept], dtype=int)
        self._weights = torch.from_numpy(1 / np.bincount(homes)[homes]).float() if kept else torch.zeros(0)

    def __len__(self) -> int:
        """Speakers with enough samples."""
        return len(self._rows)

    def __call__(self, n: int) -> Tensor:
        """Rows (n, m) of n random speakers; the caller's random state decides."""
        speakers = torch.multinomial(self._weights, n, replacement=True).tolist()
        return torch.stack([self._rows[v][torch.randperm(len(self._rows[v]))[: self._size]] for v in speakers])
