"""What a result of `evaluate` was made with, and what its features depend on, for it to carry."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sermi.labels import class_set
from train.comparison import new_voice
from train.embeddings import views
from train.embeddings.dataset import EncodingConfig
from train.fingerprints import of_features, of_folds
from train.protocols import protocol, scored_rows
from train.recogniser import space
from train.recogniser.discriminant import FittedProjection, fit_projection


def described(
    name: str, config: EncodingConfig, *, n_views: int, text_encoder: str | None, n_splits: int | None
) -> dict[str, Any]:
    """What features are made of, as JSON, with fingerprints; arguments as of `evaluate`."""
    return {
        "splits": n_splits,
        "frontend": asdict(config.frontend),
        "finetune": None if config.finetune is None else asdict(config.finetune),
        "text_encoder": text_encoder,
        "n_views": n_views,
        "features": fingerprints(name, config, n_views=n_views, text_encoder=text_encoder, n_splits=n_splits),
    }


def fingerprints(
    name: str,
    config: EncodingConfig,
    *,
    n_views: int,
    text_encoder: str | None = None,
    n_splits: int | None = None,
) -> dict[str, str]:
    """What the features of `evaluate`, with the same arguments, depend on, part by part."""
    chosen = protocol(name)
    return of_features(
        config.frontend,
        code=[
            *([space] if name == new_voice.PROTOCOL else [fit_projection, FittedProjection]),
            scored_rows,
            *([views] if n_views else []),
        ],
        finetune=config.finetune,
        text_encoder=text_encoder,
        folds=of_folds(chosen, n_splits),
        options=[name, class_set(chosen.class_set).names, n_views],
    )
