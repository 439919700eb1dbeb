"""People's own recordings, listed in a CSV file: `path,emotion[,speaker,text,gender,language]`.

UTF-8, separated by commas, semicolons or tabs; the name of the corpus is the file's stem; paths are relative to the file's
folder. Emotions may be spelled in any way that `sermi.labels.canonical` knows. Further columns are ignored.

Evaluation is speaker-disjoint, and nothing must slip through it. So without speakers the whole file counts as one
speaker, `<corpus>_unknown`, which is never split between training and test, and a file that gives some speakers and
leaves others out is refused: any of the unnamed could be one of the named.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sermi.delimited import Row, listed_files, read_csv
from sermi.errors import CorpusError
from train.corpora.table import Clip, audio_table

_REQUIRED = ("path", "emotion")
_GENDERS = {"m": "male", "f": "female"}


def read(file: Path) -> pd.DataFrame:
    """The recordings that the CSV file lists, sorted by path, with the columns `COLUMNS`.

    Raises CorpusError when the file can't be read, names a file that isn't there or names one twice, has an unknown
    emotion, or gives a speaker for some rows only.
    """
    rows = [
        {name: value.strip() for name, value in row.items()} for row in read_csv(file, _REQUIRED, separators=",;\t")
    ]
    paths = listed_files(file, rows)
    _check_speakers(file, rows)
    corpus = file.stem
    clips = []
    for row, path in zip(rows, paths, strict=True):
        gender = row.get("gender", "").lower()
        clips.append(
            Clip(
                path=path,
                corpus=corpus,
                speaker=f"{corpus}_{row.get('speaker') or 'unknown'}",
                gender=_GENDERS.get(gender, gender),
                emotion=row["emotion"],
                text=row.get("text", ""),
                language=row.get("language", ""),
            )
        )
    return audio_table(sorted(clips))


def _check_speakers(file: Path, rows: list[Row]) -> None:
    unnamed = [row["path"] for row in rows if not row.get("speaker")]
    if 0 < len(unnamed) < len(rows):
        raise CorpusError(
            f"'{file.name}' gives no speaker for {len(unnamed)} of {len(rows)} recordings, such as '{unnamed[0]}'; "
            "name every speaker, or leave the column out."
        )
