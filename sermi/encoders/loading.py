"""Encoders of `transformers` from a folder or the hub, and one sentence for each way in which that can fail.

Code from a hub is never run, and weights come as safetensors only, never pickled.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi.audio import SAMPLE_RATE
from sermi.encoders.fetching import CONFIG, DECODER, SETTINGS, WEIGHTS, fetch_weights, require
from sermi.encoders.places import at_hand, local_folder
from sermi.encoders.progress import Report, shown
from sermi.errors import EncoderError, reason

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SPEECH_MODELS = ("wav2vec2", "hubert", "wavlm", "whisper")
TEXT_MODELS = ("bert", "roberta", "distilbert", "mpnet", "xlm-roberta")
"""Values of `model_type` in a config.json."""

_UNUSED_WEIGHTS = ("pooler.", "masked_spec_embed")
"""Many published checkpoints leave these out, and no hidden state depends on them."""
_locks: dict[str, threading.Lock] = {}


def fetch_speech_model(name: str, report: Report | None = None) -> Path:
    """The folder of a speech encoder, fetched from the hub if it isn't at hand. Who comes meanwhile waits for that.

    name: a hub id or a folder. report: is called as bytes come; None for a bar on a terminal. Raises EncoderError when there
    is none or it can't be fetched.
    """
    with _locks.setdefault(name, threading.Lock()):
        folder = at_hand(name)
        if folder is None:
            config = _load_config(name, SPEECH_MODELS, "speech")
            require(name, SETTINGS)
            decoder = DECODER if config.model_type == "whisper" else None
            with shown(name, report) as shown_report:
                folder = fetch_weights(name, decoder=decoder, report=shown_report)
        return folder


def load_speech_model(name: str) -> tuple[PreTrainedModel, Any]:
    """A speech model, and the extractor that turns waveforms into its input. Of Whisper there is the encoder alone.

    name: a hub id or a folder. Raises EncoderError when it can't be loaded or is for something else than speech at 16 kHz.
    """
    from transformers import AutoFeatureExtractor, AutoModel

    name = str(fetch_speech_model(name))
    config = _load_config(name, SPEECH_MODELS, "speech")
    require(name, SETTINGS)
    extractor = _load(AutoFeatureExtractor, name)
    if extractor.sampling_rate != SAMPLE_RATE:
        raise EncoderError(f"'{name}' hears {extractor.sampling_rate} Hz; use an encoder for 16000 Hz.")
    if config.model_type == "whisper":
        from sermi.encoders.whisper import SpeechWhisper

        return _load_weights(SpeechWhisper, name, config), extractor
    return _load_weights(AutoModel, name, config), extractor


def load_text_model(name: str) -> tuple[PreTrainedModel, Any]:
    """A text model and its tokenizer.

    name: a hub id or a folder. Raises EncoderError when it can't be loaded or is not for text.
    """
    from transformers import AutoModel, AutoTokenizer

    name = str(local_folder(name) or name)
    config = _load_config(name, TEXT_MODELS, "text")
    model = _load_weights(AutoModel, name, config)
    tokenizer = _load(AutoTokenizer, name)
    if tokenizer.pad_token_id is None:
        raise EncoderError(f"The tokenizer of '{name}' has no padding token; use the one saved with the encoder.")
    return model, tokenizer


def _load_config(name: str, model_types: Sequence[str], kind: str) -> Any:
    from transformers import AutoConfig

    require(name, CONFIG)
    config = _load(AutoConfig, name)
    if config.model_type not in model_types:
        raise EncoderError(
            f"'{name}' is a {config.model_type} model, not a {kind} encoder; use one of {', '.join(model_types)}."
        )
    return config


def _load_weights(model_class: Any, name: str, config: Any) -> PreTrainedModel:
    """The model in evaluation mode and float32, whatever it was saved in."""
    import torch

    require(name, WEIGHTS)
    model, report = _load(
        model_class, name, config=config, dtype=torch.float32, use_safetensors=True, output_loading_info=True
    )
    missing = sorted(key for key in report["missing_keys"] if not key.startswith(_UNUSED_WEIGHTS))
    if missing:
        raise EncoderError(f"The weights of '{name}' lack {missing[0]}; save the encoder again.")
    return model.eval()


def _load(auto_class: Any, name: str, **options: Any) -> Any:
    """`auto_class.from_pretrained`, whose many ways to fail become one sentence."""
    try:
        with _quiet():
            return auto_class.from_pretrained(name, trust_remote_code=False, **options)
    except Exception as error:  # transformers raises OSError, ValueError, ImportError, ... for the same few mistakes
        raise EncoderError(
            f"The encoder '{name}' can't be loaded ({reason(error)}); give a folder made by save_pretrained, or a hub id."
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' progress bar and its report on weights, which `_load_weights` reads itself."""
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
