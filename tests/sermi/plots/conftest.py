"""Generated samples and real features for the figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sermi import plots
from sermi.generate import Generated

CLASSES = ("angry", "happy", "sad")


@pytest.fixture
def generated():
    rng = np.random.default_rng(0)
    log_q = np.log(rng.dirichlet(np.ones(3), 30))
    c = np.repeat([0, 2], 15)
    return Generated(
        h=rng.normal(0, 1, (30, 4)).astype(np.float32),
        c=c,
        t=rng.normal(0, 1, (30, 2)),
        log_q=log_q,
        score=log_q[np.arange(30), c] + math.log(3),
        words=rng.normal(0, 1, 30),
        nearest=np.arange(30) % 12,
        distance=np.linspace(1, 2, 30),
        nearest_text=np.arange(30) % 12,
        voice=np.zeros(30, dtype=np.int64),
        classes=CLASSES,
    )


@pytest.fixture
def real():
    return plots.RealPoints(np.random.default_rng(1).normal(0, 1, (12, 2)), np.arange(12) % 3, CLASSES)
