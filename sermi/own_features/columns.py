"""Which columns of a table are what: the label, the group (speaker), the features; guessed where nobody says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from sermi.errors import SermiError

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("emotion", "label", "class", "target", "category", "y")
"""Names by which a label is known, the likeliest first, in any case."""
GROUPS = ("speaker", "speaker_id", "speakerid", "spk", "actor", "subject", "participant", "group", "session")
"""Likewise of what mustn't be split between training and testing."""
NO_FEATURES = (
    "id", "index", "idx", "row", "file", "filename", "path", "name", "wav", "utterance", "segment", "fold", "split",
    "start", "end", "frametime", "frame", "time", "timestamp", "duration", "gender", "sex", "age", "year",
)  # fmt: skip
"""Names of numbers that describe a recording and not its sound."""
GENERATED = "generated"
"""The column that marks generated rows."""
SAVED_INDEX = "sermi.saved_index"
"""Key of a frame's `attrs`: names of columns that were a data frame's index, which are no features."""
_INDEX_PREFIXES = ("unnamed:", "__index_level_")
"""Of the names that pandas saves an index without a name under."""
_MOST_CLASSES = 100
_FEW_WORDS = 0.2
"""Share of a column of numbers that may be text by mistake."""


@dataclass(frozen=True)
class Columns:
    """The parts that columns play."""

    label: str
    group: str | None
    """None where rows are taken to be independent."""
    features: tuple[str, ...]
    text: tuple[str, ...] = ()
    """Features of the words, beside those of the voice."""
    left_out: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    """Of these, those that somebody named."""


