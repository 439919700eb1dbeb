"""A learnt sum of an encoder's layers (SUPERB, Yang et al., Interspeech 2021), folded into the projection a -> h.

The front end lays all layers' pooled states side by side. One weight a layer, a softmax learnt with a linear head on
training rows, is a linear map of that, and so is the projection that follows: what comes out is an ordinary projection
on a.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from sermi.frontend import AudioFrontend
from sermi.stats.calibration import balanced_weights
from train.recogniser.discriminant import FittedProjection, fit_projection

_STEPS = 200
"""Of AdamW on all rows at once; the weights no longer move after that."""


def fit_weighted_projection(
    a: np.ndarray, c: np.ndarray, n_classes: int, *, feature_dim: int, seed: int, frontend: AudioFrontend
) -> tuple[FittedProjection, np.ndarray]:
    """Projection of a -> h through a weighted sum of the layers. What is no layer's, such as prosody, passes it by.

    Args:
        a: (N, Da) embeddings.
        c: (N,) emotion codes.
        n_classes: K.
        feature_dim: d at the most.
        seed: of the linear head and of the principal components.
        frontend: that a comes from, whose layers and poolings say what each number is.

    Returns:
        The projection, (N, Da) -> (N, d), and the layers' weights (L,), which sum to 1.
    """
    n_layers, dim = frontend.n_layers, frontend.encoders[0].dim
    weights = fit_layer_weights(a, c, n_classes, n_layers=n_layers, dim=dim, seed=seed)
    whole = fit_projection(a, 1, seed)  # for its centre and scale
    scaled = FittedProjection(whole.centre, whole.scale, np.eye(a.shape[1], dtype=np.float32))
    mixing = _mixing(weights, a.shape[1], dim)
    narrow = fit_projection(scaled(a) @ mixing.T, feature_dim, seed, emphasis=_emphasis(frontend, n_layers, dim))
    # standardising the sum a second time would break the fold, so its scale goes into the components
    components = (narrow.components / narrow.scale) @ mixing
    return replace(whole, components=components.astype(np.float32)), weights


def fit_layer_weights(
    a: np.ndarray, c: np.ndarray, n_classes: int, *, n_layers: int, dim: int, seed: int
) -> np.ndarray:
    """Softmax weights (L,) of the layers with which a linear head does best, classes counting equally.

    Args:
        a: (N, Da) embeddings, in which blocks of L layers with `dim` numbers each come first, one block a pooling.
        c: (N,) emotion codes.
        n_classes: K.
        n_layers: L.
        dim: numbers a layer.
        seed: of the head's first weights.
    """
    n_blocks = a.shape[1] // (n_layers * dim)
    states = a[:, : n_blocks * n_layers * dim]
    states = (states - states.mean(axis=0)) / (states.std(axis=0) + 1e-6)
    x = torch.from_numpy(states.astype(np.float32)).reshape(len(a), n_blocks, n_layers, dim)
    y = torch.from_numpy(np.asarray(c)).long()
    w = torch.from_numpy(balanced_weights(c)).float()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = torch.nn.Linear(n_blocks * dim, n_classes)
    layer_logits = torch.zeros(n_layers, requires_grad=True)
    groups = [
        {"params": head.parameters(), "lr": 1e-2, "weight_decay": 1e-2},
        {"params": [layer_logits], "lr": 5e-2, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups)
    for _ in range(_STEPS):
        mixed = torch.einsum("nbld,l->nbd", x, layer_logits.softmax(dim=0)).flatten(1)
        loss = (w * cross_entropy(head(mixed), y, reduction="none")).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return layer_logits.detach().softmax(dim=0).double().numpy()


def _mixing(weights: np.ndarray, width: int, dim: int) -> np.ndarray:
    """(D', Da): every block of layers becomes one weighted sum; what is left over stays."""
    n_blocks = width // (len(weights) * dim)
    blocks = np.kron(np.eye(n_blocks), np.kron(weights[None], np.eye(dim)))
    rest = width - blocks.shape[1]
    mixing = np.zeros((blocks.shape[0] + rest, width), np.float32)
    mixing[: blocks.shape[0], : blocks.shape[1]] = blocks
    mixing[blocks.shape[0] :, blocks.shape[1] :] = np.eye(rest)
    return mixing


def _emphasis(frontend: AudioFrontend, n_layers: int, dim: int) -> np.ndarray:
    """(D',): the front end's emphasis, one layer standing for all."""
    emphasis = frontend.emphasis
    n_blocks = len(frontend.config.pooling)
    blocks = [emphasis[block * n_layers * dim : block * n_layers * dim + dim] for block in range(n_blocks)]
    return np.concatenate([*blocks, emphasis[n_blocks * n_layers * dim :]])
