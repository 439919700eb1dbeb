"""A fitted sampler as a folder: tensors in safetensors, the rest in JSON; no pickle, and no row of the table that it learnt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file
from safetensors.numpy import save as tensors_to_bytes

from sermi import outputs, schema
from sermi.augment.columns import Columns
from sermi.augment.space import FeatureSpace
from sermi.augment.table import TableGenerator
from sermi.errors import FeatureError
from sermi.models.generator import Generator, GeneratorShape

FORMAT = 2
JSON, TENSORS, REPORT = "sampler.json", "sampler.safetensors", "report.json"
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Description:
    """What isn't a tensor."""

    format: int
    """Of the folder; another one is refused."""
    parameters: Mapping[str, Any]
    """Of the constructor."""
    strategy: tuple[tuple[Any, ...], ...] | None
    """A `sampling_strategy` that is a dict: pairs of label and number."""
    classes: tuple[Any, ...]
    generated: tuple[int, ...]
    """How many rows `fit_resample` generated of each class."""
    regulariser: str
    n_features: int
    names: tuple[str, ...] | None
    """Of the columns, where all are strings."""
    shape: GeneratorShape
    has_text: bool


def contents(sampler: Any, counts: np.ndarray) -> dict[str, bytes]:
    """The files of a fitted sampler, by name. Raises FeatureError for parameters that no file can hold."""
    parameters = sampler.get_params()
    strategy = parameters["sampling_strategy"]
    if callable(strategy):
        raise FeatureError(
            "A sampling_strategy that is a function can't be saved; call set_params(sampling_strategy='auto') first."
        )
    pairs = None
    if isinstance(strategy, Mapping):
        pairs = tuple((_plain(label), int(n)) for label, n in strategy.items())
        parameters["sampling_strategy"] = "auto"
    if not isinstance(parameters["random_state"], int | np.integer):
        parameters["random_state"] = None  # a generator that has been drawn from means nothing elsewhere
    generator: TableGenerator = sampler.generator_
    names = getattr(sampler, "feature_names_in_", None)
    description = Description(
        format=FORMAT,
        parameters={name: _plain(value) for name, value in parameters.items()},
        strategy=pairs,
        classes=tuple(sampler.classes_.tolist()),
        generated=tuple(int(n) for n in counts),
        regulariser=sampler.regulariser_,
        n_features=sampler.n_features_in_,
        names=None if names is None else tuple(names),
        shape=generator.network.shape,
        has_text=generator.text_space is not None,
    )
    tensors = {f"network.{name}": tensor.numpy() for name, tensor in generator.network.state_dict().items()}
    tensors |= _tensors_of(generator.space, "space")
    if generator.text_space is not None:
        tensors |= _tensors_of(generator.text_space, "text")
    return {
        JSON: (json.dumps(asdict(description), indent=2, ensure_ascii=False) + "\n").encode(),
        TENSORS: tensors_to_bytes({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}),
    }


def save(sampler: Any, folder: Path, counts: np.ndarray, report: Mapping[str, Any] | None) -> None:
    """Write a fitted sampler. Raises FeatureError or SermiError where it can't be.

    Args:
        sampler: fitted.
        folder: made if need be.
        counts: (K,) rows generated of each class.
        report: what was measured, as JSON; None for nothing.
    """
    outputs.check_folder(folder)
    files = contents(sampler, counts)
    if report is not None:
        files[REPORT] = (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode()
    outputs.write_folder(folder, files)
    if report is None:
        (folder / REPORT).unlink(missing_ok=True)  # of the sampler that was here


def read(folder: Path) -> tuple[Description, TableGenerator]:
    """What a folder holds. Raises FeatureError where that is no sampler, or one of another version."""
    import torch

    try:
        description = schema.read(Description, json.loads((folder / JSON).read_text(encoding="utf-8")))
        tensors = load_file(folder / TENSORS)
    except FileNotFoundError as error:
        raise FeatureError(f"'{folder}' holds no saved sampler: {Path(error.filename).name} is missing.") from error
    except (OSError, ValueError, SafetensorError) as error:
        raise FeatureError(f"The sampler in '{folder}' can't be read: {error}; save it again.") from error
    if description.format != FORMAT:
        raise FeatureError(
            f"The sampler in '{folder}' is of format {description.format}, and this version reads {FORMAT}; save it again."
        )
    network = Generator(description.shape)
    try:
        state = {name: torch.from_numpy(tensor) for name, tensor in _below(tensors, "network").items()}
        network.load_state_dict(state)
        space = _space_of(tensors, "space")
        text_space = _space_of(tensors, "text") if description.has_text else None
    except (KeyError, RuntimeError) as error:
        raise FeatureError(f"The tensors in '{folder}' aren't those of its {JSON}; save the sampler again.") from error
    return description, TableGenerator(network.eval().requires_grad_(False), space, text_space)


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, _PLAIN):
        raise FeatureError(f"{value!r} can't be saved; only numbers, text, true and false can.")
    return value


def _tensors_of(space: FeatureSpace, prefix: str) -> dict[str, np.ndarray]:
    tensors = {f"{prefix}.columns.{field.name}": getattr(space.columns, field.name) for field in fields(Columns)}
    others = [field.name for field in fields(FeatureSpace) if field.name != "columns"]
    return tensors | {f"{prefix}.{name}": getattr(space, name) for name in others}


def _space_of(tensors: Mapping[str, np.ndarray], prefix: str) -> FeatureSpace:
    given = _below(tensors, prefix)
    columns = Columns(**{field.name: given[f"columns.{field.name}"] for field in fields(Columns)})
    return FeatureSpace(columns, **{f.name: given[f.name] for f in fields(FeatureSpace) if f.name != "columns"})


def _below(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(f"{prefix}."): tensor for name, tensor in tensors.items() if name.startswith(f"{prefix}.")
    }
