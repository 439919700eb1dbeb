"""Encoders of `transformers` from a folder or the hub, and one sentence for each way in which that can fail.

Code from a hub is never run, and weights come as safetensors only, never pickled.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi.audio import SAMPLE_RATE
from sermi.errors import EncoderError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SPEECH_MODELS = ("wav2vec2", "hubert", "wavlm", "whisper")
TEXT_MODELS = ("bert", "roberta", "distilbert", "mpnet", "xlm-roberta")
"""Values of `model_type` in a config.json."""

_UNUSED_WEIGHTS = ("pooler.", "masked_spec_embed")
"""Many published checkpoints leave these out, and no hidden state depends on them."""
_HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)


def load_speech_model(name: str) -> tuple[PreTrainedModel, Any]:
    """A speech model, and the extractor that turns waveforms into its input. Of Whisper there is the encoder alone.

    name: a hub id or a folder. Raises EncoderError when it can't be loaded or is for something else than speech at 16 kHz.
    """
    from transformers import AutoFeatureExtractor, AutoModel

    config = _load_config(name, SPEECH_MODELS, "speech")
    _require(
        name,
        ("preprocessor_config.json", "processor_config.json"),
        "get it from where the encoder was published, or write it with the feature extractor's save_pretrained",
    )
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

    config = _load_config(name, TEXT_MODELS, "text")
    model = _load_weights(AutoModel, name, config)
    tokenizer = _load(AutoTokenizer, name)
    if tokenizer.pad_token_id is None:
        raise EncoderError(f"The tokenizer of '{name}' has no padding token; use the one saved with the encoder.")
    return model, tokenizer


def _load_config(name: str, model_types: Sequence[str], kind: str) -> Any:
    from transformers import AutoConfig

    _check_name(name)
    _require(name, ("config.json",), "give a folder made by save_pretrained, or another hub id")
    config = _load(AutoConfig, name)
    if config.model_type not in model_types:
        raise EncoderError(
            f"'{name}' is a {config.model_type} model, not a {kind} encoder; use one of {', '.join(model_types)}."
        )
    return config


def _load_weights(model_class: Any, name: str, config: Any) -> PreTrainedModel:
    """The model in evaluation mode and float32, whatever it was saved in."""
    import torch

    _require(
        name,
        ("model.safetensors", "model.safetensors.index.json"),
        "other weights may run code when opened: where you trust them, open them and write them with save_pretrained",
    )
    model, report = _load(
        model_class, name, config=config, dtype=torch.float32, use_safetensors=True, output_loading_info=True
    )
    missing = sorted(key for key in report["missing_keys"] if not key.startswith(_UNUSED_WEIGHTS))
    if missing:
        raise EncoderError(f"The weights of '{name}' lack {missing[0]}; save the encoder again.")
    return model.eval()


def _check_name(name: str) -> None:
    """Raises EncoderError for what is no folder and can't be a hub id."""
    if name and Path(name).is_dir():
        return
    if name and Path(name).is_file():
        raise EncoderError(f"'{name}' is a file; give the folder that it lies in.")
    if not _HUB_ID.fullmatch(name):
        raise EncoderError(
            f"There is no folder '{name}'; check the path, or give a hub id such as 'openai/whisper-base'."
        )


def _require(name: str, files: Sequence[str], advice: str) -> None:
    """Raises EncoderError unless the folder or hub repository holds one of the files, the first of which is the usual one."""
    folder = Path(name)
    if folder.is_dir():
        if not any((folder / file).is_file() for file in files):
            raise EncoderError(f"The folder '{name}' has no {files[0]}; {advice}.")
    elif not any(_is_fetched(name, file) for file in files):
        raise EncoderError(f"'{name}' on the hub has no {files[0]}; {advice}.")


def _is_fetched(name: str, file: str) -> bool:
    """Fetch a file of a hub repository into the hub client's cache; False if the repository has no such file."""
    from huggingface_hub import constants, errors, hf_hub_download

    try:
        hf_hub_download(name, file)
    except errors.LocalEntryNotFoundError as error:
        hint = "unset HF_HUB_OFFLINE" if constants.HF_HUB_OFFLINE else "check the network"
        raise EncoderError(
            f"There is no folder '{name}', and {file} can't be fetched from {constants.ENDPOINT}, which can't be reached; "
            f"{hint}, or give an encoder's folder."
        ) from error
    except errors.EntryNotFoundError:
        return False
    except errors.GatedRepoError as error:
        raise EncoderError(f"'{name}' is gated; ask for access on its page and log in with `hf auth login`.") from error
    except errors.RepositoryNotFoundError as error:
        raise EncoderError(
            f"There is no folder '{name}' and no such repository on {constants.ENDPOINT}, or it is private; "
            "check the name, or log in with `hf auth login`."
        ) from error
    except Exception as error:  # of HTTP, of the disk, of the transfer
        raise EncoderError(f"{file} of '{name}' can't be fetched ({_reason(error)}); try again later.") from error
    return True


def _load(auto_class: Any, name: str, **options: Any) -> Any:
    """`auto_class.from_pretrained`, whose many ways to fail become one sentence."""
    try:
        with _quiet():
            return auto_class.from_pretrained(name, trust_remote_code=False, **options)
    except Exception as error:  # transformers raises OSError, ValueError, ImportError, ... for the same few mistakes
        raise EncoderError(
            f"The encoder '{name}' can't be loaded ({_reason(error)}); give a folder made by save_pretrained, or a hub id."
        ) from error


def _reason(error: Exception) -> str:
    """The first sentence of an error's message, or of a long one its first words."""
    line = (str(error).strip() or type(error).__name__).split("\n")[0]
    return textwrap.shorten(re.split(r"\. (?=[A-Z])", line)[0], 160, placeholder=" ...").rstrip(". ")


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
