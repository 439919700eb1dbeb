"""A checkpoint is a folder of JSON, safetensors and a model card. No pickle anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

from sermi import outputs, schema
from sermi.digests import digests, is_as_written
from sermi.encoders import MINILM
from sermi.errors import CheckpointError, SermiError
from sermi.features import Features
from sermi.frontend import FrontendConfig
from sermi.labels import ClassSet, class_set
from sermi.models.baseline import Baseline, BaselineShape
from sermi.models.generator import Generator, GeneratorShape
from sermi.shipped import DEFAULT, FILES, resolve
from sermi.unmade import unmade
from sermi.voice.recogniser import VoiceConfig, VoiceRecogniser, tensor_shapes

FORMAT = 3
OLDER_FORMATS = (1, 2)
"""That are read all the same, without their generators, which drew no voices. 1: without a voice recogniser."""
_GENERATORS = "generator."
"""Stands before the names of generators' tensors."""
_VOICES = "voices."
"""Stands before the names of a voice recogniser's tensors."""
_STORED_NAMES = {"class_directions": "between"}
"""What one of a generator's tensors is called in the file."""


@dataclass(frozen=True)
class CheckpointConfig:
    """config.json: everything that is needed to use the weights, and where they come from."""

    class_set: str
    """Its name in `sermi.labels`."""
    classes: tuple[str, ...]
    frontend: FrontendConfig
    frontend_fingerprint: str
    """Of the encoder and of what is done with its output: another one gives other embeddings."""
    shape: BaselineShape
    not_sure_below: float
    """Confidence under which the answer is given as "not sure"."""
    text_encoder: str = MINILM
    text_fingerprint: str = ""
    generators: Mapping[str, GeneratorShape] = field(default_factory=dict)
    """The shape of each generator that it carries, by regulariser, the one to use first."""
    voices: VoiceConfig | None = None
    """Of what answers with context; None where the checkpoint has nothing of the kind."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Corpora, counts, seed, command."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the libraries that it was trained with."""
    format: int = FORMAT
    digests: Mapping[str, str] = field(default_factory=dict)
    """Checksums of the files, by name, so that damage is noticed (`sermi.digests`); {} in what older versions wrote."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained model with what is needed to run it, to draw it and to know how good it is."""

    config: CheckpointConfig
    model: Baseline
    reference: Features
    """Real features that no training saw, t of label-matched sentences or of the own words; speakers are numbers."""
    metrics: Mapping[str, Any]
    card: str
    generators: Mapping[str, Generator] = field(default_factory=dict)
    voices: VoiceRecogniser | None = None
    """What answers with other recordings of the speaker as context."""

    def voice_recogniser(self) -> VoiceRecogniser:
        """`voices`, where it must be there. Raises CheckpointError where there is none."""
        if self.voices is None:
            raise CheckpointError(
                "This checkpoint can't use other recordings of a speaker: it carries no voice model; "
                "train it again with `python -m train fit`."
            )
        return self.voices

    def generator(self, regulariser: str | None = None) -> Generator:
        """The generator trained with that regulariser, or the first. Raises CheckpointError that lists those there are."""
        if not self.generators:
            raise CheckpointError(
                "This checkpoint carries no generator that draws voices; train it again with `python -m train fit`."
            )
        if regulariser is None:
            return next(iter(self.generators.values()))
        if regulariser not in self.generators:
            raise CheckpointError(f"The checkpoint has no generator '{regulariser}'; use {', '.join(self.generators)}.")
        return self.generators[regulariser]

    @property
    def class_set(self) -> ClassSet:
        return class_set(self.config.class_set)

    def save(self, folder: str | Path) -> None:
        """Write the checkpoint's five files into a folder, which is made if need be, all of them or none.

        Raises SermiError where they can't be written, such as on a full disk; what was there is whole then.
        """
        tensors = {name: tensor.contiguous() for name, tensor in _tensors(self.model, self.generators).items()}
        if self.voices:
            tensors |= {_VOICES + name: torch.from_numpy(array) for name, array in self.voices.tensors().items()}
        reference = {name: np.ascontiguousarray(array) for name, array in vars(self.reference).items()}
        contents = {
            "model.safetensors": safetensors.torch.save(tensors),
            "reference.safetensors": safetensors.numpy.save(reference),
            "metrics.json": _json(self.metrics).encode(),
        }
        config = asdict(self.config)
        config["digests"] = digests(config, contents)
        contents |= {"config.json": _json(config).encode(), "README.md": self.card.encode()}
        outputs.write_folder(Path(folder), contents)


