"""A table of features as researchers have them."""

import numpy as np
import pandas as pd


def features(n=120, n_columns=4, seed=0):
    """Three classes of 6 : 3 : 1, six speakers, a column of whole numbers, and columns that are no features."""
    rng = np.random.default_rng(seed)
    c = np.arange(n) % 10
    c = np.where(c < 6, 0, np.where(c < 9, 1, 2))
    speaker = np.arange(n) // 10 % 6
    h = 2 * np.eye(3, n_columns)[c] + 0.5 * rng.normal(size=(6, n_columns))[speaker] + rng.normal(size=(n, n_columns))
    frame = pd.DataFrame(h, columns=[f"f{i}" for i in range(n_columns)])
    frame.insert(0, "file", [f"{i}.wav" for i in range(n)])
    frame["pauses"] = rng.integers(5, size=n)
    frame["emotion"] = np.array(["angry", "happy", "sad"])[c]
    frame["speaker"] = np.char.add("s", speaker.astype(str))
    return frame
