"""The network that fine-tuning trains: a pre-trained speech encoder, the mean over its frames, a linear head."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from sermi.audio import SAMPLE_RATE
from sermi.encoders.loading import load_speech_model
from sermi.errors import EncoderError
from sermi.outputs import write_atomic, write_folder

if TYPE_CHECKING:
    from train.embeddings.finetune_config import FinetuneConfig

_PROJECTIONS = r"(q_proj|k_proj|v_proj|out_proj)"
_FEED_FORWARD = r"(intermediate_dense|output_dense)"
_OFF = ("apply_spec_augment", "layerdrop", "encoder_layerdrop")
"""Settings of an encoder's own training that are off while it is fine-tuned."""


class Network(nn.Module):
    """Class scores (B, K) of a batch of waveforms or spectrograms."""

    def __init__(self, encoder: nn.Module, width: int, n_classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(width, n_classes)

    def forward(self, n_frames: Tensor, **inputs: Tensor) -> Tensor:
        """n_frames: (B,) how many frames of each row are speech and not padding."""
        states = self.encoder(**inputs).last_hidden_state
        speech = torch.arange(states.shape[1], device=states.device)[None] < n_frames[:, None]
        return self.head((states * speech[..., None]).sum(dim=1) / n_frames[:, None])


class TunedEncoder:
    """An encoder made ready for fine-tuning: everything frozen but what the configuration names, and the head."""

    def __init__(self, name: str, n_classes: int, config: FinetuneConfig) -> None:
        self.config, self.n_classes = config, n_classes
        self.full, self.extractor = load_speech_model(name)
        self._whisper = self.full.config.model_type == "whisper"
        # masks may be longer than short utterances, and a layer that is left out learns nothing
        self._changed = {key: getattr(self.full.config, key) for key in _OFF if hasattr(self.full.config, key)}
        self._configure(dict.fromkeys(self._changed, 0))
        encoder = self.full.encoder if self._whisper else self.full
        self._n_parameters = sum(p.numel() for p in encoder.parameters())
        encoder.requires_grad_(False)
        layers = encoder.layers if self._whisper else encoder.encoder.layers
        if config.method == "layers":
            if config.size > len(layers):
                raise EncoderError(f"'{name}' has {len(layers)} layers; layers:{config.size} is more than that.")
            for layer in layers[-config.size :]:
                layer.requires_grad_(True)
        else:
            encoder = _with_lora(encoder, self.full.config.model_type, config.size, config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = Network(encoder, self.full.config.hidden_size, n_classes).eval()

    def counts(self) -> dict[str, int]:
        """How many parameters the encoder has, and how many are trained."""
        return {"parameters": self._n_parameters, "trained": sum(p.numel() for p in self.trainable())}

    def trainable(self) -> list[nn.Parameter]:
        """What is trained."""
        return [p for p in self.network.parameters() if p.requires_grad]

    def inputs(self, clips: Sequence[np.ndarray], device: Any) -> dict[str, Tensor]:
        """The network's arguments for waveforms (samples,) at 16 kHz, on a device."""
        if self._whisper:
            from sermi.encoders.whisper import spectrograms

            extracted, n_frames = spectrograms(self.extractor, clips)
        else:
            extracted = self.extractor(list(clips), sampling_rate=SAMPLE_RATE, padding=True, return_tensors="pt")
            n_frames = self.full._get_feat_extract_output_lengths(torch.tensor([len(clip) for clip in clips]))
        return {name: tensor.to(device) for name, tensor in {**extracted, "n_frames": n_frames}.items()}

    @torch.inference_mode()
    def predict(self, clip: np.ndarray) -> np.ndarray:
        """Code (1,) of one waveform."""
        device = next(self.network.parameters()).device
        return self.network(**self.inputs([clip], device)).argmax(dim=1).cpu().numpy()

    def keep(self, path: Path) -> None:
        """Write what is trained."""
        write_atomic(path, save({name: p.detach().cpu().contiguous() for name, p in self._trained().items()}))

    def restore(self, path: Path) -> None:
        """Read what `keep` wrote."""
        stored = load_file(path)
        with torch.no_grad():
            for name, parameter in self._trained().items():
                parameter.copy_(stored[name])

    def save(self, folder: Path) -> None:
        """Write the encoder, low-rank updates merged, as `save_pretrained` does, beside what else is in the folder."""
        if self.config.method == "lora":
            adapted: Any = self.network.encoder  # peft's model, which carries no types
            adapted.merge_and_unload()
        self._configure(self._changed)
        self.full.cpu()

        def write(draft: Path) -> None:
            self.full.save_pretrained(draft)
            self.extractor.save_pretrained(draft)

        write_folder(folder, write)

    def _configure(self, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            setattr(self.full.config, key, type(self._changed[key])(value))

    def _trained(self) -> dict[str, nn.Parameter]:
        return {name: p for name, p in self.network.named_parameters() if p.requires_grad}


def _with_lora(encoder: nn.Module, model_type: str, rank: int, seed: int) -> nn.Module:
    """Low-rank updates (Hu et al., ICLR 2022) of the attention's projections.

    Of the feed-forward layers in WavLM, whose attention takes its projections' weights as they are, past any update.
    """
    from peft import LoraConfig, get_peft_model

    pattern = re.compile(rf".*layers\.\d+\..*{_FEED_FORWARD if model_type == 'wavlm' else _PROJECTIONS}$")
    targets = [name for name, _ in encoder.named_modules() if pattern.match(f".{name}")]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return get_peft_model(encoder, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets))
