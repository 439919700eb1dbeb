"""Text embeddings as the mean of hidden states over a text's tokens, in batches of texts of similar length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 256
_BATCH_TOKENS = 4_096


def mean_pooled(
    tokens: Sequence[Sequence[int]],
    states: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    dim: int,
    *,
    pad: int,
    device: str,
) -> np.ndarray:
    """b: (N, dim) float32, the mean over the tokens of each text of an encoder's last states.

    Args:
        tokens: of N texts, each a list of one or more ids.
        states: from ids (B, T) and mask (B, T), both int64 and 1 in the mask where there is a token, to (B, T, dim).
        dim: of a state.
        pad: the id that fills up a batch.
        device: of the encoder.
    """
    import torch

    embeddings = np.zeros((len(tokens), dim), np.float32)
    for batch in _batches([len(ids) for ids in tokens]):
        longest = len(tokens[batch[0]])
        ids = torch.tensor([[*tokens[i], *[pad] * (longest - len(tokens[i]))] for i in batch])
        mask = torch.tensor([[1] * len(tokens[i]) + [0] * (longest - len(tokens[i])) for i in batch])
        ids, mask = ids.to(device), mask.to(device)
        with torch.inference_mode():
            weights = mask[..., None].float()
            mean = (states(ids, mask).float() * weights).sum(1) / weights.sum(1)
        embeddings[batch] = mean.cpu().numpy()
    return embeddings


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of one batch after the other, the longest texts first."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
