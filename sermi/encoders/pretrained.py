"""Encoders that `transformers` loads, by hub id or local folder: wav2vec 2.0, HuBERT, WavLM, Whisper; BERT, RoBERTa."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from sermi.audio import MIN_SECONDS, SAMPLE_RATE
from sermi.encoders.base import FrameSequence
from sermi.encoders.loading import load_speech_model, load_text_model
from sermi.encoders.mean_pooling import MAX_TOKENS, mean_pooled
from sermi.errors import EncoderError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

PRECISIONS = ("float32", "bfloat16", "float16")

_MIN_SAMPLES = int(MIN_SECONDS * SAMPLE_RATE)
_BATCH_SAMPLES = 60 * SAMPLE_RATE
_LIKE_LENGTH = 0.8
"""Of the longest clip of a batch, that a Whisper clip must have to share it: padding costs as much as speech does."""


class PretrainedAudioEncoder:
    """Hidden states of a `transformers` speech encoder: L = its layers + 1 (the input to the first).

    `name` is a hub id or a folder with config.json, preprocessor_config.json and model.safetensors.
    Raises EncoderError when it can't be loaded or is no speech encoder.
    """

    def __init__(self, name: str, *, device: str | None = None, precision: str = "float32") -> None:
        self.name = name
        self._device = pick_device(device)
        self._precision = _check_precision(precision, self._device)
        model, self._extractor = load_speech_model(name)
        self._is_whisper = model.config.model_type == "whisper"
        if self._is_whisper:
            from sermi.encoders import whisper

            self.fingerprint = whisper.fingerprint(model, self._extractor)
        else:
            self.fingerprint = _fingerprint(model, self._extractor.to_dict())
        self._model = (model.encoder if self._is_whisper else model).to(self._device)
        self.n_layers = model.config.num_hidden_layers + 1
        self.dim = model.config.hidden_size

    def encode(self, waveforms: Sequence[np.ndarray]) -> list[FrameSequence]:
        """Hidden states of each waveform ((samples,) float32, 16 kHz); shorter than 0.1 s it is padded with zeros.

        Whisper has positions for 29 s and a second of silence: a longer recording is encoded in equal windows, whose frames are
        joined.
        """
        windows = [self._windows(np.pad(w, (0, max(0, _MIN_SAMPLES - len(w))))) for w in waveforms]
        inputs = [window for windows_of_one in windows for window in windows_of_one]
        results: dict[int, FrameSequence] = {}
        encode = self._encode_whisper if self._is_whisper else self._encode_waveform_model
        for batch in self._batches([len(window) for window in inputs]):
            results.update(zip(batch, encode([inputs[i] for i in batch]), strict=True))
        in_order = iter(results[i] for i in range(len(inputs)))
        return [_joined(list(islice(in_order, len(windows_of_one)))) for windows_of_one in windows]

    def _windows(self, waveform: np.ndarray) -> list[np.ndarray]:
        """What the model sees of a waveform at once."""
        if not self._is_whisper:
            return [waveform]
        from sermi.encoders import whisper

        return whisper.windows(waveform, self._extractor, self._model.config.max_source_positions)

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Indices of one batch after the other: the longest first, at most a minute of padded speech or one clip."""
        # Group normalisation in the convolutions spans the padding and would mix it in, so those models
        # (wav2vec2-base, HuBERT-base) share a batch only between clips of one length.
        same_length = getattr(self._model.config, "feat_extract_norm", None) == "group"
        shortest = 1.0 if same_length else _LIKE_LENGTH if self._is_whisper else 0.0
        batch: list[int] = []
        for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
            longest = lengths[batch[0]] if batch else lengths[i]
            is_full = (len(batch) + 1) * longest > _BATCH_SAMPLES
            if batch and (is_full or lengths[i] < shortest * longest):
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _encode_waveform_model(self, waveforms: list[np.ndarray]) -> list[FrameSequence]:
        import torch

        inputs = self._extractor(
            waveforms, sampling_rate=SAMPLE_RATE, padding=True, return_attention_mask=True, return_tensors="pt"
        )
        is_padded = len({len(waveform) for waveform in waveforms}) > 1
        with torch.inference_mode(), self._autocast():
            output = self._model(
                inputs["input_values"].to(self._device),
                attention_mask=inputs["attention_mask"].to(self._device) if is_padded else None,
                output_hidden_states=True,
            )
        layers = _stack_layers(output)
        lengths = self._model._get_feat_extract_output_lengths(torch.tensor([len(w) for w in waveforms])).tolist()
        rate = SAMPLE_RATE / float(np.prod(self._model.config.conv_stride))
        return [
            FrameSequence(layer_stack[:, :length], rate) for layer_stack, length in zip(layers, lengths, strict=True)
        ]

    def _encode_whisper(self, waveforms: list[np.ndarray]) -> list[FrameSequence]:
        import torch

        from sermi.encoders import whisper

        inputs, n_frames = whisper.spectrograms(self._extractor, waveforms)
        with torch.inference_mode(), self._autocast():
            output = self._model(**{name: tensor.to(self._device) for name, tensor in inputs.items()})
        layers = _stack_layers(output)
        rate = SAMPLE_RATE / whisper.stride(self._extractor)
        return [
            FrameSequence(layer_stack[:, :n], rate) for layer_stack, n in zip(layers, n_frames.tolist(), strict=True)
        ]

    def _autocast(self) -> AbstractContextManager[Any]:
        """Matrix products and convolutions in the chosen precision; weights and normalisations stay in float32."""
        import torch

        if self._precision == "float32":
            return nullcontext()
        return torch.autocast(self._device.partition(":")[0], dtype=getattr(torch, self._precision))


