"""The whole way from a recording (and, if there is one, its transcript) to an emotion. App and command line share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch

from sermi import checkpoint as checkpoints
from sermi import shipped
from sermi.audio import Recording
from sermi.encoders import TextEncoder, load_text_encoder
from sermi.encoders.fetching import UnreachableError
from sermi.encoders.places import to_fetch
from sermi.encoders.progress import Report
from sermi.errors import CheckpointError
from sermi.frontend import AudioFrontend
from sermi.speech import seconds

WINDOW_S = 2.0
HOP_S = 0.5
MAX_WINDOWS = 60
MIN_SPEECH_S = 0.5
"""With less speech no answer is sure."""
MAX_TRANSCRIPT = 2_000


@dataclass(frozen=True)
class Segment:
    """The voice's probabilities over one window of the recording."""

    start_s: float
    end_s: float
    probabilities: Mapping[str, float]


@dataclass(frozen=True)
class Prediction:
    """The emotion of one recording. Probabilities are by class name and sum to 1."""

    emotion: str
    confidence: float
    sure: bool
    """Whether the confidence reaches the threshold that was chosen on speakers not trained on, for enough of a recording."""
    probabilities: Mapping[str, float]
    """The fusion of `audio_only` and `text_only`, or the voice's alone when there is no transcript."""
    audio_only: Mapping[str, float]
    text_only: Mapping[str, float] | None
    transcript: str | None
    duration_s: float
    speech_s: float
    """Seconds in which somebody speaks."""
    segments: Sequence[Segment]
    """Windows with speech, in order; pauses are left out."""
    warnings: Sequence[str]


@dataclass(frozen=True)
class Utterance:
    """What is kept of a recording: its place among others, and no sound or words."""

    a: np.ndarray
    """(Da,) audio embedding."""
    b: np.ndarray | None
    """(Db,) text embedding, None without a transcript."""
    frontend: str
    """Fingerprint of what computed a."""


class Predictor:
    """A loaded checkpoint with its encoders.

    The text encoder is loaded when the first transcript comes; everything else at once.
    """

    def __init__(self, checkpoint: checkpoints.Checkpoint, *, device: str | None = None) -> None:
        self.checkpoint = checkpoint
        self._device = device
        self._frontend = AudioFrontend(checkpoint.config.frontend, device=device)
        _check_fingerprint("speech", self._frontend.fingerprint, checkpoint.config.frontend_fingerprint)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.checkpoint.config.classes

    def predict(self, recording: Recording, transcript: str | None = None) -> Prediction:
        """Emotion of one recording. A transcript of white space counts as none."""
        return self.predict_with_embeddings(recording, transcript)[0]

    def predict_with_embeddings(
        self, recording: Recording, transcript: str | None = None
    ) -> tuple[Prediction, Utterance]:
        """`predict`, and the embeddings that the prediction rests on."""
        warnings = list(recording.warnings)
        transcript = (transcript or "").strip() or None
        if transcript and len(transcript) > MAX_TRANSCRIPT:
            transcript = transcript[:MAX_TRANSCRIPT]
            warnings.append(f"Only the first {MAX_TRANSCRIPT} characters of the transcript were used.")
        embedded = self._frontend.embed_windows(
            recording.waveform, window_s=WINDOW_S, hop_s=max(HOP_S, recording.duration_s / MAX_WINDOWS)
        )
        speech_s = seconds(embedded.speech)
        is_enough = recording.is_enough and speech_s >= MIN_SPEECH_S
        text = self._text_encoder.embed([transcript]) if transcript else None
        with torch.inference_mode():
            whole = self.checkpoint.model(
                torch.from_numpy(embedded.a[None]), None if text is None else torch.from_numpy(text)
            )
            windows = self.checkpoint.model(torch.from_numpy(embedded.window_a))["audio"]
        fused = self._named(whole["fused"][0])
        emotion = max(fused, key=fused.__getitem__)
        sure = is_enough and fused[emotion] >= self.checkpoint.config.not_sure_below
        if speech_s < MIN_SPEECH_S:
            warnings.append("No speech was found; say a whole sentence.")
        elif not is_enough:
            warnings.append("Not sure: there is too little to go by.")
        elif not sure:
            warnings.append(f"Not sure: {emotion} is only the likeliest of several emotions.")
        prediction = Prediction(
            emotion=emotion,
            confidence=fused[emotion],
            sure=sure,
            probabilities=fused,
            audio_only=self._named(whole["audio"][0]),
            text_only=self._named(whole["text"][0]) if "text" in whole else None,
            transcript=transcript,
            duration_s=round(recording.duration_s, 3),
            speech_s=round(speech_s, 3),
            segments=[
                Segment(round(start, 3), round(end, 3), self._named(row))
                for (start, end), row in zip(embedded.windows, windows, strict=True)
            ],
            warnings=warnings,
        )
        utterance = Utterance(embedded.a, None if text is None else text[0], self._frontend.fingerprint)
        return prediction, utterance

    def text_feature(self, transcript: str) -> np.ndarray:
        """t of a sentence: (dt,) float32, what a generator is conditioned on."""
        return text_feature(self.checkpoint, transcript, device=self._device)

    @cached_property
    def _text_encoder(self) -> TextEncoder:
        return _text_encoder(self.checkpoint, self._device)

    def warm_up(self) -> None:
        """Load and run everything once, so that the first visitor does not wait."""
        noise = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
        self.predict(Recording(noise, 2.0), "warm up")

    def _named(self, log_probabilities: torch.Tensor) -> dict[str, float]:
        return dict(zip(self.classes, log_probabilities.exp().tolist(), strict=True))


