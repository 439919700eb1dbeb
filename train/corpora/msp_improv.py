"""MSP-IMPROV: 8,438 turns of twelve actors in six dyadic sessions.

Source: Busso et al., IEEE Transactions on Affective Computing 8(1), 2017. Licence: by agreement with UT Dallas.
Layout: `Evaluation.txt` (some copies spell it `Evalution.txt`), a line for each turn followed by one for each rater,
and `session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav`, in some copies below `Audio/`. A name holds the target sentence
and emotion (S01A), the actor (F01) and the scenario (P); human transcriptions are text files of the same stem, where
there are any.

Anger, happiness, sadness and neutrality are kept; other labels (O) and turns without agreement (X) are left out and
counted.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd

from sermi.errors import CorpusError
from train.corpora.files import recordings, require_folder
from train.corpora.table import Clip, audio_table

_TURN = re.compile(r"UTD-(?P<stem>IMPROV-S\d\d[AHSN]-[FM]\d\d-[PRST]-\w+)\.avi;\s*(?P<emotion>\w)\s*;")
_STEM = re.compile(r"MSP-(?P<stem>IMPROV-S\d\d[AHSN]-(?P<gender>[FM])(?P<session>\d\d)-[PRST]-\w+)")
_EMOTIONS = {"A": "angry", "H": "happy", "S": "sad", "N": "neutral"}
_GENDERS = {"F": "female", "M": "male"}


def read(folder: Path) -> pd.DataFrame:
    """The recordings of the four classes under `folder` with the columns `COLUMNS`, by name.

    `attrs["left_out"]`: each other label and how often it was given. Raises CorpusError when the folder isn't
    MSP-IMPROV, or when labelled recordings are missing.
    """
    require_folder(folder, "MSP-IMPROV")
    labels = _labels(folder)
    audio = {
        match["stem"]: (path, match)
        for path, match in recordings(folder, _STEM, corpus="MSP-IMPROV", example="MSP-IMPROV-S01A-F01-P-FM01.wav")
    }
    texts = _transcripts(folder)
    clips: list[Clip] = []
    left_out: Counter[str] = Counter()
    missing: list[str] = []
    for stem, emotion in sorted(labels.items()):
        if emotion not in _EMOTIONS:
            left_out[emotion] += 1
        elif stem not in audio:
            missing.append(f"MSP-{stem}.wav")
        else:
            path, match = audio[stem]
            clips.append(
                Clip(
                    path=path,
                    corpus="msp_improv",
                    speaker=f"msp_improv_{match['gender']}{match['session']}",
                    gender=_GENDERS[match["gender"]],
                    emotion=_EMOTIONS[emotion],
                    text=texts.get(stem, ""),
                    language="en",
                    part=f"session{int(match['session'])}",
                )
            )
    if missing:
        raise CorpusError(
            f"{len(missing)} of {len(clips) + len(missing)} labelled recordings are missing, such as '{missing[0]}'; "
            "unpack the audio of every session."
        )
    table = audio_table(clips)
    table.attrs["left_out"] = dict(sorted(left_out.items()))
    return table


def _labels(folder: Path) -> dict[str, str]:
    """Emotion code by stem (without MSP-)."""
    names = ("Evaluation.txt", "Evalution.txt")
    files = sorted((path for name in names for path in folder.rglob(name)), key=lambda path: (len(path.parts), path))
    if not files:
        raise CorpusError(f"'{folder}' holds no Evaluation.txt; give the folder that holds MSP-IMPROV.")
    lines = files[0].read_text(encoding="utf-8", errors="replace").splitlines()
    labels = {match["stem"]: match["emotion"] for match in map(_TURN.match, lines) if match}
    if not labels:
        raise CorpusError(f"'{files[0]}' has no line such as 'UTD-IMPROV-S01A-F01-P-FM01.avi; A; A:1.5; ...'.")
    return labels


def _transcripts(folder: Path) -> dict[str, str]:
    """Transcripts by stem (without MSP-), from text files under recordings' names."""
    return {
        match["stem"]: path.read_text(encoding="utf-8", errors="replace").strip()
        for path in sorted(folder.rglob("MSP-IMPROV-*.txt"))
        if (match := _STEM.fullmatch(path.stem))
    }
