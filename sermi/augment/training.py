"""Stage B: train the generator against D, with the mutual information that its samples carry as a regulariser.

`min_{G,Q} max_D V(D, G) + λ R` with R one of
    off       0: a plain conditional GAN;
    maximise  -(I_Q(c; ĥ) + w I_Q(t; ĥ)): the paper's, InfoGAN's;
    match     (I_Q(c; ĥ) - I_real)²: towards what real features tell about speakers that were not trained on.
I_Q(c; ĥ) = H(c) + E log q(c | ĥ) (Barber and Agakov 2003), I_Q(t; ĥ) is InfoNCE (van den Oord et al. 2018).

`match` has two parts. The spread s of the Gaussian base along the directions between classes is solved for: I(c; x̂) of
Gaussians around the real class means falls as s grows, and s is where it meets I_real. The penalty then keeps the learnt
residual there. Class means can't move (see sermi/models/generator.py), which is how a penalty alone is gamed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from sermi.augment.adversary import Discriminator, Recogniser
from sermi.augment.base import _base, _started
from sermi.augment.config import GeneratorConfig
from sermi.errors import SermiError
from sermi.mi.bounds import barber_agakov, info_nce
from sermi.models.generator import Generator

_LOG_EVERY = 25


@dataclass(frozen=True)
class TrainedGenerator:
    """A generator in evaluation mode and its log: one row every 25 steps."""

    generator: Generator
    log: list[dict[str, float]] = field(default_factory=list)


def fit_generator(
    h: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    *,
    config: GeneratorConfig | None = None,
    t: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    real_information: float | None = None,
    real_text_information: float | None = None,
    corpora: np.ndarray | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> TrainedGenerator:
    """h: (N, d) real features, c: (N,) their codes, t: (N, dt) text features paired with them, or None.

    weights: (N,) how much each counts within its class, None for all alike. real_information: I(c; h) of real data on
    speakers left out, in nats, from `sermi.mi`; `match` needs it. real_text_information: I(c; t) of sentences left out, which
    `match` brings the t̂ of pairs to, None to leave them as they are. corpora: (N,) codes 0..J-1
    of the corpora that rows are of, None for one.
    Raises SermiError for NaN, a class with fewer than 2 samples, or shapes that don't fit.
    """
    config = config or GeneratorConfig()
    _check(h, c, n_classes, t, real_information, config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        base = _base(h, c, n_classes, config.shrinkage, weights, corpora)
        text_base = None if t is None else _base(t, c, n_classes, config.shrinkage, weights)
        generator = _started(base, text_base, config, (real_information, real_text_information), seed)
        if not config.steps:
            return TrainedGenerator(generator.eval().requires_grad_(False))
        contest = _Contest(generator, config, float(real_information or 0.0), seed, device)
        words = None if t is None else torch.from_numpy(t).float().to(device)
        real = generator.whiten(torch.from_numpy(h).float().to(device))
        codes = torch.from_numpy(c).long().to(device)
        drawn = _BalancedRows(codes, n_classes, weights)
        while contest.step < config.steps:
            rows = drawn(config.batch)
            contest.turn(real[rows], codes[rows], None if words is None else words[rows])
        return TrainedGenerator(contest.trained(), contest.log)


class _Contest(nn.Module):
    """The generator, its average, D, Q and their optimisers: everything that a step of training changes."""

    def __init__(self, generator: Generator, config: GeneratorConfig, target: float, seed: int, device: str) -> None:
        super().__init__()
        self.config, self.target, self.seed = config, target, seed
        self.generator = generator.to(device)
        self.average = torch.optim.swa_utils.AveragedModel(
            generator, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.average)
        )
        sizes = (generator.shape.feature_dim, generator.shape.text_feature_dim, generator.shape.n_classes)
        self.discriminator = Discriminator(*sizes).to(device)
        self.recogniser = Recogniser(*sizes).to(device)
        betas = (0.5, 0.999)
        self.optimisers = {
            "generator": torch.optim.Adam(generator.parameters(), lr=config.rate, betas=betas),
            "recogniser": torch.optim.Adam(self.recogniser.parameters(), lr=1e-3),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), lr=config.opponent_rate, betas=betas),
        }
        self.register_buffer("log_prior", torch.full((sizes[2],), -float(np.log(sizes[2])), device=device))
        self.step = 0
        self.log: list[dict[str, float]] = []

    def turn(self, real: Tensor, y: Tensor, b: Tensor | None) -> None:
        """One step of D, then of G and Q. real: (B, d) whitened, y: (B,) codes, b: (B, dt) text features or None."""
        config, d, q = self.config, self.discriminator, self.recogniser
        present = torch.rand(len(y), device=y.device) >= config.text_dropout
        z = self.generator.scale_noise(torch.randn_like(real), torch.rand(len(y), device=y.device))
        noise = config.instance_noise * torch.randn(2, *real.shape, device=y.device)

        fake = self.generator.forward_whitened(z, y, b, present, self.generator.sample_corpus(y))
        judged_real = d(real + noise[0], y, b, present)
        judged_fake = d(fake.detach() + noise[1], y, b, present)
        value = softplus(-judged_real).mean() + softplus(judged_fake).mean()
        self.optimisers["discriminator"].zero_grad()
        value.backward()
        self.optimisers["discriminator"].step()

        fooled = softplus(-d(fake + noise[1], y, b, present)).mean()
        about_c = barber_agakov(q(fake), y, self.log_prior)
        about_t = torch.zeros((), device=y.device)
        if b is not None and int(present.sum()) > 1:
            about_t = info_nce(q.scores(fake[present], b[present]))
        loss = fooled + config.weight * _regulariser(config, about_c, about_t, self.target)
        self.optimisers["generator"].zero_grad()
        loss.backward(retain_graph=True, inputs=list(self.generator.parameters()))
        # Q always learns to read, also under `match` where G may want to be read less
        self.optimisers["recogniser"].zero_grad()
        (-about_c - about_t).backward(inputs=list(q.parameters()))
        self.optimisers["generator"].step()
        self.optimisers["recogniser"].step()
        if self.generator.shape.gaussian and self.step % 5 == 0:  # keep the residual's class means up to date
            self.generator.residual_means.zero_()
            self.generator.residual_means.copy_(_class_means_of_residual(self.generator, self.seed + self.step, 32))
        self.average.update_parameters(self.generator)
        if self.step % _LOG_EVERY == 0 or self.step == config.steps - 1:
            values = {"D": value, "G": fooled, "I(c;h)": about_c, "I(t;h)": about_t}
            self.log.append({"step": self.step, **{name: round(v.item(), 4) for name, v in values.items()}})
        self.step += 1

    def trained(self) -> Generator:
        """The average, ready for use."""
        trained = self.average.module
        for name, buffer in self.generator.named_buffers():  # averaging leaves buffers alone
            trained.get_buffer(name).copy_(buffer)
        trained.residual_means.zero_()
        if trained.shape.gaussian:
            trained.residual_means.copy_(_class_means_of_residual(trained, self.seed, 512))
        return trained.cpu().eval().requires_grad_(False)


def _regulariser(config: GeneratorConfig, about_c: Tensor, about_t: Tensor, target: float) -> Tensor:
    if config.regulariser == "off":
        return torch.zeros_like(about_c)
    if config.regulariser == "maximise":
        return -(about_c + config.text_weight * about_t)
    return (about_c - target).square() - config.text_weight * about_t


class _BalancedRows:
    """Rows of a batch: every class equally often, rows of a class by weight."""

    def __init__(self, codes: Tensor, n_classes: int, weights: np.ndarray | None) -> None:
        weight = torch.ones(len(codes)) if weights is None else torch.from_numpy(weights).float()
        self._rows = [torch.nonzero(codes == k)[:, 0] for k in range(n_classes)]
        self._weights = [weight.to(rows.device)[rows] for rows in self._rows]

    def __call__(self, n: int) -> Tensor:
        per_class = -(-n // len(self._rows))
        pairs = zip(self._rows, self._weights, strict=True)
        drawn = [rows[torch.multinomial(weight, per_class, replacement=True)] for rows, weight in pairs]
        return torch.cat(drawn)[torch.randperm(per_class * len(drawn))[:n]]


@torch.no_grad()
def _class_means_of_residual(generator: Generator, seed: int, n: int) -> Tensor:
    k, d = generator.shape.n_classes, generator.shape.feature_dim
    random = torch.Generator().manual_seed(seed)
    z, u = torch.randn(n * k, d, generator=random), torch.rand(n * k, generator=random)
    z = generator.scale_noise(z.to(generator.centre.device), u.to(generator.centre.device))
    c = torch.arange(k, device=z.device).repeat_interleave(n)
    return generator.raw_residual(z, c, None).view(k, n, d).mean(dim=1)


def _check(
    h: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    t: np.ndarray | None,
    information: float | None,
    config: GeneratorConfig,
) -> None:
    for name, table in (("features", h), ("text features", t)):
        if table is None:
            continue
        if table.ndim != 2 or len(table) != len(c):
            raise SermiError(f"The {name} should be one row for each of the {len(c)} labels, not {table.shape}.")
        if not np.isfinite(table).all():
            raise SermiError(f"The {name} hold NaN or infinite values; leave those rows out.")
    count = np.bincount(c, minlength=n_classes)
    if len(count) > n_classes or count.min() < 2:
        raise SermiError(
            f"A generator needs at least 2 samples of each of the {n_classes} classes; class {int(count.argmin())} has "
            f"{int(count.min())}."
        )
    if config.regulariser == "match" and information is None:
        raise SermiError("`match` needs real_information: measure I(c; h) of real data by speaker with sermi.mi.")
