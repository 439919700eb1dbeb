"""`python -m train scores`: whether the score of a single sample is worth something.

Of a checkpoint, its own split (its generators and last layer, tested on the speakers kept out of training), and four more of
its training speakers, dealt within corpora, with a space, last layer and generators like the shipped ones of each. So every
speaker is recognised once by what never met them, and speakers are the unit of the intervals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from sermi import checkpoint as checkpoints
from sermi.checkpoint import Checkpoint
from sermi.mi import label_critic, linear
from sermi.models.generator import Generator
from sermi.shipped import resolve
from sermi.stats import calibration, gaussians
from sermi.stats.calibration import log_softmax
from sermi.stats.intervals import Design
from train.checkpoint import features, score_filters, stage_c
from train.checkpoint.data import held_out_speakers, of_voices
from train.checkpoint.features import features_of, learnt_views
from train.checkpoint.information import sample_h
from train.checkpoint.score_filters import Taught
from train.embeddings.dataset import audio_sample, audio_table
from train.fingerprints import of_features
from train.protocols import corpus_folders
from train.recogniser import score_critics, space, voices
from train.recogniser.score_critics import KEPT_OUT, TRAINING_CRITICS, Critic, folds_within_corpora, kept_out_critics
from train.recogniser.voices import Candidate, fit_audio_model
from train.samples import AudioSample

N_PER_CLASS = 500
"""Generated samples of a set."""
N_SETS = 3
"""Generated sets of each generator."""
FLIPPED = 0.1
"""Share of labels that are replaced by another."""
LAYER = "last layer"
RecallsByFilter = dict[tuple[str, str, str, float], np.ndarray]
"""(speakers, 2) UA of what is kept and of random sets as large, by generator, critic, way and share."""


@dataclass(frozen=True)
class Split:
    """Speakers to train on and speakers to test on, with what was trained."""

    train: AudioSample
    train_h: np.ndarray
    """(N, d)."""
    test: AudioSample
    test_h: np.ndarray
    """(n, d)."""
    layer: Critic
    """The last layer, calibrated."""
    generators: Mapping[str, Generator]
    """By regulariser."""


def evaluate(names: Sequence[str], data: Path, *, seed: int, command: str) -> dict[str, Any]:
    """Run the experiment.

    Args:
        names: of checkpoints, as `sermi.checkpoint.load` takes them.
        data: folder that holds one folder a corpus.
        seed: of folds, generators, sets, flipped labels and random sets.
        command: kept beside the figures.

    Raises:
        SermiError: a checkpoint or a corpus can't be read, or a checkpoint carries no generator or no voice model.
    """
    loaded = {name: checkpoints.load(name) for name in names}
    for one in loaded.values():
        one.generator()
        one.voice_recogniser()
    return {
        "what": "scores of single samples by critics of different speakers: AUROC of a low score, and UA of a last layer "
        "taught by the generated samples that score highest beside random ones of the same number; intervals over speakers",
        "command": command,
        "seed": seed,
        "checkpoints": {Path(name).name: _of_checkpoint(one, data, seed) for name, one in loaded.items()},
        "features": fingerprints(names),
    }


def fingerprints(names: Sequence[str]) -> dict[str, str]:
    """What a result for checkpoints of these names depends on, part by part."""
    frontend = checkpoints.load(names[0]).config.frontend
    weights = [hashlib.sha256((resolve(name) / "model.safetensors").read_bytes()).hexdigest() for name in names]
    code = [
        features,
        score_critics,
        score_filters,
        space,
        voices,
        stage_c,
        label_critic,
        linear,
        calibration,
        gaussians,
    ]
    return of_features(frontend, code=code, options=[weights, N_PER_CLASS, N_SETS, FLIPPED])


def _of_checkpoint(loaded: Checkpoint, data: Path, seed: int) -> dict[str, Any]:
    k = loaded.config.shape.n_classes
    splits = list(_splits(loaded, data, seed))
    detection = [_detection(split, k, seed) for split in splits]
    taught = [_filtering(split, k, seed) for split in splits]
    return {
        "speakers": sum(len(np.unique(split.test.speaker)) for split in splits),
        "shipped": {kind: {name: _pooled(*rows) for name, rows in of.items()} for kind, of in detection[0].items()},
        "all": {kind: _by_speaker(splits, [of[kind] for of in detection]) for kind in detection[0]},
        "filtering": list(_rows(taught)),
    }


def _splits(loaded: Checkpoint, data: Path, seed: int) -> Iterator[Split]:
    """The checkpoint's own, then those of its training speakers."""
    table = audio_table(
        corpus_folders(data, tuple(loaded.config.training["audio"])), loaded.class_set, is_complete=False
    )
    table = of_voices(table)
    learnt_from = int(loaded.config.training["seed"])
    sample = audio_sample(table, loaded.config.frontend, n_views=learnt_views(loaded), seed=learnt_from)
    test = held_out_speakers(table)
    h = features_of(loaded, sample, ~test)
    # spaces of folds do without views, which cost more than they matter here
    sample = replace(sample, a=sample.a[:, :1])

    def layer(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return log_softmax(loaded.model.last_layer(torch.from_numpy(x)).double().numpy())

    train = sample.where(~test)
    yield Split(train, h[~test], sample.where(test), h[test], layer, loaded.generators)
    for rows in folds_within_corpora(train.corpus, train.speaker, seed):
        yield _fold(train.where(~rows), train.where(rows), loaded, seed)


def _fold(train: AudioSample, test: AudioSample, loaded: Checkpoint, seed: int) -> Split:
    """Space, discriminant and generators of some training speakers, with the settings that the checkpoint chose."""
    k = loaded.config.shape.n_classes
    audio, h = fit_audio_model(train, k, Candidate.of(loaded.metrics["voices"]["chosen"]), seed)
    test_h = audio.features(test.a[:, 0]).astype(np.float32)
    trained = stage_c.trained_generators(h, train, k, seed=seed)
    generators: dict[str, Generator] = {name: one.generator for name, one in trained}
    fitted_temperature = float(loaded.model.last_layer.temperature)

    def layer(x: np.ndarray) -> np.ndarray:
        return log_softmax((x @ audio.weights.T + audio.bias) / fitted_temperature)

    return Split(train, h, test, test_h, layer, generators)


def _detection(split: Split, k: int, seed: int) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """By what is detected and by critic: (n,) bool, what a low score should point to, and the (n,) scores."""
    own = split.layer(split.test_h)
    log_q = {LAYER: own, KEPT_OUT: np.zeros_like(own)}
    for rows, critic in kept_out_critics(split.test_h, split.test, k, seed):
        log_q[KEPT_OUT][rows] = critic(split.test_h[rows])
    log_q |= {name: fit(split.train_h, split.train, k, seed)(split.test_h) for name, fit in TRAINING_CRITICS.items()}
    c, answer = split.test.c, own.argmax(axis=1)
    rng = np.random.default_rng(seed)
    flipped = rng.random(len(c)) < FLIPPED
    given = np.where(flipped, (c + rng.integers(1, k, size=len(c))) % k, c)
    every = np.arange(len(c))
    return {
        "errors": {name: (answer != c, log[every, answer]) for name, log in log_q.items()},
        "flipped labels": {name: (flipped, log[every, given]) for name, log in log_q.items()},
    }


def _pooled(wanted: np.ndarray, score: np.ndarray) -> float | None:
    """None where there is nothing, or nothing else, to detect."""
    return round(float(roc_auc_score(wanted, -score)), 4) if 0 < wanted.sum() < len(wanted) else None


def _by_speaker(
    splits: list[Split], detection: list[dict[str, tuple[np.ndarray, np.ndarray]]]
) -> dict[str, dict[str, Any]]:
    """Mean AUROC over speakers who have both kinds, and how it differs from the last layer's own probability."""
    areas: dict[str, list[float]] = {name: [] for name in detection[0]}
    for split, of in zip(splits, detection, strict=True):
        for speaker in np.unique(split.test.speaker):
            rows = split.test.speaker == speaker
            for name, (wanted, score) in of.items():
                if 0 < wanted[rows].sum() < rows.sum():
                    areas[name].append(roc_auc_score(wanted[rows], -score[rows]))
    own = np.array(areas[LAYER])
    return {
        name: {
            "speakers": len(values),
            "AUROC": round(float(np.mean(values)), 4),
            **_difference("beside the last layer", np.array(values) - own),
        }
        for name, values in areas.items()
        if values
    }


def _difference(name: str, values: np.ndarray) -> dict[str, Any]:
    """Mean over speakers (S,), with its interval."""
    interval = Design.disjoint(len(values)).interval(values)
    return {name: round(interval.mean, 4), "interval_95": interval.ends()}


def _filtering(split: Split, k: int, seed: int) -> RecallsByFilter:
    everyone = np.ones(len(split.test), bool)
    critics = {name: [(everyone, fit(split.train_h, split.train, k, seed))] for name, fit in TRAINING_CRITICS.items()}
    critics[LAYER] = [(everyone, split.layer)]
    critics[KEPT_OUT] = list(kept_out_critics(split.test_h, split.test, k, seed))
    result: RecallsByFilter = {}
    for regulariser, generator in split.generators.items():
        sets = [_filtered_set(split, generator, critics, seed=seed, number=number) for number in range(N_SETS)]
        result |= {(regulariser, *key): np.mean([one[key] for one in sets], axis=0) for key in sets[0]}
    return result


def _filtered_set(
    split: Split,
    generator: Generator,
    critics: Mapping[str, list[tuple[np.ndarray, Critic]]],
    *,
    seed: int,
    number: int,
) -> dict[tuple[str, str, float], np.ndarray]:
    """(speakers, 2) UA of what is kept of one set and of random sets as large, by critic, way and share.

    critics: by name, which test rows (n,) they may be tested on. seed, number: of the set.
    """
    k = generator.shape.n_classes
    codes = np.arange(k * N_PER_CLASS) % k
    h = sample_h(generator, codes, seed + number)
    by_chance = score_filters.random(Taught(h, codes, split.test_h, split.test), np.random.default_rng([seed, number]))
    speakers = np.unique(split.test.speaker)
    result: dict[tuple[str, str, float], np.ndarray] = {}
    for name, parts in critics.items():
        for rows, critic in parts:
            test = split.test.where(rows)
            score = critic(h)[np.arange(len(h)), codes]
            for (way, share), recalls in score_filters.kept(Taught(h, codes, split.test_h[rows], test), score).items():
                both = result.setdefault((name, way, share), np.stack([by_chance[share]] * 2, axis=1))
                both[np.isin(speakers, test.speaker), 0] = recalls
    return result


def _rows(taught: list[RecallsByFilter]) -> Iterator[dict[str, Any]]:
    """A row for each generator, critic, way and share: on the checkpoint's own split, and over all speakers."""
    for key in taught[0]:
        regulariser, critic, way, share = key
        own, values = taught[0][key], np.concatenate([one[key] for one in taught])
        yield {
            "generator": regulariser,
            "critic": critic,
            "way": way,
            "share": share,
            "shipped": [round(float(mean), 4) for mean in own.mean(axis=0)],
            "UA": round(float(values[:, 0].mean()), 4),
            "random": round(float(values[:, 1].mean()), 4),
            **_difference("difference", values[:, 0] - values[:, 1]),
        }
