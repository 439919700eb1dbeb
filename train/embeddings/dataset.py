"""Corpora as arrays: tables of recordings joined with their embeddings, for one class set."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sermi.cache import cache_dir
from sermi.encoders import TextEncoder
from sermi.errors import CorpusError, SermiError
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.labels import ClassSet
from train.corpora import read_audio, read_text
from train.corpora.counts import check_counts
from train.embeddings.embed import audio_embeddings, text_embeddings
from train.embeddings.finetune_config import check_encoder
from train.samples import NO_LAYER, AudioSample, TextSample

if TYPE_CHECKING:
    from train.embeddings.finetune_config import FinetuneConfig

_log = logging.getLogger(__name__)


def audio_table(corpora: Mapping[str, Path], classes: ClassSet, *, is_complete: bool = True) -> pd.DataFrame:
    """Recordings of all corpora that the class set keeps, with their emotion code in column `c`.

    `attrs` of the table: left_out, labels that a reader leaves out and how often; warnings, where a corpus doesn't have
    the counts that were published (logged, too). Raises CorpusError when a class has no recording at all, unless the table
    may be incomplete.
    """
    tables: list[pd.DataFrame] = []
    left_out: dict[str, int] = {}
    warnings: list[str] = []
    for name, folder in corpora.items():
        read = read_audio(name, folder)
        left_out.update(read.attrs.get("left_out", {}))
        warnings += check_counts(name, read)
        read.attrs = {}
        tables.append(read)
    for warning in warnings:
        _log.warning(warning)
    table = _coded(pd.concat(tables, ignore_index=True), classes, is_complete=is_complete)
    table.attrs = {"left_out": left_out, "warnings": warnings}
    return table


def _coded(table: pd.DataFrame, classes: ClassSet, *, is_complete: bool = True) -> pd.DataFrame:
    codes = table["emotion"].map(classes.code)
    table = table[codes.notna()].assign(c=codes.dropna().astype(int)).reset_index(drop=True)
    missing = sorted(set(range(len(classes))) - set(table["c"]))
    if missing and is_complete:
        raise CorpusError(
            f"No recording or sentence is {' or '.join(classes.names[k] for k in missing)}, which the class set "
            f"{classes.name} needs; add a corpus that has them or choose another class set."
        )
    return table


@dataclass(frozen=True)
class EncodingConfig:
    """How recordings become embeddings."""

    frontend: FrontendConfig = field(default_factory=FrontendConfig)
    finetune: FinetuneConfig | None = None
    """On the training recordings of each fold; None for the encoder as it is. Raises EncoderError where it can't be."""

    def __post_init__(self) -> None:
        if self.finetune is not None:
            check_encoder(self.frontend.encoder)


def fold_sample(
    table: pd.DataFrame, train: np.ndarray, config: EncodingConfig, n_classes: int, *, n_views: int, seed: int
) -> AudioSample:
    """`audio_sample` of a fold, whose encoder is fine-tuned on the training rows alone if the configuration says so.

    Args:
        table: of N recordings, with their emotion code in column `c`.
        train: (N,) bool, the training rows.
        config: of the front end and its fine-tuning.
        n_classes: K.
        n_views: augmented views of each recording.
        seed: of the views.
    """
    if config.finetune is None:
        return audio_sample(table, config.frontend, n_views=n_views, seed=seed)
    from train.embeddings.finetune import finetuned

    rows = table[train]
    encoder = finetuned(
        config.frontend.encoder,
        rows["path"].tolist(),
        rows["c"].to_numpy(),
        speaker=rows["speaker"].to_numpy(str),
        n_classes=n_classes,
        config=config.finetune,
        out=cache_dir("finetuned", _digest(config.frontend.encoder, config.finetune, rows)),
    )
    return audio_sample(table, replace(config.frontend, encoder=str(encoder)), n_views=n_views, seed=seed)


def _digest(encoder: str, config: FinetuneConfig, rows: pd.DataFrame) -> str:
    """A folder's name for each encoder, way to fine-tune it and set of recordings."""
    content = json.dumps([encoder, asdict(config), rows["path"].tolist(), rows["c"].tolist()])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def audio_sample(table: pd.DataFrame, config: FrontendConfig, *, n_views: int, seed: int) -> AudioSample:
    """Embeddings of recordings and their augmented views, read from the cache where they are.

    Args:
        table: of N recordings, with their emotion code in column `c`.
        config: of the front end.
        n_views: V, augmented views of each recording.
        seed: of the views.
    """
    a = audio_embeddings(table["path"].tolist(), config, n_views=n_views, seed=seed)
    frontend = AudioFrontend(config)
    return AudioSample(
        a=a,
        c=table["c"].to_numpy(),
        speaker=table["speaker"].to_numpy(str),
        corpus=table["corpus"].to_numpy(str),
        emphasis=frontend.emphasis,
        layers=layers_of(frontend),
    )


def layers_of(frontend: AudioFrontend) -> np.ndarray:
    """(Da, 2) `AudioSample.layers` of a front end's embeddings."""
    parts = []
    for number, encoder in enumerate(frontend.encoders):
        layers = range(len(frontend.config.layers or range(encoder.n_layers)))
        place = np.tile(np.repeat(layers, encoder.dim), len(frontend.config.pooling))
        parts.append(np.stack([np.full(len(place), number), place], axis=1))
    n_others = frontend.dim - sum(len(part) for part in parts)
    return np.concatenate([*parts, np.full((n_others, 2), NO_LAYER)])


def own_words(table: pd.DataFrame, name: str, encoder: TextEncoder) -> np.ndarray:
    """Embeddings (N, Db) of each recording's transcript. Raises SermiError where the corpus `name` has none at all."""
    silent = int((table["text"].str.strip() == "").sum())
    if silent == len(table):
        raise SermiError(f"'{name}' has no transcripts; give sentences of a text corpus, or use the voice alone.")
    if silent:
        _log.warning("%d of %d recordings have no transcript and are read as the empty text.", silent, len(table))
    return text_embeddings(table["text"].tolist(), encoder)


def text_sample(corpora: Mapping[str, Path], classes: ClassSet, encoder: TextEncoder) -> TextSample:
    """Sentences of all text corpora that the class set keeps, embedded (from the cache where they are).

    Whole corpora are embedded, so that every class set shares the cache.
    """
    tables = [read_text(name, folder) for name, folder in corpora.items()]
    b = np.concatenate([text_embeddings(table["text"].tolist(), encoder) for table in tables])
    table = pd.concat(tables, ignore_index=True)
    coded = _coded(table.assign(row=range(len(table))), classes)
    return TextSample(
        b=b[coded["row"]],
        c=coded["c"].to_numpy(),
        corpus=coded["corpus"].to_numpy(str),
        split=coded["split"].to_numpy(str),
    )
