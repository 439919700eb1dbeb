"""The aligned baseline of stage A: projections f_a: a -> h and f_t: b -> t, their last layers, and the fusion.

An independent implementation of the method of https://arxiv.org/abs/2510.10078; docs/method.md has its symbols and equations.

How the fusion works. With label-matched pairs, voice and words are independent given the emotion, and then
`p(c | h, t) ∝ p(h | c) p(t | c)` exactly: log-probabilities add. But people also say plain things in every tone of voice
("Yeah."), which such pairs never show. So the words are taken to be plain, as neutral ones are, with chance ρ whatever the
emotion: `p'(t | c) = (1 - ρ) p(t | c) + ρ p(t | neutral)`. The model keeps that form and learns how far to trust each side,
`log p(c | h, t) = w_a log p(c | h) + w_t log p'(t | c) + b_c + const`. Without a transcript the voice decides alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class BaselineShape:
    """Sizes of a baseline's tensors."""

    audio_dim: int
    """Da, of the audio embedding a."""
    text_dim: int
    """Db, of the text embedding b."""
    feature_dim: int
    """d, of the audio feature h."""
    text_feature_dim: int
    """dt, of the text feature t."""
    n_classes: int
    """K."""
    neutral: int
    """Emotion code of neutral, which plain words are like."""


class Projection(nn.Module):
    """Linear projection of a robustly standardised embedding: W clip((x - centre) / scale, ±limit) + bias."""

    limit: float = 4.0
    """Scales from the centre beyond which a value is an outlier."""
    centre: Tensor
    scale: Tensor

    def __init__(self, embedding_dim: int, feature_dim: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(embedding_dim))
        self.register_buffer("scale", torch.ones(embedding_dim))
        self.linear = nn.Linear(embedding_dim, feature_dim)

    def forward(self, x: Tensor) -> Tensor:
        """(N, embedding_dim) -> (N, feature_dim)."""
        return self.linear(((x - self.centre) / self.scale).clamp(-self.limit, self.limit))


class LastLayer(nn.Module):
    """Linear last layer with its calibration: log_softmax((W h + b) / temperature)  (Guo et al., arXiv 1706.04599)."""

    temperature: Tensor

    def __init__(self, feature_dim: int, n_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(feature_dim, n_classes)
        self.register_buffer("temperature", torch.ones(()))

    def forward(self, features: Tensor) -> Tensor:
        """(N, d) -> (N, K) calibrated log-probabilities."""
        return torch.log_softmax(self.linear(features) / self.temperature, dim=-1)


class Fusion(nn.Module):
    """Weighted sum of the two sides' log-probabilities, see the module's text."""

    plain_words: float = 0.5
    """ρ: how often an emotional voice is taken to say plain words. An assumption, not measured: no open corpus
    says."""

    def __init__(self, n_classes: int, neutral: int) -> None:
        super().__init__()
        self._neutral = neutral
        self.weight = nn.Parameter(torch.ones(2))
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(self, audio_log_p: Tensor, text_log_p: Tensor) -> Tensor:
        """Two (N, K) log-probabilities -> (N, K)."""
        words = self.words_log_likelihood(text_log_p)
        return torch.log_softmax(self.weight[0] * audio_log_p + self.weight[1] * words + self.bias, dim=-1)

    def words_log_likelihood(self, text_log_p: Tensor) -> Tensor:
        """log p'(t | c) up to a constant, from log p(c | t) under equal priors: (N, K) -> (N, K)."""
        plain = text_log_p[:, self._neutral, None] + math.log(self.plain_words)
        return torch.logaddexp(text_log_p + math.log(1 - self.plain_words), plain)


class Baseline(nn.Module):
    """Emotion from an audio embedding a, a text embedding b, or both."""

    def __init__(self, shape: BaselineShape) -> None:
        super().__init__()
        self.shape = shape
        self.audio_projection = Projection(shape.audio_dim, shape.feature_dim)
        self.text_projection = Projection(shape.text_dim, shape.text_feature_dim)
        self.last_layer = LastLayer(shape.feature_dim, shape.n_classes)
        self.last_layer_t = LastLayer(shape.text_feature_dim, shape.n_classes)
        self.fusion = Fusion(shape.n_classes, shape.neutral)

    def forward(self, a: Tensor, b: Tensor | None = None) -> dict[str, Tensor]:
        """Log-probabilities (N, K) under 'audio' and 'fused', and under 'text' where b is given.

        a: (N, Da), b: (N, Db) or None.
        """
        return self.answers(self.last_layer(self.audio_projection(a)), b)

    def answers(self, audio: Tensor, b: Tensor | None = None) -> dict[str, Tensor]:
        """The same from log-probabilities (N, K) of the voice, whatever they rest on."""
        if b is None:
            return {"audio": audio, "fused": audio}
        text = self.last_layer_t(self.text_projection(b))
        return {"audio": audio, "text": text, "fused": self.fusion(audio, text)}
