"""The generator ĥ = G(z, c, t) of stage B: class-conditional Gaussians with a learnt residual.

An independent implementation of the method of https://arxiv.org/abs/2510.10078; docs/method.md has its symbols and equations.

It works in whitened coordinates x = F⁻¹ (h - centre), where F Fᵀ is the shrunk within-class covariance of the real
features:  x̂ = m_c + o_cj + (1 + (s - 1) B Bᵀ) z + r(z, c, t) - r̄_c,  ĥ = centre + F x̂.
m_c are the real class means, and the rows of Bᵀ span the directions between them: s widens the classes where that makes them
harder to tell apart, as new speakers do, and nowhere else. Across those directions z has a length that varies from sample to
sample, uniformly between two radii: real features don't lie on a shell, as Gaussian ones in hundreds of dimensions do. The
residual r is zero when training starts, and its class means r̄_c are taken out: a class can change its shape but not its
place, so no regulariser can be satisfied by moving classes about.
Features of several corpora lie in as many clouds: a sample first draws its corpus j, whose place is o_cj from m_c.
With `gaussian=False` there is no base, x̂ = r(z, c, t): a generator from scratch, kept to show what the base is worth.

Text is optional everywhere: without t the residual sees a learnt null token. A pair (ĥ, t̂) draws t̂ = n_c + F_t z_t first,
then ĥ given t̂.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sermi.errors import SermiError


@dataclass(frozen=True)
class GeneratorShape:
    """Sizes of a generator's tensors."""

    feature_dim: int
    """d, of h."""
    text_feature_dim: int
    """dt, of t."""
    n_classes: int
    """K."""
    hidden: int = 256
    """Width of the residual's layers."""
    gaussian: bool = True
    """Whether there is a Gaussian base under the residual."""
    n_corpora: int = 1
    """J, whose features lie in clouds of their own."""


