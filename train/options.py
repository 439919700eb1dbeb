"""Options that several commands of training share, and what they offer to choose from.

The registries (protocols, comparisons, corpora) load pandas and torch, which `--help` shouldn't wait for. So their names stand
here once more, as types, and a test holds them against the registries.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sermi import outputs
from sermi.errors import SermiError

if TYPE_CHECKING:
    from train.embeddings.finetune_config import FinetuneConfig

ProtocolName = Literal[
    "ravdess", "leave-one-corpus-out", "new-voice", "iemocap", "msp_improv", "msp_podcast_4", "msp_podcast_8"
]
"""`train.protocols.PROTOCOLS`."""
ComparisonName = Literal[
    "ravdess", "low-resource", "imbalance", "paired", "iemocap", "msp_improv", "msp_podcast_4", "msp_podcast_8"
]
"""`train.comparison.settings.SETTINGS`."""
VoiceComparisonName = Literal["new-voice", "few-labels"]
"""`train.comparison.voice_contexts.PROTOCOLS`."""
ComparedName = Literal[ComparisonName, VoiceComparisonName, "table"]
"""What can be compared on: one of these, or a table of features."""
PlannedName = Literal[ComparisonName, ProtocolName]
"""What can be planned."""
ClassSetName = Literal["open4", "open7", "podcast8", "ravdess8"]
"""`sermi.labels.CLASS_SETS`."""
Precision = Literal["float32", "bfloat16", "float16"]
"""`sermi.encoders.pretrained.PRECISIONS`."""
Layers = Literal["all", "weighted"]
"""All of an encoder's layers side by side, or a learnt sum of them."""

AUDIO_CORPORA = (
    "ravdess",
    "tess",
    "emodb",
    "nemo",
    "savee",
    "turev",
    "emotts",
    "iemocap",
    "msp_improv",
    "msp_podcast",
    "csv",
)
"""`train.corpora.registry.AUDIO_READERS`."""
TEXT_CORPORA = ("goemotions", "meld")
"""`train.corpora.registry.TEXT_READERS`."""

DataFolder = Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")]


def output_file(description: str) -> Any:
    """The option of a file to write, which is asked for before the work: SermiError where it can't be written."""
    return typer.Option(help=description, callback=lambda path: _checked(outputs.check_file, path))


def output_folder(description: str) -> Any:
    """The option of a folder to write into, as `output_file`."""
    return typer.Option(help=description, callback=lambda path: _checked(outputs.check_folder, path))


def _checked(check: Callable[[Path], None], path: Path) -> Path:
    check(path)
    return path


ReportFolder = Annotated[Path, output_folder("Folder of the tables and figures; a run that was stopped goes on there.")]
Seeds = Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, ...")]
Seed = Annotated[int, typer.Option(min=0)]
Workers = Annotated[int, typer.Option(min=1, help="Processes for the fits.")]
Splits = Annotated[
    int | None,
    typer.Option(min=2, help="How many repeated splits of the speakers to run in place of the corpus's own folds."),
]
Views = Annotated[int, typer.Option(min=0, help="Augmented views of each training recording.")]
Augmenters = Annotated[str, typer.Option(help="all, or names separated by commas; NAME:option=value fixes an option.")]
AudioEncoder = Annotated[str, typer.Option(help="moonshine-tiny, a hub id, a local folder; with + several.")]
TEXT_ENCODERS = "minilm, minilm-4+6 (two layers side by side), a hub id or a local folder."
OwnWords = Annotated[
    str | None,
    typer.Option(help=f"Recognise the recordings' own words too: {TEXT_ENCODERS}"),
]
Finetune = Annotated[
    str | None,
    typer.Option(help="Fine-tune the encoder in each fold, on its training recordings: lora:RANK or layers:NUMBER."),
]
EncoderPrecision = Annotated[
    Precision, typer.Option(help="Of the encoder; the latter two for a pre-trained encoder on a GPU.")
]
Classes = Annotated[ClassSetName, typer.Option(help="The class set.")]
Texts = Annotated[
    list[str] | None,
    typer.Option(help=f"NAME=FOLDER: {' or '.join(TEXT_CORPORA)}. Without it: the recordings' own words."),
]
Evaluation = Annotated[
    Path | None,
    typer.Option(help="Result of `evaluate new-voice` for the same encoder and corpora: the card leads with it."),
]
Corpora = Annotated[list[str], typer.Option(help="NAME=FOLDER; may be given again.")]


def finetuning(method: str | None) -> FinetuneConfig | None:
    """The configuration of 'lora:8' or 'layers:2'; None for the encoder as it is."""
    if method is None:
        return None
    from train.embeddings.finetune_config import FinetuneConfig

    return FinetuneConfig.parse(method)


def running_command() -> str:
    """The running command as one would type it."""
    return "python -m train " + shlex.join(sys.argv[1:])


def split_names(augmenters: str) -> tuple[str, ...]:
    """Augmenters separated by commas, each with its options.

    >>> split_names("noise,cgan:steps=5,weight=2")
    ('noise', 'cgan:steps=5,weight=2')
    """
    return tuple(re.split(r",(?!\w+=)", augmenters))


def split_folders(pairs: list[str]) -> dict[str, Path]:
    """NAME=FOLDER arguments as a mapping. Raises SermiError for anything else, and for a name that comes twice."""
    folders: dict[str, Path] = {}
    for pair in pairs:
        name, separator, folder = pair.partition("=")
        if not separator or not folder:
            raise SermiError(f"'{pair}' should be NAME=FOLDER, such as ravdess=data/ravdess.")
        if name in folders:
            raise SermiError(
                f"'{name}' is named twice, as {folders[name]} and as {folder}; put what belongs together into one of them."
            )
        folders[name] = Path(folder).expanduser()  # after '=' a shell leaves '~' as it is
    return folders
