"""Stage C of a checkpoint: its last layer, on real features alone or on real and generated ones, as left-out speech decides.

Every option is tried on the inner folds (corpora left out, or speakers where there is one corpus): the discriminant, which
needs no generated features, and for each regulariser and ratio a multinomial logistic last layer on real + generated features.
The generator of a fold is trained on that fold's training part alone.
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
from sermi.stats.last_layer import FittedLastLayer, fit_last_layers
from train.recogniser.discriminant import AudioModel, Discriminant, fit
from train.recogniser.selection import inner_folds
from train.samples import AudioSample

REGULARISERS: tuple[Regulariser, ...] = ("match", "maximise", "off")
"""The one that a checkpoint's generator has unless another is asked for comes first."""
RATIOS = (2, 8)
PENALTIES = (0.01, 0.001)
STEPS: Mapping[Regulariser, int] = {"match": 60, "maximise": 200, "off": 200}
"""The residual of `match` soon undoes what its base was matched to; the others only then differ from each other."""

RADII: Mapping[Regulariser, tuple[float, float]] = {"match": (0.1, 1.0)}
"""Set so that samples cover speakers left out as real features do: with several corpora they lie nearer to their middle than
with RAVDESS alone, where 0.3 did."""


@dataclass(frozen=True)
class Option:
    """A way to fit the last layer. regulariser: None for the discriminant on real features alone."""

    regulariser: Regulariser | None = None
    ratio: int = 0
    penalty: float = 0.0


OPTIONS = (Option(), *(Option(*values) for values in product(REGULARISERS, RATIOS, PENALTIES)))


def out_of_fold_by_option(
    sample: AudioSample, n_classes: int, candidate: Discriminant, seed: int
) -> tuple[list[float], list[np.ndarray]]:
    """For each of OPTIONS its mean UA over the inner folds, and (N, K) scores of every recording by models that saw neither
    its speaker nor, with several corpora, its corpus."""
    folds = inner_folds(sample, seed)
    scores = [np.zeros((len(sample), n_classes)) for _ in OPTIONS]
    recalls = np.zeros((len(folds), len(OPTIONS)))
    for fold, held_out in enumerate(tqdm(folds, desc="stage C", unit="fold")):
        train, left = sample.where(~held_out), sample.where(held_out)
        audio = fit(train, n_classes, candidate, seed)
        h = audio.features(left.a[:, 0])
        for i, layer in enumerate(_layers(train, audio, n_classes, seed)):
            scores[i][held_out] = layer.scores(h)
            predicted = scores[i][held_out].argmax(axis=1)
            # classes that a corpus doesn't have can't be recalled in it
            recalls[fold, i] = np.mean([np.mean(predicted[left.c == k] == k) for k in np.unique(left.c)])
    return recalls.mean(axis=0).tolist(), scores


def trained_generators(
    h: np.ndarray,
    sample: AudioSample,
    n_classes: int,
    seed: int,
    **options: Any,
) -> Iterator[tuple[Regulariser, TrainedGenerator]]:
    """A generator for each regulariser, trained on h (N, d).

    options: further arguments of `fit_generator`.
    """
    for regulariser in REGULARISERS:
        trained = fit_generator(
            h,
            sample.c,
            n_classes=n_classes,
            config=GeneratorConfig(regulariser, steps=STEPS[regulariser], radii=RADII.get(regulariser)),
            weights=balanced_weights(sample.c, sample.corpus),
            corpora=np.unique(sample.corpus, return_inverse=True)[1],
            seed=seed,
            **options,
        )
        yield regulariser, trained


def last_layer(
    option: Option,
    h: np.ndarray,
    sample: AudioSample,
    audio: AudioModel,
    generators: Mapping[Regulariser, Generator],
    n_classes: int,
    seed: int,
) -> FittedLastLayer:
    """The last layer of an option, on all of h (N, d) and, if it has a regulariser, samples of that generator."""
    if option.regulariser is None:
        return FittedLastLayer(audio.weights, audio.bias)
    generator = generators[option.regulariser]
    return _augmented_layers(option.ratio, h, sample, generator, n_classes, seed, (option.penalty,))[0]


def report(recalls: list[float], chosen: Option) -> dict[str, Any]:
    """What was tried and what is used, for metrics.json."""
    return {
        "what": "mean UA over inner folds (corpora or speakers left out) of each way to fit the last layer; the best is used",
        "chosen": asdict(chosen),
        "options": [{**asdict(option), "UA": round(ua, 4)} for option, ua in zip(OPTIONS, recalls, strict=True)],
    }


def _layers(sample: AudioSample, audio: AudioModel, n_classes: int, seed: int) -> Iterator[FittedLastLayer]:
    """In the order of OPTIONS."""
    yield FittedLastLayer(audio.weights, audio.bias)
    h = audio.features(sample.a[:, 0])
    for _, trained in trained_generators(h, sample, n_classes, seed, groups=sample.speaker):
        for ratio in RATIOS:
            yield from _augmented_layers(ratio, h, sample, trained.generator, n_classes, seed, PENALTIES)


def _augmented_layers(
    ratio: int,
    h: np.ndarray,
    sample: AudioSample,
    generator: Generator,
    n_classes: int,
    seed: int,
    penalties: tuple[float, ...],
) -> list[FittedLastLayer]:
    """Real rows count by class and corpus, and all generated ones together `ratio` times as much as all real ones."""
    n = ratio * len(h) // n_classes * n_classes
    codes = np.arange(n) % n_classes
    made = generator.sample(torch.from_numpy(codes), seed=seed)[0].numpy()
    weights = balanced_weights(sample.c, sample.corpus)
    joint = np.concatenate([h, made])
    c = np.concatenate([sample.c, codes])
    share = np.concatenate([weights / weights.sum(), np.full(n, ratio / n)])
    return fit_last_layers(joint, c, n_classes, penalties, sample_weights=share)
