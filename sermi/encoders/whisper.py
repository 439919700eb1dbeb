"""Whisper's encoder (Radford et al., arXiv 2212.04356) without its decoder, on spectrograms as long as the speech in them.

Whisper is published for windows of 30 s, which shorter clips are filled up to with silence. Its positions are sinusoids and
its attention has no length of its own, so it takes the spectrogram of a clip and one second of silence, with the first
positions, for a fraction of the time. Frames of the two ways differ and must not be mixed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import dropout, gelu
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.whisper.modeling_whisper import WhisperEncoder, WhisperPreTrainedModel

from sermi.audio import SAMPLE_RATE

VERSION = 2
"""Of what this module makes of a waveform; counted up when that changes."""
TAIL_FRAMES = 50
"""One second of silence behind the speech, whose frames are dropped. Training always had some there: without it the later
layers carry less of the emotion."""
_STRIDE = 2
"""Columns of the spectrogram to a frame: of the second convolution."""
_CONFIG = ("activation_function", "encoder_attention_heads")
_SPECTROGRAM = ("sampling_rate", "feature_size", "n_fft", "hop_length", "dither")
"""Settings that decide hidden states beside the weights; the others say how the model is trained or speaks."""


class ClipEncoder(WhisperEncoder):  # type: ignore[misc] # transformers carries no types
    """Whisper's encoder with its own layers and weights, for spectrograms of any length up to its window."""

    def forward(self, input_features: Tensor, attention_mask: Tensor | None = None, **_: Any) -> BaseModelOutput:
        """Hidden states (B, T, D) of every layer, the input to the first one before them and the last one normalised.

        input_features: (B, bands, 2 T) as of `spectrograms`; attention_mask: (B, T) bool, the frames of each row that are no
        padding, or None where there is none.
        """
        states = gelu(self.conv2(gelu(self.conv1(input_features)))).permute(0, 2, 1)
        states = states + self.embed_positions.weight[: states.shape[1]]
        states = dropout(states, p=self.dropout, training=self.training)
        seen = None
        if attention_mask is not None and not bool(attention_mask.all()):  # a mask that hides nothing costs time
            seen = attention_mask[:, None, None, :]
        hidden = [states]
        for layer in self.layers:
            states = layer(states, seen)
            hidden.append(states)
        hidden[-1] = self.layer_norm(states)
        return BaseModelOutput(last_hidden_state=hidden[-1], hidden_states=tuple(hidden))


class SpeechWhisper(WhisperPreTrainedModel):  # type: ignore[misc]
    """What is left of a Whisper model without its decoder; that of a stored one is neither read nor missed."""

    _keys_to_ignore_on_load_unexpected = (r"decoder\.", r"^proj_out\.")

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.encoder = ClipEncoder(config)
        self.post_init()


def stride(extractor: Any) -> int:
    """Samples to a frame."""
    return _STRIDE * extractor.hop_length


def count_frames(n_samples: int, extractor: Any) -> int:
    """Frames of a waveform, at least one. What is over is dropped, or filled up if it is half a frame or more."""
    return max(1, (n_samples + stride(extractor) // 2) // stride(extractor))


def windows(waveform: np.ndarray, extractor: Any, n_positions: int) -> list[np.ndarray]:
    """The waveform (samples,) as it is, or in equal windows if with its tail it has more frames than there are positions."""
    n_frames = count_frames(len(waveform), extractor)
    n_windows = -(-n_frames // (n_positions - TAIL_FRAMES))
    edges = [stride(extractor) * (n_frames * i // n_windows) for i in range(1, n_windows)]
    return np.split(waveform, edges)


def spectrograms(extractor: Any, waveforms: Sequence[np.ndarray]) -> tuple[dict[str, Tensor], Tensor]:
    """Input of the encoder for B waveforms, each (samples,) at 16 kHz and with its tail no longer than the encoder's window.

    Returns:
        `input_features`, (B, bands, 2 T) log-mel spectrograms, each made from its waveform and tail alone and filled up with
        the zeros that the convolutions put around a single one, and `attention_mask`, (B, T) bool; then (B,) how many of the
        T frames are of the waveform.
    """
    n_frames = torch.tensor([count_frames(len(waveform), extractor) for waveform in waveforms])
    n_seen = n_frames + TAIL_FRAMES
    features = torch.zeros(len(waveforms), extractor.feature_size, _STRIDE * int(n_seen.max()))
    for row, waveform, n, seen in zip(features, waveforms, n_frames.tolist(), n_seen.tolist(), strict=True):
        whole = np.zeros(seen * stride(extractor), np.float32)
        speech = waveform[: n * stride(extractor)]
        whole[: len(speech)] = speech
        extracted = extractor(whole, sampling_rate=SAMPLE_RATE, padding=False, truncation=False, return_tensors="pt")
        row[:, : _STRIDE * seen] = extracted["input_features"][0]
    mask = torch.arange(int(n_seen.max()))[None] < n_seen[:, None]
    return {"input_features": features, "attention_mask": mask}, n_frames


def fingerprint(model: PreTrainedModel, extractor: Any) -> str:
    """Digest of the encoder's weights, of the settings that decide its hidden states, and of `VERSION`.

    The same with or without a decoder, under any name, and in any precision that holds the same numbers.
    """
    config = {key: getattr(model.config, key) for key in _CONFIG}
    spectrogram = {key: getattr(extractor, key) for key in _SPECTROGRAM}
    digest = hashlib.sha256(json.dumps([VERSION, config, spectrogram], sort_keys=True).encode())
    for key, value in sorted(model.encoder.state_dict().items()):
        digest.update(f"{key} {tuple(value.shape)}".encode())
        digest.update(value.cpu().float().numpy().tobytes())
    return f"whisper-{digest.hexdigest()[:16]}"
