"""IEMOCAP, the Interactive Emotional Dyadic Motion Capture database: 10,039 utterances of ten actors in five sessions.

Source: Busso et al., Language Resources and Evaluation 42(4), 2008. Licence: by signed agreement with USC SAIL.
Layout: `Session1/dialog/EmoEvaluation/Ses01F_impro01.txt` (labels),
`Session1/dialog/transcriptions/Ses01F_impro01.txt` and
`Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav`. A dialogue's name says who wore the motion capture
markers; who speaks is the letter of the utterance.

As in four-class experiments, excitement counts as happiness, and labels other than anger, happiness, neutrality and
sadness are left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from sermi.errors import CorpusError
from train.corpora.files import require_folder
from train.corpora.table import Clip, audio_table

_TURN = re.compile(r"\[[\d.]+ - [\d.]+\]\t(?P<name>Ses\d\d[FM]_\w+_[FM]\w*)\t(?P<emotion>\w+)\t\[")
_LINE = re.compile(r"(?P<name>Ses\d\d[FM]_\w+_[FM]\w*)\s+\[[\d. -]+\]:\s*(?P<text>.*)")
_EMOTIONS = {"ang": "angry", "hap": "happy", "exc": "happy", "neu": "neutral", "sad": "sad"}
_GENDERS = {"F": "female", "M": "male"}


def read(folder: Path) -> pd.DataFrame:
    """The recordings of the four classes under `folder` with the columns `COLUMNS`, by session and name.

    `attrs["left_out"]`: each other label and how often it was given. Raises CorpusError when the folder isn't IEMOCAP,
    or when labelled recordings are missing.
    """
    require_folder(folder, "IEMOCAP")
    clips: list[Clip] = []
    left_out: Counter[str] = Counter()
    missing: list[Path] = []
    for session in _sessions(folder.resolve()):
        texts = dict(_transcripts(session))
        for name, emotion in _labels(session):
            if emotion not in _EMOTIONS:
                left_out[emotion] += 1
                continue
            path = session / "sentences" / "wav" / name.rsplit("_", 1)[0] / f"{name}.wav"
            if not path.is_file():
                missing.append(path)
            letter = name.rsplit("_", 1)[1][0]
            clips.append(
                Clip(
                    path=path,
                    corpus="iemocap",
                    speaker=f"iemocap_{name[:5]}{letter}",
                    gender=_GENDERS[letter],
                    emotion=_EMOTIONS[emotion],
                    text=texts.get(name, ""),
                    language="en",
                    part=f"session{session.name[-1]}",
                )
            )
    if not clips:
        raise CorpusError(f"'{folder}' holds no labels such as Session1/dialog/EmoEvaluation/Ses01F_impro01.txt.")
    if missing:
        raise CorpusError(
            f"{len(missing)} of {len(clips)} labelled recordings are missing, such as '{missing[0]}'; "
            "unpack sentences/wav of every session."
        )
    table = audio_table(clips)
    table.attrs["left_out"] = dict(sorted(left_out.items()))
    return table


def _sessions(folder: Path) -> list[Path]:
    """Session1 to Session5, in `folder` or in the release's folder below it."""
    for root in (folder, folder / "IEMOCAP_full_release"):
        sessions = sorted(path for path in root.glob("Session[1-5]") if path.is_dir())
        if sessions:
            return sessions
    raise CorpusError(f"'{folder}' holds no folder Session1 to Session5; give the folder IEMOCAP_full_release.")


def _labels(session: Path) -> Iterator[tuple[str, str]]:
    for file in _dialogues(session / "dialog" / "EmoEvaluation"):
        for line in _lines(file):
            if match := _TURN.match(line):
                yield match["name"], match["emotion"]


def _transcripts(session: Path) -> Iterator[tuple[str, str]]:
    for file in _dialogues(session / "dialog" / "transcriptions"):
        for line in _lines(file):
            if match := _LINE.match(line):
                yield match["name"], match["text"].strip()


def _dialogues(folder: Path) -> list[Path]:
    """The files of the dialogues; macOS leaves a hidden `._` twin beside every one of them."""
    return sorted(folder.glob("Ses*.txt"))


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()
