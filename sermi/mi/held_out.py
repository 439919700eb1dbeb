"""What each held-out sample contributes to the value of a bound: their mean is the value, their spread its error."""

from __future__ import annotations

import math

import numpy as np

from sermi.mi.fitting import BoundName

SMILE_CLIP = 5.0


def contributions(bound: BoundName, scores: np.ndarray) -> np.ndarray:
    """(B,) nats, from one score matrix (B, B) that estimates the log density ratio; the mean is that of `bounds`.

    A sample takes part in its own pair and in all pairs with others. Its contribution is the value plus its influence
    (Hampel 1974): how the value would move if samples like it were more frequent. Drawing contributions anew with
    replacement therefore shows how the whole value varies, without scoring anything again, and without the copies of one
    sample among its own negatives that drawing the samples themselves would bring.
    """
    if bound == "infonce":
        return (_info_nce(scores) + _info_nce(scores.T)) / 2
    joint, size = scores.diagonal(), len(scores)
    clip = SMILE_CLIP if bound == "smile" else math.inf
    clipped = np.clip(scores, -clip, clip)
    off = ~np.eye(size, dtype=bool)
    top = float(clipped[off].max())
    ratio = np.where(off, np.exp(np.where(off, clipped, top) - top), 0.0)
    mean = ratio.sum() / (size * (size - 1))
    share = (ratio.sum(axis=0) + ratio.sum(axis=1)) / (size - 1) / mean
    if bound == "nwj":
        product = mean * np.exp(top)
        return 1 + joint - product - product * (share - 2)
    return joint - (np.log(mean) + top) - (share - 2)


def _info_nce(scores: np.ndarray) -> np.ndarray:
    """Of rows: what sample i says of its own y, and how likely the others found its y."""
    top = scores.max(axis=1, keepdims=True)
    ratio = np.exp(scores - top)
    mean = ratio.mean(axis=1, keepdims=True)
    own = scores.diagonal() - (np.log(mean) + top)[:, 0]
    return own - ((ratio / mean).mean(axis=0) - 1)
