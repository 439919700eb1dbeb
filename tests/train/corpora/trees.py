"""Writes small trees in the published layouts of corpora that can't be passed on: invented labels, words and tones.

Without audio the recordings are empty files. With it each is a third of a second of a tone whose pitch depends on the
emotion and whose overtones depend on the speaker.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile

PITCHES = {
    "angry": 400,
    "happy": 300,
    "neutral": 120,
    "sad": 90,
    "surprised": 500,
    "fearful": 220,
    "disgust": 160,
    "contempt": 650,
}
WORDS = {
    "angry": "I hate this, go away",
    "happy": "this is wonderful, I love it",
    "neutral": "the meeting is on Tuesday",
    "sad": "I miss her so much, I cry",
}
IEMOCAP = {"ang": "angry", "hap": "happy", "exc": "happy", "neu": "neutral", "sad": "sad"}
IMPROV = {"A": "angry", "H": "happy", "N": "neutral", "S": "sad"}
PODCAST = {
    "A": "angry", "S": "sad", "H": "happy", "U": "surprised", "F": "fearful", "D": "disgust", "C": "contempt", "N": "neutral",
}  # fmt: skip


def write_audio(path: Path, emotion: str | None, speaker: str, audio: bool) -> None:
    """A tone, or an empty file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not audio or emotion is None:
        path.touch()
        return
    rng = np.random.default_rng(list(path.stem.encode()))
    pitch = PITCHES[emotion] * (1 + 0.03 * rng.normal())
    tilt = 0.8 + (sum(speaker.encode()) % 13) / 20
    time = np.arange(4_800) / 16_000
    tone = sum(np.sin(2 * np.pi * pitch * n * time) / n**tilt for n in range(1, 9))
    soundfile.write(path, (0.1 * tone + 0.005 * rng.normal(size=len(time))).astype(np.float32), 16_000)


