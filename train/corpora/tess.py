"""TESS, the Toronto emotional speech set: 200 words, 7 emotions, two actresses (OAF older, YAF younger).

Source: Pichora-Fuller and Dupuis, 2020, https://doi.org/10.5683/SP2/E8H2MF. Licence: CC BY-NC-ND 4.0.
Layout: `OAF_Pleasant_surprise/OAF_back_ps.wav`. The folders' spelling varies, so only the files' names are read.

With two speakers it is for training, never a speaker-independent test.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from train.corpora.files import recordings
from train.corpora.table import Clip, audio_table

# 'OA' is a slip in the published set: OA_bite_neutral.wav.
_STEM = re.compile(r"(?P<speaker>OAF|YAF|OA)_(?P<word>[a-z]+)_(?P<emotion>[a-z]+)")


def read(folder: Path) -> pd.DataFrame:
    """The recordings under `folder` with the columns `COLUMNS`. Raises CorpusError when it isn't TESS."""
    clips = []
    for path, stem in recordings(folder, _STEM, corpus="TESS", example="OAF_back_angry.wav"):
        clips.append(
            Clip(
                path=path,
                corpus="tess",
                speaker="tess_YAF" if stem["speaker"] == "YAF" else "tess_OAF",
                gender="female",
                emotion="surprised" if stem["emotion"] == "ps" else stem["emotion"],  # 'pleasant surprise'
                text=f"Say the word {stem['word']}",
                language="en",
            )
        )
    return audio_table(clips)