def columns_of(
    frame: pd.DataFrame,
    *,
    label: str | None = None,
    group: str | None = None,
    guess_group: bool = True,
    text: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Columns:
    """The parts that a table's columns play.

    Args:
        frame: of the rows.
        label: its column; None to go by the names in `LABELS`.
        group: its column; None to go by the names in `GROUPS`.
        guess_group: False for rows that are independent: then no column is the group unless one is given.
        text: columns of text features, as names or as patterns with * and ?.
        ignore: columns to leave out, likewise.

    Raises:
        SermiError: A column that isn't there, no column for the label, or none for the features.
    """
    names = _names(frame)
    if GENERATED in names:
        raise SermiError(f"There is a column '{GENERATED}' already; give the real rows alone, without it.")
    label = given("label", label, names) or _guessed(LABELS, names)
    if label is None:
        raise SermiError(f"No column is called {', '.join(LABELS[:-1])} or {LABELS[-1]}; choose one with --label.")
    ignored = _matching("--ignore", ignore, names)
    group = given("group", group, names)
    if group is None and guess_group:
        group = _guessed(GROUPS, [name for name in names if name not in {label, *ignored}])
        if group is not None and not 1 < frame[group].nunique() < len(frame):
            group = None
    if label == group:
        raise SermiError(f"'{label}' can't be both the label and the group; give another column for one of them.")
    words = [name for name in _matching("--text-columns", text, names) if name not in {label, group, *ignored}]
    taken = {label, group, *ignored, *words}
    numeric = [name for name in names if name not in taken and _is_feature(frame[name])]
    _check_numbers(frame, words)
    if not numeric:
        raise SermiError("No column of numbers is left for the features; check --label, --group and --ignore.")
    left_out = [name for name in names if name not in {label, group, *numeric, *words}]
    return Columns(label, group, tuple(numeric), tuple(words), tuple(left_out), tuple(ignored))


def possible_labels(frame: pd.DataFrame) -> list[str]:
    """Columns that could be the label: some values that come again and again, no measured numbers."""
    return [
        name for name in _names(frame) if 2 <= _n_values(frame[name]) <= _MOST_CLASSES and not is_measured(frame[name])
    ]


def possible_groups(frame: pd.DataFrame) -> list[str]:
    """Columns that could be the group: fewer values than rows, no measured numbers."""
    return [name for name in _names(frame) if 1 < _n_values(frame[name]) < len(frame) and not is_measured(frame[name])]


def why_left_out(column: pd.Series) -> str:
    """In a word or two, why a column is none of the features."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column):
        return "true or false"
    if not pd.api.types.is_numeric_dtype(column):
        return "text"
    if _was_index(column):
        return "an index"
    if _counts_rows(column):
        return "numbers the rows"
    return "as chosen" if _is_feature(column) else "by its name"


def _names(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns]


def _n_values(column: pd.Series) -> int:
    """How many different ones; 0 for what can't be compared, as lists."""
    try:
        return int(column.nunique())
    except TypeError:
        return 0


def is_measured(column: pd.Series) -> bool:
    """Whether there is a fraction in it."""
    import pandas as pd

    return pd.api.types.is_float_dtype(column) and bool((column.dropna() % 1 != 0).any())


def given(part: str, name: str | None, names: Sequence[str]) -> str | None:
    """The name, which somebody gave for a part. Raises SermiError where it isn't among those of the columns."""
    if name is not None and name not in names:
        listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise SermiError(f"There is no column '{name}' for --{part}; there are {listed}.")
    return name


def _guessed(known: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of the names that is known."""
    lower = {name.lower(): name for name in reversed(names)}
    return next((lower[name] for name in known if name in lower), None)


def _matching(option: str, patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    matching: list[str] = []
    for pattern in patterns:
        # brackets stand for themselves, as in openSMILE's names
        some = [name for name in names if name == pattern or fnmatchcase(name, pattern.replace("[", "[[]"))]
        if not some:
            raise SermiError(f"No column is '{pattern}', which {option} names; check its spelling.")
        matching += some
    return list(dict.fromkeys(matching))


def _is_feature(column: pd.Series) -> bool:
    """Whether a column holds numbers that aren't a name, a place or a row's number."""
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    return _could_be_feature(column) and not _counts_rows(column)


def _could_be_feature(column: pd.Series) -> bool:
    return str(column.name).lower() not in NO_FEATURES and not _was_index(column)


def _was_index(column: pd.Series) -> bool:
    name = str(column.name)
    return name.lower().startswith(_INDEX_PREFIXES) or name in column.attrs.get(SAVED_INDEX, ())


def words_among_numbers(column: pd.Series) -> pd.Series:
    """The text in a column that is of numbers but for it; none in any other column."""
    import pandas as pd

    values = column.dropna()
    if pd.api.types.is_numeric_dtype(column) or not pd.api.types.is_string_dtype(values):
        return values[:0]
    words = values[pd.to_numeric(values, errors="coerce").isna()]
    return words if len(words) <= _FEW_WORDS * len(values) else words[:0]


def _check_text(column: pd.Series) -> None:
    """Raises SermiError for text in a column that is of numbers but for it."""
    words = words_among_numbers(column)
    if len(words):
        raise SermiError(
            f"Column '{column.name}' holds text in {len(words):,} of {len(column):,} rows, such as '{words.iloc[0]}', and "
            "numbers else; leave these rows out, or the column with --ignore."
        )


def _counts_rows(column: pd.Series) -> bool:
    """0, 1, 2, ... or 1, 2, 3, ...: an index that was saved along."""
    import pandas as pd

    if not pd.api.types.is_integer_dtype(column) or len(column) < 3 or column.isna().any():
        return False
    values = column.to_numpy()
    return bool(values[0] in (0, 1) and (np.diff(values.astype(np.float64)) == 1).all())


def _check_numbers(frame: pd.DataFrame, names: Sequence[str]) -> None:
    import pandas as pd

    for name in names:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise SermiError(f"Column '{name}' should hold numbers to be a text feature; give embeddings of the words.")


def check_rows(frame: pd.DataFrame, columns: Columns) -> None:
    """Raises SermiError where a label, a group or a feature is missing or infinite, a label is a measured number, or a column
    that is left out for a few words in it is one of numbers."""
    for name in (columns.label, columns.group):
        if name is not None and frame[name].isna().any():
            n = int(frame[name].isna().sum())
            raise SermiError(f"{n:,} rows have nothing in column '{name}'; leave them out or fill it.")
    numbers = frame[list(columns.features + columns.text)].to_numpy(np.float64, na_value=np.nan)
    bad = ~np.isfinite(numbers)
    if bad.any():
        column = [*columns.features, *columns.text][int(bad.any(axis=0).argmax())]
        n = int(bad.any(axis=1).sum())
        raise SermiError(
            f"{n:,} rows have values that are missing or infinite, such as in column '{column}'; leave the rows out, or the "
            "column with --ignore."
        )
    for name in columns.left_out:
        if name not in columns.ignored and _could_be_feature(frame[name]):
            _check_text(frame[name])
    label = frame[columns.label]
    n_classes = label.nunique()
    if n_classes > _MOST_CLASSES or is_measured(label):
        raise SermiError(
            f"Column '{columns.label}' has {n_classes:,} different values, as a measured number has; the label should name "
            "one of some classes."
        )
    if n_classes < 2:
        raise SermiError(f"Column '{columns.label}' has one class alone; at least two are needed.")
