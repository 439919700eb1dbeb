"""nEMO: nine Polish actors, ninety sentences, six emotions.

Source: Christop, LREC-COLING 2024, arXiv 2404.06292; https://github.com/amu-cai/nEMO. Licence: CC BY-NC-SA 4.0.
Layout: `samples/EB0_anger_1.wav` (speaker, emotion, sentence) and `data.tsv` with a row per file. Only the sentences'
wording is taken from that table, or from a `metadata.csv` with the columns path and text; it has to lie in the folder
itself, and without either the text is ''.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from sermi.delimited import read_tsv
from train.corpora.files import look_up, recordings
from train.corpora.metadata import metadata_texts
from train.corpora.table import Clip, audio_table

_STEM = re.compile(r"(?P<speaker>[A-Z]{2}0)_(?P<emotion>[a-z]+)_\d+")
_GENDERS = {
    "EB0": "female",
    "IC0": "female",
    "KD0": "female",
    "KS0": "male",
    "MK0": "female",
    "MP0": "male",
    "SM0": "male",
    "TP0": "male",
    "WR0": "male",
}
"""As in data.tsv."""


def read(folder: Path) -> pd.DataFrame:
    """The recordings under `folder` with the columns `COLUMNS`. Raises CorpusError when it isn't nEMO."""
    files = recordings(folder, _STEM, corpus="nEMO", example="EB0_anger_1.wav")
    texts = _texts(folder)
    clips = []
    for path, stem in files:
        clips.append(
            Clip(
                path=path,
                corpus="nemo",
                speaker=f"nemo_{stem['speaker']}",
                gender=look_up(_GENDERS, stem["speaker"], what="speaker", corpus="nEMO", path=path),
                emotion=stem["emotion"],
                text=texts.get(path.stem, ""),
                language="pl",
            )
        )
    return audio_table(clips)


def _texts(folder: Path) -> dict[str, str]:
    """Wording of each recording, by the file's stem."""
    if (folder / "data.tsv").is_file():
        rows = read_tsv(folder / "data.tsv", ("file_id", "raw_text"), header=True)
        return {Path(row["file_id"]).stem: row["raw_text"] for row in rows}
    return metadata_texts(folder)
