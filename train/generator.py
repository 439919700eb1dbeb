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
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from sermi.errors import SermiError
from sermi.mi.bounds import barber_agakov, info_nce
from sermi.models.generator import Generator, GeneratorShape
from train.adversary import Discriminator, Recogniser
from train.gaussians import class_gaussians

Regulariser = Literal["off", "maximise", "match"]
_LOG_EVERY = 25


@dataclass(frozen=True)
class GeneratorConfig:
    """How a generator is trained.

    weight: λ. text_weight: of I(t; ĥ) beside I(c; ĥ). spread: of the base, None to solve for it (`match` only).
    text_dropout: how often words are withheld, so that one generator serves both cases. gaussian: start at
    class-conditional Gaussians, or from scratch.
    """

    regulariser: Regulariser = "match"
    weight: float = 1.0
    text_weight: float = 0.3
    spread: float | None = None
    gaussian: bool = True
    steps: int = 200
    batch: int = 128
    rate: float = 2e-4
    opponent_rate: float = 3e-4
    average: float = 0.995
    shrinkage: float = 0.15
    instance_noise: float = 0.3
    text_dropout: float = 0.5
    hidden: int = 256

    def __post_init__(self) -> None:
        if self.regulariser not in get_args(Regulariser):
            raise SermiError(f"The regulariser is off, maximise or match, not '{self.regulariser}'.")
        if self.steps < 0 or self.batch < 2 or self.weight < 0 or not 0 < self.shrinkage <= 1:
            raise SermiError("A generator needs steps >= 0, batch >= 2, weight >= 0 and shrinkage between 0 and 1.")


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
    seed: int = 0,
    device: str = "cpu",
) -> TrainedGenerator:
    """h: (N, d) real features, c: (N,) their codes, t: (N, dt) text features paired with them, or None.

    weights: (N,) how much each counts within its class, None for all alike. real_information: I(c; h) of real data on
    speakers left out, in nats, from `sermi.mi`; `match` needs it.
    Raises SermiError for NaN, a class with fewer than 2 samples, or shapes that don't fit.
    """
    config = config or GeneratorConfig()
    _check(h, c, n_classes, t, real_information, config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _train(h, c, n_classes, config, t, weights, real_information, seed, device)


def _train(
    h: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    config: GeneratorConfig,
    t: np.ndarray | None,
    weights: np.ndarray | None,
    real_information: float | None,
    seed: int,
    device: str,
) -> TrainedGenerator:
    dt = 1 if t is None else t.shape[1]
    shape = GeneratorShape(h.shape[1], dt, n_classes, config.hidden, config.gaussian)
    generator = Generator(shape)
    _set_base(generator, h, c, t, weights, config.shrinkage)
    target = float(real_information or 0.0)
    if config.spread is not None:
        generator.spread.fill_(config.spread)
    elif config.regulariser == "match":
        generator.spread.fill_(matching_spread(generator.means.double(), target, seed))
    generator.to(device)
    average = torch.optim.swa_utils.AveragedModel(
        generator, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.average)
    )
    discriminator = Discriminator(h.shape[1], dt, n_classes).to(device)
    recogniser = Recogniser(h.shape[1], dt, n_classes).to(device)
    betas = (0.5, 0.999)
    learns = torch.optim.Adam(generator.parameters(), lr=config.rate, betas=betas)
    reads = torch.optim.Adam(recogniser.parameters(), lr=1e-3)
    judges = torch.optim.Adam(discriminator.parameters(), lr=config.opponent_rate, betas=betas)
    real = generator.whiten(torch.from_numpy(h).float().to(device))
    codes = torch.from_numpy(c).long().to(device)
    words = None if t is None else torch.from_numpy(t).float().to(device)
    log_prior = torch.full((n_classes,), -float(np.log(n_classes)), device=device)
    drawn = _BalancedRows(codes, n_classes, weights)
    log: list[dict[str, float]] = []

    for step in range(config.steps):
        rows = drawn(config.batch)
        y, b = codes[rows], None if words is None else words[rows]
        present = torch.rand(config.batch, device=device) >= config.text_dropout
        z = torch.randn(config.batch, h.shape[1], device=device)
        noise = config.instance_noise * torch.randn(2, config.batch, h.shape[1], device=device)

        fake = generator.whitened(z, y, b, present)
        judged_real = discriminator(real[rows] + noise[0], y, b, present)
        judged_fake = discriminator(fake.detach() + noise[1], y, b, present)
        value = softplus(-judged_real).mean() + softplus(judged_fake).mean()
        judges.zero_grad()
        value.backward()
        judges.step()

        fooled = softplus(-discriminator(fake + noise[1], y, b, present)).mean()
        about_c = barber_agakov(recogniser(fake), y, log_prior)
        about_t = torch.zeros((), device=device)
        if b is not None and int(present.sum()) > 1:
            about_t = info_nce(recogniser.scores(fake[present], b[present]))
        loss = fooled + config.weight * _regulariser(config, about_c, about_t, target)
        learns.zero_grad()
        loss.backward(retain_graph=True, inputs=list(generator.parameters()))
        # Q always learns to read, also under `match` where G may want to be read less
        reads.zero_grad()
        (-about_c - about_t).backward(inputs=list(recogniser.parameters()))
        learns.step()
        reads.step()
        _centre_residual(generator, seed, step)
        average.update_parameters(generator)
        if step % _LOG_EVERY == 0 or step == config.steps - 1:
            values = {"D": value, "G": fooled, "I(c;h)": about_c, "I(t;h)": about_t}
            log.append({"step": step, **{name: round(v.item(), 4) for name, v in values.items()}})

    trained = average.module if config.steps else generator
    for name, buffer in generator.named_buffers():  # averaging leaves buffers alone
        trained.get_buffer(name).copy_(buffer)
    trained.residual_means.zero_()
    if shape.gaussian and config.steps:
        trained.residual_means.copy_(_class_means_of_residual(trained, seed, 512))
    return TrainedGenerator(trained.cpu().eval().requires_grad_(False), log)


