"""MELD: utterances from the series Friends, six emotions and neutral; only the transcripts are read.

Source: Poria et al., ACL 2019, arXiv 1810.02508; https://github.com/declare-lab/MELD. Licence: GPL-3.0.
Layout: `train_sent_emo.csv`, `dev_sent_emo.csv`, `test_sent_emo.csv` with the columns Utterance and Emotion.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sermi.delimited import read_csv
from train.corpora.files import require_folder
from train.corpora.plain_text import plain
from train.corpora.table import Sentence, text_table


def read(folder: Path) -> pd.DataFrame:
    """The utterances with the columns `TEXT_COLUMNS`. Raises CorpusError when a file or a column is missing."""
    require_folder(folder, "MELD")
    sentences = []
    for split in ("train", "dev", "test"):
        # Latin-1 keeps the bytes of copies in Windows-1252, which `plain` then puts right.
        for row in read_csv(folder / f"{split}_sent_emo.csv", ("Utterance", "Emotion"), fallback="latin-1"):
            sentences.append(
                Sentence(
                    text=plain(row["Utterance"]), corpus="meld", emotion=row["Emotion"], language="en", split=split
                )
            )
    return text_table(sentences)
