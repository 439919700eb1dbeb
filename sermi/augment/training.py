"""Stage B: train the generator against D, with the mutual information that its samples carry as a regulariser.

An independent implementation of the method of https://arxiv.org/abs/2510.10078; docs/method.md has its symbols and equations.

`min_{G,Q} max_D V(D, G) + λ R` with R one of
    off       0: a plain conditional GAN;
    maximise  -(I_Q(c; ĥ) + w I_Q(t; ĥ)): the paper's, InfoGAN's;
    match     (I_Q(c; ĥ) - I_base)² - w I_Q(t; ĥ): to stay where the base is, which was brought to what real
              features carry about speakers that were not trained on.
I_Q(c; ĥ) = H(c) + E log q(c | ĥ) (Barber and Agakov 2003), I_Q(t; ĥ) is InfoNCE (van den Oord et al. 2018).

Where there are voices, each R has w I_Q(v; ĥ), too: how well a set of samples says whose it is. D judges single samples, and
sets of samples of one voice beside them.

`match` has two parts. What differs between voices in an emotion is trimmed along the directions between classes by a factor s,
until a set drawn like the real one (the same voices, corpora and numbers) carries what the real one does, both measured on
voices left out. The penalty then keeps the learnt residual there. Class means can't move (see sermi/models/generator.py), which
is how a penalty alone is gamed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from sermi.augment.base import (
    RealDesign,
    gaussian_base,
    generator_at_base,
    information_of_new_voices,
    match_spread,
    match_text,
)
from sermi.augment.config import GeneratorConfig
from sermi.augment.minimax import Trainer
from sermi.errors import SermiError
from sermi.mi.discriminant import speaker_disjoint_information
from sermi.models.generator import Generator

_FEWEST_REPEATED = 8
"""Recordings beyond the first of a speaker's emotion, without which nothing is known of how recordings of one voice differ."""


@dataclass(frozen=True)
class TrainedGenerator:
    """What `fit_generator` gives."""

    generator: Generator
    """In evaluation mode, on the CPU."""
    log: list[dict[str, float]] = field(default_factory=list)
    """One row every 25 steps: step, losses of D and G, I(c;h), I(t;h) and I(v;h) of generated samples by Q in nats."""


