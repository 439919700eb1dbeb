"""The app's way to the models: imported late, loaded once, and ready before the first visitor where possible.

Nothing here imports torch at module level, so that the page is up in about the time that gradio takes to import.
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sermi.encoders.places import to_fetch
from sermi.errors import AudioError, CheckpointError, EncoderError
from sermi.ui.downloads import Download, Downloads
from sermi.ui.listing import Listing
from sermi.ui.progress import Report
from sermi.ui.recordings import progress_of, read
from sermi.ui.voiced import Standing, answer_in_passing, answer_with

if TYPE_CHECKING:
    import numpy as np

    from sermi.audio import Recording
    from sermi.mi import MIEstimate
    from sermi.prediction import Prediction
    from sermi.predictor import Encoded, Predictor, Utterance
    from sermi.ui.explorer import Explorer
    from sermi.ui.sample_request import SampleRequest
    from sermi.ui.voices import Sentence

State = Literal["ready", "not loaded", "not fetched", "damaged"]
"""Of a checkpoint: answers at once, when it is loaded, when its encoder is fetched, or not at all."""
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


class Engine(Listing):
    """The checkpoints of one app and the models that it has loaded. Safe to share between threads."""

    def __init__(self, checkpoints: Path | None = None, results: Path | None = None) -> None:
        """checkpoints: folder that holds them, None for those at hand. results: folder of what runs measured, likewise."""
        super().__init__(checkpoints, results)
        self._lock = threading.Lock()
        self._downloads = Downloads()
        self._predictors: dict[str, Predictor] = {}
        self._explorers: dict[str, Explorer] = {}
        self._damaged: set[str] = set()
        """Of the checkpoints that were tried."""
        self._measured_information = lru_cache(maxsize=MEASURED_SETTINGS)(self._measure_information)

    def is_ready(self, name: str) -> bool:
        """Whether a checkpoint answers at once."""
        return name in self._predictors

    def states(self) -> dict[str, State]:
        """Of each checkpoint that is listed."""
        return {name: self._state(name) for name in self.names()}

    def _state(self, name: str) -> State:
        if name in self._predictors:
            return "ready"
        if name in self._damaged or self.is_damaged(name):
            return "damaged"
        return "not fetched" if to_fetch(self.encoder(name)) else "not loaded"

    def can_generate(self, name: str) -> bool:
        """Whether a checkpoint's generators answer at once."""
        return name in self._explorers

    def download(self, name: str) -> Download | None:
        """The download of what a checkpoint's encoder lacks, begun if need be; None where there is nothing to fetch."""
        encoder = self.encoder(name)
        return self._downloads.of(encoder) if name not in self._predictors and to_fetch(encoder) else None

    def predictor(self, name: str) -> Predictor:
        """A checkpoint's predictor, warmed up. Whoever comes while it is being loaded waits for that one load.

        Raises CheckpointError for a name that isn't listed, or for a damaged checkpoint, EncoderError for one whose encoder is
        still to be fetched, which begins then.
        """
        if name in self._predictors:
            return self._predictors[name]
        folder = self.folder(name)
        if download := self.download(name):
            done, total = download.megabytes
            raise EncoderError(
                f"The encoder of {name} is being fetched ({done:.0f} of {total:.0f} MB); try again in a moment."
            )
        with self._lock:
            if name not in self._predictors:
                from sermi import predictor as predictors

                with self._noted(name):
                    predictor = predictors.load(folder)
                predictor.warm_up()
                self._predictors[name] = predictor
        return self._predictors[name]

    def explorer(self, name: str) -> Explorer:
        """What a checkpoint's generators are asked through, warmed up and kept."""
        folder = self.folder(name)
        with self._lock:
            if name not in self._explorers:
                from sermi.checkpoint import load
                from sermi.ui.explorer import Explorer

                with self._noted(name):
                    loaded = self._predictors[name].checkpoint if name in self._predictors else load(folder)
                explorer = Explorer(loaded)
                explorer.warm_up()
                self._explorers[name] = explorer
        return self._explorers[name]

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        """A checkpoint that can't be loaded is damaged, until it can."""
        try:
            yield
        except CheckpointError:
            self._damaged.add(name)
            raise
        self._damaged.discard(name)

    def text_feature(self, name: str, text: str) -> np.ndarray:
        """t of a sentence: (dt,), what a checkpoint's generators are conditioned on."""
        from sermi.predictor import text_feature

        return text_feature(self.explorer(name).checkpoint, text)

    def information(self, request: SampleRequest) -> MIEstimate:
        """I(c; ĥ) of what a request's generator makes, nats.

        Measured once for each setting; nothing that came of a visitor's words or voice is kept.
        """
        if request.t is not None or request.voice:
            return self.explorer(request.checkpoint).information(request)
        return self._measured_information(
            request.checkpoint, request.regulariser, request.noise_scale, request.seed, request.pairs
        )

    def _measure_information(
        self, checkpoint: str, regulariser: str | None, noise_scale: float, seed: int, pairs: bool
    ) -> MIEstimate:
        from sermi.ui.sample_request import SampleRequest

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
        report: Report | None = None,
        *,
        context: Sequence[str] = (),
        neutral: Sequence[str] = (),
    ) -> Analysis:
        """Emotion of an audio file.

        Args:
            path: of the file.
            transcript: of what is said in it.
            name: of the checkpoint.
            report: called while a long recording is analysed.
            context: files with more of the same voice.
            neutral: those that are known to be neutral.

        Raises:
            SermiError: What can't be used; all is read before anything is encoded.
        """
        recording = read(path)
        if len(context) + len(neutral) > MAX_CONTEXT:
            raise AudioError(f"Give at most {MAX_CONTEXT} other recordings of a voice.")
        others = [(read(other), None) for other in context] + [(read(other), "neutral") for other in neutral]
        predictor, voice = self.predictor(name), None
        if others:
            voice = predictor.new_voice()
            for number, (other, emotion) in enumerate(others, 1):
                voice.add(other, emotion=emotion, name=f"Recording {number} of the context")
        prediction, utterance = predictor.predict_with_embeddings(
            recording, transcript, voice=voice, progress=progress_of(recording, report)
        )
        return Analysis(recording, prediction, utterance)

    def analyse_sentence(
        self,
        path: str | None,
        transcript: str,
        name: str,
        sentences: Sequence[Sentence],
        *,
        asked: str | None,
        report: Report | None = None,
    ) -> Analysis:
        """`analyse` of a visitor's recording, given what is known of the voice.

        Args:
            path: of the file.
            transcript: of what is said in it.
            name: of the checkpoint.
            sentences: of the voice.
            asked: the emotion that the recording was to be said with; None where nothing was asked for.
            report: called while a long recording is analysed.

        Raises:
            SermiError: What can't be used.
        """
        recording, predictor = read(path), self.predictor(name)
        encoded = predictor.encode(recording, transcript, progress=progress_of(recording, report))
        prediction, standing = answer_with(predictor, encoded, sentences, path=str(path), asked=asked)
        return Analysis(recording, prediction, encoded.utterance, standing)

    def analyse_window(self, samples: np.ndarray, rate: int, name: str, sentences: Sequence[Sentence]) -> Prediction:
        """Emotion of the last seconds of what is being spoken.

        Args:
            samples: (samples,) integers or floats.
            rate: samples a second, Hz.
            name: of the checkpoint.
            sentences: of the voice, which are known already.

        Raises:
            SermiError: What can't be used, such as silence.
        """
        from sermi import audio

        predictor = self.predictor(name)
        return answer_in_passing(predictor, predictor.encode(audio.from_samples(samples, rate)), sentences)

    def encode(self, path: str, transcript: str, name: str) -> Encoded:
        """A recording for any number of answers, which the predictor of the same checkpoint gives. Raises SermiError."""
        recording = read(path)
        return self.predictor(name).encode(recording, transcript)

    def transcribe(self, path: str | None) -> tuple[str, str]:
        """What is said in an audio file, '' when no words are heard, and a warning, or ''. Raises SermiError."""
        recording = read(path)
        from sermi.transcribe import ONLY_FIRST, transcribe

        return transcribe(recording.waveform), ONLY_FIRST if recording.long else ""

    def warm_up_in_background(self) -> threading.Thread:
        """Load everything that a first visitor needs while the page is already served."""
        thread = threading.Thread(target=self._warm_up, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _warm_up(self) -> None:
        try:
            if download := self.download(self.default):
                download.wait()
            self.predictor(self.default)
            importlib.import_module("sermi.plots")
            from sermi.transcribe import transcribe

            transcribe(_second_of_noise())
            self.explorer(self.default)
        except Exception:
            log.exception("warming up failed; the first request will say why")


def _second_of_noise() -> np.ndarray:
    import numpy as np

    return np.random.default_rng(0).normal(0, 0.01, 16_000).astype(np.float32)