class Generator(nn.Module):
    """ĥ from noise, an emotion code and, optionally, a text feature."""

    centre: Tensor
    """(d,): mean of the class means."""
    factor: Tensor
    """(d, d): F, lower triangular."""
    means: Tensor
    """(K, d): m, whitened."""
    offsets: Tensor
    """(J, K, d): o, whitened."""
    corpus_shares: Tensor
    """(K, J): how often a sample of a class is of each corpus."""
    class_directions: Tensor
    """(K - 1, d): Bᵀ."""
    spread: Tensor
    """(): s."""
    noise_radii: Tensor
    """(2,): between which the noise's length across the class directions varies."""
    residual_means: Tensor
    """(K, d): r̄."""
    text_means: Tensor
    """(K, dt): n, of t."""
    text_factor: Tensor
    """(dt, dt): F_t."""

    def __init__(self, shape: GeneratorShape) -> None:
        super().__init__()
        self.shape = shape
        d, dt, k, width = shape.feature_dim, shape.text_feature_dim, shape.n_classes, shape.hidden
        self.register_buffer("centre", torch.zeros(d))
        self.register_buffer("factor", torch.eye(d))
        self.register_buffer("means", torch.zeros(k, d))
        self.register_buffer("offsets", torch.zeros(shape.n_corpora, k, d))
        self.register_buffer("corpus_shares", torch.full((k, shape.n_corpora), 1 / shape.n_corpora))
        self.register_buffer("class_directions", torch.zeros(k - 1, d))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("noise_radii", torch.ones(2))
        self.register_buffer("residual_means", torch.zeros(k, d))
        self.register_buffer("text_means", torch.zeros(k, dt))
        self.register_buffer("text_factor", torch.eye(dt))
        self.code = nn.Embedding(k, 32)
        self.text = nn.Linear(dt, 32)
        self.no_text = nn.Parameter(torch.zeros(32))
        self.residual = nn.Sequential(
            nn.Linear(d + 64, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, d)
        )
        if shape.gaussian:
            for parameter in self.residual[-1].parameters():
                nn.init.zeros_(parameter)

    def forward_whitened(
        self,
        z: Tensor,
        c: Tensor,
        t: Tensor | None = None,
        present: Tensor | None = None,
        corpus: Tensor | None = None,
    ) -> Tensor:
        """x̂: (N, d).

        Args:
            z: (N, d) noise, as `scale_noise` gives it.
            c: (N,) codes.
            t: (N, dt) text features, or None.
            present: (N,) bool, rows where t counts; None for all.
            corpus: (N,) whose cloud a sample lies in; None for the middle of all.
        """
        r = self.raw_residual(z, c, t, present)
        if not self.shape.gaussian:
            return r
        widened = z + (self.spread - 1) * (z @ self.class_directions.T) @ self.class_directions
        places = self.means[c] if corpus is None else self.means[c] + self.offsets[corpus, c]
        return places + widened + r - self.residual_means[c]

    def sample_corpus(self, c: Tensor, random: torch.Generator | None = None) -> Tensor | None:
        """A random corpus (N,) for each code in c (N,), by its share; None where there is one."""
        if self.shape.n_corpora == 1:
            return None
        return torch.multinomial(self.corpus_shares[c].cpu(), 1, generator=random)[:, 0].to(c.device)

    def scale_noise(self, z: Tensor, u: Tensor) -> Tensor:
        """z (N, d) with its part across the directions between classes scaled by a radius a row, from u (N,) in [0, 1]."""
        low, high = self.noise_radii
        radius = (low + (high - low) * u)[:, None]
        return radius * z + (1 - radius) * (z @ self.class_directions.T) @ self.class_directions

    def raw_residual(self, z: Tensor, c: Tensor, t: Tensor | None, present: Tensor | None = None) -> Tensor:
        """r(z, c, t) before its class means are taken out: (N, d), with arguments as for `forward_whitened`."""
        text = self.no_text.expand(len(z), -1)
        if t is not None:
            text = self.text(t) if present is None else torch.where(present[:, None], self.text(t), text)
        return self.residual(torch.cat([z, self.code(c), text], dim=1))

    def forward(self, z: Tensor, c: Tensor, t: Tensor | None = None, corpus: Tensor | None = None) -> Tensor:
        """ĥ: (N, d), with arguments as for `forward_whitened`."""
        return self.centre + self.forward_whitened(z, c, t, corpus=corpus) @ self.factor.T

    def whiten(self, h: Tensor) -> Tensor:
        """(N, d) features to x."""
        return torch.linalg.solve_triangular(self.factor, (h - self.centre).T, upper=False).T

    def sample_text(self, z: Tensor, c: Tensor) -> Tensor:
        """t̂: (N, dt) from z: (N, dt)."""
        return self.text_means[c] + z @ self.text_factor.T

    @torch.inference_mode()
    def sample(
        self,
        c: Tensor,
        *,
        seed: int,
        t: Tensor | None = None,
        pairs: bool = False,
        noise_scale: float = 1.0,
        z: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """ĥ (N, d), and t̂ (N, dt) when `pairs`, else None. The same seed gives the same samples on every device.

        Args:
            c: (N,) an emotion code for each sample.
            seed: of all that is random.
            t: (N, dt) text features to condition on, or (dt,) for all alike.
            pairs: draw text features first and condition on those.
            noise_scale: multiplies z: 1 is what was trained, more is more varied.
            z: (N, d) noise of `scale_noise` of the caller's instead of the seed's.

        Raises:
            SermiError: a code isn't in [0, K), or t has the wrong width.
        """
        k, d, dt = self.shape.n_classes, self.shape.feature_dim, self.shape.text_feature_dim
        if len(c) and not (int(c.min()) >= 0 and int(c.max()) < k):
            raise SermiError(f"Emotion codes go from 0 to {k - 1}; {int(c.min())} to {int(c.max())} were asked for.")
        if t is not None and t.shape[-1] != dt:
            raise SermiError(f"This generator takes text features of width {dt}, not {t.shape[-1]}.")
        random = torch.Generator().manual_seed(seed)  # on the CPU, so that every device draws the same
        device = self.centre.device
        if z is None:
            z, u = torch.randn(len(c), d, generator=random), torch.rand(len(c), generator=random)
            z = self.scale_noise(z.to(device), u.to(device))
        z, c = noise_scale * z.to(device), c.to(device)
        if pairs:
            t = self.sample_text(torch.randn(len(c), dt, generator=random).to(device), c)
        elif t is not None and t.ndim == 1:
            t = t.expand(len(c), -1)
        return self(z, c, t, self.sample_corpus(c, random)), t if pairs else None
