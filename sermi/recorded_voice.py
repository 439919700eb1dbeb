"""A voice as a predictor knows it: recordings of one speaker, and what they are worth for the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from sermi.audio import Recording
from sermi.checkpoint import Checkpoint
from sermi.errors import SermiError
from sermi.voice import KnownVoice, Voice, VoiceRecogniser
from sermi.voice.recogniser import Answers

_SAME = 1e-3
"""Relative distance under which features are of the same recording; other sentences lie some tenths apart."""
TOO_LITTLE = "there is too little to go by"
ANOTHER_VOICE = "it doesn't sound like the voice of the others"
TWICE = "it is in it already"


@dataclass(frozen=True)
class Utterance:
    """What is kept of a recording: its place among others, and no sound or words."""

    a: np.ndarray
    """(Da,) audio embedding."""
    b: np.ndarray | None
    """(Db,) text embedding, None without a transcript."""
    frontend: str
    """Fingerprint of what computed a."""
    is_enough: bool = True
    """As of the `Recording`."""


@dataclass(frozen=True, eq=False)
class _Clip:
    h: np.ndarray
    """(d,) what the voice model sees."""
    emotion: str | None
    is_enough: bool
    name: str


@dataclass(frozen=True)
class Context:
    """What a voice says about one recording."""

    answers: Answers | None = None
    """None where nothing is known of the voice, or where the recording doesn't fit it."""
    n: int = 0
    """Clips that it rests on."""
    warnings: tuple[str, ...] = ()


