"""The commands that write, on data of tones and random weights, each in a place of its own."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.fuzz.targets import SEEDS

FEW_STEPS = 5
"""Of generators' training."""


@dataclass(frozen=True)
class Command:
    """A command, and what it leaves."""

    name: str
    program: str
    """sermi or train."""
    arguments: tuple[str, ...]
    """In which {inputs} and {place} stand for folders; the latter holds `cache` and what is written."""
    prepare: Callable[[], Any] | None = None
    """What would take long is done once, in a process of its own; its result goes to `use`."""
    use: Callable[[Any], None] | None = None
    left: Callable[[Path], Mapping[str, bytes]] | None = None
    """What there is in the end, where that isn't files of the place."""
    reset: Callable[[], None] | None = None


def snapshot(place: Path) -> dict[str, bytes]:
    """Every file by its path, without the seconds that things took."""
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): _timeless(path) for path in files}


def _timeless(path: Path) -> bytes:
    if path.name == "table-mine.csv" and "compared" in path.parts:
        return pd.read_csv(path, dtype=str).drop(columns="tuning_s", errors="ignore").to_csv().encode()
    if path.name == "table-mine.json" and "compared" in path.parts:
        record = json.loads(path.read_text())
        for values in record["summary"].values():
            values.get("tuning", {}).pop("seconds", None)
        return json.dumps(record).encode()
    return path.read_bytes()


IMPORTED = (
    "sermi.cli", "sermi.generate", "sermi.tables", "sermi.hub", "sermi.own_features.augmentation", "sermi.own_features.gains",
    "sermi.own_features.writing", "train.cli", "train.checkpoint.fit", "train.comparison.compare", "train.comparison.report",
    "train.comparison.table_tasks", "train.embeddings.finetune_model", "accelerate", "peft", "pyarrow", "transformers",
)  # fmt: skip
"""Once, before processes are forked: most of what a command takes."""


def write_checkpoint(folder: Path) -> None:
    """All that commands of `sermi` need, but for `augment`."""
    shutil.copytree(SEEDS / "checkpoint", folder / "checkpoint")
    (folder / "checkpoint" / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")


def write_inputs(folder: Path) -> None:
    """Corpora, encoders, a checkpoint and a table."""
    from tests.sermi.encoders.small_models import save_speech_model
    from tests.sermi.own_features.tables import features
    from tests.train.ravdess import write_ravdess
    from tests.train.test_commands import write_meld

    write_ravdess(folder / "ravdess", ("angry", "happy", "neutral", "sad"), range(1, 11), takes=2)
    write_ravdess(folder / "few", ("angry", "happy", "neutral", "sad"), range(1, 9))
    write_meld(folder / "meld")
    save_speech_model(folder / "speech", "wav2vec2-group")
    write_checkpoint(folder)
    frame = features(60)
    frame.assign(part=frame["speaker"].str[1:].astype(int) // 3).to_csv(folder / "mine.csv", index=False)


def lay_out(place: Path, inputs: Path) -> None:
    """A cache without anything, and outputs of an earlier run, which a fault must leave or replace."""
    shutil.rmtree(place, ignore_errors=True)
    (place / "cache").mkdir(parents=True)
    shutil.copytree(inputs / "checkpoint", place / "fitted")
    for name in ("samples.csv", "samples.npz", "augmented.csv", "augmented.arff"):
        (place / name).write_text("of an earlier run")


FITTED = ("fit_audio", "fit_words", "fit_generators", "measure")
"""Steps of `fit` that write nothing."""


def _keeping(step: Callable[..., Any], name: str, results: dict[str, Any]) -> Callable[..., Any]:
    def keep(*arguments: Any, **options: Any) -> Any:
        results[name] = step(*arguments, **options)
        return results[name]

    return keep


def _fit_once(inputs: Path, place: Path) -> Callable[[], dict[str, Any]]:
    def prepare() -> dict[str, Any]:
        from train.checkpoint import fit, stage_c
        from train.cli import app

        stage_c.STEPS = dict.fromkeys(stage_c.STEPS, FEW_STEPS)
        results: dict[str, Any] = {}
        for name in FITTED:
            setattr(fit, name, _keeping(getattr(fit, name), name, results))
        app([part.format(inputs=inputs, place=place) for part in FIT], standalone_mode=False)
        return results

    return prepare


def _use_fit(results: dict[str, Any]) -> None:
    from train.checkpoint import fit

    for name in FITTED:
        setattr(fit, name, lambda *_, result=results[name], **__: result)


FIT = (
    "fit", "--corpus", "ravdess={inputs}/ravdess", "--text", "meld={inputs}/meld", "--views", "1", "--audio-encoder",
    "{inputs}/speech", "--out", "{place}/fitted",
)  # fmt: skip
_TABLE = ("augment", "{inputs}/mine.csv", "--ignore", "part", "--steps", "2", "--out")
_SAMPLES = ("generate", "--checkpoint", "{inputs}/checkpoint", "--n", "5", "--emotion")
_SPEECH = ("--corpus", "ravdess={inputs}/few", "--audio-encoder", "{inputs}/speech")
_COMPARE = ("compare", "table", "{inputs}/mine.csv", "--fold", "part", "--augmenters", "noise,smote", "--seeds", "1")
COMMANDS = (
    ("generate", "sermi", (*_SAMPLES, "all", "--out", "{place}/samples.csv")),
    ("generate npz", "sermi", (*_SAMPLES, "sad", "--out", "{place}/samples.npz")),
    ("augment", "sermi", (*_TABLE, "{place}/augmented.csv")),
    ("augment arff", "sermi", (*_TABLE, "{place}/augmented.arff")),
    ("features", "train", ("features", *_SPEECH, "--views", "1")),
    ("compare", "train", (*_COMPARE, "--out", "{place}/compared")),
    ("finetune", "train", ("finetune", *_SPEECH, "--method", "lora:2", "--epochs", "3", "--out", "{place}/tuned")),
)


def commands(inputs: Path, place: Path) -> list[Command]:
    """All of them."""
    return [
        *(Command(*one) for one in COMMANDS),
        Command("fit", "train", FIT, _fit_once(inputs, place), _use_fit),
        _push(inputs),
    ]


def _push(inputs: Path) -> Command:
    """To a hub of this process."""
    import pytest

    from tests.sermi.hub_fixtures import talk_to
    from tests.sermi.hub_stand_in import Server

    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    talk_to(server, pytest.MonkeyPatch(), inputs)
    arguments = ("push", "{inputs}/checkpoint", "someone/mine")

    def left(_: Path) -> Mapping[str, bytes]:
        held = server.repositories.get("someone/mine", {"refs": {}})
        return server.files("someone/mine") if "main" in held["refs"] else {}

    return Command("push", "sermi", arguments, left=left, reset=server.repositories.clear)
