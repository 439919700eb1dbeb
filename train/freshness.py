"""Which committed results are older than the code that their features depend on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sermi.frontend import FrontendConfig
from train.checkpoint import last_layers, scores
from train.comparison import (
    impostors,
    left_out_words,
    provenance,
    sampler_cells,
    set_study,
    space_study,
    tasks,
    voice_compare,
)
from train.embeddings.dataset import EncodingConfig
from train.embeddings.finetune_config import FinetuneConfig
from train.fingerprints import Fingerprints, digest

UNKNOWN = "unknown"
"""Of a result that carries no fingerprints, as of earlier versions."""


def older(path: Path) -> list[str]:
    """In what a result (a JSON file, or the table of stage A) differs from what the code would make today: names of
    fingerprints, or `UNKNOWN`. Empty where it is up to date.

    Raises SermiError where an encoder that it was made with isn't here.
    """
    if path.suffix == ".csv":
        return older_rows(path, digest(tasks.fingerprints("paired")))
    record = json.loads(path.read_text(encoding="utf-8"))
    if "features" not in record:
        return [UNKNOWN]
    then, now = record["features"], today(record)
    return [name for name in {**then, **now} if then.get(name) != now.get(name)]


def older_rows(path: Path, features: str) -> list[str]:
    """The same of a table whose rows carry one digest of all."""
    made_with = set(pd.read_csv(path).reindex(columns=["features"])["features"].fillna(UNKNOWN))
    if made_with == {features}:
        return []
    return [UNKNOWN] if UNKNOWN in made_with else ["features"]


def today(record: Mapping[str, Any]) -> Fingerprints:
    """The fingerprints that a result of the commands that measure would carry if it was made again."""
    if "checkpoints" in record:
        return scores.fingerprints(list(record["checkpoints"]))
    if record.get("protocol") == sampler_cells.PROTOCOL:
        return sampler_cells.fingerprints()
    if record.get("protocol") == set_study.PROTOCOL:
        return set_study.fingerprints()
    if "frontend" not in record:
        return left_out_words.fingerprints()
    options: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in record["frontend"].items()}
    frontend = FrontendConfig(**options)
    if record["protocol"].startswith("compare "):
        return voice_compare.fingerprints(record["protocol"].removeprefix("compare "), frontend)
    if record["protocol"] == space_study.PROTOCOL:
        return space_study.fingerprints(frontend)
    if record["protocol"] == impostors.PROTOCOL:
        return impostors.fingerprints(frontend)
    if record["protocol"] == last_layers.PROTOCOL:
        return last_layers.fingerprints(frontend)
    finetune = FinetuneConfig(**record["finetune"]) if record.get("finetune") else None
    if "n_views" in record:
        return provenance.fingerprints(
            record["protocol"],
            EncodingConfig(frontend, finetune),
            n_views=record["n_views"],
            text_encoder=record.get("text_encoder"),
            n_splits=record.get("splits"),
        )
    config = tasks.TaskConfig(frontend, finetune, record["text_encoder"], record["weighted_layers"])
    return tasks.fingerprints(record["protocol"], config, record["splits"])
