"""What the generator is trained against and with: D separates real from generated, Q reads back what samples are of
(InfoGAN): emotion, voice and words.

D is kept weak on purpose (spectral norm, dropout, instance noise): with some hundred real samples a strong one memorises
them. Q sees generated samples only; feeding it real ones would make an AC-GAN.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Discriminator(nn.Module):
    """Projection discriminator (Miyato and Koyama 2018): w·φ(x) + e_c·φ(x), and + U t·φ(x) where there are words."""

    def __init__(self, feature_dim: int, text_feature_dim: int, n_classes: int, hidden: int = 128) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Dropout(0.2),
            spectral_norm(nn.Linear(feature_dim, hidden)),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.3),
            spectral_norm(nn.Linear(hidden, hidden)),
            nn.LeakyReLU(0.2),
        )
        self.real = spectral_norm(nn.Linear(hidden, 1))
        self.code = nn.Embedding(n_classes, hidden)
        self.text = spectral_norm(nn.Linear(text_feature_dim, hidden))

    def forward(self, x: Tensor, c: Tensor, t: Tensor | None = None, present: Tensor | None = None) -> Tensor:
        """Logits (N,) that x (N, d) is real, given c (N,), t (N, dt) and the rows where t is present (N,)."""
        phi = self.body(x)
        logit = self.real(phi)[:, 0] + (self.code(c) * phi).sum(dim=1)
        if t is not None:
            text_logit = (self.text(t) * phi).sum(dim=1)
            logit = logit + (text_logit if present is None else text_logit * present)
        return logit


class SetDiscriminator(nn.Module):
    """Judges several samples of one voice together: a network of their mean and their spread (Zaheer et al. 2017, Deep Sets).

    Single samples may all be right and yet be of as many people: only sets show that.
    """

    def __init__(self, feature_dim: int, n_classes: int, hidden: int = 128) -> None:
        super().__init__()
        self.code = nn.Embedding(n_classes, 32)
        self.body = nn.Sequential(
            nn.Dropout(0.2), spectral_norm(nn.Linear(feature_dim + 32, hidden)), nn.LeakyReLU(0.2)
        )
        self.real = nn.Sequential(
            nn.Dropout(0.3),
            spectral_norm(nn.Linear(2 * hidden, hidden)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Linear(hidden, 1)),
        )

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """Logits (V,) that sets of m samples of one voice are real: x (V, m, d), c (V, m)."""
        phi = self.body(torch.cat([x, self.code(c)], dim=-1))
        return self.real(torch.cat([phi.mean(dim=1), phi.std(dim=1)], dim=1))[:, 0]


class RecognitionNetwork(nn.Module):
    """Q: log q(c | x̂), and scores of x̂ against the words it was made with, and of sets of x̂ against the voice."""

    def __init__(
        self, feature_dim: int, text_feature_dim: int, n_classes: int, hidden: int = 128, shared: int = 32
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(feature_dim, hidden), nn.LeakyReLU(0.2))
        self.emotion = nn.Linear(hidden, n_classes)
        self.query = nn.Linear(hidden, shared)
        self.key = nn.Linear(text_feature_dim, shared)
        self.voice_query = nn.Linear(hidden, shared)
        self.voice_key = nn.Linear(feature_dim, shared)

    def forward(self, x: Tensor) -> Tensor:
        """log q(c | x): (N, d) -> (N, K)."""
        return torch.log_softmax(self.emotion(self.body(x)), dim=1)

    def scores(self, x: Tensor, t: Tensor) -> Tensor:
        """Separable critic f(x_i, t_j): (N, d), (N, dt) -> (N, N)."""
        return self.query(self.body(x)) @ self.key(t).T / self.query.out_features**0.5

    def voice_scores(self, x: Tensor, offsets: Tensor) -> Tensor:
        """The same of sets and what their voices add: (V, m, d), (V, d) -> (V, V)."""
        return self.voice_query(self.body(x).mean(dim=1)) @ self.voice_key(offsets).T / self.query.out_features**0.5
