"""`python -m train reproduce`: make every committed table again that is missing or older than the code, in order."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from train import freshness
from train.comparison import sampler_cells, set_study, space_study
from train.comparison.tasks import TaskConfig, comparison_frontend, fingerprints
from train.fingerprints import digest

BOTH = "moonshine-tiny+openai/whisper-base"
"""The embedded encoder and Whisper base."""
N_SPLITS = 20
_WORDS = "sermi-match,sermi-match:condition=true,sermi-match:condition=false"
_VOICES = "sermi-match,sermi-maximise,cgan,cgan:voices=true,sermi-maximise:voices=false,sermi-match:voices=false"
_PLACES = ("--data", "--out", "--workers")
"""Options that move no figure."""


@dataclass(frozen=True)
class Result:
    """A committed result and what makes it."""

    group: str
    file: str
    """In the folder of results."""
    command: str
    """Of `python -m train`, without where things are."""
    core_minutes: float
    """Of one core with features cached, to plan by: of the comparisons from a split of RAVDESS, else a guess."""

    @property
    def names(self) -> set[str]:
        """By which it can be asked for."""
        return {self.group, self.file.rsplit(".", 1)[0]}

    @property
    def words(self) -> list[str]:
        """Of the command."""
        return shlex.split(self.command)

    @property
    def resumes(self) -> bool:
        """Whether it keeps rows in a table beside it, and goes on there."""
        return self.writes_folder and self.group != "voices"

    @property
    def writes_folder(self) -> bool:
        """Whether its command is given a folder to write into."""
        return self.words[0] in ("compare", "ablate")

    @property
    def splits(self) -> int | None:
        """How many repeated splits it runs."""
        return int(self.words[self.words.index("--splits") + 1]) if "--splits" in self.words else None


def _comparison(name: str, core_minutes: float, *, options: str = "", folder: str = "compare") -> Result:
    command = f"compare {name} --splits {N_SPLITS} --seeds 1{options}"
    return Result("comparisons" if folder == "compare" else folder, f"{folder}/{name}.json", command, core_minutes)


RESULTS = (
    Result("recogniser", "ravdess.json", "evaluate ravdess --std --prosody --tempi --views 0 --seeds 3", 1),
    Result(
        "recogniser",
        "ravdess-whisper.json",
        f"evaluate ravdess --audio-encoder {BOTH} --std --prosody --tempi --views 0 --seeds 3",
        25,
    ),
    Result("recogniser", "ravdess-mean.json", "evaluate ravdess --seeds 3", 3),
    Result("recogniser", "leave-one-corpus-out.json", "evaluate leave-one-corpus-out --seeds 1", 5),
    Result("quality", "impostors.json", "impostors --seeds 3", 15),
    Result("text", "words/left-out.json", "words", 10),
    Result("voices", "new-voice.json", "evaluate new-voice --seeds 1", 20),
    Result("voices", "new-voice-whisper.json", f"evaluate new-voice --audio-encoder {BOTH} --seeds 1", 40),
    Result("voices", "compare/new-voice.json", "compare new-voice --seeds 3", 20),
    Result("voices", "compare/few-labels.json", "compare few-labels --seeds 3", 15),
    _comparison("ravdess", 190),
    _comparison("low-resource", 55),
    _comparison("imbalance", 145),
    _comparison("paired", 190),
    _comparison("paired", 120, options=f" --augmenters {_WORDS}", folder="words"),
    _comparison("low-resource", 70, options=f" --augmenters {_VOICES}", folder="choices"),
    Result("choices", "choices/ravdess.json", "ablate --seeds 1 --splits 6", 180),
    Result("choices", "last-layers.json", "last-layers --evaluation docs/results/new-voice.json --seeds 2", 60),
    Result("samplers", "samplers.json", "samplers --seeds 3", 100),
    Result("sets", "sets.json", "sets", 30),
    Result("spaces", "spaces.json", "spaces", 35),
    Result("stage-a", "alignment.csv", "align", 10),
    Result("scores", "scores.json", "scores --checkpoint checkpoints/open4 --checkpoint checkpoints/open7", 6),
)
"""In the order in which they are made."""


@dataclass(frozen=True)
class Reproduction:
    """Results made from a folder of corpora into a folder."""

    data: Path
    out: Path
    workers: int = 1

    def run(self, names: Sequence[str], *, plan: bool = False) -> None:
        """Make results that aren't up to date, one after the other, each in a process of its own.

        Args:
            names: of results (their file without its ending) or groups; none for all.
            plan: whether only to say what would be run, and why.

        Raises:
            SermiError: an unknown name, or a command that fails.
        """
        known = {name for result in RESULTS for name in result.names}
        if unknown := sorted({*names} - known):
            raise SermiError(f"'{unknown[0]}' is not a result; use some of {', '.join(sorted(known))}.")
        minutes = 0.0
        for result in (one for one in RESULTS if not names or one.names & {*names}):
            try:
                reason = self.reason(result)
            except SermiError as error:
                typer.echo(f"{result.file:30} left as it is: {error}")
                continue
            typer.echo(f"{result.file:30} {reason or 'up to date'}" + (f": {self._shown(result)}" if reason else ""))
            minutes += result.core_minutes if reason else 0
            if reason and not plan:
                self._make(result)
        if plan:
            typer.echo(
                f"About {minutes / 60:.1f} h of one core, with features cached; comparisons share {self.workers}."
            )

    def reason(self, result: Result) -> str:
        """Why a result is to be made; empty where it is up to date.

        Raises SermiError where that can't be known, as without its encoder.
        """
        path = self.out / result.file
        if not path.exists():
            return "missing"
        if path.suffix == ".json" and not _same_run(json.loads(path.read_text(encoding="utf-8"))["command"], result):
            return "other options"
        parts = freshness.older(path)
        return f"older ({', '.join(parts)})" if parts else ""

    def arguments(self, result: Result) -> list[str]:
        """Of `python -m train`."""
        path = self.out / result.file
        out = path.parent if result.writes_folder else path
        workers = ["--workers", str(self.workers)] if result.resumes else []
        return [*result.words, "--data", str(self.data), "--out", str(out), *workers]

    def _shown(self, result: Result) -> str:
        return "python -m train " + shlex.join(self.arguments(result))

    def _make(self, result: Result) -> None:
        path = self.out / result.file
        path.parent.mkdir(parents=True, exist_ok=True)
        table = path.with_suffix(".csv")
        if table.exists() and freshness.older_rows(table, _rows_of(result)):
            table.unlink()  # its rows would be refused
        environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
        done = subprocess.run([sys.executable, "-m", "train", *self.arguments(result)], check=False, env=environment)
        if done.returncode:
            raise SermiError(f"{result.file} was not finished; see above. The same command goes on there.")


def _rows_of(result: Result) -> str:
    """The digest that rows of a table carry."""
    if result.group == sampler_cells.PROTOCOL:
        return digest(sampler_cells.fingerprints())
    if result.group == set_study.PROTOCOL:
        return digest(set_study.fingerprints())
    if result.group == space_study.PROTOCOL:
        return digest(space_study.fingerprints(FrontendConfig()))
    name = "paired" if result.group == "stage-a" else "ravdess" if result.words[0] == "ablate" else result.words[1]
    return digest(fingerprints(name, TaskConfig(comparison_frontend()), result.splits))


def _same_run(command: str, result: Result) -> bool:
    """Whether a recorded command differs in places alone. Options may stand in any order."""
    words = shlex.split(command)
    words = words[words.index("train") + 1 :]
    kept = [word for i, word in enumerate(words) if word not in _PLACES and (i == 0 or words[i - 1] not in _PLACES)]
    return sorted(kept) == sorted(result.words)
