"""The whole way from a recording (and, if there is one, its transcript) to an emotion. App and command line share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch

from sermi import audio, shipped
from sermi import checkpoint as checkpoints
from sermi.audio import Recording
from sermi.encoders import TextEncoder, load_text_encoder
from sermi.encoders.fetching import UnreachableError
from sermi.encoders.places import to_fetch
from sermi.encoders.progress import Report
from sermi.errors import CheckpointError, SermiError
from sermi.frontend import AudioFrontend, Progress
from sermi.prediction import Prediction, Segment
from sermi.recorded_voice import Context, RecordedVoice
from sermi.recorded_voice import Utterance as Utterance
from sermi.speech import MIN_SPEECH_S, NO_SPEECH, Span, seconds
from sermi.words import english_words, usable_words

WINDOW_S = 2.0
HOP_S = 0.5
MAX_WINDOWS = 1_200
"""In what lasts longer than ten minutes windows are further apart, and longer."""
MAX_TRANSCRIPT = 2_000


@dataclass(frozen=True, eq=False)
class Encoded:
    """A recording that is encoded once for any number of answers, such as with more and more context."""

    utterance: Utterance
    h: np.ndarray
    """(1, d) features of the whole recording."""
    windows: np.ndarray
    """(W, d) features of its windows."""
    spans: Sequence[Span]
    """Start and end of each window in seconds."""
    speech: list[Span]
    """Where somebody speaks."""
    transcript: str | None
    duration_s: float
    warnings: Sequence[str]


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

    def predict(
        self,
        recording: Recording | str | Path,
        transcript: str | None = None,
        *,
        voice: RecordedVoice | None = None,
        progress: Progress | None = None,
    ) -> Prediction:
        """Emotion of one recording.

        Args:
            recording: as `sermi.audio.read` gives it, or the path of its file.
            transcript: what is said in it, in English; without words it counts as none, and so it does in another language.
            voice: other recordings of the speaker, from `new_voice`. If this one is among them, it isn't its own context;
                if it doesn't fit them, the answer is without context and a warning says it.
            progress: called with the seconds that are done, every minute or so of the recording.

        Raises:
            SermiError: The voice is of another checkpoint, or the file can't be read.
        """
        return self.answer(self.encode(recording, transcript, progress=progress), voice)

    def predict_with_embeddings(
        self,
        recording: Recording | str | Path,
        transcript: str | None = None,
        *,
        voice: RecordedVoice | None = None,
        progress: Progress | None = None,
    ) -> tuple[Prediction, Utterance]:
        """`predict`, and the embeddings that the prediction rests on."""
        encoded = self.encode(recording, transcript, progress=progress)
        return self.answer(encoded, voice), encoded.utterance

    def new_voice(self) -> RecordedVoice:
        """A voice of no recordings yet. Raises CheckpointError where the checkpoint carries no voice model."""
        return RecordedVoice(self.checkpoint, lambda recording: self.encode(recording).utterance)

    def load_voice(self, path: str | Path) -> RecordedVoice:
        """A voice that was saved. Raises SermiError where the file holds none, or one of another checkpoint."""
        return self.new_voice().load(path)

    def encode(
        self, recording: Recording | str | Path, transcript: str | None = None, *, progress: Progress | None = None
    ) -> Encoded:
        """What takes long of `predict`, and doesn't depend on a voice."""
        recording = _read(recording)
        warnings = list(recording.warnings)
        transcript = (transcript or "").strip() or None
        if transcript and len(transcript) > MAX_TRANSCRIPT:
            transcript = transcript[:MAX_TRANSCRIPT]
            warnings.append(f"Only the first {MAX_TRANSCRIPT} characters of the transcript were used.")
        transcript, notes = usable_words(transcript)
        warnings += notes
        hop_s = max(HOP_S, recording.duration_s / MAX_WINDOWS)
        embedded = self._frontend.embed_windows(
            recording, window_s=max(WINDOW_S, 2 * hop_s), hop_s=hop_s, progress=progress
        )
        b = self._text_encoder.embed([transcript])[0] if transcript else None
        with torch.inference_mode():
            project = self.checkpoint.model.audio_projection
            h, windows = (project(torch.from_numpy(rows)).numpy() for rows in (embedded.a[None], embedded.window_a))
        is_enough = recording.is_enough and seconds(embedded.speech) >= MIN_SPEECH_S
        return Encoded(
            utterance=Utterance(embedded.a, b, self._frontend.fingerprint, is_enough),
            h=h,
            windows=windows,
            spans=embedded.windows,
            speech=embedded.speech,
            transcript=transcript,
            duration_s=recording.duration_s,
            warnings=warnings,
        )

    def restored(self, utterance: Utterance) -> Encoded:
        """What is left of a recording that was encoded before: no windows, no words, no length."""
        with torch.inference_mode():
            h = self.checkpoint.model.audio_projection(torch.from_numpy(utterance.a)[None]).numpy()
        return Encoded(utterance, h, windows=h[:0], spans=(), speech=[], transcript=None, duration_s=0.0, warnings=())

    def answer(self, encoded: Encoded, voice: RecordedVoice | None = None) -> Prediction:
        """The rest of `predict`, in a moment."""
        context = self._context(encoded, voice)
        alone = self._log_probabilities(encoded, Context())[0]["fused"][0] if context.n else None
        whole, windows = self._log_probabilities(encoded, context)
        fused = self._named(whole["fused"][0])
        emotion = max(fused, key=fused.__getitem__)
        sure = encoded.utterance.is_enough and fused[emotion] >= self.checkpoint.config.not_sure_below
        warnings, speech_s = [*encoded.warnings, *context.warnings], seconds(encoded.speech)
        if speech_s < MIN_SPEECH_S:
            warnings.append(NO_SPEECH)
        elif not encoded.utterance.is_enough:
            warnings.append("Not sure: there is too little to go by.")
        elif not sure:
            warnings.append(f"Not sure: {emotion} is only the likeliest of several emotions.")
        return Prediction(
            emotion=emotion,
            confidence=fused[emotion],
            sure=sure,
            probabilities=fused,
            audio_only=self._named(whole["audio"][0]),
            text_only=self._named(whole["text"][0]) if "text" in whole else None,
            transcript=encoded.transcript,
            duration_s=round(encoded.duration_s, 3),
            speech_s=round(speech_s, 3),
            speech=[(round(start, 3), round(end, 3)) for start, end in encoded.speech],
            segments=[
                Segment(round(start, 3), round(end, 3), self._named(row))
                for (start, end), row in zip(encoded.spans, windows, strict=True)
                if encoded.speech
            ],
            warnings=warnings,
            context=context.n,
            without_context=None if alone is None else self._named(alone),
        )

    def _context(self, encoded: Encoded, voice: RecordedVoice | None) -> Context:
        if voice is None or not len(voice):
            return Context()
        if not voice.goes_with(self.checkpoint):
            raise SermiError("The voice is of another checkpoint; make one by `new_voice` of this predictor.")
        return voice.context(encoded.h[0])

    def _log_probabilities(self, encoded: Encoded, context: Context) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Of the whole recording, by side, and of its windows by the voice: (1, K) and (W, K)."""
        model, b = self.checkpoint.model, encoded.utterance.b
        with torch.inference_mode():
            whole, windows = (
                model.last_layer(torch.from_numpy(h))
                if context.answers is None
                else torch.from_numpy(context.answers(h)).float()
                for h in (encoded.h, encoded.windows)
            )
            return model.answers(whole, None if b is None else torch.from_numpy(b)[None]), windows

    def text_feature(self, transcript: str) -> np.ndarray:
        """t of a sentence: (dt,) float32, what a generator is conditioned on. SermiError where it isn't English."""
        return text_feature(self.checkpoint, transcript, device=self._device)

    @cached_property
    def _text_encoder(self) -> TextEncoder:
        return _text_encoder(self.checkpoint, self._device)

    def warm_up(self) -> None:
        """Load and run everything once, so that the first visitor does not wait."""
        noise = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
        self.predict(Recording(noise, 2.0), "This is to warm up.")

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
    """t of a sentence: (dt,) float32, what a generator is conditioned on. Needs no speech encoder.

    Raises SermiError where the sentence isn't English.
    """
    b = torch.from_numpy(_text_encoder(checkpoint, device).embed([english_words(transcript[:MAX_TRANSCRIPT])]))
    with torch.inference_mode():
        return checkpoint.model.text_projection(b)[0].numpy()


def _text_encoder(checkpoint: checkpoints.Checkpoint, device: str | None) -> TextEncoder:
    encoder = load_text_encoder(checkpoint.config.text_encoder, device)
    _check_fingerprint("text", encoder.fingerprint, checkpoint.config.text_fingerprint)
    return encoder


def _read(recording: Recording | str | Path) -> Recording:
    if isinstance(recording, (str, Path)):
        return audio.read(recording)
    if not isinstance(recording, Recording):
        kind = type(recording).__name__
        raise SermiError(f"Give a file's path, or what audio.read or audio.from_samples gives, not a {kind}.")
    return recording


def _check_fingerprint(kind: str, installed: str, expected: str) -> None:
    if installed != expected:
        raise CheckpointError(
            f"The checkpoint was trained with another {kind} encoder than the one installed ({expected}, {installed}); "
            "install the versions of requirements.txt or train it again."
        )
