"""The app's way to the models: imported late, loaded once, and ready before the first visitor where possible.

Nothing here imports torch at module level, so that the page is up in about the time that gradio takes to import.
"""

from __future__ import annotations

import importlib
import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi import shipped
from sermi.errors import AudioError, CheckpointError
from sermi.ui.voiced import Standing, answer_with

if TYPE_CHECKING:
    import numpy as np

    from sermi.audio import Recording
    from sermi.mi import MIEstimate
    from sermi.predictor import Prediction, Predictor, Utterance
    from sermi.ui.explorer import Explorer, SampleRequest
    from sermi.ui.measurements import Evidence
    from sermi.ui.voices import Sentence

MAX_CONTEXT = 50
"""Other recordings of a voice that one request may bring."""
MEASURED_SETTINGS = 64
"""Settings of a generator whose information is kept."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Analysis:
    """A recording, its prediction, and what is kept of it."""

    recording: Recording
    prediction: Prediction
    utterance: Utterance | None = None
    """Its embeddings; None where nothing is kept."""
    standing: Standing | None = None
    """How it goes with the visitor's voice; None where that wasn't asked."""


@dataclass(frozen=True)
class CheckpointSummary:
    """What a checkpoint can be asked for."""

    classes: tuple[str, ...] = ()
    """Its emotions."""
    regularisers: tuple[str, ...] = ()
    """Of its generators, the one to use first at the front."""
    frontend: str = ""
    """Fingerprint of its speech encoder: what another one encoded says nothing to it."""
    knows_voices: bool = False
    """Whether it can draw on other sentences of a voice."""


class Engine:
    """The checkpoints of one app and the models that it has loaded. Safe to share between threads.

    Only names of its checkpoints are taken, never a folder: a visitor's request does not choose what is read from the disk.
    """

    def __init__(self, checkpoints: Path | None = None, results: Path | None = None) -> None:
        """checkpoints: folder that holds them, None for those at hand. results: folder of what runs measured, likewise."""
        self._checkpoints = checkpoints
        self._results = results or shipped.results_folder()
        self._lock = threading.Lock()
        self._predictors: dict[str, Predictor] = {}
        self._explorers: dict[str, Explorer] = {}
        self._measured_information = lru_cache(maxsize=MEASURED_SETTINGS)(self._measure_information)

    def names(self) -> list[str]:
        """Of the checkpoints, the default first."""
        return shipped.available(self._checkpoints)

    @property
    def default(self) -> str:
        """The checkpoint to begin with."""
        return next(iter(self.names()), shipped.DEFAULT)

    def choices(self) -> list[tuple[str, str]]:
        """(label, name) of each checkpoint, the default first, read without importing the models."""
        return [(f"{name} ({self._described(name)})", name) for name in self.names()]

    def summary(self, name: str) -> CheckpointSummary:
        """What a checkpoint can do, read without importing the models; nothing for one that is damaged."""
        config = self._json(name, "config.json")
        try:
            return CheckpointSummary(
                tuple(config["classes"]),
                tuple(config.get("generators", {})),
                config.get("frontend_fingerprint", ""),
                config.get("voices") is not None,
            )
        except (KeyError, TypeError):
            return CheckpointSummary()

    def is_ready(self, name: str) -> bool:
        """Whether a checkpoint answers at once."""
        return name in self._predictors

    def predictor(self, name: str) -> Predictor:
        """A checkpoint's predictor, warmed up. Whoever comes while it is being loaded waits for that one load.

        Raises CheckpointError for a name that isn't listed, or for a damaged checkpoint.
        """
        if name in self._predictors:
            return self._predictors[name]
        folder = self._folder(name)
        if folder is None:
            raise CheckpointError(f"There is no checkpoint '{name}'; use one of {', '.join(self.names()) or 'none'}.")
        with self._lock:
            if name not in self._predictors:
                from sermi import predictor as predictors

                predictor = predictors.load(folder)
                predictor.warm_up()
                self._predictors[name] = predictor
        return self._predictors[name]

    def explorer(self, name: str) -> Explorer:
        """What a checkpoint's generators are asked through, warmed up and kept."""
        checkpoint = self.predictor(name).checkpoint
        with self._lock:
            if name not in self._explorers:
                from sermi.ui.explorer import Explorer

                explorer = Explorer(checkpoint)
                explorer.warm_up()
                self._explorers[name] = explorer
        return self._explorers[name]

    def information(self, request: SampleRequest) -> MIEstimate:
        """I(c; ĥ) of what a request's generator makes, nats.

        Measured once for each setting; words and what they do aren't kept.
        """
        if request.t is not None:
            return self.explorer(request.checkpoint).information(request)
        return self._measured_information(
            request.checkpoint, request.regulariser, request.noise_scale, request.seed, request.pairs
        )

    def _measure_information(
        self, checkpoint: str, regulariser: str | None, noise_scale: float, seed: int, pairs: bool
    ) -> MIEstimate:
        from sermi.ui.explorer import SampleRequest

        explorer = self.explorer(checkpoint)
        request = SampleRequest(
            checkpoint,
            explorer.classes,
            n=1,
            seed=seed,
            noise_scale=noise_scale,
            regulariser=regulariser,
            pairs=pairs,
        )
        return explorer.information(request)

    def analyse(
        self,
        path: str | None,
        transcript: str,
        name: str,
        *,
        context: Sequence[str] = (),
        neutral: Sequence[str] = (),
    ) -> Analysis:
        """Emotion of an audio file.

        Args:
            path: of the file.
            transcript: of what is said in it.
            name: of the checkpoint.
            context: files with more of the same voice.
            neutral: those that are known to be neutral.

        Raises:
            SermiError: What can't be used; all is read before anything is encoded.
        """
        recording = read(path)
        if len(context) + len(neutral) > MAX_CONTEXT:
            raise AudioError(f"Give at most {MAX_CONTEXT} other recordings of a voice.")
        others = [(read(other), None) for other in context] + [(read(other), "neutral") for other in neutral]
        predictor = self.predictor(name)
        voice = None
        if others:
            voice = predictor.new_voice()
            for number, (other, emotion) in enumerate(others, 1):
                voice.add(other, emotion=emotion, name=f"Recording {number} of the context")
        return Analysis(recording, *predictor.predict_with_embeddings(recording, transcript, voice=voice))

    def analyse_sentence(
        self, path: str | None, transcript: str, name: str, sentences: Sequence[Sentence], *, is_calm: bool
    ) -> Analysis:
        """`analyse` of a visitor's recording, given what is known of the voice; `is_calm` as for `answer_with`."""
        recording, predictor = read(path), self.predictor(name)
        encoded = predictor.encode(recording, transcript)
        prediction, standing = answer_with(predictor, encoded, sentences, path=str(path), is_calm=is_calm)
        return Analysis(recording, prediction, encoded.utterance, standing)

    def transcribe(self, path: str | None) -> str:
        """What is said in an audio file, '' when no words are heard. Raises SermiError."""
        recording = read(path)
        from sermi.transcribe import transcribe

        return transcribe(recording.waveform)

    def evidence(self, name: str | None) -> Evidence:
        """What was measured of a checkpoint and of the method; read from files, without the models."""
        from sermi.ui.measurement_files import gather

        config, metrics = (self._json(name, file) for file in ("config.json", "metrics.json"))
        return gather(metrics, config.get("classes", []), self._results)

    def card(self, name: str | None) -> str:
        """The model card of a checkpoint as Markdown, without its front matter."""
        folder = self._folder(name)
        if folder is None:
            return "There is no such model."
        text = (folder / "README.md").read_text(encoding="utf-8")
        return text.split("---\n", 2)[2] if text.startswith("---\n") else text

    def warm_up_in_background(self) -> threading.Thread:
        """Load everything that a first visitor needs while the page is already served."""
        thread = threading.Thread(target=self._warm_up, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _warm_up(self) -> None:
        try:
            self.predictor(self.default)
            importlib.import_module("sermi.plots")
            from sermi.transcribe import transcribe

            transcribe(_second_of_noise())
            self.explorer(self.default)
        except Exception:
            log.exception("warming up failed; the first request will say why")

    def _folder(self, name: str | None) -> Path | None:
        """Of a checkpoint that is listed; None for any other name."""
        return shipped.at_hand(name, self._checkpoints) if name else None

    def _described(self, name: str) -> str:
        config = self._json(name, "config.json")
        return f"{len(config['classes'])} emotions" if "classes" in config else "damaged"

    def _json(self, name: str | None, file: str) -> dict[str, Any]:
        """A JSON file of a checkpoint; empty where it can't be read."""
        folder = self._folder(name)
        if folder is None:
            return {}
        try:
            content = json.loads((folder / file).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


def read(path: str | None) -> Recording:
    """The recording behind an audio component's value. Raises AudioError where there is none to read."""
    if not path:
        raise AudioError("There is no recording yet; press record, drop a file or pick an example.")
    if not Path(path).is_file():
        raise AudioError("The recording is no longer on the server; record or upload it again.")
    from sermi import audio

    return audio.read(path)


def _second_of_noise() -> np.ndarray:
    import numpy as np

    return np.random.default_rng(0).normal(0, 0.01, 16_000).astype(np.float32)
