"""A table to try: made up, so that it is nobody's speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np

NAME = "example.csv"
STEPS = 50
"""Of training: a quarter of the usual, for a report within seconds."""
_SEED = 7
_EMOTIONS = {"neutral": 12, "happy": 6, "angry": 5, "sad": 3}
"""Rows of each speaker: fewer of what is rarer."""
_SPEAKERS = 8
_FEATURES = (
    "pitch_mean", "pitch_range", "pitch_slope", "loudness_mean", "loudness_range", "jitter", "shimmer", "harmonics",
    "spectral_slope", "formant_1", "formant_2", "rate",
)  # fmt: skip


def write_example(path: Path) -> None:
    """CSV of 208 made-up recordings by eight speakers: speakers differ more than emotions do."""
    import pandas as pd

    rng = np.random.default_rng(_SEED)
    emotion = np.tile(np.repeat(list(_EMOTIONS), list(_EMOTIONS.values())), _SPEAKERS)
    speaker = np.repeat(np.arange(_SPEAKERS), sum(_EMOTIONS.values()))
    code = np.array([list(_EMOTIONS).index(one) for one in emotion])
    d = len(_FEATURES)
    voices, means = rng.normal(size=(_SPEAKERS, d)), rng.normal(size=(len(_EMOTIONS), d))
    frame = pd.DataFrame(
        (means[code] + 0.7 * voices[speaker] + rng.normal(size=(len(code), d))).round(4), columns=_FEATURES
    )
    frame.insert(0, "file", [f"made-up-{i:03}.wav" for i in range(len(frame))])
    frame.insert(1, "speaker", [f"speaker {i + 1}" for i in speaker])
    frame.insert(2, "emotion", emotion)
    frame.to_csv(path, index=False)
