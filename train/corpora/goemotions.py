"""GoEmotions in its Ekman grouping: English Reddit comments, six emotions and neutral.

Source: Demszky et al., ACL 2020, arXiv 2005.00547; grouped files as in https://github.com/monologg/GoEmotions-pytorch.
Licence: Apache-2.0.
Layout: `train.tsv`, `dev.tsv`, `test.tsv` without a header (text, comma-separated label ids, comment id) and
`labels.txt`, one label a line in the order of the ids. Comments with more than one label are left out.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sermi.delimited import read_tsv
from sermi.errors import CorpusError
from train.corpora.files import require_folder
from train.corpora.plain_text import plain
from train.corpora.table import Sentence, text_table


def read(folder: Path) -> pd.DataFrame:
    """The comments with exactly one label, with the columns `TEXT_COLUMNS`.

    Raises CorpusError when a file is missing or has a label that `labels.txt` doesn't name.
    """
    require_folder(folder, "GoEmotions")
    names = read_tsv(folder / "labels.txt", ["label"], header=False)
    labels = {str(code): row["label"] for code, row in enumerate(names)}
    sentences = []
    for split in ("train", "dev", "test"):
        file = folder / f"{split}.tsv"
        for row in read_tsv(file, ("text", "codes", "comment"), header=False):
            codes = row["codes"].split(",")
            unknown = [code for code in codes if code not in labels]
            if unknown:
                raise CorpusError(f"'{file.name}' has the label id '{unknown[0]}', which labels.txt does not name.")
            if len(codes) == 1:
                sentences.append(
                    Sentence(
                        text=plain(row["text"]),
                        corpus="goemotions",
                        emotion=labels[codes[0]],
                        language="en",
                        split=split,
                    )
                )
    return text_table(sentences)
