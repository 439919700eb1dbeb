"""What a visitor chooses on the tab "Your features", and their table by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi.errors import SermiError

if TYPE_CHECKING:
    import pandas as pd

    from sermi.own_features.table import FeatureTable

FIELDS: Mapping[str, str] = {
    "label": "Label",
    "group": "Speaker",
    "ratio": "Rows to add",
    "text-columns": "Text features",
    "ignore": "Leave out",
}
"""What the command's options are called on the page."""
_OPTION = re.compile(f"--({'|'.join(FIELDS)})\\b")
_REPEATS = 1
_MOST_CHOICES = 200
"""Of a drop-down."""


@dataclass(frozen=True)
class Dropped:
    """A visitor's table, as it was read."""

    name: str
    """Of the file."""
    frame: pd.DataFrame
    blocks: Mapping[str, list[str]]
    """Columns that were one array of an .npz, by its name."""
    is_example: bool = False
    """Whether it is ours, and known to be done soon."""

    @property
    def suffix(self) -> str:
        """That names its format."""
        return Path(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """The name without it."""
        return Path(self.name).stem


@dataclass(frozen=True)
class Choices:
    """Of columns, and of how rows are generated."""

    label: str = ""
    """'' where nobody knows."""
    group: str = ""
    """'' where rows are independent."""
    text: tuple[str, ...] = ()
    """Columns or patterns of text features."""
    ignore: tuple[str, ...] = ()
    """Likewise of what is left out."""
    ratio: float = 1.0
    regulariser: str = "maximise"
    steps: int = 200
    seed: int = 0

    def table(self, dropped: Dropped) -> FeatureTable:
        """The table, checked: what can't be learnt from, or tested on others, raises SermiError now and not later."""
        from sermi.own_features.columns import columns_of
        from sermi.own_features.gains import design_of
        from sermi.own_features.table import FeatureTable

        with_group = bool(self.group)
        columns = columns_of(
            dropped.frame,
            label=self.label or None,
            group=self.group or None,
            guess_group=False,
            text=self.text,
            ignore=[*self.ignore],
        )
        table = FeatureTable(dropped.name, dropped.frame, columns, dropped.blocks)
        design_of(table.X, table.y, groups=table.groups if with_group else None)
        return table

    @property
    def settings(self) -> dict[str, Any]:
        """Of `plan_of`."""
        return {**self.generation, "repeats": _REPEATS}

    @property
    def generation(self) -> dict[str, Any]:
        """Of `augment`."""
        sampler = {"regulariser": self.regulariser, "steps": self.steps}
        return {"ratio": self.ratio, "sampler": sampler, "seed": self.seed}

    def command(self, dropped: Dropped, out: str, report: str) -> list[str]:
        """Words of the command that does the same."""
        columns = ["--label", self.label, *(["--group", self.group] if self.group else ["--no-group"])]
        for option, names in (("--text-columns", self.text), ("--ignore", self.ignore)):
            columns += [word for name in names for word in (option, name)]
        generation = ["--ratio", f"{self.ratio:g}", "--regulariser", self.regulariser, "--steps", str(self.steps)]
        rest = ["--repeats", str(_REPEATS), "--seed", str(self.seed), "--out", out, "--report", report]
        return ["sermi", "augment", dropped.name, *columns, *generation, *rest]


def guessed(dropped: Dropped, choices: Choices) -> Choices:
    """The choices with label and speaker as the columns' names have it."""
    from sermi.own_features.columns import columns_of

    try:
        columns = columns_of(dropped.frame, text=choices.text, ignore=[*choices.ignore])
    except SermiError:
        return replace(choices, label="", group="")
    return replace(choices, label=columns.label, group=columns.group or "")


def offered(dropped: Dropped, choices: Choices) -> tuple[list[str], list[str]]:
    """Columns to choose the label and the speaker from, the chosen one always among them."""
    from sermi.own_features.columns import possible_groups, possible_labels

    labels, groups = (of(dropped.frame)[:_MOST_CHOICES] for of in (possible_labels, possible_groups))
    return _with(choices.label, labels), _with(choices.group, groups)


def _with(name: str, names: list[str]) -> list[str]:
    return names if not name or name in names else [name, *names]


def on_the_page(sentence: str) -> str:
    """A sentence of the command with what its options are called here.

    >>> on_the_page("Choose one with --label.")
    'Choose one with “Label”.'
    """
    return _OPTION.sub(lambda match: f"“{FIELDS[match[1]]}”", sentence)
