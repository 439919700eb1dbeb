"""What generated features buy: the last layer fitted with and without them, on few or many real ones.

Real features are the checkpoint's reference, whose speakers neither its last layer nor its generators met. Its speakers are
dealt into two halves, one to fit on and one to test on, several times anew. The generator has learnt from other speakers,
so what it brings is their knowledge and not more of the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.optimize

from sermi.errors import SermiError
from sermi.stats.threads import single_threaded

SIZES = (1, 3, 10, 30)
N_GENERATED = 150
"""Generated samples of each class."""
N_DRAWS = 5
PENALTY = 0.01
"""λ of the last layer, the same with and without generated samples; on the reference a tenth or ten times that changes
UA by a point or two for both."""
_ATTEMPTS = 200
_ITERATIONS = 100


@dataclass(frozen=True)
class LearningCurve:
    """UA (0 to 1) on speakers not fitted on. sizes: (S,) real samples of each class; alone, together: (S, D) over D draws;
    generated: (D,) without any real sample; n_generated: of each class."""

    sizes: tuple[int, ...]
    alone: np.ndarray
    together: np.ndarray
    generated: np.ndarray
    n_generated: int

    @property
    def gain(self) -> np.ndarray:
        """(S, D): together - alone, paired by draw."""
        return self.together - self.alone


@single_threaded
def learning_curve(
    h: np.ndarray,
    c: np.ndarray,
    speaker: np.ndarray,
    generated_h: np.ndarray,
    generated_c: np.ndarray,
    n_real: int | None = None,
    *,
    seed: int = 0,
) -> LearningCurve:
    """UA for growing numbers of real samples, `n_real` of each class among them (None for no number in particular).

    A class with fewer real samples gives all that it has. Raises SermiError for a number out of range, or real features of
    too few speakers to be dealt into halves.
    """
    k = int(c.max()) + 1
    rng = np.random.default_rng(seed)
    halves = [_deal(c, speaker, k, rng) for _ in range(N_DRAWS)]
    most = most_real(c)
    if n_real is not None and not 1 <= n_real <= most:
        raise SermiError(f"Choose 1 to {most:,} real samples of each class, not {n_real:,}.")
    sizes = tuple(sorted({size for size in SIZES if size < most} | {most} | ({n_real} if n_real else set())))
    only = _fit(generated_h, generated_c, k)
    alone, together = np.empty((2, len(sizes), N_DRAWS))
    generated = np.empty(N_DRAWS)
    for draw, fitted in enumerate(halves):
        held = ~fitted
        order = rng.permutation(np.flatnonzero(fitted))
        generated[draw] = _ua(only, h[held], c[held], k)
        for i, size in enumerate(sizes):
            rows = np.concatenate([order[c[order] == code][:size] for code in range(k)])
            alone[i, draw] = _ua(_fit(h[rows], c[rows], k), h[held], c[held], k)
            both = _fit(np.vstack([h[rows], generated_h]), np.append(c[rows], generated_c), k)
            together[i, draw] = _ua(both, h[held], c[held], k)
    return LearningCurve(sizes, alone, together, generated, N_GENERATED)


def most_real(c: np.ndarray) -> int:
    """Real samples of a class that half of the speakers may have: those of the largest class, halved."""
    return int(np.bincount(c).max()) // 2


def _deal(c: np.ndarray, speaker: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """(R,) bool: half of the speakers, such that both halves have every class."""
    speakers = np.unique(speaker)
    for _ in range(_ATTEMPTS if len(speakers) > 1 else 0):
        half = np.isin(speaker, rng.permutation(speakers)[: len(speakers) // 2])
        if len(np.unique(c[half])) == len(np.unique(c[~half])) == k:
            return half
    raise SermiError("This checkpoint's reference has too few speakers to fit on some and test on others.")


def _ua(scores: Callable[[np.ndarray], np.ndarray], h: np.ndarray, c: np.ndarray, k: int) -> float:
    """Mean recall over all K classes."""
    right = scores(h).argmax(axis=1) == c
    return float(np.mean([right[c == code].mean() for code in range(k)]))


def _fit(h: np.ndarray, c: Sequence[int] | np.ndarray, k: int) -> Callable[[np.ndarray], np.ndarray]:
    """Multinomial logistic regression: minimises mean CE(W x + b, c) + λ/2 |W|² on h (N, d) at unit root mean square."""
    centre = h.mean(axis=0)
    scale = float(np.sqrt(np.mean((h - centre) ** 2))) + 1e-12
    c = np.asarray(c)

    def extended(x: np.ndarray) -> np.ndarray:
        return np.hstack([(x - centre) / scale, np.ones((len(x), 1))]).astype(np.float32)

    x = extended(h)
    target = np.eye(k, dtype=np.float32)[c]
    ridge = np.append(np.full(h.shape[1], PENALTY), 0.0)[:, None]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(-1, k)
        logits = x @ weights.astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        total = odds.sum(axis=1, keepdims=True)
        cross_entropy = float(np.log(total).mean()) - float(np.vdot(logits, target)) / len(x)
        gradient = x.T @ ((odds / total - target) / len(x)) + ridge * weights
        return cross_entropy + 0.5 * float((ridge * weights**2).sum()), gradient.ravel().astype(np.float64)

    start = np.zeros(x.shape[1] * k)
    found = scipy.optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS, "gtol": 1e-4}
    )
    weights = found.x.reshape(-1, k).astype(np.float32)
    return lambda rows: extended(rows) @ weights
