"""Stage A trained end to end: projections of voice and words with their last layers, pulled together by a contrastive term.

    L_A = CE(last_layer(h'), c) + CE(last_layer_t(t'), c) + CE(fused(h', t' or nothing), c) + α InfoNCE(h', t'), symmetric
    h' = A h,  t' = B t   (A, B start as identities)

A term β I(c; h') would change nothing but weights: its variational bound is H(c) - CE (Barber and Agakov 2003), which is the
first term already. Words are withheld at random, so that one model serves both cases. Where a corpus has no words of its own,
pairs are label-matched and drawn anew at every step.

`python -m train align` says what α buys, on speakers left out, and what it does to the spread that a generator lives on: that
is why the shipped projections are label-free (A = B = 1) and only their last layers are fitted with labels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from tqdm import tqdm

from sermi.cache import write_atomic
from sermi.features import Features
from sermi.mi.discriminant import pair_information_by_emotion, speaker_disjoint_information
from sermi.stats.last_layer import fit_last_layers
from train.comparison.tasks import Task, tasks
from train.metrics import UA

WEIGHTS = (None, 0.0, 0.1, 1.0)
"""α of the rows; None for label-free projections, whose last layers alone are fitted."""
_PENALTY = 0.01


@dataclass(frozen=True)
class AlignmentConfig:
    """How stage A is trained. weight: α. shared: width of the space in which voice and words are compared."""

    weight: float = 0.1
    steps: int = 300
    batch: int = 256
    rate: float = 1e-3
    decay: float = 1e-2
    text_dropout: float = 0.5
    shared: int = 64


class Alignment(nn.Module):
    """A, B, the three last layers, and the heads that InfoNCE compares in. h and t come in at unit scale."""

    def __init__(self, feature_dim: int, text_feature_dim: int, n_classes: int, shared: int) -> None:
        super().__init__()
        self.audio = nn.Linear(feature_dim, feature_dim, bias=False)
        self.text = nn.Linear(text_feature_dim, text_feature_dim, bias=False)
        nn.init.eye_(self.audio.weight)
        nn.init.eye_(self.text.weight)
        self.last_layer = nn.Linear(feature_dim, n_classes)
        self.last_layer_t = nn.Linear(text_feature_dim, n_classes)
        self.fused = nn.Linear(feature_dim + text_feature_dim, n_classes)
        self.audio_head = nn.Linear(feature_dim, shared, bias=False)
        self.text_head = nn.Linear(text_feature_dim, shared, bias=False)
        self.log_temperature = nn.Parameter(torch.tensor(0.1).log())

    def loss(self, h: Tensor, t: Tensor, c: Tensor, present: Tensor, weight: float) -> Tensor:
        """L_A of a batch. h: (B, d), t: (B, dt), c: (B,), present: (B,) rows whose words are not withheld."""
        h, t = self.audio(h), self.text(t)
        joint = torch.cat([h, t * present[:, None]], dim=1)
        loss = cross_entropy(self.last_layer(h), c) + cross_entropy(self.last_layer_t(t), c)
        loss = loss + cross_entropy(self.fused(joint), c)
        if weight:
            scores = normalize(self.audio_head(h)) @ normalize(self.text_head(t)).T / self.log_temperature.exp()
            own = torch.arange(len(c), device=c.device)
            loss = loss + weight * (cross_entropy(scores, own) + cross_entropy(scores.T, own)) / 2
        return loss


def fit_alignment(train: Features, n_classes: int, config: AlignmentConfig, seed: int = 0) -> Alignment:
    """Stage A on features with words. The same seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Alignment(train.h.shape[1], train.t.shape[1], n_classes, config.shared)
        optimiser = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=config.decay)
        h, t, c = torch.from_numpy(train.h).float(), torch.from_numpy(train.t).float(), torch.from_numpy(train.c)
        # rows of a class beside each other, so that words can be dealt anew within it
        order = torch.argsort(c, stable=True)
        h, t, c = h[order], t[order], c[order]
        for _ in range(config.steps):
            shuffled = torch.argsort(c + torch.rand(len(c)) * 0.99)
            rows = torch.randperm(len(c))[: config.batch]
            present = (torch.rand(len(rows)) >= config.text_dropout).float()
            optimiser.zero_grad()
            model.loss(h[rows], t[shuffled][rows], c[rows], present, config.weight).backward()
            optimiser.step()
    return model.eval().requires_grad_(False)


