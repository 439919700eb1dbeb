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
from sermi.errors import CheckpointError
from sermi.frontend import AudioFrontend
from sermi.words import english_words, usable_words

WINDOW_S = 2.0
HOP_S = 0.5
MAX_WINDOWS = 60
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
    segments: Sequence[Segment]
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
        self._check_fingerprint("speech", self._frontend.fingerprint, checkpoint.config.frontend_fingerprint)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.checkpoint.config.classes

    def predict(self, recording: Recording, transcript: str | None = None) -> Prediction:
        """Emotion of one recording. A transcript without words, or of words that aren't English, counts as none."""
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
        transcript, notes = usable_words(transcript)
        warnings += notes
        spans, embeddings = self._frontend.embed_windows(
            recording.waveform, window_s=WINDOW_S, hop_s=max(HOP_S, recording.duration_s / MAX_WINDOWS)
        )
        text = self._text_encoder.embed([transcript]) if transcript else None
        with torch.inference_mode():
            whole = self.checkpoint.model(
                torch.from_numpy(embeddings[:1]), None if text is None else torch.from_numpy(text)
            )
            windows = self.checkpoint.model(torch.from_numpy(embeddings[1:]))["audio"]
        fused = self._named(whole["fused"][0])
        emotion = max(fused, key=fused.__getitem__)
        sure = recording.is_enough and fused[emotion] >= self.checkpoint.config.not_sure_below
        if not recording.is_enough:
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
            segments=[
                Segment(round(start, 3), round(end, 3), self._named(row))
                for (start, end), row in zip(spans, windows, strict=True)
            ],
            warnings=warnings,
        )
        utterance = Utterance(embeddings[0].copy(), None if text is None else text[0], self._frontend.fingerprint)
        return prediction, utterance

    def text_feature(self, transcript: str) -> np.ndarray:
        """t of a sentence: (dt,) float32, what a generator is conditioned on. SermiError where it isn't English."""
        b = torch.from_numpy(self._text_encoder.embed([english_words(transcript[:MAX_TRANSCRIPT])]))
        with torch.inference_mode():
            return self.checkpoint.model.text_projection(b)[0].numpy()

    @cached_property
    def _text_encoder(self) -> TextEncoder:
        encoder = load_text_encoder(self.checkpoint.config.text_encoder, self._device)
        self._check_fingerprint("text", encoder.fingerprint, self.checkpoint.config.text_fingerprint)
        return encoder

    def warm_up(self) -> None:
        """Load and run everything once, so that the first visitor does not wait."""
        noise = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
        self.predict(Recording(noise, 2.0), "This is to warm up.")

    def _named(self, log_probabilities: torch.Tensor) -> dict[str, float]:
        return dict(zip(self.classes, log_probabilities.exp().tolist(), strict=True))

    def _check_fingerprint(self, kind: str, installed: str, expected: str) -> None:
        if installed != expected:
            raise CheckpointError(
                f"The checkpoint was trained with another {kind} encoder than the one installed ({expected}, {installed}); "
                "install the versions of requirements.txt or train it again."
            )


@lru_cache(maxsize=4)
def _load_folder(folder: Path) -> Predictor:
    return Predictor(checkpoints.load(folder))


def load(name: str | Path = shipped.DEFAULT) -> Predictor:
    """The predictor of a checkpoint, by folder, name or `OWNER/NAME`; each is loaded once.

    Raises CheckpointError or HubError where there is none, or where it can't be used.
    """
    return _load_folder(shipped.resolve(name).resolve())
