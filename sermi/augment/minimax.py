"""The steps of `min_{G,Q} max_D V(D, G) + λ R`, see `sermi.augment.training`."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sermi.augment.adversary import Discriminator, RecognitionNetwork
from sermi.augment.batches import BalancedRows
from sermi.augment.config import GeneratorConfig
from sermi.mi.bounds import barber_agakov, info_nce
from sermi.models.generator import Generator

LOG_EVERY = 25
"""Steps between rows of the log."""
_BETAS = (0.5, 0.999)
"""Of Adam for G and D: with less momentum than usual they don't circle each other (Radford et al. 2016)."""
_RECOGNITION_RATE = 1e-3
"""Q has no opponent, so it learns at Adam's usual rate, several times that of G: a bound is as good as its critic."""
_MEANS_EVERY = 5
"""Steps between updates of the residual's class means, which move little in one."""
_SAMPLES_IN_TRAINING, _SAMPLES_AT_END = 32, 512
"""Of each class, from which these means are taken."""


class Trainer:
    """The generator, its average, D, Q and their optimisers: everything that a step of training changes."""

    def __init__(self, generator: Generator, config: GeneratorConfig, *, target: float, seed: int, device: str) -> None:
        """target: I(c; ĥ) in nats that `match` keeps samples at."""
        self.config, self.target, self.seed = config, target, seed
        self.generator = generator.to(device)
        self.average = AveragedModel(generator, multi_avg_fn=get_ema_multi_avg_fn(config.average))
        sizes = (generator.shape.feature_dim, generator.shape.text_feature_dim, generator.shape.n_classes)
        self.discriminator = Discriminator(*sizes).to(device)
        self.recognition = RecognitionNetwork(*sizes).to(device)
        self.optimisers = {
            "generator": torch.optim.Adam(generator.parameters(), lr=config.rate, betas=_BETAS),
            "recognition": torch.optim.Adam(self.recognition.parameters(), lr=_RECOGNITION_RATE),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), lr=config.opponent_rate, betas=_BETAS),
        }
        self.log_prior = torch.full((sizes[2],), -float(np.log(sizes[2])), device=device)
        self.steps_done = 0
        self.log: list[dict[str, float]] = []

    def run(self, h: np.ndarray, c: np.ndarray, t: np.ndarray | None, weights: np.ndarray | None) -> None:
        """All steps. h: (N, d) and t: (N, dt) float32, c: (N,), weights: (N,) within a class; t, weights: None for none."""
        device, n_classes = self.log_prior.device, len(self.log_prior)
        text = None if t is None else torch.from_numpy(t).to(device)
        real = self.generator.whiten(torch.from_numpy(h).to(device))
        codes = torch.from_numpy(c).long().to(device)
        balanced_rows = BalancedRows(codes, n_classes, weights)
        while self.steps_done < self.config.steps:
            rows = balanced_rows(self.config.batch)
            self.step(real[rows], codes[rows], None if text is None else text[rows])

    def step(self, real: Tensor, c: Tensor, t: Tensor | None) -> None:
        """One step of D, then of G and Q. real: (B, d) whitened, c: (B,) codes, t: (B, dt) text features or None."""
        present = torch.rand(len(c), device=c.device) >= self.config.text_dropout
        z = self.generator.scale_noise(torch.randn_like(real), torch.rand(len(c), device=c.device))
        noise = self.config.instance_noise * torch.randn(2, *real.shape, device=c.device)
        generated = self.generator.forward_whitened(z, c, t, present=present, corpus=self.generator.sample_corpus(c))

        loss_d = self._step_discriminator(real + noise[0], generated.detach() + noise[1], c=c, t=t, present=present)
        loss_g = softplus(-self.discriminator(generated + noise[1], c, t, present)).mean()
        mi_c = barber_agakov(self.recognition(generated), c, self.log_prior)
        mi_t = torch.zeros((), device=c.device)
        if t is not None and int(present.sum()) > 1:
            mi_t = info_nce(self.recognition.scores(generated[present], t[present]))
        self._step_generator_and_recogniser(loss_g, mi_c, mi_t)

        if self.generator.shape.gaussian and self.steps_done % _MEANS_EVERY == 0:
            _centre_residual(self.generator, self.seed + self.steps_done, _SAMPLES_IN_TRAINING)
        self.average.update_parameters(self.generator)
        if self.steps_done % LOG_EVERY == 0 or self.steps_done == self.config.steps - 1:
            values = {"D": loss_d, "G": loss_g, "I(c;h)": mi_c, "I(t;h)": mi_t}
            row = {name: round(value.item(), 4) for name, value in values.items()}
            self.log.append({"step": self.steps_done, **row})
        self.steps_done += 1

    def _step_discriminator(
        self, real: Tensor, generated: Tensor, *, c: Tensor, t: Tensor | None, present: Tensor
    ) -> Tensor:
        """Its loss, on samples (B, d) that already carry their noise."""
        logits_real = self.discriminator(real, c, t, present)
        logits_generated = self.discriminator(generated, c, t, present)
        loss_d = softplus(-logits_real).mean() + softplus(logits_generated).mean()
        self.optimisers["discriminator"].zero_grad()
        loss_d.backward()
        self.optimisers["discriminator"].step()
        return loss_d

    def _step_generator_and_recogniser(self, loss_g: Tensor, mi_c: Tensor, mi_t: Tensor) -> None:
        """G descends its loss and R; Q always learns to read, also under `match` where G may want to be read less."""
        loss = loss_g + self.config.weight * _regulariser(self.config, mi_c, mi_t, self.target)
        self.optimisers["generator"].zero_grad()
        loss.backward(retain_graph=True, inputs=list(self.generator.parameters()))
        self.optimisers["recognition"].zero_grad()
        (-mi_c - mi_t).backward(inputs=list(self.recognition.parameters()))
        self.optimisers["generator"].step()
        self.optimisers["recognition"].step()

    def trained_generator(self) -> Generator:
        """The average over steps, ready for use."""
        averaged = cast("Generator", self.average.module)
        for name, buffer in self.generator.named_buffers():  # averaging leaves buffers alone
            averaged.get_buffer(name).copy_(buffer)
        if averaged.shape.gaussian:
            _centre_residual(averaged, self.seed, _SAMPLES_AT_END)
        return averaged.cpu().eval().requires_grad_(False)


def _regulariser(config: GeneratorConfig, mi_c: Tensor, mi_t: Tensor, target: float) -> Tensor:
    """R in nats, or in nats² under `match`."""
    if config.regulariser == "off":
        return torch.zeros_like(mi_c)
    if config.regulariser == "maximise":
        return -(mi_c + config.text_weight * mi_t)
    return (mi_c - target).square() - config.text_weight * mi_t


@torch.no_grad()
def _centre_residual(generator: Generator, seed: int, n: int) -> None:
    """Bring r̄_c up to date: the residual's mean over n samples of each class."""
    k, d = generator.shape.n_classes, generator.shape.feature_dim
    random = torch.Generator().manual_seed(seed)
    z, u = torch.randn(n * k, d, generator=random), torch.rand(n * k, generator=random)
    z = generator.scale_noise(z.to(generator.centre.device), u.to(generator.centre.device))
    c = torch.arange(k, device=z.device).repeat_interleave(n)
    generator.residual_means.copy_(generator.raw_residual(z, c, None).view(k, n, d).mean(dim=1))
