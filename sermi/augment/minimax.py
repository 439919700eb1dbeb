"""The steps of `min_{G,Q} max_D V(D, G) + λ R`, see `sermi.augment.training`."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sermi.augment.adversary import Discriminator, RecognitionNetwork, SetDiscriminator
from sermi.augment.base import RealDesign
from sermi.augment.batches import BalancedRows, VoiceRows
from sermi.augment.config import GeneratorConfig
from sermi.mi.bounds import barber_agakov, info_nce
from sermi.models.generator import Generator, Voices

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
_SETS, _OF_A_VOICE = 16, 4
"""Sets in a step, and samples in a set: enough to see what a voice is like, few enough for the smallest speakers."""


class _Batch(NamedTuple):
    """Real samples: (B, ...), or (V, m, ...) of V voices."""

    x: Tensor
    """Whitened."""
    c: Tensor
    corpus: Tensor
    t: Tensor | None = None


class Trainer:
    """The generator, its average, its opponents, Q and their optimisers: everything that a step of training changes."""

    def __init__(self, generator: Generator, config: GeneratorConfig, *, target: float, seed: int, device: str) -> None:
        """target: I(c; ĥ) in nats that `match` keeps samples at."""
        self.config, self.target, self.seed = config, target, seed
        self.generator = generator.to(device)
        self.average = AveragedModel(generator, multi_avg_fn=get_ema_multi_avg_fn(config.average))
        sizes = (generator.shape.feature_dim, generator.shape.text_feature_dim, generator.shape.n_classes)
        self.discriminator = Discriminator(*sizes).to(device)
        self.set_discriminator = SetDiscriminator(sizes[0], sizes[2]).to(device)
        self.recognition = RecognitionNetwork(*sizes).to(device)
        opponents = [*self.discriminator.parameters(), *self.set_discriminator.parameters()]
        self.optimisers = {
            "generator": torch.optim.Adam(generator.parameters(), lr=config.rate, betas=_BETAS),
            "recognition": torch.optim.Adam(self.recognition.parameters(), lr=_RECOGNITION_RATE),
            "discriminator": torch.optim.Adam(opponents, lr=config.opponent_rate, betas=_BETAS),
        }
        self.log_prior = torch.full((sizes[2],), -float(np.log(sizes[2])), device=device)
        self.steps_done = 0
        self.log: list[dict[str, float]] = []

    def run(self, h: np.ndarray, design: RealDesign, t: np.ndarray | None, weights: np.ndarray | None) -> None:
        """All steps. h: (N, d) and t: (N, dt) float32 of the design's rows, weights: (N,) within a class; None for none."""
        device, n_classes = self.log_prior.device, len(self.log_prior)
        text = None if t is None else torch.from_numpy(t).to(device)
        real = self.generator.whiten(torch.from_numpy(h).to(device))
        codes = torch.from_numpy(np.asarray(design.c)).long().to(device)
        corpus = design.voices().corpus.to(device)
        balanced_rows = BalancedRows(codes, n_classes, weights)
        sets = None
        if self.generator.shape.voices and design.groups is not None:
            sets = VoiceRows(codes, design.groups, corpus.cpu().numpy(), _OF_A_VOICE)
        while self.steps_done < self.config.steps:
            rows = balanced_rows(self.config.batch)
            of_voices = sets(_SETS) if sets else None
            self.step(
                _Batch(real[rows], codes[rows], corpus[rows], None if text is None else text[rows]),
                None if of_voices is None else _Batch(real[of_voices], codes[of_voices], corpus[of_voices]),
            )

    def step(self, batch: _Batch, sets: _Batch | None) -> None:
        """One step of D, then of G and Q. sets: samples (V, m) of one voice each; None where there are no voices."""
        c, t, generator, device = batch.c, batch.t, self.generator, batch.c.device
        present = torch.rand(len(c), device=device) >= self.config.text_dropout
        noise = self.config.instance_noise * torch.randn(2, *batch.x.shape, device=device)
        alone = Voices(torch.arange(len(c), device=device), batch.corpus)
        generated = generator.forward_whitened(generator.draw_noise(c, alone, None), c, batch.corpus, t, present)
        loss_d = self._loss_of_opponent(batch.x + noise[0], generated.detach() + noise[1], c=c, t=t, present=present)
        loss_g = softplus(-self.discriminator(generated + noise[1], c, t, present)).mean()
        mi_v, of_sets = torch.zeros((), device=device), None
        if sets is not None:
            of_sets, offsets = self._generated_sets(sets)
            loss_d = loss_d + self._loss_of_sets(sets, of_sets.detach())
        self.optimisers["discriminator"].zero_grad()
        loss_d.backward()
        self.optimisers["discriminator"].step()
        if sets is not None and of_sets is not None:
            loss_g = loss_g + softplus(-self.set_discriminator(self._blurred(of_sets), sets.c)).mean()
            mi_v = info_nce(self.recognition.voice_scores(of_sets, offsets))
        mi_c = barber_agakov(self.recognition(generated), c, self.log_prior)
        mi_t = torch.zeros((), device=device)
        if t is not None and int(present.sum()) > 1:
            mi_t = info_nce(self.recognition.scores(generated[present], t[present]))
        self._step_generator_and_recogniser(loss_g, mi_c, mi_t, mi_v)

        if generator.shape.gaussian and self.steps_done % _MEANS_EVERY == 0:
            _centre_residual(generator, self.seed + self.steps_done, _SAMPLES_IN_TRAINING)
        self.average.update_parameters(generator)
        if self.steps_done % LOG_EVERY == 0 or self.steps_done == self.config.steps - 1:
            values = {"D": loss_d, "G": loss_g, "I(c;h)": mi_c, "I(t;h)": mi_t, "I(v;h)": mi_v}
            row = {name: round(value.item(), 4) for name, value in values.items()}
            self.log.append({"step": self.steps_done, **row})
        self.steps_done += 1

    def _generated_sets(self, sets: _Batch) -> tuple[Tensor, Tensor]:
        """Samples (V, m, d) of new voices that say what the real ones say, and what each voice adds: (V, d)."""
        n, m = sets.c.shape
        c, corpus = sets.c.reshape(-1), sets.corpus.reshape(-1)
        index = torch.arange(n, device=c.device).repeat_interleave(m)
        noise = self.generator.draw_noise(c, Voices(index, corpus), None)
        generated = self.generator.forward_whitened(noise, c, corpus)
        offsets = noise.speaker.reshape(n, m, -1)[:, 0] @ self.generator.speaker.T
        return generated.reshape(n, m, -1), offsets

    def _blurred(self, x: Tensor) -> Tensor:
        return x + self.config.instance_noise * torch.randn_like(x)

    def _loss_of_sets(self, sets: _Batch, generated: Tensor) -> Tensor:
        on_real, on_generated = (self.set_discriminator(self._blurred(x), sets.c) for x in (sets.x, generated))
        return softplus(-on_real).mean() + softplus(on_generated).mean()

    def _loss_of_opponent(
        self, real: Tensor, generated: Tensor, *, c: Tensor, t: Tensor | None, present: Tensor
    ) -> Tensor:
        """Of D, on samples (B, d) that already carry their noise."""
        logits_real = self.discriminator(real, c, t, present)
        logits_generated = self.discriminator(generated, c, t, present)
        return softplus(-logits_real).mean() + softplus(logits_generated).mean()

    def _step_generator_and_recogniser(self, loss_g: Tensor, mi_c: Tensor, mi_t: Tensor, mi_v: Tensor) -> None:
        """G descends its loss and R; Q always learns to read, also under `match` where G may want to be read less."""
        loss = loss_g + self.config.weight * _regulariser(self.config, mi_c, mi_t, mi_v, self.target)
        self.optimisers["generator"].zero_grad()
        loss.backward(retain_graph=True, inputs=list(self.generator.parameters()))
        self.optimisers["recognition"].zero_grad()
        (-mi_c - mi_t - mi_v).backward(inputs=list(self.recognition.parameters()))
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


def _regulariser(config: GeneratorConfig, mi_c: Tensor, mi_t: Tensor, mi_v: Tensor, target: float) -> Tensor:
    """R in nats, or in nats² under `match`."""
    if config.regulariser == "off":
        return torch.zeros_like(mi_c)
    others = config.text_weight * mi_t + config.voice_weight * mi_v
    if config.regulariser == "maximise":
        return -(mi_c + others)
    return (mi_c - target).square() - others


@torch.no_grad()
def _centre_residual(generator: Generator, seed: int, n: int) -> None:
    """Bring r̄_c up to date: the residual's mean over n samples of each class, each of a voice of its own."""
    k, d = generator.shape.n_classes, generator.shape.feature_dim
    random = torch.Generator().manual_seed(seed)
    c = torch.arange(k).repeat_interleave(n).to(generator.centre.device)
    voices = generator.deal(c, random, clips_per_voice=1)
    noise = generator.draw_noise(c, voices, random)
    r = generator.raw_residual(noise.rest, generator.offsets(noise, voices.corpus), c, None)
    generator.residual_means.copy_(r.view(k, n, d).mean(dim=1))
