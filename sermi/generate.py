"""New audio features of an emotion, each with how much it tells: the generator's use. App and command line share it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from sermi.checkpoint import Checkpoint
from sermi.errors import SermiError
from sermi.mi.pointwise import label_scores

MAX_SAMPLES = 10_000
FORMATS = (".npz", ".csv", ".parquet")


@dataclass(frozen=True)
class Generated:
    """ĥ: (N, d); c: (N,) codes; t̂: (N, dt) for pairs, else None; what each sample tells.

    score: (N,) nats, log q(c | ĥ) - log p(c) by a critic of real speakers whom the generator never met; at most log K.
    nearest: (N,) row of the nearest real feature of the reference; distance: (N,) how far it is.
    """

    h: np.ndarray
    c: np.ndarray
    t: np.ndarray | None
    score: np.ndarray
    nearest: np.ndarray
    distance: np.ndarray
    classes: Sequence[str]

    def table(self) -> pd.DataFrame:
        """A row for each sample: number, emotion, score in nats and bits, distance, and the features h0, h1, ... (t0, ...)."""
        about = pd.DataFrame(
            {
                "id": np.arange(len(self.c)),
                "emotion": [self.classes[k] for k in self.c],
                "mi_nats": self.score.round(4),
                "mi_bits": (self.score / np.log(2)).round(4),
                "nearest_real": self.nearest,
                "distance": self.distance.round(4),
            }
        )
        sides = [("h", self.h)] if self.t is None else [("h", self.h), ("t", self.t)]
        features = [pd.DataFrame(x, columns=[f"{side}{i}" for i in range(x.shape[1])]) for side, x in sides]
        return pd.concat([about, *features], axis=1)


def generate(
    checkpoint: Checkpoint,
    emotions: Sequence[str],
    n: int,
    *,
    seed: int = 0,
    t: np.ndarray | None = None,
    pairs: bool = False,
    spread: float = 1.0,
    regulariser: str | None = None,
) -> Generated:
    """n samples of each emotion. t: (dt,) text feature to condition on. The same arguments give the same samples.

    Raises SermiError for an unknown emotion, a number out of range, or a checkpoint without a generator.
    """
    classes = checkpoint.config.classes
    unknown = [emotion for emotion in emotions if emotion not in classes]
    if unknown or not emotions:
        raise SermiError(f"'{', '.join(unknown)}' is not an emotion of this checkpoint; use {', '.join(classes)}.")
    if not 1 <= n * len(emotions) <= MAX_SAMPLES:
        raise SermiError(f"Ask for 1 to {MAX_SAMPLES} samples in all, not {n * len(emotions)}.")
    if not 0 < spread <= 5:
        raise SermiError(f"The spread should be over 0 and at most 5, not {spread}.")
    generator = checkpoint.generator(regulariser)
    c = np.repeat([classes.index(emotion) for emotion in emotions], n)
    words = None if t is None else torch.from_numpy(np.asarray(t, np.float32))
    made, text = generator.sample(torch.from_numpy(c), seed=seed, t=words, pairs=pairs, spread=spread)
    h = made.numpy()
    nearest, distance = _nearest(h, checkpoint.reference.h)
    return Generated(
        h=h,
        c=c,
        t=None if text is None else text.numpy(),
        score=label_scores(h, c, checkpoint.critic),
        nearest=nearest,
        distance=distance,
        classes=classes,
    )


def _nearest(h: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row of, and Euclidean distance to, the nearest real feature: (N, d), (R, d) -> (N,), (N,)."""
    squared = (h**2).sum(axis=1)[:, None] - 2 * h @ real.T + (real**2).sum(axis=1)
    nearest = squared.argmin(axis=1)
    return nearest, np.sqrt(np.maximum(squared[np.arange(len(h)), nearest], 0))


def write(generated: Generated, path: Path, *, about: dict[str, object]) -> None:
    """Save samples as .npz, .csv or .parquet; `about` says how they were made and goes into a .json beside the file.

    Raises SermiError for another ending or a folder that isn't there.
    """
    if path.suffix not in FORMATS:
        raise SermiError(f"'{path.name}' should end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    if not path.parent.is_dir():
        raise SermiError(f"There is no folder '{path.parent}'; make it first.")
    if path.suffix == ".npz":
        arrays = {
            "h": generated.h,
            "c": generated.c,
            "mi_nats": generated.score,
            "classes": np.array(generated.classes),
        }
        arrays |= {} if generated.t is None else {"t": generated.t}
        np.savez_compressed(path, **arrays)
    elif path.suffix == ".csv":
        generated.table().to_csv(path, index=False)
    else:
        generated.table().to_parquet(path, index=False)
    path.with_suffix(path.suffix + ".json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n")
