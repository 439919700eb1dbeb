"""How an encoder is fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sermi.errors import EncoderError

_RATES = {"lora": 5e-4, "layers": 5e-5}


@dataclass(frozen=True)
class FinetuneConfig:
    """method: lora or layers; size: the updates' rank, or how many of the last layers. rate: None for the method's own.

    batch_s: seconds of speech in a batch. warm_up: share of an epoch's steps over which the rate rises.
    """

    method: str
    size: int
    epochs: int = 5
    rate: float | None = None
    batch_s: float = 60.0
    warm_up: float = 0.1
    seed: int = 0

    @classmethod
    def parse(cls, said: str, **options: Any) -> FinetuneConfig:
        """From 'lora:8' or 'layers:2'. Raises EncoderError for anything else.

        >>> FinetuneConfig.parse("lora:8").size
        8
        """
        method, _, size = said.partition(":")
        if method not in _RATES or not size.isdigit() or not 1 <= int(size) <= 256:
            raise EncoderError(f"'{said}' is not a way to fine-tune; give lora:RANK or layers:NUMBER, such as lora:8.")
        return cls(method, int(size), **options)

    @property
    def learning_rate(self) -> float:
        """The rate, or the method's own."""
        return self.rate or _RATES[self.method]
