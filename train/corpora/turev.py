"""TurEV-DB, the Turkish emotion voice database: six speakers, 82 single words, four emotions, 0.96 s on average.

Source: Canpolat, Ormanoğlu and Zeyrek, SLTU-CCURL 2020; https://github.com/Xeonen/TurEV-DB.
Licence: CC BY-NC-ND 4.0.
Layout: `Sound Source/Angry/1157_kz_acik.wav` (speaker, emotion by Turkish letters, word). Filtered copies of the same
names lie deeper, below `Model Output for Test Data`, and aren't read. Names spell words without the Turkish letters (acik
is açık), and so does the text; one has a digit after its word (7895_hl_ogul1). Names don't give the speakers' genders.

Calm stands for neutral, which the corpus doesn't have.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from train.corpora.files import look_up, recordings
from train.corpora.table import Clip, audio_table

_STEM = re.compile(r"(?P<speaker>\d{4})_(?P<emotion>[a-z]{2})_(?P<word>[a-z]+\d?)")
_EMOTIONS = {
    "kz": "angry",  # kızgın
    "sk": "calm",  # sakin
    "mt": "happy",  # mutlu
    "hl": "sad",  # hüzünlü
}


def read(folder: Path) -> pd.DataFrame:
    """The recordings under `folder` with the columns `COLUMNS`. Raises CorpusError when it isn't TurEV-DB."""
    clips = []
    for path, stem in recordings(folder, _STEM, corpus="TurEV-DB", example="1157_kz_acik.wav"):
        clips.append(
            Clip(
                path=path,
                corpus="turev",
                speaker=f"turev_{stem['speaker']}",
                gender="",
                emotion=look_up(_EMOTIONS, stem["emotion"], what="emotion", corpus="TurEV-DB", path=path),
                text=stem["word"],
                language="tr",
            )
        )
    return audio_table(clips)