@lru_cache(maxsize=4)
def _load_folder(folder: Path) -> Predictor:
    checkpoint = checkpoints.load(folder)
    fetch_encoders(checkpoint.config.frontend.encoder)
    return Predictor(checkpoint)


def load(name: str | Path = shipped.DEFAULT) -> Predictor:
    """The predictor of a checkpoint, by folder, name or `OWNER/NAME`; each is loaded once.

    An encoder that isn't here is fetched, with a bar on a terminal. Raises CheckpointError or HubError where there is no such
    checkpoint, or where it can't be used; EncoderError where its encoder can't be fetched.
    """
    return _load_folder(shipped.resolve(name).resolve())


def fetch_encoders(encoder: str, report: Report | None = None) -> None:
    """Fetch those of the speech encoders side by side that aren't here.

    report: is called as bytes come; None for a bar on a terminal. Raises EncoderError where that can't be done.
    """
    for name in to_fetch(encoder):
        from sermi.encoders.loading import fetch_speech_model

        try:
            fetch_speech_model(name, report)
        except UnreachableError as error:
            raise UnreachableError(f"{str(error).removesuffix('.')}, or choose {shipped.DEFAULT}.") from error


def text_feature(checkpoint: checkpoints.Checkpoint, transcript: str, *, device: str | None = None) -> np.ndarray:
    """t of a sentence: (dt,) float32, what a generator is conditioned on. Needs no speech encoder."""
    b = torch.from_numpy(_text_encoder(checkpoint, device).embed([transcript[:MAX_TRANSCRIPT]]))
    with torch.inference_mode():
        return checkpoint.model.text_projection(b)[0].numpy()


def _text_encoder(checkpoint: checkpoints.Checkpoint, device: str | None) -> TextEncoder:
    encoder = load_text_encoder(checkpoint.config.text_encoder, device)
    _check_fingerprint("text", encoder.fingerprint, checkpoint.config.text_fingerprint)
    return encoder


def _check_fingerprint(kind: str, installed: str, expected: str) -> None:
    if installed != expected:
        raise CheckpointError(
            f"The checkpoint was trained with another {kind} encoder than the one installed ({expected}, {installed}); "
            "install the versions of requirements.txt or train it again."
        )
