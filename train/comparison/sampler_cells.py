"""`python -m train samplers`: what SermiSampler and imbalanced-learn's samplers are worth to usual classifiers.

RAVDESS's six speaker-disjoint folds, 8 classes, in two settings: `imbalance` (three classes, drawn by seed, cut to a tenth)
and `low-resource` (four training actors, drawn by seed). Features are eGeMAPS, the embedded encoder's and Whisper's; scaled
and projected by what the training rows are like, the same for every way. Each way makes as many rows, those of SermiSampler's
defaults: twice what the largest class has, of every class. No setting of a classifier or of a way is chosen on anything.
Rows are appended to a CSV as they are done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from tqdm import tqdm

from sermi.errors import SermiError
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.labels import class_set
from sermi.outputs import write_atomic
from sermi.own_features.resamplers import WAYS, Training, Way, sermi_resample, targets
from sermi.stats.threads import single_threaded
from train.comparison.rows import read_rows
from train.comparison.settings import Recordings, setting
from train.embeddings.dataset import audio_sample, audio_table
from train.embeddings.functionals import egemaps
from train.fingerprints import digest, of_code, of_folds
from train.metrics import UA
from train.protocols import corpus_folders, folds, protocol
from train.samples import AudioSample

PROTOCOL = "samplers"
SETTINGS = ("imbalance", "low-resource")
MAX_DIM = 100
"""Principal components that every way and classifier works in."""
RATIO = 1.0
"""Of SermiSampler's defaults."""
MATCH = Way("sermi-match", "SERMI, MI matched", sermi_resample(regulariser="match"))
"""SermiSampler with the other regulariser."""
COMPARED: Mapping[str, Way] = {**{name: way for name, way in WAYS.items() if name != "ctgan"}, MATCH.name: MATCH}
"""`resamplers.WAYS` but CTGAN, which isn't installed everywhere; SermiSampler has its defaults there. And that."""
KEY = ["representation", "setting", "fold", "seed", "way", "classifier"]
_SAMPLER = ("sermi.models.generator", *(f"sermi.augment.{name}" for name in (
    "adversary", "base", "batches", "columns", "config", "minimax", "mirrored", "sampler", "space", "table", "training"
)))  # fmt: skip
"""Modules that decide which rows are generated."""
ENCODERS: Mapping[str, str | None] = {
    "eGeMAPS": None,
    "Moonshine tiny": "moonshine-tiny",
    "Whisper base": "openai/whisper-base",
}
"""By the names of the features; None for functionals."""


def classifiers(seed: int) -> dict[str, Callable[[], Any]]:
    """What is taught, by name: textbook settings, the same everywhere."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC

    return {
        "logistic regression": lambda: LogisticRegression(max_iter=2_000),
        "RBF SVM": lambda: SVC(C=1.0),
        "MLP": lambda: MLPClassifier((128,), alpha=0.01, max_iter=60, random_state=seed),
    }


def fingerprints() -> dict[str, str]:
    """What the rows depend on: features, folds, and the sampler itself. Raises EncoderError where an encoder isn't here."""
    frontends = {name: FrontendConfig(encoder=encoder) for name, encoder in ENCODERS.items() if encoder is not None}
    source = protocol(setting(SETTINGS[0]).protocol)
    return {
        **{name: AudioFrontend(frontend).fingerprint for name, frontend in frontends.items()},
        "code": of_code(_sample, _projected, egemaps, *(setting(name).training_rows for name in SETTINGS)),
        "sampler": of_code(*map(import_module, _SAMPLER)),
        "folds": of_folds(source, None),
        "options": digest([MAX_DIM, RATIO]),
    }


