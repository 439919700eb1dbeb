"""EmoDB, the Berlin database of emotional speech: ten actors, ten German sentences, seven emotions.

Source: Burkhardt, Paeschke, Rolfes, Sendlmeier and Weiss, Interspeech 2005; http://emodb.bilderbar.info.
Licence: free for research, with the citation.
Layout: `wav/03a01Fa.wav`; speaker 03, sentence a01, emotion F (German initials), version a.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from train.corpora.files import look_up, recordings
from train.corpora.table import Clip, audio_table

_STEM = re.compile(r"(?P<speaker>\d\d)(?P<sentence>[ab]\d\d)(?P<emotion>[A-Z])[a-z]")
_GENDERS = {
    "03": "male",
    "08": "female",
    "09": "female",
    "10": "male",
    "11": "male",
    "12": "male",
    "13": "female",
    "14": "female",
    "15": "male",
    "16": "female",
}
_SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}
_EMOTIONS = {
    "W": "angry",  # Wut; the paper's English is 'anger'
    "L": "bored",  # Langeweile
    "E": "disgust",  # Ekel
    "A": "fearful",  # Angst
    "F": "happy",  # Freude
    "T": "sad",  # Trauer
    "N": "neutral",
}


def read(folder: Path) -> pd.DataFrame:
    """The recordings under `folder` with the columns `COLUMNS`. Raises CorpusError when it isn't EmoDB."""
    clips = []
    for path, stem in recordings(folder, _STEM, corpus="EmoDB", example="03a01Fa.wav"):
        clips.append(
            Clip(
                path=path,
                corpus="emodb",
                speaker=f"emodb_{stem['speaker']}",
                gender=look_up(_GENDERS, stem["speaker"], what="speaker", corpus="EmoDB", path=path),
                emotion=look_up(_EMOTIONS, stem["emotion"], what="emotion", corpus="EmoDB", path=path),
                text=look_up(_SENTENCES, stem["sentence"], what="sentence", corpus="EmoDB", path=path),
                language="de",
            )
        )
    return audio_table(clips)