def load(name: str | Path = DEFAULT) -> Checkpoint:
    """Load a checkpoint by folder, name or `OWNER/NAME` and check that its parts belong together.

    Raises CheckpointError with what is wrong: a missing file, another format, tensors of the wrong name or shape.
    """
    folder = resolve(name)
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        raise CheckpointError(f"The checkpoint '{folder.name}' lacks {', '.join(missing)}; copy the whole folder.")
    config = _read_config(folder)
    tensors = _read_tensors(folder / "model.safetensors", safetensors.torch.load, config)
    if config.format != FORMAT:
        tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith(_GENERATORS)}
    # before anything is made: a configuration from elsewhere may ask for more memory than there is
    _check_tensors(folder / "model.safetensors", tensors, _expected_tensors(config, folder))
    model = Baseline(config.shape)
    generators = {name: Generator(shape) for name, shape in config.generators.items()}
    model.load_state_dict({name: tensors[name] for name in model.state_dict()})
    for name, generator in generators.items():
        generator.load_state_dict({key: tensors[_stored_name(name, key)] for key in generator.state_dict()})
        generator.eval().requires_grad_(False)
    arrays = _read_tensors(folder / "reference.safetensors", safetensors.numpy.load, config)
    rows = len(arrays["c"]) if "c" in arrays else 0
    expected: dict[str, tuple[int, ...]] = {"c": (rows,), "speaker": (rows,)}
    expected |= {"h": (rows, config.shape.feature_dim), "t": (rows, config.shape.text_feature_dim)}
    _check_tensors(folder / "reference.safetensors", arrays, expected)
    if rows == 0 or not np.isin(arrays["c"], range(config.shape.n_classes)).all():
        raise CheckpointError(f"{folder.name}/reference.safetensors has no features or unknown emotion codes.")
    return Checkpoint(
        config=config,
        voices=_voices(config, tensors, folder),
        model=model.eval().requires_grad_(False),
        reference=Features(**arrays),
        metrics=_read_metrics(folder, config),
        card=_read_text(folder / "README.md"),
        generators=generators,
    )


def _voices(config: CheckpointConfig, tensors: Mapping[str, torch.Tensor], folder: Path) -> VoiceRecogniser | None:
    if config.voices is None:
        return None
    own = {name.removeprefix(_VOICES): t.numpy() for name, t in tensors.items() if name.startswith(_VOICES)}
    try:
        return VoiceRecogniser.of(config.voices, own)
    except SermiError as error:
        raise CheckpointError(f"{folder.name}/model.safetensors can't be used ({error}); copy it again.") from error


def _tensors(model: Baseline, generators: Mapping[str, Generator]) -> dict[str, torch.Tensor]:
    """Everything in model.safetensors: the baseline's tensors, and each generator's under `generator.NAME.`."""
    tensors = dict(model.state_dict())
    for name, generator in generators.items():
        tensors |= {_stored_name(name, key): tensor for key, tensor in generator.state_dict().items()}
    return tensors


def _stored_name(generator: str, key: str) -> str:
    """Of a generator's tensor in model.safetensors."""
    return f"{_GENERATORS}{generator}.{_STORED_NAMES.get(key, key)}"


