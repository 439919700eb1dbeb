"""Stage C of a checkpoint: its last layer, on real features alone or with generated ones, as held-out speech decides.

Three kinds are tried on the inner folds (corpora held out, or speakers where there is one corpus): the discriminant of the
voice model; a multinomial logistic regression on the same real features; and one on real and generated features. The
generator of a fold is trained on that fold's training part alone. The best of many options gains something by chance, and
what a logistic regression gains isn't the generator's: a kind is used only where it gains more over the best of the simpler
ones than folds differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from sermi.augment.config import GeneratorConfig, Regulariser
from sermi.augment.training import TrainedGenerator, fit_generator
from sermi.models.generator import Generator
from sermi.stats.calibration import balanced_weights
from sermi.stats.intervals import Design, Interval
from sermi.stats.last_layer import FittedLastLayer, fit_last_layers
from sermi.stats.recall import macro_recall
from train.recogniser.discriminant import AudioModel
from train.recogniser.selection import inner_folds
from train.recogniser.voices import Candidate, fit_audio_model
from train.samples import AudioSample

REGULARISERS: tuple[Regulariser, ...] = ("match", "maximise", "off")
"""The one that a checkpoint's generator has unless another is asked for comes first."""
RATIOS = (2, 8)
"""Weight of all generated features together, in that of all real ones; and as many of them."""
PENALTIES = (0.01, 0.001)
"""λ of `fit_last_layers` where features are generated."""
REAL_PENALTIES = (0.3, 0.1, 0.03, 0.01)
"""The same for real features alone, which are fewer."""
STEPS: Mapping[Regulariser, int] = {"match": 60, "maximise": 200, "off": 200}
"""The residual of `match` soon undoes what its base was matched to; the others only then differ from each other."""
VOICE_SPREAD = 0.5
"""Set, on the seven corpora of the shipped checkpoints, so that samples lie among those of speakers left out as real ones do.
At 1 they lie too far out: in 120 dimensions 60 speakers overstate how freely voices vary. It was set before features were
cross-fitted, which takes out most of that."""


@dataclass(frozen=True)
class Option:
    """A way to fit the last layer; the discriminant on real features alone by default."""

    regulariser: Regulariser | None = None
    """Of the generator whose samples are used; None for no generated features."""
    ratio: int = 0
    """One of `RATIOS`."""
    penalty: float = 0.0
    """Of a logistic regression, one of `PENALTIES` or `REAL_PENALTIES`; 0 for the discriminant."""


KINDS = (
    (Option(),),
    tuple(Option(penalty=penalty) for penalty in REAL_PENALTIES),
    tuple(Option(*values) for values in product(REGULARISERS, RATIOS, PENALTIES)),
)
"""What is tried, by kind, the simplest first."""
OPTIONS = tuple(option for kind in KINDS for option in kind)
"""All of it."""


@dataclass(frozen=True)
class KindGain:
    """What a kind is worth beside the simpler ones."""

    best: int
    """Which of `OPTIONS` is the best of the kind."""
    rival: int
    """The best of the simpler kinds."""
    gain: Interval
    """Of UA, over folds, with its 95 % interval."""


