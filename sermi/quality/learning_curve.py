"""What generated features buy: the last layer fitted with and without them, on few or many real ones.

Speakers are dealt into two halves, one to fit on and one to test on, several times anew. The generator has learnt from
other speakers than these, so what it brings is their knowledge and not more of the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sermi.errors import SermiError
from sermi.stats.folds import speaker_half
from sermi.stats.recall import macro_recall
from sermi.stats.threads import single_threaded

SIZES = (1, 3, 10, 30)
"""Real samples of each class at which the curve is measured, below as many as there are."""
N_GENERATED = 150
"""Generated samples of each class that a page asks for: more of them gain no more."""
N_DRAWS = 5
"""Of speakers into halves."""
PENALTY = 0.01
"""λ of the last layer, the same with and without generated samples; a tenth or ten times that changes UA on the shipped
references by a point or two for both."""
_ITERATIONS = 100


@dataclass(frozen=True)
class LearningCurve:
    """UA (0 to 1) on speakers not fitted on, over S numbers of real samples and D draws."""

    sizes: tuple[int, ...]
    """(S,) real samples of each class."""
    alone: np.ndarray
    """(S, D): fitted on real samples alone."""
    together: np.ndarray
    """(S, D): fitted on real and generated samples."""
    generated: np.ndarray
    """(D,): fitted on generated samples alone."""
    n_generated: int
    """Generated samples of each class."""

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

    A class with fewer real samples gives all that it has.

    Args:
        h: (N, d) real features of speakers that the generator did not learn from.
        c: (N,) their codes 0..K-1.
        speaker: (N,) whose they are.
        generated_h: (M, d) generated features.
        generated_c: (M,) their codes, equally many of each class.
        n_real: 1 to `most_real(c)`.
        seed: of halves and of the samples chosen in them.

    Raises:
        SermiError: n_real out of range, or too few speakers to be dealt into halves.
    """
    k = int(max(c.max(), generated_c.max())) + 1
    rng = np.random.default_rng(seed)
    halves = [speaker_half(c, speaker, rng) for _ in range(N_DRAWS)]
    most = most_real(c)
    if n_real is not None and not 1 <= n_real <= most:
        raise SermiError(f"Choose 1 to {most:,} real samples of each class, not {n_real:,}.")
    sizes = tuple(sorted({size for size in SIZES if size < most} | {most} | ({n_real} if n_real else set())))

    alone, together = np.empty((2, len(sizes), N_DRAWS))
    generated = np.empty(N_DRAWS)
    predict = _fit(generated_h, generated_c, k)
    for draw, half in enumerate(halves):
        order = rng.permutation(np.flatnonzero(half))
        generated[draw] = macro_recall(c[~half], predict(h[~half]))
        for i, size in enumerate(sizes):
            rows = np.concatenate([order[c[order] == code][:size] for code in np.unique(c)])
            joint = np.vstack([h[rows], generated_h]), np.concatenate([c[rows], generated_c])
            alone[i, draw] = macro_recall(c[~half], _fit(h[rows], c[rows], k)(h[~half]))
            together[i, draw] = macro_recall(c[~half], _fit(*joint, k)(h[~half]))
    n_generated = len(generated_c) // len(np.unique(generated_c))
    return LearningCurve(sizes, alone, together, generated=generated, n_generated=n_generated)


def _fit(h: np.ndarray, c: np.ndarray, k: int) -> Callable[[np.ndarray], np.ndarray]:
    """Codes by a last layer: minimises mean CE(W x + b, c) + λ/2 |W|² on h (N, d) at unit root mean square.

    The objective of `sermi.stats.last_layer`, by SciPy's minimiser: on few rows several times as fast, and somebody waits.
    """
    from scipy.optimize import minimize

    centre = h.mean(axis=0)
    scale = float(np.sqrt(np.mean((h - centre) ** 2))) + 1e-12

    def extended(rows: np.ndarray) -> np.ndarray:
        return np.hstack([(rows - centre) / scale, np.ones((len(rows), 1))]).astype(np.float32)

    x, target = extended(h), np.eye(k, dtype=np.float32)[c]
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

    options = {"maxiter": _ITERATIONS, "gtol": 1e-4}
    fitted = minimize(loss, np.zeros(x.shape[1] * k), jac=True, method="L-BFGS-B", options=options)
    weights = fitted.x.reshape(-1, k).astype(np.float32)
    return lambda rows: (extended(rows) @ weights).argmax(axis=1)


def most_real(c: np.ndarray) -> int:
    """Real samples of a class that half of the speakers may have: those of the largest class in c (N,), halved."""
    return int(np.bincount(c).max()) // 2