def fit_generator(
    h: np.ndarray,
    c: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    n_classes: int | None = None,
    config: GeneratorConfig | None = None,
    t: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    real_information: float | None = None,
    real_text_information: float | None = None,
    corpora: np.ndarray | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> TrainedGenerator:
    """Train a generator of features like h (stage B), in single precision. Lists, tables of pandas and tensors are taken, too.

    Under `match`, real_information is measured on speakers left out (`speaker_disjoint_information`), and where there is t,
    so is real_text_information. A real_information of the caller's is taken as it is, and then nothing is measured.

    Args:
        h: (N, d) real features.
        c: (N,) their codes 0..K-1.
        groups: (N,) speakers, whose voices are modelled; `match` needs them, unless real_information is given.
        n_classes: K; None for as many as c has.
        config: how it is trained.
        t: (N, dt) text features paired with h; None for a generator of the voice alone.
        weights: (N,) how much each row counts within its class; None for all alike. Where voices are modelled they count in
            what h is whitened by and in what D is shown; the parts of a voice are of all rows alike.
        real_information: I(c; h) in nats that `match` brings the base to; None to measure it. Unused where `config` sets
            `base_spread`: then the base stays as it is, and the residual is kept at what that carries.
        real_text_information: I(c; t) in nats that `match` brings the t̂ of pairs to; None to measure it together with
            real_information, or to leave t̂ as t is where that is given.
        corpora: (N,) codes 0..J-1 of the corpora that rows are of; None for one.
        seed: the same seed gives the same generator. The caller's random state is left as it was.
        device: of the training.

    Raises:
        SermiError: NaN, a class with fewer than 2 samples, shapes that don't fit, or `match` with nothing to match: neither
            real_information nor at least two speakers.
    """
    config = config or GeneratorConfig()
    h, c, t = np.array(h), np.array(c), None if t is None else np.array(t)
    columns = {"groups": groups, "weights": weights, "corpora": corpora}
    groups, weights, corpora = (_column(name, values, len(c)) for name, values in columns.items())
    n_classes = _checked_classes(c, n_classes)
    _check_tables(h, t, n_rows=len(c))
    if config.regulariser == "match" and real_information is None:
        real_information = speaker_disjoint_information(h, c, groups, seed=seed)
        if t is not None and real_text_information is None:
            real_text_information = speaker_disjoint_information(t, c, groups, seed=seed)
    h, t = h.astype(np.float32), None if t is None else t.astype(np.float32)
    voices = groups is not None and config.voices and shows_voices(c, groups)
    design = RealDesign(c, groups if voices else None, corpora, real_information)
    with torch.random.fork_rng(devices=[device] if device.startswith("cuda") else []):
        torch.manual_seed(seed)
        generator, target = _matched_base(h, t, design, n_classes, config, weights, real_text_information, seed)
        trainer = Trainer(generator, config, target=target, seed=seed, device=device)
        trainer.run(h, design, t, weights)
        return TrainedGenerator(trainer.trained_generator(), trainer.log)


def _matched_base(
    h: np.ndarray,
    t: np.ndarray | None,
    design: RealDesign,
    n_classes: int,
    config: GeneratorConfig,
    weights: np.ndarray | None,
    text_information: float | None,
    seed: int,
) -> tuple[Generator, float]:
    """The generator before it is trained, and the information that `match` keeps its samples at.

    Args:
        h: (N, d) float32 features.
        t: (N, dt) float32 text features, or None.
        design: of the rows, with groups where voices are to be modelled.
        n_classes: K.
        config: how it is trained.
        weights: (N,) of the rows within their class, or None.
        text_information: I(c; t) that t̂ is brought to, nats; None to leave it.
        seed: of what is drawn to match.
    """
    options: dict[str, Any] = {"shrinkage": config.shrinkage, "weights": weights}
    base = gaussian_base(h, design.c, n_classes, corpora=design.corpora, groups=design.groups, **options)
    text_base = None if t is None else gaussian_base(t, design.c, n_classes, **options)
    generator = generator_at_base(base, text_base, config, voices=design.groups is not None)
    if config.regulariser != "match":
        return generator, 0.0
    if config.base_spread is None:
        match_spread(generator, design, seed)
    if text_base is not None and text_information is not None:
        match_text(generator, text_base, design._replace(information=text_information), seed)
    return generator, information_of_new_voices(generator, design.c, seed)


def shows_voices(c: np.ndarray, groups: np.ndarray) -> bool:
    """Whether recordings show what voices are like: several speakers, with several recordings of an emotion by one of them."""
    cells = np.unique(np.stack([np.unique(groups, return_inverse=True)[1], c]), axis=1).shape[1]
    return len(np.unique(groups)) > 1 and len(c) - cells >= _FEWEST_REPEATED


def _column(name: str, values: np.ndarray | None, n_rows: int) -> np.ndarray | None:
    """Raises SermiError unless there is one value for each row, or none at all."""
    column = None if values is None else np.array(values)
    if column is not None and column.shape != (n_rows,):
        raise SermiError(f"{name} should be one value for each of the {n_rows} labels, not {column.shape} in shape.")
    return column


def _checked_classes(c: np.ndarray, n_classes: int | None) -> int:
    """K. Raises SermiError unless c (N,) holds at least 2 of each of 0..K-1 and nothing else."""
    if c.ndim != 1 or c.dtype.kind not in "iu" or not len(c) or c.min() < 0:
        raise SermiError("The codes c should be whole numbers from 0, one for each sample.")
    n_classes = int(c.max()) + 1 if n_classes is None else n_classes
    count = np.bincount(c, minlength=n_classes)
    if len(count) > n_classes or count.min() < 2:
        raise SermiError(
            f"A generator needs at least 2 samples of each of the {n_classes} classes; class {int(count.argmin())} has "
            f"{int(count.min())}."
        )
    return n_classes


def _check_tables(h: np.ndarray, t: np.ndarray | None, n_rows: int) -> None:
    """Raises SermiError unless both are tables of that many rows of finite numbers."""
    for name, table in (("features", h), ("text features", t)):
        if table is None:
            continue
        if table.ndim != 2 or len(table) != n_rows:
            raise SermiError(f"The {name} should be one row for each of the {n_rows} labels, not {table.shape}.")
        if table.dtype.kind not in "iuf":
            raise SermiError(f"The {name} should be numbers, not {table.dtype}.")
        if not np.isfinite(table).all():
            raise SermiError(f"The {name} hold NaN or infinite values; leave those rows out.")