def matching_spread(means: Tensor, information: float, seed: int, n: int = 4_000) -> float:
    """The s at which K Gaussians N(m_c, s² 1), equally likely, carry that many nats about c: exact posterior, n draws each.

    means: (K, d). It lies between 0.5 and 8; information that no such spread gives is met as nearly as possible.
    """
    k = len(means)
    # only directions between the means tell classes apart
    basis = torch.linalg.svd(means - means.mean(dim=0), full_matrices=False).Vh[: k - 1]
    centres = means @ basis.T
    z = torch.randn(k, n, len(basis), dtype=means.dtype, generator=torch.Generator().manual_seed(seed))
    low, high = 0.5, 8.0
    for _ in range(30):
        s = (low + high) / 2
        x = centres[:, None] + s * z
        log_p = torch.log_softmax(-torch.cdist(x, centres).square() / (2 * s * s), dim=2)
        found = np.log(k) + torch.stack([log_p[i, :, i] for i in range(k)]).mean().item()
        low, high = (s, high) if found > information else (low, s)
    return (low + high) / 2


def _regulariser(config: GeneratorConfig, about_c: Tensor, about_t: Tensor, target: float) -> Tensor:
    if config.regulariser == "off":
        return torch.zeros_like(about_c)
    if config.regulariser == "maximise":
        return -(about_c + config.text_weight * about_t)
    return (about_c - target).square() - config.text_weight * about_t


def _set_base(
    generator: Generator,
    h: np.ndarray,
    c: np.ndarray,
    t: np.ndarray | None,
    weights: np.ndarray | None,
    shrinkage: float,
) -> None:
    """Class means and whitening of the real features, the directions between classes, Gaussians of the text features."""
    k = generator.shape.n_classes
    means, factor = class_gaussians(h, c, k, shrinkage, weights)
    centre = means.mean(axis=0)
    generator.centre.copy_(torch.from_numpy(centre))
    generator.factor.copy_(torch.from_numpy(factor))
    whitened = np.linalg.solve(factor, (means - centre).T).T
    generator.means.copy_(torch.from_numpy(whitened))
    directions = np.linalg.svd(whitened, full_matrices=False)[2][: k - 1]
    generator.between[: len(directions)].copy_(torch.from_numpy(directions))
    if t is not None:
        text_means, text_factor = class_gaussians(t, c, k, shrinkage, weights)
        generator.text_means.copy_(torch.from_numpy(text_means))
        generator.text_factor.copy_(torch.from_numpy(text_factor))


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


def _centre_residual(generator: Generator, seed: int, step: int) -> None:
    """Keep the residual's class means up to date while it learns."""
    if generator.shape.gaussian and step % 5 == 0:
        generator.residual_means.zero_()
        generator.residual_means.copy_(_class_means_of_residual(generator, seed + step, 32))


@torch.no_grad()
def _class_means_of_residual(generator: Generator, seed: int, n: int) -> Tensor:
    k, d = generator.shape.n_classes, generator.shape.feature_dim
    z = torch.randn(n * k, d, generator=torch.Generator().manual_seed(seed)).to(generator.centre.device)
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