class RecordedVoice:
    """Recordings of one speaker for one predictor, which makes it by `new_voice` or `load_voice`.

    It keeps features and no sound. What doesn't help stays in it and isn't used; `left_out` says why. A recording that comes
    twice counts once, with its emotion where one of them has it.
    """

    def __init__(self, checkpoint: Checkpoint, embed: Callable[[Recording | str | Path], Utterance]) -> None:
        """embed: for recordings that come without their embedding."""
        self._recogniser = checkpoint.voice_recogniser()
        self._checkpoint = checkpoint
        self._embed = embed
        self._clips: list[_Clip] = []
        self._state: _State | None = None

    def __len__(self) -> int:
        return len(self._clips)

    @property
    def emotions(self) -> tuple[str | None, ...]:
        """Of each clip, in order; None where none was given."""
        return tuple(clip.emotion for clip in self._clips)

    def goes_with(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint's features are those of the voice."""
        return checkpoint is self._checkpoint or _source(checkpoint) == _source(self._checkpoint)

    def add(self, recording: Recording | Utterance | str | Path, *, emotion: str | None = None, name: str = "") -> None:
        """Add a recording of the speaker, in any order.

        Args:
            recording: as it was read, the path of its file, or what `Predictor.predict_with_embeddings` kept of it, which is
                added at once.
            emotion: where it is known, such as "neutral" for a sentence that was read calmly.
            name: for warnings; "clip 3" and so on where there is none.

        Raises:
            SermiError: An emotion that the checkpoint doesn't have, or an utterance of another encoder.
        """
        classes = self._checkpoint.config.classes
        if emotion is not None and emotion not in classes:
            raise SermiError(f"'{emotion}' is not an emotion of this checkpoint; use one of {', '.join(classes)}.")
        utterance = recording if isinstance(recording, Utterance) else self._embed(recording)
        if utterance.frontend != self._checkpoint.config.frontend_fingerprint:
            raise SermiError("The recording was encoded for another checkpoint; add the recording itself.")
        with torch.inference_mode():
            h = self._checkpoint.model.audio_projection(torch.from_numpy(utterance.a)[None])[0].numpy()
        self._append(_Clip(self._recogniser.features(h).copy(), emotion, utterance.is_enough, name))

    def remove(self, index: int) -> None:
        """Remove the clip at an index from 0 to n - 1. Raises SermiError for any other index."""
        if not 0 <= index < len(self):
            raise SermiError(f"There is no clip {index} in a voice of {len(self)}; count from 0.")
        del self._clips[index]
        self._state = None

    @property
    def left_out(self) -> dict[int, str]:
        """Index of each clip that isn't used, and why: half a sentence."""
        return self._current.left_out

    @property
    def used_clips(self) -> tuple[np.ndarray, list[int | None]]:
        """Features (n, d) and emotion codes of the clips that are used. Raises SermiError where there is none."""
        if not self._current.used:
            raise SermiError("Nothing is known of this voice; add recordings of whole sentences.")
        return self._current.of(self._current.used)

    def context(self, h: np.ndarray) -> Context:
        """What the voice says about a recording with audio features h (D,), which itself has no part in it."""
        return self._current.context(self._recogniser.features(h))

    def save(self, path: Path | str) -> None:
        """Write a safetensors file with the features and emotions of the clips of which there is enough, each once.

        Raises SermiError where that is none of them, or the file can't be written.
        """
        if not any(clip.is_enough for clip in self._clips):
            raise SermiError(f"Too little is known of the voice to write '{path}'; add recordings of whole sentences.")
        voice = Voice(self._checkpoint.config.classes, source=_source(self._checkpoint))
        for i, clip in enumerate(self._clips):
            if clip.is_enough and i not in self._current.again:
                voice.add(clip.h, clip.emotion)
        voice.save(Path(path))

    def load(self, path: Path | str) -> RecordedVoice:
        """Add the clips of a file. Raises SermiError where it holds no voice, or one of another checkpoint."""
        voice = Voice.load(Path(path), classes=self._checkpoint.config.classes, source=_source(self._checkpoint))
        if len(voice) and voice.clips.shape[1] != self._recogniser.model.dim:
            raise SermiError(f"'{path}' can't be read as a voice; give a file that was saved as one.")
        for h, emotion in zip(voice.clips, voice.emotions.tolist(), strict=True):
            self._append(_Clip(h, None if emotion < 0 else voice.classes[emotion], True, ""))
        return self

    def _append(self, clip: _Clip) -> None:
        self._clips.append(clip)
        self._state = None

    @property
    def _current(self) -> _State:
        """Of the clips as they are now; computed once until they change."""
        if self._state is None:
            self._state = _State(self._recogniser, tuple(self._clips), self._checkpoint.config.classes)
        return self._state


@dataclass(frozen=True, eq=False)
class _State:
    """Clips that don't change, and all that follows from them."""

    recogniser: VoiceRecogniser
    clips: tuple[_Clip, ...]
    classes: tuple[str, ...]

    @cached_property
    def again(self) -> set[int]:
        """Indices of the clips that are the same recording as another one, which counts: the first, or one whose emotion is
        known."""
        counts: list[int] = []
        h = np.stack([clip.h for clip in self.clips]) if self.clips else np.zeros((0, 0))
        for i in sorted(range(len(h)), key=lambda i: self.clips[i].emotion is None):
            if not _is_same(h[counts], h[i]).any():
                counts.append(i)
        return set(range(len(h))) - set(counts)

    @cached_property
    def used(self) -> list[int]:
        """Indices of the clips that there is enough of and that fit one voice."""
        rows = [i for i, clip in enumerate(self.clips) if clip.is_enough and i not in self.again]
        if not rows:
            return []
        h, codes = self.of(rows)
        kept = self.recogniser.fit_test.fitting(self.recogniser.model, h, codes)
        return [row for row, keep in zip(rows, kept, strict=True) if keep]

    @cached_property
    def left_out(self) -> dict[int, str]:
        return {
            i: TOO_LITTLE if not clip.is_enough else TWICE if i in self.again else ANOTHER_VOICE
            for i, clip in enumerate(self.clips)
            if i not in self.used
        }

    def context(self, h: np.ndarray) -> Context:
        own = [i for i, clip in enumerate(self.clips) if _is_same(clip.h, h)]
        if any(self.clips[i].emotion for i in own):  # which has no part in its own answer, nor in whether it fits
            return self._without_emotions_of(own).context(h)
        warnings = tuple(
            f"{self.clips[i].name or f'Clip {i + 1} of the voice'} was left out of the voice: {why}."
            for i, why in self.left_out.items()
            if i not in own and why != TWICE
        )
        others = [i for i in self.used if i not in own]
        if not others:
            return Context(warnings=warnings)
        is_admitted = any(i in self.used for i in own) if own and self.clips[own[0]].is_enough else self._admits(h)
        if not is_admitted:
            mismatch = "This recording doesn't sound like the voice of the others; the answer is without them."
            return Context(warnings=(*warnings, mismatch))
        if len(others) == len(self.used):
            return Context(self._answers, len(others), warnings)
        posterior = self.recogniser.model.posterior(*self.of(others))
        return Context(self.recogniser.answers(posterior), len(others), warnings)

    def _without_emotions_of(self, rows: Sequence[int]) -> _State:
        clips = (replace(clip, emotion=None) if i in rows else clip for i, clip in enumerate(self.clips))
        return _State(self.recogniser, tuple(clips), self.classes)

    def _admits(self, h: np.ndarray) -> bool:
        return self.recogniser.fit_test.admits(self._voice, h)

    @cached_property
    def _voice(self) -> KnownVoice:
        return KnownVoice(self.recogniser.model, *self.of(self.used))

    @cached_property
    def _answers(self) -> Answers:
        return self.recogniser.answers(self._voice.posterior)

    def of(self, rows: Sequence[int]) -> tuple[np.ndarray, list[int | None]]:
        """Features (n, d) and emotion codes of some clips."""
        emotions = [self.clips[row].emotion for row in rows]
        codes = [None if emotion is None else self.classes.index(emotion) for emotion in emotions]
        return np.stack([self.clips[row].h for row in rows]), codes


def _is_same(clips: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Whether clips (..., d) are the recording with features h (d,)."""
    return np.linalg.norm(clips - h, axis=-1) <= _SAME * np.linalg.norm(h)


def _source(checkpoint: Checkpoint) -> str:
    """What decides whether features mean the same: the encoder and the projection."""
    digest = hashlib.sha256(checkpoint.config.frontend_fingerprint.encode())
    for _, tensor in sorted(checkpoint.model.audio_projection.state_dict().items()):
        digest.update(tensor.numpy().tobytes())
    digest.update(str(checkpoint.config.voices and checkpoint.config.voices.dim).encode())
    return f"{checkpoint.config.class_set} {digest.hexdigest()[:16]}"
