"""`python -m train spaces`: which space of features serves last layer and generator best, by its kind and size.

In each space: UA on corpora that are left out in turn, as in `compare new-voice`, with nothing known of a voice and with 8 of
its clips; and what a generator makes there, judged by real speech of corpora a quarter of whose speakers no training met. Rows
are appended to a CSV as they are done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from sermi.augment import GeneratorConfig, fit_generator
from sermi.encoders import MINILM, load_text_encoder
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from sermi.outputs import write_atomic
from sermi.quality import judge
from sermi.stats.calibration import balanced_weights
from sermi.stats.folds import speaker_folds
from train.comparison import alignment, spaces, voice_compare
from train.comparison.augmenters import NONE
from train.comparison.rows import read_rows
from train.comparison.set_study import GENERATOR_MODULES
from train.comparison.spaces import KINDS
from train.comparison.voice_compare import SOURCE, read, run
from train.comparison.voice_generators import VOICE_SPREAD, Sermi
from train.comparison.voice_methods import Augmented
from train.comparison.voice_references import ClosedForm, MeanSubtracted
from train.comparison.voice_report import summarise
from train.comparison.voice_training import STEPS
from train.embeddings.dataset import audio_table, text_sample
from train.fingerprints import digest, of_code
from train.protocols import corpus_folders, protocol
from train.recogniser.voices import GRID, VoiceData
from train.samples import TextSample

PROTOCOL = "spaces"
_VOICES = "new-voice"
"""What recognition is measured by."""
SPACES = (
    *(("cells", dim) for dim in (32, 64, 96, 120)),
    *(("in-sample", dim) for dim in (64, 120)),
    *(("aligned", dim) for dim in (64, 120)),
    *(("components", dim) for dim in (32, 64, 120)),
)
"""Kind and d."""
METHODS = (Augmented(NONE), Sermi("match"), MeanSubtracted(), ClosedForm())
KNOWN = ("0", "8")
"""Clips of the voice."""
N_QUARTERS = 4
PER_CLASS = 200
"""Generated features that are judged."""
KEY = ["kind", "dim"]
_JUDGING = tuple(
    f"sermi.quality.{name}"
    for name in (
        "arrays",
        "deals",
        "judgement",
        "neighbours",
        "sets",
        "space",
        "spread",
        "statistics",
        "two_sample",
        "verdict",
    )
)
"""Modules that decide the verdict."""


def study(data: Path, path: Path) -> pd.DataFrame:
    """The rows of the table at `path`, those that it lacks made anew.

    Args:
        data: folder that holds one folder a corpus, and `text/meld`.
        path: of the CSV.

    Returns:
        kind, dim, then by what is known and method UA and gain with interval, and the verdict on a generated set.
    """
    frontend = FrontendConfig()
    depends_on = digest(fingerprints(frontend))
    rows = read_rows(path, [*KEY, "features"])
    rows = rows[rows["features"] == depends_on]
    done = set(rows[KEY].itertuples(index=False, name=None))
    missing = [space for space in SPACES if space not in done]
    if not missing:
        return rows
    recordings, texts, gender = _read(data, frontend)
    for kind, dim in tqdm(missing, desc="spaces", unit="space"):
        in_space = KINDS[kind][1](recordings, texts, dim)
        row = {
            "kind": kind,
            "dim": dim,
            "features": depends_on,
            **_recognised(in_space),
            **_generated(in_space, gender),
        }
        rows = pd.concat([rows, pd.DataFrame([row])], ignore_index=True) if len(rows) else pd.DataFrame([row])
        write_atomic(path, rows.to_csv(index=False).encode())
    return rows


def _read(data: Path, frontend: FrontendConfig) -> tuple[VoiceData, TextSample, np.ndarray]:
    source = protocol(SOURCE)
    classes = class_set(source.class_set)
    gender = audio_table(corpus_folders(data, source.corpora), classes)["gender"].to_numpy(str)
    texts = text_sample({"meld": data / "text" / "meld"}, classes, load_text_encoder(MINILM))
    return read(data, frontend, 0), texts.where(texts.split == "train"), gender


def _recognised(data: VoiceData) -> dict[str, Any]:
    contexts = summarise(_VOICES, run(_VOICES, data, 0, methods=METHODS))
    row: dict[str, Any] = {}
    for known in KNOWN:
        for name, of_method in contexts[known]["methods"].items():
            row[f"{name}, {known}"] = of_method["UA"]
            if name != NONE:
                row[f"{name}, {known}, gain"] = of_method["gain"]
                row[f"{name}, {known}, interval"] = " ".join(map(str, of_method["gain_interval_95"]))
    return row


def _generated(data: VoiceData, gender: np.ndarray) -> dict[str, Any]:
    """The verdict on what a generator makes that learnt from three quarters of the speakers."""
    sample, seed = data.sample, 0
    trained = ~next(iter(speaker_folds(sample.speaker, N_QUARTERS, seed)))
    h = data.features(trained, GRID, seed)[:, 0].astype(np.float32)
    generator = fit_generator(
        h[trained],
        sample.c[trained],
        groups=sample.speaker[trained],
        n_classes=data.n_classes,
        config=GeneratorConfig("match", steps=STEPS, voice_spread=VOICE_SPREAD),
        weights=balanced_weights(sample.c[trained], sample.corpus[trained]),
        corpora=np.unique(sample.corpus[trained], return_inverse=True)[1].ravel(),
        seed=seed,
    ).generator
    codes = np.arange(PER_CLASS * data.n_classes) % data.n_classes
    verdict = judge(
        generator.sample(torch.from_numpy(codes), seed=seed)[0].numpy(),
        codes,
        h,
        sample.c,
        sample.speaker,
        corpora=sample.corpus,
        genders=gender,
        training=h[trained],
        seed=seed,
    )
    ratios = {f"{name}, ratio": round(figure.ratio, 3) for name, figure in verdict.figures.items()}
    return {
        "verdict": verdict.word,
        "headline": round(verdict.headline, 4),
        "components looked at": verdict.n_components,
        **ratios,
    }


def fingerprints(frontend: FrontendConfig) -> dict[str, str]:
    """What the rows depend on, part by part."""
    generating = map(import_module, (*GENERATOR_MODULES, *_JUDGING))
    return {
        **voice_compare.fingerprints(_VOICES, frontend),
        "spaces": of_code(spaces, alignment.fit_alignment, _recognised, _generated, *generating),
        "text encoder": load_text_encoder(MINILM).fingerprint,
        "chosen": digest([SPACES, KNOWN, N_QUARTERS, PER_CLASS, [method.name for method in METHODS]]),
    }


def write(rows: pd.DataFrame, out: Path, *, command: str) -> str:
    """The study as JSON, and a line a space as text."""
    rows = rows.sort_values(KEY, key=lambda column: column.map(_order) if column.name == "kind" else column)
    listed = [{name: value for name, value in row.items() if name != "features"} for row in rows.to_dict("records")]
    frontend = FrontendConfig()
    content = {
        "protocol": PROTOCOL,
        "command": command,
        "frontend": asdict(frontend),
        "features": fingerprints(frontend),
        "titles": {kind: title for kind, (title, _) in KINDS.items()},
        "spaces": listed,
    }
    write_atomic(out, (json.dumps(content, indent=1) + "\n").encode())
    return "\n".join(json.dumps(space) for space in listed)


def _order(kind: str) -> int:
    return list(KINDS).index(kind)
