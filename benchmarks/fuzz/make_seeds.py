"""`python -m benchmarks.fuzz.make_seeds`: writes the seeds anew, from nothing but formulas."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import torch

from benchmarks.fuzz.targets import SEEDS
from sermi import checkpoint
from sermi.features import Features
from sermi.models.baseline import Baseline, BaselineShape
from sermi.models.generator import Generator, GeneratorShape
from sermi.voice import Voice
from sermi.voice.recogniser import PARTS
from tests.sermi.recordings import encode

SECONDS = 0.125
FFMPEG = {
    "mp3": ("mp3", "mp3", 16_000), "ogg": ("libopus", "ogg", 16_000), "webm": ("libopus", "webm", 16_000),
    "mp4": ("aac", "mp4", 16_000), "aac": ("aac", "adts", 16_000),
}  # fmt: skip
SOUNDFILE = {"wav": ("WAV", "PCM_16"), "float.wav": ("WAV", "FLOAT"), "ulaw.wav": ("WAV", "ULAW"), "flac": ("FLAC", "PCM_16"),
             "vorbis": ("OGG", "VORBIS")}  # fmt: skip


def tone(rate: int) -> np.ndarray:
    """Some 440 Hz."""
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(SECONDS * rate)) / rate)).astype(np.float32)


def write_audio(folder: Path) -> None:
    """One of each container and codec; `.bin`, since the repository holds no recordings."""
    for name, (form, subtype) in SOUNDFILE.items():
        soundfile.write(folder / f"{name}.bin", tone(8_000), 8_000, format=form, subtype=subtype)
    for name, (codec, container, rate) in FFMPEG.items():
        encode(folder / f"{name}.bin", codec, container, rate, tone(rate))


def write_checkpoint(folder: Path) -> None:
    """open4's texts around tensors of a few numbers; no checksums, or no change would reach what is behind them."""
    torch.manual_seed(0)
    whole = checkpoint.load("open4")
    shape = BaselineShape(4, 4, 3, 3, 4, neutral=2)
    generator = GeneratorShape(3, 3, 4, hidden=2)
    model = whole.voice_recogniser().model
    parts = {name: getattr(model, name)[:3, :3] for name in PARTS}
    voices = replace(whole.voice_recogniser(), model=replace(model, means=model.means[:, :3], **parts))
    config = replace(
        whole.config, shape=shape, generators={"match": generator}, voices=voices.config, training={"seed": 0}
    )
    rng, c = np.random.default_rng(0), np.arange(8) % 4
    h, t = rng.normal(size=(2, 8, 3)).astype(np.float32)
    metrics = {name: value for name, value in whole.metrics.items() if name not in ("generators", "command")}
    metrics["generators"] = {"match": whole.metrics["generators"]["match"]}
    made = replace(
        whole, config=config, model=Baseline(shape), reference=Features(h, c, c, t), voices=voices, metrics=metrics,
        card=whole.card[:600], generators={"match": Generator(generator)},
    )  # fmt: skip
    made.save(folder)
    for name, more in (("config.json", {"digests": {}}), ("metrics.json", {})):
        content = json.loads((folder / name).read_text()) | more
        (folder / name).write_text(json.dumps(content))


def write_tables(folder: Path) -> None:
    """Features in every format, and the other tables that are read."""
    from sermi.own_features.arff import write_arff

    rng = np.random.default_rng(0)
    label, group = [["a", "b"][i % 2] for i in range(12)], [f"s{i % 3}" for i in range(12)]
    x = rng.normal(size=(12, 3)).round(2)
    frame = pd.DataFrame({"label": label, "speaker": group, **{f"f{i}": x[:, i] for i in range(3)}})
    frame.to_csv(folder / "features.csv", index=False)
    frame.to_csv(folder / "features.tsv", index=False, sep="\t")
    frame.to_parquet(folder / "features.parquet", index=False)
    frame.to_feather(folder / "features.feather")
    np.savez(folder / "features.npz", X=x, label=np.array(label), speaker=np.array(group))
    (folder / "features.arff").unlink(missing_ok=True)
    write_arff(frame.assign(label=frame["label"].astype("category")), folder / "features.arff", "toy")
    names = ["a", "b", "c", "d"]
    for name in names:
        (folder / f"{name}.wav").write_bytes(b"")
    rows = [f"{name}.wav,s{i % 2},{label[i]}rry,en" for i, name in enumerate(names)]
    (folder / "speakers.csv").write_text("\n".join(["path,speaker,known_emotion,note", *rows]) + "\n")
    emotions = ["angry", "sad", "neutral", "happy"]
    rows = [f"{name}.wav,{emotions[i]},s{i % 2}" for i, name in enumerate(names)]
    (folder / "corpus.csv").write_text("\n".join(["path,emotion,speaker", *rows]) + "\n")
    (folder / "sentences.tsv").write_text("It's late.\t3\tx\nHow nice!\t1,2\ty\n")
    voice = Voice(emotions, source="open4")
    voice.add(x[0])
    voice.add(x[1], "sad")
    voice.save(folder / "voice.safetensors")


def main() -> None:
    """Write all of them."""
    for name, write in {"audio": write_audio, "checkpoint": write_checkpoint, "tables": write_tables}.items():
        (SEEDS / name).mkdir(parents=True, exist_ok=True)
        write(SEEDS / name)


if __name__ == "__main__":
    main()
