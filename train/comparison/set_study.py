"""`python -m train sets`: does MI, or any other measure, tell which generated set will help, before anyone trains with it?

Within each corpus, speakers are held out in three folds. Sets of all makings (`RECIPES`) are generated from the others' real
features, measured, and their worth is what they buy: the UA of a last layer fitted on real and generated features, less that of
one on real features alone, with the speakers held out. The measures see the training speakers, except those of quality, which
compare with the speakers held out, as the cards' do; so these are favoured, not MI.
Rows are appended to a CSV as they are done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from sermi.features import Features
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.labels import ClassSet, class_set
from sermi.mi.discriminant import speaker_disjoint_information
from sermi.outputs import write_atomic
from sermi.stats.folds import speaker_folds
from sermi.stats.last_layer import PENALTIES, FittedLastLayer
from train.comparison.augmenters import AugmenterSpec
from train.comparison.augmenters.spec import generated_codes
from train.comparison.choice import fit_path, inner_folds, with_generated
from train.comparison.measures import measures
from train.comparison.rows import read_rows
from train.comparison.tasks import ComparisonTask
from train.embeddings.dataset import audio_sample, audio_table
from train.fingerprints import digest, of_code
from train.metrics import UA
from train.protocols import corpus_folders
from train.recogniser.discriminant import fit_projection
from train.recogniser.score_critics import discriminant_critic
from train.samples import AudioSample

CORPORA = ("ravdess", "emodb", "nemo", "emotts", "turev")
"""Those of so many speakers that some can be held out, and some of the others again."""
PROTOCOL = "sets"
N_FOLDS = 3
FEATURE_DIM = 60
"""d: principal components. Distances mean something in some tens of them."""
RATIO = 8
"""Generated samples for each real one."""
N_DEALS = 8
"""Groups that a set is dealt to in place of speakers, where its information is measured."""
KEY = ["corpus", "fold", "recipe"]
GENERATOR_MODULES = ("sermi.models.generator", *(f"sermi.augment.{name}" for name in (
    "adversary", "base", "batches", "config", "minimax", "parts", "training"
)))  # fmt: skip
"""Modules that decide what is generated."""
RECIPES = (
    *(f"sermi-maximise:weight={weight}" for weight in (0, 0.3, 1, 3)),
    *(f"sermi-match:weight={weight}" for weight in (1, 3)),
    *(f"sermi-maximise:steps={steps}" for steps in (0, 20)),
    *(f"sermi-maximise:base_spread={spread}" for spread in (0.4, 0.7, 1.4, 2.0)),
    *(f"sermi-maximise:spread={scale}" for scale in (0.5, 0.7, 1.4)),
    *(f"sermi-maximise:voice_spread={spread}" for spread in (0.25, 2.0)),
    "sermi-maximise:shrinkage=0.5",
    "cgan",
    "cgan:gaussian=false",
    *(f"gaussian:spread={scale}" for scale in (1.0, 1.4)),
    *(f"noise:scale={scale}" for scale in (0.3, 1.0)),
    "smote:neighbours=3",
    "mixup:alpha=1.0",
    "oversampling",
)
"""As `AugmenterSpec` parses them: regulariser and its weight λ, how long the residual learns, spread of voices and of samples,
shrinkage, no Gaussian to start from, no voices, and ways that learn nothing or little."""


@dataclass(frozen=True)
class Split:
    """One fold of a corpus."""

    corpus: str
    fold: int
    classes: tuple[str, ...]
    train: Features
    test: Features

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.classes)

    @property
    def task(self) -> ComparisonTask:
        """As measures take it."""
        return ComparisonTask(self.corpus, str(self.fold), self.fold, 0, self.classes, self.train, self.test)


def fingerprints() -> dict[str, str]:
    """What the rows depend on: features, and what generates and measures."""
    code = of_code(splits, measures, _generated, _penalties, *map(import_module, GENERATOR_MODULES))
    return {
        "front end": AudioFrontend(FrontendConfig()).fingerprint,
        "code": code,
        "options": digest([CORPORA, RECIPES]),
    }


def splits(corpus: str, data: Path, classes: ClassSet) -> Iterator[Split]:
    """Folds of a corpus, speakers apart, in principal components of the training rows, of a root mean square of 1."""
    table = audio_table(corpus_folders(data, (corpus,)), classes)
    sample = audio_sample(table, FrontendConfig(), n_views=0, seed=0)
    for fold, tested in enumerate(speaker_folds(sample.speaker, N_FOLDS, 0)):
        a = sample.a[:, 0]
        project = fit_projection(a[~tested], min(FEATURE_DIM, int((~tested).sum()) - 1), 0)
        h = project(a)
        h = h / np.sqrt(np.mean((h[~tested] - h[~tested].mean(axis=0)) ** 2))
        train, test = (Features(h[at], sample.c[at], sample.speaker[at]) for at in (~tested, tested))
        yield Split(corpus, fold, classes.names, train, test)


def run(data: Path, path: Path, *, corpora: Sequence[str] = CORPORA, recipes: Sequence[str] = RECIPES) -> pd.DataFrame:
    """The rows of the table at `path`, those that it lacks made anew.

    Args:
        data: folder that holds one folder a corpus.
        path: of the CSV.
        corpora: some of `CORPORA`.
        recipes: of the sets.

    Returns:
        corpus, fold, recipe, UA, gain, and a column a measure.
    """
    depends_on = digest(fingerprints())
    rows = read_rows(path, [*KEY, "features"])
    rows = rows[rows["features"] == depends_on]
    with tqdm(total=len(corpora) * N_FOLDS * len(recipes), desc="sets", unit="set") as progress:
        for corpus in corpora:
            for split in splits(corpus, data, class_set("open4")):
                done = set(rows[(rows["corpus"] == corpus) & (rows["fold"] == split.fold)]["recipe"])
                missing = [recipe for recipe in recipes if recipe not in done]
                new = [row | {"features": depends_on} for row in _rows(split, missing, progress)]
                progress.update(len(recipes) - len(missing))
                rows = pd.concat([rows, pd.DataFrame(new)], ignore_index=True) if len(rows) else pd.DataFrame(new)
                write_atomic(path, rows.to_csv(index=False).encode())
    return rows


def _rows(split: Split, recipes: Sequence[str], progress: tqdm) -> Iterator[dict[str, float | str]]:
    """One for each recipe."""
    if not recipes:
        return
    train, n_classes = split.train, split.n_classes
    penalties = _penalties(split)
    real = _recall(split.test, fit_path(train.h, train.c, n_classes, penalties)[-1])
    sample = AudioSample(train.h[:, None], train.c, train.speaker, np.full(len(train), split.corpus))
    log_q = discriminant_critic(train.h, sample, n_classes, 0)
    information = speaker_disjoint_information(train.h, train.c, train.speaker)
    for recipe in recipes:
        generated = _generated(AugmenterSpec.parse(recipe), train, n_classes)
        layer = fit_path(*with_generated(train, generated), n_classes, penalties)[-1]
        score = np.mean(log_q(generated.h)[np.arange(len(generated)), generated.c]) + np.log(n_classes)
        of_set = measures(split.task, generated)
        row: dict[str, float | str] = {"corpus": split.corpus, "fold": split.fold, "recipe": recipe}
        row |= {"UA": round(_recall(split.test, layer), 4), "gain": round(_recall(split.test, layer) - real, 4)}
        row |= {
            "sample_score": round(float(score), 3),
            "information_gap": round(abs(of_set["information"] - information), 3),
        }
        yield {**row, **of_set}
        progress.update()


def _generated(spec: AugmenterSpec, train: Features, n_classes: int) -> Features:
    """A set of `RATIO` times the training rows, as many of each class."""
    augmenter = spec.fit(train, spec.grid[0], seed=0)
    return augmenter.sample(generated_codes(train.c, n_classes, RATIO), noise_scale=spec.noise_scales[0])


def _penalties(split: Split) -> list[float]:
    """Down to the one that is best for real rows alone, over inner speakers: the same for every set."""
    recalls = np.zeros(len(PENALTIES))
    for inner, validation in inner_folds(split.task):
        layers = fit_path(inner.h, inner.c, split.n_classes, PENALTIES)
        recalls += [_recall(validation, layer) for layer in layers]
    return list(PENALTIES[: int(recalls.argmax()) + 1])


def _recall(features: Features, layer: FittedLastLayer) -> float:
    return UA(features.c, layer.scores(features.h).argmax(axis=1), len(layer.bias))