def run(data: Path, path: Path, *, seeds: Sequence[int], features: Sequence[str] = tuple(ENCODERS)) -> pd.DataFrame:
    """Fill a table with a row for each representation, setting, fold, seed, way and classifier.

    Args:
        data: folder that holds one folder a corpus.
        path: CSV of the table; rows that stand in it, of the same features and sampler, are kept.
        seeds: of the draws, the fits and the rows.
        features: names in `ENCODERS`.

    Returns:
        The whole table.

    Raises:
        SermiError: Features that there aren't, no corpus, or an encoder that isn't here.
    """
    unknown = set(features) - set(ENCODERS)
    if unknown:
        raise SermiError(f"There are no features '{min(unknown)}'; use {', '.join(ENCODERS)}.")
    depends_on = digest(fingerprints())
    rows = read_rows(path, [*KEY, "features"])
    rows = rows[rows["features"] == depends_on]  # those of an earlier version are made again
    source = protocol(setting(SETTINGS[0]).protocol)
    table = audio_table(corpus_folders(data, source.corpora), class_set(source.class_set))
    samples = {name: _sample(table, ENCODERS[name]) for name in features}
    planned = [(seed, name, chosen) for seed in seeds for name in features for chosen in SETTINGS]
    with tqdm(total=len(planned), desc="samplers", unit="set") as progress:
        for seed, name, chosen in planned:
            corpus = Recordings(samples[name], table, folds(source, table, None), class_set(source.class_set).names)
            for fold, new in _folds(corpus, chosen, seed, _done(rows, name, chosen, seed)):
                same = {"representation": name, "setting": chosen, "fold": fold, "seed": seed, "features": depends_on}
                new = [same | row for row in new]
                rows = pd.concat([rows, pd.DataFrame(new)], ignore_index=True) if len(rows) else pd.DataFrame(new)
                write_atomic(path, rows.to_csv(index=False).encode())
                progress.set_postfix_str(f"{name}, {chosen}, {fold}")
            progress.update()
    return rows


def _done(rows: pd.DataFrame, name: str, chosen: str, seed: int) -> set[tuple[str, str]]:
    """Folds and ways that the table has."""
    same = rows[(rows["representation"] == name) & (rows["setting"] == chosen) & (rows["seed"] == seed)]
    return set(same.reindex(columns=["fold", "way"]).itertuples(index=False, name=None))


def _sample(table: pd.DataFrame, encoder: str | None) -> AudioSample:
    if encoder is not None:
        return audio_sample(table, FrontendConfig(encoder=encoder), n_views=0, seed=0)
    a = egemaps(table["path"].tolist())[:, None]
    return AudioSample(a, table["c"].to_numpy(), table["speaker"].to_numpy(str), table["corpus"].to_numpy(str))


def _folds(
    corpus: Recordings, chosen: str, seed: int, done: set[tuple[str, str]]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for number, (fold, rows) in enumerate(corpus.folds.items(), 1):
        ways = [name for name in COMPARED if (fold, name) not in done]
        if ways:
            # the same draws as `compare` makes
            train = setting(chosen).training_rows(corpus, rows.train, np.random.default_rng([seed, number]))
            yield fold, _rows(corpus.sample, train, rows.test, ways, seed)


@single_threaded
def _rows(
    sample: AudioSample, train: np.ndarray, test: np.ndarray, ways: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """Of each way and classifier in one fold."""
    n_classes = int(sample.c.max()) + 1
    x, x_test = _projected(sample.a[train, 0], sample.a[test, 0])
    real = Training(x, sample.c[train], sample.speaker[train])
    wanted = targets(real.y, RATIO)
    rows: list[dict[str, Any]] = []
    for way in (COMPARED[name] for name in ways):
        start = process_time()
        new, labels = way.resample(real, wanted, seed)
        seconds = process_time() - start
        taught, c = np.concatenate([real.x, new]), np.concatenate([real.y, labels])
        for name, make in classifiers(seed).items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # a network's steps are limited on purpose
                predicted = make().fit(taught, c).predict(x_test)
            rows.append(
                {
                    "way": way.name,
                    "classifier": name,
                    "UA": round(UA(sample.c[test], predicted, n_classes), 4),
                    "n_train": len(real.y),
                    "n_generated": len(new),
                    "seconds": round(seconds, 2),
                    "tested": " ".join(sorted(set(sample.speaker[test].tolist()))),
                }
            )
    return rows


def _projected(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both, scaled and in the leading components of the training rows, of a mean variance of 1."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    dim = min(MAX_DIM, train.shape[1], len(train) - 1)
    space = make_pipeline(StandardScaler(), PCA(dim, svd_solver="full"))
    x, x_test = space.fit_transform(train.astype(np.float64)), space.transform(test.astype(np.float64))
    scale = np.sqrt(np.mean(x**2))
    return x / scale, x_test / scale