def _joined(windows: list[FrameSequence]) -> FrameSequence:
    """One recording's frames from those of its windows."""
    if len(windows) == 1:
        return windows[0]
    return FrameSequence(np.concatenate([window.layers for window in windows], axis=1), windows[0].rate)


def _stack_layers(output: Any) -> np.ndarray:
    """(B, L, T, D). Some models list their last layer before its normalisation; the normalised one is meant."""
    import torch

    return torch.stack([*output.hidden_states[:-1], output.last_hidden_state], dim=1).float().cpu().numpy()


def _check_precision(precision: str, device: str) -> str:
    """Raises EncoderError for a precision that nobody or this device doesn't compute in."""
    if precision not in PRECISIONS:
        raise EncoderError(f"'{precision}' is not a precision; use one of {', '.join(PRECISIONS)}.")
    if precision == "float16" and device.startswith("cpu"):
        raise EncoderError("float16 needs a GPU; on the CPU use bfloat16 or float32.")
    return precision


class PretrainedTextEncoder:
    """Mean of a `transformers` text encoder's last hidden states over a text's tokens, at most 256.

    `name` is a hub id or a folder with config.json, the tokenizer's files and model.safetensors.
    Raises EncoderError when it can't be loaded or is no text encoder.
    """

    def __init__(self, name: str, *, device: str | None = None) -> None:
        self.name = name
        self._device = pick_device(device)
        model, self._tokenizer = load_text_model(name)
        self._model = model.to(self._device)
        self._max_tokens = min(MAX_TOKENS, self._model.config.max_position_embeddings - 2)  # RoBERTa reserves two
        self.fingerprint = _fingerprint(self._model, self._tokenizer.get_vocab())
        self.dim = self._model.config.hidden_size

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """b: (N, Db) float32; an empty text embeds its special tokens."""
        pad = self._tokenizer.pad_token_id
        tokens = [self._tokenizer(text, truncation=True, max_length=self._max_tokens)["input_ids"] for text in texts]
        return mean_pooled([ids or [pad] for ids in tokens], self._states, self.dim, pad=pad, device=self._device)

    def _states(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self._model(input_ids=ids, attention_mask=mask).last_hidden_state


def pick_device(device: str | None = None) -> str:
    """The given device, else CUDA, else MPS, else the CPU."""
    import torch

    if device:
        return device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _fingerprint(model: PreTrainedModel, preprocessor: dict[str, Any]) -> str:
    """Digest of configuration, preprocessing and every weight, so that a changed folder never meets old features."""
    config = model.config.to_dict()
    for key in ("_name_or_path", "transformers_version", "dtype"):  # say where and how it was saved, not what it is
        config.pop(key, None)
    digest = hashlib.sha256(json.dumps([config, preprocessor], sort_keys=True, default=str).encode())
    for key, value in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.cpu().float().numpy().tobytes())
    return f"{model.config.model_type}-{digest.hexdigest()[:16]}"