def out_of_fold_by_option(
    sample: AudioSample, n_classes: int, candidate: Candidate, seed: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Try each of OPTIONS on the inner folds.

    Args:
        sample: of training recordings.
        n_classes: K.
        candidate: of the spaces and their discriminants.
        seed: of folds, projections and generators.

    Returns:
        UA (folds, options), over the classes that a fold has, and for each option (N, K) scores of every recording by models
        that saw neither its speaker nor, with several corpora, its corpus.
    """
    folds = inner_folds(sample, seed)
    scores = [np.zeros((len(sample), n_classes)) for _ in OPTIONS]
    recalls = np.zeros((len(folds), len(OPTIONS)))
    for fold, rows in enumerate(tqdm(folds, desc="stage C", unit="fold")):
        train, held_out = sample.where(~rows), sample.where(rows)
        audio, h = fit_audio_model(train, n_classes, candidate, seed)
        held_out_h = audio.features(held_out.a[:, 0])
        for option, layer in enumerate(layers(h, train, audio, n_classes, seed)):
            scores[option][rows] = layer.scores(held_out_h)
            recalls[fold, option] = macro_recall(held_out.c, scores[option][rows].argmax(axis=1))
    return recalls, scores


def gains_of_kinds(recalls: np.ndarray) -> list[KindGain]:
    """Of each kind but the first. recalls: UA (folds, options)."""
    means, gains, n_simpler = recalls.mean(axis=0), [], len(KINDS[0])
    for kind in KINDS[1:]:
        rival, best = (
            int(means[:n_simpler].argmax()),
            n_simpler + int(means[n_simpler : n_simpler + len(kind)].argmax()),
        )
        gain = Design.disjoint(len(recalls)).interval(recalls[:, best] - recalls[:, rival])
        gains.append(KindGain(best, rival, gain))
        n_simpler += len(kind)
    return gains


def chosen_option(recalls: np.ndarray) -> int:
    """Which of OPTIONS is used: the best of the last kind that gains more than noise, else the discriminant.

    recalls: UA (folds, options).
    """
    return next((of.best for of in reversed(gains_of_kinds(recalls)) if of.gain.low > 0), 0)


def trained_generators(
    h: np.ndarray,
    sample: AudioSample,
    n_classes: int,
    *,
    seed: int,
    t: np.ndarray | None = None,
    real_information: float | None = None,
    real_text_information: float | None = None,
) -> Iterator[tuple[Regulariser, TrainedGenerator]]:
    """Train a generator for each regulariser, on classes and corpora that count equally.

    Args:
        h: (N, d) features of the sample's recordings.
        sample: their codes, speakers and corpora.
        n_classes: K.
        seed: of each generator.
        t: (N, dt) text features paired with h.
        real_information: I(c; h) in nats that `match` aims at; None to measure it on speakers held out.
        real_text_information: I(c; t) in nats, of sentences held out, for `match`.

    Yields:
        Each regulariser of `REGULARISERS` with its generator.
    """
    for regulariser in REGULARISERS:
        trained = fit_generator(
            h,
            sample.c,
            groups=sample.speaker,
            n_classes=n_classes,
            config=GeneratorConfig(regulariser, steps=STEPS[regulariser], voice_spread=VOICE_SPREAD),
            t=t,
            weights=balanced_weights(sample.c, sample.corpus),
            real_information=real_information,
            real_text_information=real_text_information,
            corpora=np.unique(sample.corpus, return_inverse=True)[1],
            seed=seed,
        )
        yield regulariser, trained


def last_layer(
    option: Option,
    h: np.ndarray,
    sample: AudioSample,
    *,
    audio: AudioModel,
    generators: Mapping[str, TrainedGenerator],
    seed: int,
) -> FittedLastLayer:
    """The last layer of an option.

    Args:
        option: of `OPTIONS`.
        h: (N, d) features of all training recordings.
        sample: their codes and corpora.
        audio: the discriminant on h, which the default option is.
        generators: by regulariser, trained on h.
        seed: of the samples.
    """
    if not option.penalty:
        return FittedLastLayer(audio.weights, audio.bias)
    if option.regulariser is None:
        return _real_layers(h, sample, len(audio.bias), (option.penalty,))[0]
    generator = generators[option.regulariser].generator
    return _augmented_layers(h, sample, generator, ratio=option.ratio, penalties=(option.penalty,), seed=seed)[0]


def last_layer_report(recalls: np.ndarray) -> dict[str, Any]:
    """What was tried and what is used, for metrics.json. recalls: UA (folds, options)."""
    means = recalls.mean(axis=0)
    tried = [{**asdict(option), "UA": round(float(ua), 4)} for option, ua in zip(OPTIONS, means, strict=True)]
    return {
        "what": "mean UA over inner folds (corpora or speakers left out) of each way to fit the last layer: a discriminant, a "
        "logistic regression, and one with generated features; a kind is used where it gains more over the best of the "
        "simpler ones than folds differ",
        "chosen": asdict(OPTIONS[chosen_option(recalls)]),
        "kinds": [
            {
                "best": tried[of.best],
                "rival": tried[of.rival],
                "gain": round(of.gain.mean, 4),
                "interval_95": of.gain.ends(),
            }
            for of in gains_of_kinds(recalls)
        ],
        "options": tried,
    }


def layers(
    h: np.ndarray, sample: AudioSample, audio: AudioModel, n_classes: int, seed: int
) -> Iterator[FittedLastLayer]:
    """A last layer by each of OPTIONS, in their order.

    Args:
        h: (N, d) features of the sample's recordings.
        sample: their codes, speakers and corpora.
        audio: the discriminant on h.
        n_classes: K.
        seed: of generators and samples.
    """
    yield FittedLastLayer(audio.weights, audio.bias)
    yield from _real_layers(h, sample, n_classes, REAL_PENALTIES)
    for _, trained in trained_generators(h, sample, n_classes, seed=seed):
        for ratio in RATIOS:
            yield from _augmented_layers(h, sample, trained.generator, ratio=ratio, penalties=PENALTIES, seed=seed)


def _real_layers(
    h: np.ndarray, sample: AudioSample, n_classes: int, penalties: tuple[float, ...]
) -> list[FittedLastLayer]:
    weights = balanced_weights(sample.c, sample.corpus)
    return fit_last_layers(h, sample.c, n_classes, penalties, sample_weights=weights / weights.sum())


def _augmented_layers(
    h: np.ndarray,
    sample: AudioSample,
    generator: Generator,
    *,
    ratio: int,
    penalties: tuple[float, ...],
    seed: int,
) -> list[FittedLastLayer]:
    """Real rows count by class and corpus, and all generated ones together `ratio` times as much as all real ones."""
    n_classes = generator.shape.n_classes
    n = ratio * len(h) // n_classes * n_classes
    codes = np.arange(n) % n_classes
    generated = generator.sample(torch.from_numpy(codes), seed=seed)[0].numpy()
    weights = balanced_weights(sample.c, sample.corpus)
    return fit_last_layers(
        np.concatenate([h, generated]),
        np.concatenate([sample.c, codes]),
        n_classes,
        penalties,
        sample_weights=np.concatenate([weights / weights.sum(), np.full(n, ratio / n)]),
    )
