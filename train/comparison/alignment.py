"""Stage A trained end to end: projections of voice and words with their last layers, pulled together by a contrastive term.

    L_A = CE(last_layer(h'), c) + CE(last_layer_t(t'), c) + CE(fused(h', t' or nothing), c) + α InfoNCE(h', t'), symmetric
    h' = A h,  t' = B t   (A, B start as identities)

A term β I(c; h') would change nothing but weights: its variational bound is H(c) - CE (Barber and Agakov 2003), which is the
first term already. Words are withheld at random, so that one model serves both cases. Where a corpus has no words of its own,
pairs are label-matched and drawn anew at every step.

`python -m train align` measures what α buys, on speakers held out, and what it does to the spread within classes, which is what
a generator draws from: that is why the shipped projections are label-free (A = B = 1) and only their last layers are fitted
with labels.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from tqdm import tqdm

from sermi.features import Features
from sermi.mi.discriminant import pair_information_by_emotion, speaker_disjoint_information
from sermi.outputs import write_atomic
from sermi.stats.last_layer import fit_last_layers
from train.comparison.rows import read_rows
from train.comparison.tasks import ComparisonTask, check_features, tasks
from train.metrics import UA

WEIGHTS = (None, 0.0, 0.1, 1.0)
"""α of the rows; None for label-free projections, whose last layers alone are fitted."""
_PENALTY = 0.01


@dataclass(frozen=True)
class AlignmentConfig:
    """How stage A is trained."""

    weight: float = 0.1
    """α, of the contrastive term."""
    steps: int = 300
    batch: int = 256
    rate: float = 1e-3
    """Of AdamW."""
    decay: float = 1e-2
    """Of the weights, likewise."""
    text_dropout: float = 0.5
    """How often words are withheld from the fused last layer."""
    shared: int = 64
    """Width of the space in which voice and words are compared."""


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

    def loss(self, h: Tensor, t: Tensor, c: Tensor, *, present: Tensor, weight: float) -> Tensor:
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

    @torch.inference_mode()
    def transform(self, features: Features) -> Features:
        """The same rows with h' and t' in place of h and t."""
        h = self.audio(torch.from_numpy(features.h).float()).numpy()
        t = self.text(torch.from_numpy(features.text).float()).numpy()
        return Features(h, features.c, features.speaker, t)

    @torch.inference_mode()
    def scores(self, aligned: Features) -> dict[str, np.ndarray]:
        """(N, K) scores by the voice, the words and both, of features that `transform` gave."""
        h, t = torch.from_numpy(aligned.h), torch.from_numpy(aligned.text)
        return {
            "audio": self.last_layer(h).numpy(),
            "text": self.last_layer_t(t).numpy(),
            "fused": self.fused(torch.cat([h, t], dim=1)).numpy(),
        }


def fit_alignment(train: Features, n_classes: int, config: AlignmentConfig, seed: int = 0) -> Alignment:
    """Stage A on features with words. The same seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Alignment(train.h.shape[1], train.text.shape[1], n_classes, config.shared)
        optimiser = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=config.decay)
        h, t, c = torch.from_numpy(train.h).float(), torch.from_numpy(train.text).float(), torch.from_numpy(train.c)
        # rows of a class beside each other, so that words can be dealt anew within it
        order = torch.argsort(c, stable=True)
        h, t, c = h[order], t[order], c[order]
        for _ in range(config.steps):
            shuffled = torch.argsort(c + torch.rand(len(c)) * 0.99)
            rows = torch.randperm(len(c))[: config.batch]
            present = (torch.rand(len(rows)) >= config.text_dropout).float()
            optimiser.zero_grad()
            model.loss(h[rows], t[shuffled][rows], c[rows], present=present, weight=config.weight).backward()
            optimiser.step()
    return model.eval().requires_grad_(False)


def run(data: Path, out: Path, *, seeds: Sequence[int]) -> pd.DataFrame:
    """Rows of (fold, seed, α) on the protocol `paired`, appended to `out` as they are done, and returned."""
    key = ["fold", "seed", "alpha"]
    rows = read_rows(out, key)
    finished = set(rows[key].itertuples(index=False, name=None))
    planned = list(tasks("paired", data, seeds))
    check_features(rows, planned, out)
    work = [
        (task, weight)
        for task in planned
        for weight in WEIGHTS
        if (task.fold, task.seed, _name(weight)) not in finished
    ]
    for task, weight in tqdm(work, desc="align", unit="row"):
        row = {"fold": task.fold, "seed": task.seed, "alpha": _name(weight), "features": task.features}
        new = pd.DataFrame([row | measure(task, weight)])
        rows = pd.concat([rows, new], ignore_index=True) if len(rows) else new
        write_atomic(out, rows.to_csv(index=False).encode())
    return rows


def summary(rows: pd.DataFrame) -> str:
    """Means over folds and seeds, a line for each α, as JSON lines."""
    means = rows.drop(columns=["fold", "seed", "features"]).groupby("alpha", sort=False).mean().round(3)
    return "\n".join(json.dumps({"alpha": name, **row}) for name, row in means.to_dict("index").items())


def _name(weight: float | None) -> str:
    return "label-free" if weight is None else str(weight)


def measure(task: ComparisonTask, weight: float | None) -> dict[str, float]:
    """Columns of a row: UA on the test speakers by each side, information in nats, and the variance left within classes.

    weight: α; None for label-free projections.
    """
    train, test, k = task.train, task.test, task.n_classes
    if weight is None:
        scores = _label_free_scores(train, test, k)
    else:
        model = fit_alignment(train, k, AlignmentConfig(weight=weight), task.seed)
        train, test = model.transform(train), model.transform(test)
        scores = model.scores(test)
    predictions = {side: x.argmax(axis=1) for side, x in scores.items()}
    return {
        **{f"UA_{side}": round(UA(test.c, predicted, k), 4) for side, predicted in predictions.items()},
        "information": round(speaker_disjoint_information(test.h, test.c, test.speaker, seed=task.seed), 3),
        "pair_information": round(
            pair_information_by_emotion(test.h, test.text, test.c, groups=test.speaker, seed=task.seed), 3
        ),
        "within_share_train": round(within_class_share(train), 3),
        "within_share_test": round(within_class_share(test), 3),
    }


def _label_free_scores(train: Features, test: Features, n_classes: int) -> dict[str, np.ndarray]:
    """(N, K) scores of each side by a last layer fitted on the features as they are."""
    sides = {"audio": (train.h, test.h), "text": (train.text, test.text), "fused": (train.joint, test.joint)}
    return {
        side: fit_last_layers(x, train.c, n_classes, [_PENALTY])[0].scores(x_test)
        for side, (x, x_test) in sides.items()
    }


def within_class_share(features: Features) -> float:
    """Share of the variance of h that is within classes: what there is for a generator to draw from."""
    h, c = features.h.astype(np.float64), features.c
    within = np.mean([h[c == k].var(axis=0).sum() for k in np.unique(c)])
    means = np.stack([h[c == k].mean(axis=0) for k in np.unique(c)])
    return float(within / (within + means.var(axis=0).sum()))
