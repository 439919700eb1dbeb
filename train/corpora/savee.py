"""SAVEE, Surrey audio-visual expressed emotion: four Englishmen, fifteen TIMIT sentences for each of seven emotions.

Source: Haq and Jackson, AVSP 2009; http://kahlan.eps.surrey.ac.uk/savee/.
Licence: free for research, by registration with its makers, with the citation.
Layout: `AudioData/DC/a01.wav` (speaker, emotion, sentence); copies in one folder call it `DC_a01.wav`.

Neutral ones are thirty a speaker. Which sentence a number stands for isn't given, so the text is ''.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from train.corpora.files import look_up, recordings
from train.corpora.table import Clip, audio_table

_NAME = re.compile(r"(?P<speaker>DC|JE|JK|KL)_(?P<emotion>[a-z]{1,2})\d\d")
_EMOTIONS = {
    "a": "angry",
    "d": "disgust",
    "f": "fearful",
    "h": "happy",
    "n": "neutral",
    "sa": "sad",
    "su": "surprised",
}


def read(folder: Path) -> pd.DataFrame:
    """The recordings under `folder` with the columns `COLUMNS`. Raises CorpusError when it isn't SAVEE."""
    clips = []
    for path, name in recordings(folder, _NAME, corpus="SAVEE", example="DC/a01.wav", name_of=_name):
        clips.append(
            Clip(
                path=path,
                corpus="savee",
                speaker=f"savee_{name['speaker']}",
                gender="male",
                emotion=look_up(_EMOTIONS, name["emotion"], what="emotion", corpus="SAVEE", path=path),
                text="",
                language="en",
            )
        )
    return audio_table(clips)


def _name(path: Path) -> str:
    """The file's name with its speaker, whom the published layout names by the folder alone."""
    return path.stem if "_" in path.stem else f"{path.parent.name}_{path.stem}"
