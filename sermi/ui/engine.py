"""The app's way to the models: imported late, loaded once, and ready before the first visitor where possible.

Nothing here imports torch at module level, so that the page is up in about the time that gradio takes to import.
"""

from __future__ import annotations

import importlib
import json
import logging
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi.errors import AudioError, CheckpointError

if TYPE_CHECKING:
    from sermi.audio import Recording
    from sermi.mi import MIEstimate
    from sermi.predictor import Prediction, Predictor, Utterance
    from sermi.ui.explorer import Explorer, Request
    from sermi.ui.measurements import Evidence

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
DEFAULT = "open4"

log = logging.getLogger(__name__)
_lock = threading.Lock()
_ready: dict[str, Predictor] = {}
_explorers: dict[str, Explorer] = {}


@dataclass(frozen=True)
class Analysis:
    """A recording, what is said about it, and what is left of it: None where nothing is wanted."""

    recording: Recording
    prediction: Prediction
    utterance: Utterance | None = None


@dataclass(frozen=True)
class Carries:
    """What a checkpoint can be asked to generate: its emotions, and its generators by regulariser, the first to use first."""

    classes: tuple[str, ...] = ()
    regularisers: tuple[str, ...] = ()


def choices() -> list[tuple[str, str]]:
    """(label, name) of each shipped checkpoint, the default first, read without importing the models."""
    names = sorted(path.parent.name for path in CHECKPOINTS.glob("*/config.json"))
    names.sort(key=lambda name: name != DEFAULT)
    return [(f"{name} ({_classes(name)})", name) for name in names]


def carries(name: str) -> Carries:
    """What a shipped checkpoint generates, read without importing the models; nothing for one that is damaged."""
    try:
        config = json.loads((CHECKPOINTS / name / "config.json").read_text(encoding="utf-8"))
        return Carries(tuple(config["classes"]), tuple(config.get("generators", {})))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Carries()


def is_ready(name: str) -> bool:
    """Whether a checkpoint answers at once."""
    return name in _ready


def predictor(name: str) -> Predictor:
    """A shipped checkpoint's predictor, warmed up. Whoever comes while it is being loaded waits for that one load.

    Only shipped names are taken, never a folder: a visitor's request does not choose what is read from the disk.
    """
    if name in _ready:
        return _ready[name]
    names = [value for _, value in choices()]
    if name not in names:
        raise CheckpointError(f"There is no checkpoint '{name}'; use one of {', '.join(names) or 'none'}.")
    with _lock:
        if name not in _ready:
            from sermi import predictor as predictors

            loaded = predictors.load(CHECKPOINTS / name)
            loaded.warm_up()
            _ready[name] = loaded
    return _ready[name]


def explorer(name: str) -> Explorer:
    """What a shipped checkpoint's generator is asked through, warmed up and kept."""
    checkpoint = predictor(name).checkpoint
    with _lock:
        if name not in _explorers or _explorers[name].checkpoint is not checkpoint:
            from sermi.ui.explorer import Explorer

            _explorers[name] = Explorer(checkpoint)
            _explorers[name].warm_up()
    return _explorers[name]


def information(request: Request) -> MIEstimate:
    """I(c; ĥ) of what a request's generator makes. Measured once for each setting; words and what they do aren't kept."""
    if request.t is not None:
        return explorer(request.checkpoint).information(request)
    return _information(request.checkpoint, request.regulariser, request.spread, request.seed, request.pairs)


@lru_cache(maxsize=64)
def _information(checkpoint: str, regulariser: str | None, spread: float, seed: int, pairs: bool) -> MIEstimate:
    from sermi.ui.explorer import Request

    asked = explorer(checkpoint)
    return asked.information(Request(checkpoint, asked.classes, 1, seed, spread, regulariser, pairs))


def read(path: str | None) -> Recording:
    """The recording behind an audio component's value. Raises AudioError where there is none to read."""
    if not path:
        raise AudioError("There is no recording yet; press record, drop a file or pick an example.")
    if not Path(path).is_file():
        raise AudioError("The recording is no longer on the server; record or upload it again.")
    from sermi import audio

    return audio.read(path)


def analyse(path: str | None, transcript: str, name: str) -> Analysis:
    """Emotion of an audio file. Raises SermiError."""
    recording = read(path)
    return Analysis(recording, *predictor(name).predict_with_embeddings(recording, transcript))


def transcribe(path: str | None) -> str:
    """What is said in an audio file, '' when no words are heard. Raises SermiError."""
    recording = read(path)
    from sermi.transcribe import transcribe as transcribe_waveform

    return transcribe_waveform(recording.waveform)


def evidence(name: str | None) -> Evidence:
    """What was measured of a shipped checkpoint and of the method; read from files, without the models."""
    from sermi.ui.measurements import gather

    config, metrics = (_json(name, file) for file in ("config.json", "metrics.json"))
    return gather(metrics, config.get("classes", []))


def card(name: str | None) -> str:
    """The model card of a shipped checkpoint as Markdown, without its front matter."""
    if name not in [value for _, value in choices()]:
        return "There is no such model."
    text = (CHECKPOINTS / str(name) / "README.md").read_text(encoding="utf-8")
    return text.split("---\n", 2)[2] if text.startswith("---\n") else text


def warm_up_in_background() -> threading.Thread:
    """Load everything that a first visitor needs while the page is already served."""
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        predictor(DEFAULT)
        importlib.import_module("sermi.plots")
        from sermi.transcribe import transcribe as transcribe_waveform

        transcribe_waveform(_second_of_noise())
        explorer(DEFAULT)
    except Exception:
        log.exception("warming up failed; the first request will say why")


def _second_of_noise():  # noqa: ANN202 - numpy is imported late
    import numpy as np

    return np.random.default_rng(0).normal(0, 0.01, 16_000).astype(np.float32)


def _classes(name: str) -> str:
    config = _json(name, "config.json")
    return f"{len(config['classes'])} emotions" if "classes" in config else "damaged"


def _json(name: str | None, file: str) -> dict[str, Any]:
    """A JSON file of a shipped checkpoint; empty where it can't be read."""
    if name not in {path.parent.name for path in CHECKPOINTS.glob("*/config.json")}:
        return {}
    try:
        return json.loads((CHECKPOINTS / str(name) / file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
