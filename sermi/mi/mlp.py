"""A small neural critic of labels, stopped where held-out log-likelihood is best."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sermi.stats.threads import single_threaded

_HIDDEN = 128
_DROPOUT = 0.2
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 1e-2
_SMALLEST_BATCH = 128
_MOST_BATCHES = 24
"""In an epoch: more samples go into larger batches, not into more steps."""
_MAX_EPOCHS = 80
_PATIENCE = 8
_DECAY = 0.95


@dataclass(frozen=True)
class MLPHead:
    """Evidence from two hidden layers."""

    network: nn.Module

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """(N, r) -> (N, K) float64."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(z.astype(np.float32))).double().numpy()


@single_threaded
def fit_mlp(
    fit: tuple[np.ndarray, np.ndarray], held_out: tuple[np.ndarray, np.ndarray], log_prior: np.ndarray, seed: int
) -> MLPHead:
    """Fit to components (N, r) with their codes (N,), and keep the epoch that is best on those held out.

    What is kept is the moving average of the weights. Epoch 0, whose evidence is nothing, is among those to choose from. The
    caller's random state is left as it was.
    """
    prior = torch.from_numpy(log_prior.astype(np.float32))
    (inputs, target), (held_out_inputs, held_out_target) = (
        (torch.from_numpy(z.astype(np.float32)), torch.from_numpy(codes)) for z, codes in (fit, held_out)
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: nn.Module = _network(inputs.shape[1], len(log_prior))
        optimiser = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
        average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(_DECAY))
        batch = max(_SMALLEST_BATCH, len(inputs) // _MOST_BATCHES)
        best, best_loss, waited = copy.deepcopy(network), float("inf"), 0
        for epoch in range(_MAX_EPOCHS + 1):
            if epoch:
                network.train()
                for rows in torch.randperm(len(inputs)).split(batch):
                    optimiser.zero_grad(set_to_none=True)
                    F.cross_entropy(network(inputs[rows]) + prior, target[rows]).backward()
                    optimiser.step()
                    average.update_parameters(network)
            average.eval()
            with torch.no_grad():
                loss = F.cross_entropy(average(held_out_inputs) + prior, held_out_target).item()
            if loss < best_loss:
                best, best_loss, waited = copy.deepcopy(average.module), loss, 0
            else:
                waited += 1
                if waited > _PATIENCE:
                    break
    return MLPHead(best.eval())


def _network(n_inputs: int, n_classes: int) -> nn.Sequential:
    last = nn.Linear(_HIDDEN, n_classes)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        nn.Linear(n_inputs, _HIDDEN),
        nn.GELU(),
        nn.Dropout(_DROPOUT),
        nn.Linear(_HIDDEN, _HIDDEN),
        nn.GELU(),
        nn.Dropout(_DROPOUT),
        last,
    )
