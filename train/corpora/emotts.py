"""EmotionTTS open DB: fifteen Korean speakers, a hundred sentences in each of four emotions, of which 5 % are public.

Source: Selvas AI and KAIST, https://github.com/emotiontts/emotiontts_open_db. Licence: CC BY-NC-SA 4.0, research only.
Layout: `Emotional/plain-to-emotional/ema/wav/ema00001.wav`; speaker ema, number 1. Five speakers (em*) read the same
sentences in all four emotions; ten (ne*, in `emotional-to-emotional`) read sentences that match the emotion. What was
said, numbers spelled out, is `transcript/ema00001.txt` beside `wav`; `script` has what was to be read. Without
transcripts the wording comes from a `metadata.csv` with the columns path and text in the folder itself, else it is ''.

A hundred numbers are an emotion. The makers' README has angry before sad; it is the other way round: among the sentences
of ne* that match the emotion, 201 to 300 mourn and 301 to 400 scold.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from sermi.errors import CorpusError
from train.corpora.files import look_up, recordings
from train.corpora.metadata import metadata_texts
from train.corpora.table import Clip, audio_table

_STEM = re.compile(r"(?P<speaker>em[a-z]|ne[a-z])(?P<number>\d{5})")
_EMOTIONS = ("neutral", "happy", "sad", "angry")
_PER_EMOTION = 100
_GENDERS = {
    **dict.fromkeys(("ema", "emb", "nea", "neb", "nec", "ned", "nee"), "female"),
    **dict.fromkeys(("emf", "emg", "emh", "nek", "nel", "nem", "nen", "neo"), "male"),
}


def read(folder: Path) -> pd.DataFrame:
    """The recordings under `folder` with the columns `COLUMNS`. Raises CorpusError when it isn't EmotionTTS."""
    files = recordings(folder, _STEM, corpus="EmotionTTS", example="ema00001.wav")
    texts = metadata_texts(folder)
    clips = []
    for path, stem in files:
        clips.append(
            Clip(
                path=path,
                corpus="emotts",
                speaker=f"emotts_{stem['speaker']}",
                gender=look_up(_GENDERS, stem["speaker"], what="speaker", corpus="EmotionTTS", path=path),
                emotion=_emotion(int(stem["number"]), path),
                text=_transcript(path) or texts.get(path.stem, ""),
                language="ko",
            )
        )
    return audio_table(clips)


def _emotion(number: int, path: Path) -> str:
    """Of a recording's number, which counts from 1."""
    hundred = (number - 1) // _PER_EMOTION
    if not 0 <= hundred < len(_EMOTIONS):
        raise CorpusError(
            f"'{path.name}' has the number {number}, but EmotionTTS goes from 1 to {_PER_EMOTION * len(_EMOTIONS)}; "
            "is the file misnamed?"
        )
    return _EMOTIONS[hundred]


def _transcript(path: Path) -> str:
    """What was said in a recording, from the folder beside its own; '' without one."""
    file = path.parent.with_name("transcript") / f"{path.stem}.txt"
    return file.read_text(encoding="utf-8-sig", errors="replace").strip() if file.is_file() else ""
