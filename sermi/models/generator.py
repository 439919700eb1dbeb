"""The generator ĥ = G(z_v, z, c, t) of stage B: a voice is drawn first, then what it says, with a learnt residual.

An independent implementation of the method of https://arxiv.org/abs/2510.10078, with voices added; docs/method.md has its
symbols and equations.

It works in whitened coordinates x = F⁻¹ (h - centre), where F Fᵀ is the shrunk within-class covariance of real features:

    x̂ = p_jc + o + E_j z + r(z, o, c, t) - r̄_c,   o = g_j (S z_s + (1 + (s - 1) B Bᵀ) U z_u),   ĥ = centre + F x̂.

p_jc is where corpus j has class c. S z_s is what all samples of a voice share, U z_u what its samples of one emotion share
besides, E_j z the rest: the parts of the voice model (sermi/voice/model.py), drawn. g_j = √(1 + 1/V_j): the places of a corpus
are means over its V_j voices, so that a new voice lies further from them than these do (its posterior predictive). The rows of
Bᵀ span the directions between the class means; s trims there how much voices differ in an emotion, and so how much a sample
says of it. The residual r is zero when training starts, and its class means r̄_c are taken out: a class can change its shape
but not its place, so no regulariser can be satisfied by moving classes about. Without voices (nobody said who speaks) S and U
are 0, and s trims E z.
With `gaussian=False` there is no base, x̂ = r(z, o, c, t): a generator from scratch, kept to show what the base is worth.

A voice that is known by some of its recordings has its own places and uncertainty in the place of p, S and U (`VoicePlaces`).
Text is optional everywhere: without t the residual sees a learnt null token. A pair (ĥ, t̂) draws t̂ = n_c + F_t z_t first,
then ĥ given t̂.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sermi.errors import SermiError

CLIPS_PER_VOICE = 6
"""Samples of each emotion that a new voice gives. Corpora have 4 to 200; with fewer, two are hardly ever of one voice."""


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
    voices: bool = True
    """Whether it draws voices."""


class Voices(NamedTuple):
    """Who says each of N samples."""

    number: Tensor
    """(N,), from 0."""
    corpus: Tensor
    """(N,) which corpus each voice is of."""


class Noise(NamedTuple):
    """Standard normal noise of N samples."""

    rest: Tensor
    """z: (N, d)."""
    speaker: Tensor
    """z_s: (N, d), one row for all samples of a voice."""
    speaker_class: Tensor
    """z_u: (N, d), one row for all samples of an emotion of a voice."""


@dataclass(frozen=True, eq=False)
class VoicePlaces:
    """What is known of one voice, in features h: class k lies at N(means_k, factors_k factors_kᵀ), clips around it."""

    means: Tensor
    """(K, d)."""
    factors: Tensor
    """(K, d, d), of how uncertain these are."""
    rest: Tensor
    """(d, d), a root of the covariance of clips of one emotion."""


class Generator(nn.Module):
    """ĥ from noise, an emotion code and, optionally, a voice and a text feature."""

    centre: Tensor
    """(d,): mean of the class means."""
    factor: Tensor
    """(d, d): F, lower triangular."""
    places: Tensor
    """(J, K, d): p, whitened."""
    corpus_shares: Tensor
    """(K, J): how often a sample of a class is of each corpus; 0 where the corpus lacks the class."""
    speaker: Tensor
    """(d, d): S, whitened."""
    speaker_class: Tensor
    """(d, d): U, whitened."""
    rest: Tensor
    """(J, d, d): E, whitened."""
    doubt: Tensor
    """(J,): g."""
    class_directions: Tensor
    """(K - 1, d): Bᵀ."""
    spread: Tensor
    """(): s."""
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
        self.register_buffer("places", torch.zeros(shape.n_corpora, k, d))
        self.register_buffer("corpus_shares", torch.full((k, shape.n_corpora), 1 / shape.n_corpora))
        self.register_buffer("speaker", torch.zeros(d, d))
        self.register_buffer("speaker_class", torch.zeros(d, d))
        self.register_buffer("rest", torch.eye(d).repeat(shape.n_corpora, 1, 1))
        self.register_buffer("doubt", torch.ones(shape.n_corpora))
        self.register_buffer("class_directions", torch.zeros(k - 1, d))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("residual_means", torch.zeros(k, d))
        self.register_buffer("text_means", torch.zeros(k, dt))
        self.register_buffer("text_factor", torch.eye(dt))
        self.code = nn.Embedding(k, 32)
        self.text = nn.Linear(dt, 32)
        self.no_text = nn.Parameter(torch.zeros(32))
        self.voice = nn.Linear(d, 32)
        self.residual = nn.Sequential(
            nn.Linear(d + 96, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, d)
        )
        if shape.gaussian:
            for parameter in self.residual[-1].parameters():
                nn.init.zeros_(parameter)

    @property
    def means(self) -> Tensor:
        """(K, d): whitened class means, over the corpora that have the class."""
        return torch.einsum("kj,jkd->kd", self.corpus_shares, self.places)

    def offsets(self, noise: Noise, corpus: Tensor) -> Tensor:
        """o: (N, d), what the voices of samples of the corpora (N,) add to their emotions, whitened."""
        of_emotion = self._trimmed(noise.speaker_class @ self.speaker_class.T)
        return self.doubt[corpus, None] * (noise.speaker @ self.speaker.T + of_emotion)

    def around(self, z: Tensor, corpus: Tensor) -> Tensor:
        """E_j z: (N, d), whitened, of samples of the corpora (N,)."""
        rest = z @ self.rest[0].T if self.shape.n_corpora == 1 else torch.einsum("nab,nb->na", self.rest[corpus], z)
        return rest if self.shape.voices else self._trimmed(rest)

    def _trimmed(self, x: Tensor) -> Tensor:
        return x + (self.spread - 1) * (x @ self.class_directions.T) @ self.class_directions

    def forward_whitened(
        self, noise: Noise, c: Tensor, corpus: Tensor, t: Tensor | None = None, present: Tensor | None = None
    ) -> Tensor:
        """x̂: (N, d).

        Args:
            noise: of the samples.
            c: (N,) codes.
            corpus: (N,) whose cloud a sample lies in.
            t: (N, dt) text features, or None.
            present: (N,) bool, rows where t counts; None for all.
        """
        offsets = self.offsets(noise, corpus)
        r = self.raw_residual(noise.rest, offsets, c, t, present)
        if not self.shape.gaussian:
            return r
        return self.places[corpus, c] + offsets + self.around(noise.rest, corpus) + r - self.residual_means[c]

    def raw_residual(
        self, z: Tensor, offsets: Tensor, c: Tensor, t: Tensor | None, present: Tensor | None = None
    ) -> Tensor:
        """r(z, o, c, t) before its class means are taken out: (N, d), with arguments as for `forward_whitened`."""
        text = self.no_text.expand(len(z), -1)
        if t is not None:
            text = self.text(t) if present is None else torch.where(present[:, None], self.text(t), text)
        return self.residual(torch.cat([z, self.voice(offsets), self.code(c), text], dim=1))

    def whiten(self, h: Tensor) -> Tensor:
        """(N, d) features to x."""
        return torch.linalg.solve_triangular(self.factor, (h - self.centre).T, upper=False).T

    def unwhiten(self, x: Tensor) -> Tensor:
        """(N, d): x to features h."""
        return self.centre + x @ self.factor.T

    def sample_text(self, z: Tensor, c: Tensor) -> Tensor:
        """t̂: (N, dt) from z: (N, dt)."""
        return self.text_means[c] + z @ self.text_factor.T

    def deal(self, c: Tensor, random: torch.Generator | None, clips_per_voice: int = CLIPS_PER_VOICE) -> Voices:
        """New voices for samples of codes c (N,), each with so many of every emotion of its corpus; corpora take turns."""
        codes, shares, n_corpora = c.cpu(), self.corpus_shares.cpu() > 0, self.shape.n_corpora
        needed = -(-torch.bincount(codes, minlength=self.shape.n_classes) // clips_per_voice)
        rounds = int((-(-needed // shares.sum(dim=1).clamp(min=1))).max()) if len(codes) else 0
        turns = torch.cat([torch.randperm(n_corpora, generator=random) for _ in range(max(1, rounds))])
        index = torch.zeros(len(codes), dtype=torch.long)
        for k in codes.unique():
            rows = torch.nonzero(codes == k)[:, 0]
            speaking = torch.nonzero(shares[k][turns])[:, 0]
            index[rows] = speaking[torch.arange(len(rows)) // clips_per_voice]
        return Voices(index.to(c.device), turns[index].to(c.device))

    def draw_noise(self, c: Tensor, voices: Voices, random: torch.Generator | None) -> Noise:
        """Noise of samples of codes c (N,) that these voices say, drawn on the CPU, so that every device draws the same."""
        d = self.shape.feature_dim
        _, voice = voices.number.cpu().unique(return_inverse=True)
        _, cell = (voices.number.cpu() * self.shape.n_classes + c.cpu()).unique(return_inverse=True)
        rest = torch.randn(len(c), d, generator=random)
        if not self.shape.voices:
            return Noise(*(x.to(c.device) for x in (rest, torch.zeros_like(rest), torch.zeros_like(rest))))
        shared = [torch.randn(int(of.max()) + 1 if len(of) else 0, d, generator=random)[of] for of in (voice, cell)]
        return Noise(*(x.to(c.device) for x in (rest, *shared)))

    @torch.inference_mode()
    def sample(
        self,
        c: Tensor,
        *,
        seed: int,
        t: Tensor | None = None,
        pairs: bool = False,
        noise_scale: float = 1.0,
        voices: Voices | None = None,
        noise: Noise | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """ĥ (N, d), and t̂ (N, dt) when `pairs`, else None. The same seed gives the same samples on every device.

        Args:
            c: (N,) an emotion code for each sample.
            seed: of all that is random.
            t: (N, dt) text features to condition on, or (dt,) for all alike.
            pairs: draw text features first and condition on those.
            noise_scale: multiplies all noise of ĥ: 1 is what was trained, more is more varied. t̂ is drawn as it is.
            voices: who says each sample; None for new voices, as `deal` has them.
            noise: of the caller's instead of the seed's.

        Raises:
            SermiError: a code isn't in [0, K), or t has the wrong width.
        """
        random = torch.Generator().manual_seed(seed)
        c, t, words = self._conditions(c, t, pairs=pairs, random=random)
        voices = voices or self.deal(c, random)
        noise = Noise(*(noise_scale * part.to(c.device) for part in noise or self.draw_noise(c, voices, random)))
        x = self.forward_whitened(noise, c, voices.corpus.to(c.device), t)
        return self.unwhiten(x), words

    @torch.inference_mode()
    def sample_voice(
        self, c: Tensor, voice: VoicePlaces, *, seed: int, t: Tensor | None = None, noise_scale: float = 1.0
    ) -> Tensor:
        """ĥ (N, d) of a known voice; each sample draws anew what isn't known of it. Arguments and errors as of `sample`."""
        random = torch.Generator().manual_seed(seed)
        c, t, _ = self._conditions(c, t, pairs=False, random=random)
        d, k = self.shape.feature_dim, self.shape.n_classes
        if voice.means.shape != (k, d):
            raise SermiError(f"This generator knows {k} classes of {d} features, not {tuple(voice.means.shape)}.")
        z, doubt = (noise_scale * torch.randn(len(c), d, generator=random).to(c.device) for _ in range(2))
        doubts = torch.zeros_like(doubt)
        for code in c.unique():
            doubts[c == code] = doubt[c == code] @ voice.factors[code].T
        place = voice.means[c] + doubts
        offsets = self.whiten(place) - self.means[c]
        r = self.raw_residual(z, offsets, c, t) - self.residual_means[c]
        return place + z @ voice.rest.T + r @ self.factor.T

    def _conditions(
        self, c: Tensor, t: Tensor | None, *, pairs: bool, random: torch.Generator
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Checked codes (N,) and text features (N, dt), on the generator's device, and t̂ when `pairs`."""
        k, dt = self.shape.n_classes, self.shape.text_feature_dim
        if len(c) and not (int(c.min()) >= 0 and int(c.max()) < k):
            raise SermiError(f"Emotion codes go from 0 to {k - 1}; {int(c.min())} to {int(c.max())} were asked for.")
        if t is not None and t.shape[-1] != dt:
            raise SermiError(f"This generator takes text features of width {dt}, not {t.shape[-1]}.")
        c = c.to(self.centre.device)
        if pairs:
            words = self.sample_text(torch.randn(len(c), dt, generator=random).to(c.device), c)
            return c, words, words
        if t is not None and t.ndim == 1:
            t = t.expand(len(c), -1)
        return c, t, None