def aligned(model: Alignment, features: Features) -> Features:
    """The same rows with h' and t' in place of h and t."""
    with torch.inference_mode():
        h, t = model.audio(torch.from_numpy(features.h).float()), model.text(torch.from_numpy(features.t).float())
    return Features(h.numpy(), features.c, features.speaker, t.numpy())


def run(data: Path, out: Path, *, seeds: Sequence[int]) -> pd.DataFrame:
    """Rows of (fold, seed, α) on the protocol `paired`, appended to `out` as they are done, and returned."""
    key = ["fold", "seed", "alpha"]
    rows = pd.read_csv(out, dtype={"alpha": str}) if out.exists() else pd.DataFrame(columns=key)
    done = set(rows[key].itertuples(index=False, name=None))
    work = [
        (task, weight)
        for task in tasks("paired", data, seeds)
        for weight in WEIGHTS
        if (task.fold, task.seed, _name(weight)) not in done
    ]
    for task, weight in tqdm(work, desc="align", unit="row"):
        new = pd.DataFrame([{"fold": task.fold, "seed": task.seed, "alpha": _name(weight), **_measured(task, weight)}])
        rows = pd.concat([rows, new], ignore_index=True) if len(rows) else new
        write_atomic(out, rows.to_csv(index=False).encode())
    return rows


def summary(rows: pd.DataFrame) -> str:
    """Means over folds and seeds, a line for each α, as JSON lines."""
    means = rows.drop(columns=["fold", "seed"]).groupby("alpha", sort=False).mean().round(3)
    return "\n".join(json.dumps({"alpha": name, **row}) for name, row in means.to_dict("index").items())


def _name(weight: float | None) -> str:
    return "label-free" if weight is None else str(weight)


def _measured(task: Task, weight: float | None) -> dict[str, Any]:
    train, test, k = task.train, task.test, task.n_classes
    if weight is None:
        sides = {"audio": train.h, "text": train.t, "fused": train.joint}
        layers = {side: fit_last_layers(x, train.c, k, [_PENALTY])[0] for side, x in sides.items()}
        predicted = {
            side: layers[side].scores(x) for side, x in {"audio": test.h, "text": test.t, "fused": test.joint}.items()
        }
    else:
        model = fit_alignment(train, k, AlignmentConfig(weight=weight), task.seed)
        train, test = aligned(model, train), aligned(model, test)
        predicted = dict(_predicted(model, test))
    measured = {f"UA_{side}": round(UA(test.c, scores.argmax(axis=1), k), 4) for side, scores in predicted.items()}
    return {
        **measured,
        "information": round(speaker_disjoint_information(test.h, test.c, test.speaker, task.seed), 3),
        "pair_information": round(pair_information_by_emotion(test.h, test.t, test.c, test.speaker, task.seed), 3),
        "within_share_train": round(_within_share(train), 3),
        "within_share_test": round(_within_share(test), 3),
    }


def _predicted(model: Alignment, test: Features) -> Iterator[tuple[str, np.ndarray]]:
    """(N, K) scores of each side, of features that are aligned already."""
    h, t = torch.from_numpy(test.h), torch.from_numpy(test.t)
    with torch.inference_mode():
        yield "audio", model.last_layer(h).numpy()
        yield "text", model.last_layer_t(t).numpy()
        yield "fused", model.fused(torch.cat([h, t], dim=1)).numpy()


def _within_share(features: Features) -> float:
    """Share of the variance of h that is within classes: what is left for a generator to draw from."""
    h, c = features.h.astype(np.float64), features.c
    within = np.mean([h[c == k].var(axis=0).sum() for k in np.unique(c)])
    means = np.stack([h[c == k].mean(axis=0) for k in np.unique(c)])
    return float(within / (within + means.var(axis=0).sum()))
