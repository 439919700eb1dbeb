"""Encoders that `transformers` loads, by hub id or local folder: wav2vec 2.0, HuBERT, WavLM, Whisper; BERT, RoBERTa.

Code from a hub is never run, and weights come as safetensors only, never pickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sermi.audio import MIN_SECONDS, SAMPLE_RATE
from sermi.encoders.base import FrameSequence
from sermi.encoders.mean_pooling import MAX_TOKENS, mean_pooled
from sermi.errors import EncoderError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

SPEECH_MODELS = ("wav2vec2", "hubert", "wavlm", "whisper")
TEXT_MODELS = ("bert", "roberta", "distilbert", "mpnet", "xlm-roberta")
"""Values of `model_type` in a config.json."""
PRECISIONS = ("float32", "bfloat16", "float16")

_MIN_SAMPLES = int(MIN_SECONDS * SAMPLE_RATE)
_BATCH_SAMPLES = 60 * SAMPLE_RATE
_WHISPER_WINDOW = 30 * SAMPLE_RATE
_UNUSED_WEIGHTS = ("pooler.", "masked_spec_embed")
"""Many published checkpoints leave these out, and no hidden state depends on them."""


class PretrainedAudioEncoder:
    """Hidden states of a `transformers` speech encoder: L = its layers + 1 (the input to the first).

    `name` is a hub id or a folder with config.json, preprocessor_config.json and model.safetensors.
    Raises EncoderError when it can't be loaded or is no speech encoder.
    """

    def __init__(self, name: str, *, device: str | None = None, precision: str = "float32") -> None:
        self.name = name
        self._device = pick_device(device)
        self._precision = _check_precision(precision, self._device)
        model = load_model(name, SPEECH_MODELS, "speech")
        self._extractor = load_extractor(name)
        if self._extractor.sampling_rate != SAMPLE_RATE:
            raise EncoderError(f"'{name}' hears {self._extractor.sampling_rate} Hz; use an encoder for 16000 Hz.")
        self._is_whisper = model.config.model_type == "whisper"
        self._model = (model.encoder if self._is_whisper else model).to(self._device)
        self.fingerprint = _fingerprint(self._model, self._extractor.to_dict())
        self.n_layers = model.config.num_hidden_layers + 1
        self.dim = model.config.hidden_size

    def encode(self, waveforms: Sequence[np.ndarray]) -> list[FrameSequence]:
        """Hidden states of each waveform ((samples,) float32, 16 kHz); shorter than 0.1 s it is padded with zeros."""
        waveforms = [np.pad(waveform, (0, max(0, _MIN_SAMPLES - len(waveform)))) for waveform in waveforms]
        results: dict[int, FrameSequence] = {}
        encode = self._encode_whisper if self._is_whisper else self._encode_waveform_model
        for batch in self._batches([len(waveform) for waveform in waveforms]):
            results.update(zip(batch, encode([waveforms[i] for i in batch]), strict=True))
        return [results[i] for i in range(len(waveforms))]

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Indices of one batch after the other: the longest first, at most a minute of padded speech or one clip."""
        # Group normalisation in the convolutions spans the padding and would mix it in, so those models
        # (wav2vec2-base, HuBERT-base) share a batch only between clips of one length.
        same_length = getattr(self._model.config, "feat_extract_norm", None) == "group"
        if self._is_whisper:
            lengths = [-(-length // _WHISPER_WINDOW) * _WHISPER_WINDOW for length in lengths]
        batch: list[int] = []
        for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
            longest = lengths[batch[0]] if batch else lengths[i]
            is_full = (len(batch) + 1) * longest > _BATCH_SAMPLES
            if batch and (is_full or (same_length and lengths[i] != longest)):
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
        """Whisper sees windows of exactly 30 s; frames beyond the clip's end are dropped, longer clips are joined."""
        import torch

        windows = [
            (i, waveform[start : start + _WHISPER_WINDOW])
            for i, waveform in enumerate(waveforms)
            for start in range(0, len(waveform), _WHISPER_WINDOW)
        ]
        features = self._extractor([window for _, window in windows], sampling_rate=SAMPLE_RATE, return_tensors="pt")
        with torch.inference_mode(), self._autocast():
            output = self._model(features["input_features"].to(self._device), output_hidden_states=True)
        layers = _stack_layers(output)
        rate = layers.shape[2] * SAMPLE_RATE / _WHISPER_WINDOW
        parts: list[list[np.ndarray]] = [[] for _ in waveforms]
        for (i, window), layer_stack in zip(windows, layers, strict=True):
            parts[i].append(layer_stack[:, : max(1, round(len(window) / SAMPLE_RATE * rate))])
        return [FrameSequence(np.concatenate(part, axis=1), rate) for part in parts]

    def _autocast(self) -> AbstractContextManager[Any]:
        """Matrix products and convolutions in the chosen precision; weights and normalisations stay in float32."""
        import torch

        if self._precision == "float32":
            return nullcontext()
        return torch.autocast(self._device.partition(":")[0], dtype=getattr(torch, self._precision))


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
        from transformers import AutoTokenizer

        self.name = name
        self._device = pick_device(device)
        self._model = load_model(name, TEXT_MODELS, "text").to(self._device)
        self._tokenizer = _load(AutoTokenizer, name)
        if self._tokenizer.pad_token_id is None:
            raise EncoderError(f"The tokenizer of '{name}' has no padding token; use the one saved with the encoder.")
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


def load_model(name: str, model_types: Sequence[str], kind: str) -> PreTrainedModel:
    """The model in evaluation mode and float32, whatever it was saved in. Raises EncoderError when it can't be loaded."""
    import torch
    from transformers import AutoConfig, AutoModel

    folder = Path(name)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise EncoderError(f"The folder '{name}' has no config.json; give one made by save_pretrained.")
    config = _load(AutoConfig, name)
    if config.model_type not in model_types:
        raise EncoderError(
            f"'{name}' is a {config.model_type} model, not a {kind} encoder; use one of {', '.join(model_types)}."
        )
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        raise EncoderError(f"The folder '{name}' has no model.safetensors; other weights may run code when opened.")
    model, report = _load(
        AutoModel, name, config=config, dtype=torch.float32, use_safetensors=True, output_loading_info=True
    )
    missing = sorted(key for key in report["missing_keys"] if not key.startswith(_UNUSED_WEIGHTS))
    if missing:
        raise EncoderError(f"The weights of '{name}' lack {missing[0]}; save the encoder again.")
    return model.eval()


def load_extractor(name: str) -> Any:
    """What turns waveforms into the model's input. Raises EncoderError when it can't be loaded."""
    from transformers import AutoFeatureExtractor

    return _load(AutoFeatureExtractor, name)


def _load(auto_class: Any, name: str, **options: Any) -> Any:
    """`auto_class.from_pretrained`, whose many ways to fail become one sentence."""
    try:
        with _quiet():
            return auto_class.from_pretrained(name, trust_remote_code=False, **options)
    except Exception as error:  # transformers raises OSError, ValueError, ImportError, ... for the same few mistakes
        reason = (str(error).strip() or type(error).__name__).split("\n")[0][:160].rstrip(". ")
        raise EncoderError(
            f"The encoder '{name}' can't be loaded ({reason}); give a folder made by save_pretrained, "
            "or a hub id with the network on."
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' progress bar and its report on weights, which `load_model` reads itself."""
    from transformers.utils import logging

    verbosity, has_progress_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if has_progress_bar:
            logging.enable_progress_bar()


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
