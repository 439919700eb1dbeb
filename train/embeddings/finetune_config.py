"""How an encoder is fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sermi.encoders.places import MOONSHINE, side_by_side
from sermi.errors import EncoderError

_RATES = {"lora": 5e-4, "layers": 5e-5}
"""Learning rate of each method: few new weights take larger steps than pre-trained ones."""


def check_encoder(encoder: str) -> None:
    """Raises EncoderError for an encoder that can't be fine-tuned: the embedded one, or several side by side."""
    if encoder == MOONSHINE or len(side_by_side(encoder)) > 1:
        raise EncoderError(
            f"'{encoder}' can't be fine-tuned; give --audio-encoder one pre-trained encoder, a hub id or a folder."
        )


@dataclass(frozen=True)
class FinetuneConfig:
    """How an encoder is fine-tuned. The values are part of a fine-tuned encoder's digest, under their names."""

    method: str
    """lora: low-rank updates of all layers; layers: the last layers themselves."""
    size: int
    """The updates' rank, or how many of the last layers."""
    epochs: int = 5
    rate: float | None = None
    """Learning rate; None for the method's own."""
    batch_s: float = 60.0
    """Seconds of speech in a batch."""
    warm_up: float = 0.1
    """Share of an epoch's steps over which the rate rises."""
    seed: int = 0

    @classmethod
    def parse(cls, text: str, **options: Any) -> FinetuneConfig:
        """From 'lora:8' or 'layers:2', with options for further fields. Raises EncoderError for any other text.

        >>> FinetuneConfig.parse("lora:8").size
        8
        """
        method, _, size = text.partition(":")
        if method not in _RATES or not size.isdigit() or not 1 <= int(size) <= 256:
            raise EncoderError(f"'{text}' is not a way to fine-tune; give lora:RANK or layers:NUMBER, such as lora:8.")
        return cls(method, int(size), **options)

    @property
    def learning_rate(self) -> float:
        """The rate that is used."""
        return self.rate or _RATES[self.method]
