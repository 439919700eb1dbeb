"""RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song: its 1440 spoken recordings.

Source: Livingstone and Russo, PLoS ONE 13(5): e0196391, 2018; https://zenodo.org/records/1188976.
Licence: CC BY-NC-SA 4.0.
Layout: `Actor_01/03-01-01-01-01-01-01.wav`; the digits are modality (03 audio only), vocal channel (01 speech),
emotion, intensity, statement, repetition and actor. Video and song have other first digits and are left out.

03-01-03-01-02-01-07 and 03-01-03-01-02-02-07 are the same audio. Both are kept: published protocols count 1440.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from train.corpora.files import look_up, recordings
from train.corpora.table import Clip, audio_table

_STEM = re.compile(r"03-01-(?P<emotion>\d\d)-\d\d-(?P<statement>\d\d)-\d\d-(?P<actor>\d\d)")
_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
_STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
_GENDERS = {f"{actor:02}": "male" if actor % 2 else "female" for actor in range(1, 25)}


def read(folder: Path) -> pd.DataFrame:
    """The recordings under `folder` with the columns `COLUMNS`. Raises CorpusError when it isn't RAVDESS."""
    clips = []
    for path, stem in recordings(folder, _STEM, corpus="RAVDESS", example="03-01-05-01-01-01-12.wav"):
        clips.append(
            Clip(
                path=path,
                corpus="ravdess",
                speaker=f"ravdess_{stem['actor']}",
                gender=look_up(_GENDERS, stem["actor"], what="actor", corpus="RAVDESS", path=path),
                emotion=look_up(_EMOTIONS, stem["emotion"], what="emotion", corpus="RAVDESS", path=path),
                text=look_up(_STATEMENTS, stem["statement"], what="statement", corpus="RAVDESS", path=path),
                language="en",
            )
        )
    return audio_table(clips)