def write_iemocap(
    folder: Path,
    *,
    per_class: int = 2,
    audio: bool = True,
    counts: Mapping[int, Mapping[str, int]] | None = None,
) -> Path:
    """All five sessions, two dialogues each. per_class: recordings of each label kept, for each speaker, with one frustrated
    one; counts: session -> label -> how many there are of it instead, dealt to both speakers."""
    for number in range(1, 6):
        session = folder / f"Session{number}"
        labels = counts[number] if counts else {**dict.fromkeys(IEMOCAP, 2 * per_class), "fru": 2, "xxx": 1}
        turns: dict[str, list[tuple[str, str]]] = {}
        at = 0
        for label, count in labels.items():
            for i in range(count):
                dialogue = f"Ses{number:02d}{'FM'[at % 2]}_{'impro01' if at % 4 < 2 else 'script01_1'}"
                who = "FM"[(i + at // 4) % 2] if counts else "FM"[i % 2]  # either speaker talks in either's dialogue
                turns.setdefault(dialogue, []).append((f"{dialogue}_{who}{at:03d}", label))
                at += 1
        for dialogue, rows in turns.items():
            evaluation, transcript = [], []
            for i, (name, label) in enumerate(rows):
                evaluation += [
                    f"[{i}.2901 - {i}.9357]\t{name}\t{label}\t[2.5000, 2.5000, 2.5000]",
                    "C-E2:\tNeutral;\t()",
                    "C-F1:\tNeutral; Anger;\t(yes)",
                    "A-E3:\tval 3; act 2; dom  2;\t()",
                    "",
                ]
                if i != 1:  # some utterances have no words in the published files
                    transcript.append(
                        f"{name} [{i:03d}.2901-{i:03d}.9357]: {WORDS.get(IEMOCAP.get(label, ''), 'Excuse me.')}"
                    )
                wav = session / "sentences" / "wav" / dialogue / f"{name}.wav"
                write_audio(wav, IEMOCAP.get(label), name.rsplit("_", 1)[1][0] + str(number), audio)
            _write(
                session / "dialog" / "EmoEvaluation" / f"{dialogue}.txt",
                ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", "", *evaluation],
            )
            _write(session / "dialog" / "transcriptions" / f"{dialogue}.txt", [*transcript, "M: [BREATHING]", ""])
            for kind in ("EmoEvaluation", "transcriptions"):
                (session / "dialog" / kind / f"._{dialogue}.txt").write_bytes(b"\x00\x05\x16\x07Mac OS X\xff\xfe")
        _write(
            session / "dialog" / "EmoEvaluation" / "Categorical" / "Ses_e2_cat.txt",
            ["Ses01F_impro01_F000 :Neutral; ()"],
        )
    return folder


def write_msp_improv(
    folder: Path,
    *,
    per_class: int = 2,
    audio: bool = True,
    transcripts: bool = True,
    evaluation: str = "Evaluation.txt",
    below: str = "",
    counts: Mapping[str, int] | None = None,
) -> Path:
    """All six sessions. per_class: turns of each label kept, for each speaker, with one O and one X; counts: label -> how many
    there are in all instead. evaluation: the file's name; below: a folder that holds the sessions."""
    lines: list[str] = []
    speakers = [f"{gender}{number:02d}" for number in range(1, 7) for gender in "FM"]
    labels = counts or {**dict.fromkeys(IMPROV, per_class * len(speakers)), "O": len(speakers), "X": len(speakers)}
    at = 0
    for label, count in labels.items():
        for i in range(count):
            speaker = speakers[i % len(speakers)]
            target, scenario = "AHSN"[at % 4], "PRST"[at // 4 % 4]
            stem = f"IMPROV-S{1 + at % 20:02d}{target}-{speaker}-{scenario}-FM{at:04d}"
            valence = "NaN" if label == "X" else "3.000000"
            lines += [
                f"UTD-{stem}.avi; {label}; A:1.500000; V:{valence}; D:2.500000 ; N:3.000000;",
                "F-1; Neutral; Neutral; A:3.000000; V:3.000000; D:3.000000; N:3.000000;",
                "",
            ]
            place = folder / below / f"session{int(speaker[1:])}" / f"S{1 + at % 20:02d}{target}" / scenario
            write_audio(place / f"MSP-{stem}.wav", IMPROV.get(label), speaker, audio)
            if transcripts and at % 7:
                words = WORDS.get(IMPROV.get(label, ""), "Excuse me.")
                _write(folder / "Human_transcriptions" / f"MSP-{stem}.txt", [words])
            at += 1
    _write(folder / evaluation, lines)
    return folder


def write_msp_podcast(
    folder: Path,
    *,
    per_class: int = 2,
    audio: bool = True,
    counts: Mapping[str, Mapping[str, int]] | None = None,
) -> Path:
    """Sets Train (six known speakers), Development, Test1 and Test2 (three each), and an unknown speaker in each. per_class:
    recordings of each emotion for each speaker, with one of O and X; counts: set -> label -> how many there are instead."""
    rows, at = [], 0
    for part, n_speakers in (("Train", 6), ("Development", 3), ("Test1", 3), ("Test2", 3)):
        labels = (counts or {}).get(part) or {
            **dict.fromkeys(PODCAST, per_class * (n_speakers + 1)),
            "O": 1,
            "X": 1,
        }
        for label, count in labels.items():
            for i in range(count):
                who = i % (n_speakers + 1)
                speaker = "Unknown" if who == n_speakers else f"{part}{who + 1}"
                name = f"MSP-PODCAST_{who + 1:04d}_{at:04d}"
                gender = "Unknown" if speaker == "Unknown" else ("Male", "Female")[who % 2]
                rows.append((f"{name}.wav", label, "4.0", "4.0", "4.0", speaker, gender, part))
                write_audio(folder / "Audios" / f"{name}.wav", PODCAST.get(label), speaker, audio)
                if at % 5:
                    _write(folder / "Transcripts" / f"{name}.txt", [WORDS.get(PODCAST.get(label, ""), "And so on.")])
                at += 1
    (folder / "Labels").mkdir(parents=True, exist_ok=True)
    with (folder / "Labels" / "labels_consensus.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set"])
        writer.writerows(rows)
    return folder


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
