"""MSP-Podcast: emotional turns of podcasts, labelled by crowds, with published training, development and test sets.

Source: Lotfian and Busso, IEEE Transactions on Affective Computing 10(4), 2019. Licence: by agreement with UT Dallas.
Layout: `Labels/labels_consensus.csv` (FileName, EmoClass, SpkrID, Gender, Split_Set, ...),
`Audios/MSP-PODCAST_0001_0008.wav` and `Transcripts/MSP-PODCAST_0001_0008.txt`. The corpus grows: how many there are
depends on the release.

Other emotions (O) and turns without agreement (X) are left out and counted. A speaker that the corpus doesn't know is
one for each podcast and set: whoever it is, no set and no inner fold then shares a podcast's unknown voices.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from sermi.delimited import read_csv
from sermi.errors import CorpusError
from train.corpora.files import require_folder
from train.corpora.table import Clip, audio_table

_EMOTIONS = {
    "A": "angry",
    "S": "sad",
    "H": "happy",
    "U": "surprised",
    "F": "fearful",
    "D": "disgust",
    "C": "contempt",
    "N": "neutral",
}
_COLUMNS = ("FileName", "EmoClass", "SpkrID", "Gender", "Split_Set")
_UNKNOWN = ("", "unknown", "nan")


def read(folder: Path) -> pd.DataFrame:
    """The recordings of the eight emotions under `folder` with the columns `COLUMNS`, in the order of the labels.

    `part` is the published set. `attrs["left_out"]`: each other label and how often it was given. Raises CorpusError
    when the folder isn't MSP-Podcast, or when labelled recordings are missing.
    """
    require_folder(folder, "MSP-Podcast")
    labels = folder / "Labels" / "labels_consensus.csv"
    if not labels.is_file():
        raise CorpusError(f"'{folder}' holds no Labels/labels_consensus.csv; give the folder that holds MSP-Podcast.")
    audio = next(
        (folder / name for name in ("Audios", "Audio") if (folder / name).is_dir()), folder / "Audios"
    ).resolve()
    present = {path.name for path in audio.glob("*.wav")}
    transcripts = {path.stem: path for path in (folder / "Transcripts").glob("*.txt")}
    clips: list[Clip] = []
    left_out: Counter[str] = Counter()
    missing: list[str] = []
    for row in read_csv(labels, _COLUMNS):
        name, emotion, part = row["FileName"].strip(), row["EmoClass"].strip(), row["Split_Set"].strip()
        if emotion not in _EMOTIONS:
            left_out[emotion] += 1
            continue
        stem = name.removesuffix(".wav")
        if name not in present:
            missing.append(name)
        text = transcripts[stem].read_text(encoding="utf-8", errors="replace").strip() if stem in transcripts else ""
        gender = row["Gender"].strip().lower()
        clips.append(
            Clip(
                path=audio / name,
                corpus="msp_podcast",
                speaker=f"msp_podcast_{_speaker(row['SpkrID'].strip(), stem, part)}",
                gender=gender if gender in ("male", "female") else "",
                emotion=_EMOTIONS[emotion],
                text=text,
                language="en",
                part=part,
            )
        )
    if missing:
        raise CorpusError(
            f"{len(missing)} of {len(clips)} labelled recordings are missing, such as '{missing[0]}'; "
            f"put them into '{audio}'."
        )
    table = audio_table(clips)
    table.attrs["left_out"] = dict(sorted(left_out.items()))
    return table


def _speaker(label: str, stem: str, part: str) -> str:
    """The speaker that the corpus names, else a name for the unknown ones of this podcast in this set."""
    if label.lower() not in _UNKNOWN:
        return label
    podcast = stem.split("_")[1] if stem.count("_") else stem
    return f"unknown_{podcast}_{part}"
