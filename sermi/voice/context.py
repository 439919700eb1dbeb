"""The clips that are known of one voice: features and, where it is known, their emotion. No sound is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from sermi import outputs
from sermi.errors import SermiError
from sermi.paths import is_file
from sermi.voice.model import UNKNOWN

_FORMAT = "sermi-voice-1"


class Voice:
    """Clips of one voice, to be added to and removed from."""

    def __init__(self, classes: Sequence[str], *, source: str = "") -> None:
        """Of no clips. classes: names of the emotions; source: what made the features, such as a checkpoint's name."""
        self.classes = tuple(classes)
        self.source = source
        self._clips: list[np.ndarray] = []
        self._codes: list[int] = []

    def __len__(self) -> int:
        return len(self._clips)

    @property
    def clips(self) -> np.ndarray:
        """(n, d) features, in the order in which they were added."""
        return np.stack(self._clips) if self._clips else np.zeros((0, 0), np.float32)

    @property
    def emotions(self) -> np.ndarray:
        """(n,) emotion codes, `UNKNOWN` where none was given."""
        return np.array(self._codes, dtype=np.int64)

    def add(self, h: np.ndarray, emotion: str | None = None) -> None:
        """Add a clip's feature (d,), with its emotion where that is known.

        Raises SermiError for an emotion that isn't among the classes, or a feature that doesn't go with the others.
        """
        h = np.asarray(h, np.float32)
        if h.ndim != 1 or not h.size or not np.isfinite(h).all() or (self._clips and len(h) != len(self._clips[0])):
            raise SermiError(
                f"A feature of shape {h.shape} can't be added to this voice; give finite ones of one length."
            )
        if emotion is not None and emotion not in self.classes:
            raise SermiError(f"'{emotion}' is not an emotion of this voice; use one of {', '.join(self.classes)}.")
        self._clips.append(h)
        self._codes.append(UNKNOWN if emotion is None else self.classes.index(emotion))

    def remove(self, index: int) -> None:
        """Remove the clip at an index from 0 to n - 1. Raises SermiError for any other index."""
        if not 0 <= index < len(self):
            raise SermiError(f"There is no clip {index} in a voice of {len(self)}; count from 0.")
        del self._clips[index], self._codes[index]

    def save(self, path: Path) -> None:
        """Write a safetensors file of features, emotion codes, class names and source."""
        header = {"format": _FORMAT, "classes": "\n".join(self.classes), "source": self.source}
        outputs.write_atomic(path, save({"clips": self.clips, "emotions": self.emotions}, header))

    @classmethod
    def load(cls, path: Path, *, classes: Sequence[str] | None = None, source: str | None = None) -> Voice:
        """The voice of a file. Raises SermiError where it isn't one, or is of other classes or another source than given."""
        if not is_file(path):
            raise SermiError(f"There is no file '{path}'; check the path.")
        try:
            with safe_open(path, "numpy") as file:
                header = file.metadata() or {}
                if header.get("format") != _FORMAT:
                    raise SermiError(f"'{path}' holds no voice; give a file that was saved as one.")
                clips, codes = file.get_tensor("clips"), file.get_tensor("emotions")
            voice = cls(header["classes"].split("\n"), source=header["source"])
            if codes.shape != clips.shape[:1] or not np.isin(codes, range(UNKNOWN, len(voice.classes))).all():
                raise ValueError("emotions of other clips")
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise SermiError(f"'{path}' can't be read as a voice; give a file that was saved as one.") from error
        if (source or voice.source) != voice.source or tuple(classes or voice.classes) != voice.classes:
            raise SermiError(f"'{path}' holds a voice of another checkpoint or model; use the one it was saved with.")
        for h, code in zip(clips, codes.tolist(), strict=True):
            voice.add(h, None if code == UNKNOWN else voice.classes[code])
        return voice