def _read_config(folder: Path) -> CheckpointConfig:
    raw = _read_json(folder / "config.json")
    if raw.get("format") not in (FORMAT, *OLDER_FORMATS):
        known = " and ".join(map(str, sorted((FORMAT, *OLDER_FORMATS))))
        raise CheckpointError(
            f"The checkpoint '{folder.name}' has format {raw.get('format')} and this version reads {known}; "
            "train it again or use the version that made it."
        )
    if raw["format"] != FORMAT:
        raw["generators"] = {}
    try:
        config = schema.read(CheckpointConfig, raw)
        if config.voices is not None:
            config.voices.check()
        names = class_set(config.class_set).names
        sides = {(g.feature_dim, g.text_feature_dim, g.n_classes) for g in config.generators.values()}
        numbers = 0 <= config.not_sure_below <= 1 and 0 <= config.shape.neutral < len(names)
        numbers = numbers and (config.voices is None or config.voices.dim <= config.shape.feature_dim)
        if not numbers:
            raise ValueError("a number is out of its range")
    except (ValueError, SermiError) as error:
        raise CheckpointError(
            f"config.json of the checkpoint '{folder.name}' can't be used ({str(error).rstrip('.')}); copy it again."
        ) from error
    if not is_as_written("config.json", b"", raw):
        raise CheckpointError(
            f"config.json of the checkpoint '{folder.name}' is not as it was written (another checksum); copy it again, or "
            "take its own checksum out of digests to use it as it is."
        )
    if config.classes != names or config.shape.n_classes != len(names):
        raise CheckpointError(f"The checkpoint '{folder.name}' lists other classes than {config.class_set} has.")
    if sides - {(config.shape.feature_dim, config.shape.text_feature_dim, config.shape.n_classes)}:
        raise CheckpointError(f"A generator of the checkpoint '{folder.name}' makes other features than it recognises.")
    return config


def _expected_tensors(config: CheckpointConfig, folder: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of what model.safetensors should hold, found without making any of it."""
    try:
        with unmade():
            model = Baseline(config.shape)
            generators = {name: Generator(shape) for name, shape in config.generators.items()}
    except (TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        raise CheckpointError(f"config.json of '{folder.name}' has dimensions that nothing can have.") from error
    shapes = {name: tuple(tensor.shape) for name, tensor in _tensors(model, generators).items()}
    if config.voices is not None:
        of_voices = tensor_shapes(config.voices, config.shape.n_classes)
        shapes |= {_VOICES + name: shape for name, shape in of_voices.items()}
    return shapes


def _check_tensors(path: Path, tensors: Mapping[str, Any], expected: Mapping[str, tuple[int, ...]]) -> None:
    """Raises CheckpointError unless these tensors are there, no others, as finite float32 or, for codes, int64."""
    for name in sorted(tensors.keys() | expected.keys()):
        shape = tuple(tensors[name].shape) if name in tensors else None
        if shape != expected.get(name):
            raise CheckpointError(
                f"{path.parent.name}/{path.name}: tensor '{name}' is {'missing' if shape is None else shape} and should be "
                f"{expected.get(name, 'absent')}; the files are not of one checkpoint."
            )
        kind = "int64" if name in ("c", "speaker") else "float32"
        if str(tensors[name].dtype).removeprefix("torch.") != kind or not np.isfinite(np.asarray(tensors[name])).all():
            raise CheckpointError(f"{path.parent.name}/{path.name}: tensor '{name}' should be finite {kind} numbers.")


def _read_tensors(path: Path, loader: Any, config: CheckpointConfig) -> dict[str, Any]:
    try:
        content = path.read_bytes()
        if not is_as_written(path.name, content, vars(config)):
            raise ValueError("another checksum")
        return loader(content)
    except Exception as error:  # safetensors raises its own kinds for a truncated or foreign file
        raise CheckpointError(f"{path.parent.name}/{path.name} is damaged; copy it again.") from error


def _read_metrics(folder: Path, config: CheckpointConfig) -> dict[str, Any]:
    metrics = _read_json(folder / "metrics.json")
    if not is_as_written("metrics.json", (folder / "metrics.json").read_bytes(), vars(config)):
        raise CheckpointError(f"{folder.name}/metrics.json is damaged; copy it again.")
    return metrics


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except ValueError as error:
        raise CheckpointError(f"{path.parent.name}/{path.name} is not UTF-8 text; copy it again.") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.parent.name}/{path.name} is not valid JSON; copy it again.") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path.parent.name}/{path.name} should be a JSON object; copy it again.")
    return content


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
