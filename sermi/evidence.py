"""What was measured of a checkpoint and of the method, read from the files that runs wrote: the only place that knows them.

`metrics.json` lies in each checkpoint; `docs/results` holds what `python -m train compare` and `evaluate` found. What a file
doesn't hold is left out, and the command that would make it is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
MADE_BY: Mapping[str, str] = MappingProxyType(
    {
        "comparison": "python -m train compare PROTOCOL --data DATA --out docs/results/compare",
        "corpora": "python -m train evaluate leave-one-corpus-out --data DATA --out docs/results/leave-one-corpus-out.json",
        "checkpoint": "python -m train fit",
    }
)
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "ravdess": "All training actors",
        "low-resource": "Four training actors",
        "imbalance": "Three classes cut to 10 %",
        "paired": "Voice and words (label-matched)",
    }
)
_REFERENCE = "reference: "
_NONE = "none"


@dataclass(frozen=True)
class Augmented:
    """One way to train the last layer. gain, interval: over real data alone, in UA from 0 to 1, paired; information: I(c; ĥ) of
    its set in nats, None for what generates nothing."""

    name: str
    title: str
    ua: float
    gain: float
    interval: tuple[float, float]
    information: float | None

    @property
    def generates(self) -> bool:
        return self.name != _NONE and not self.name.startswith(_REFERENCE)


@dataclass(frozen=True)
class Comparison:
    """What `compare` found for one protocol. ways: from the worst to the best."""

    protocol: str
    command: str
    folds: int
    seeds: int
    ways: Sequence[Augmented]

    @property
    def title(self) -> str:
        return TITLES.get(self.protocol, self.protocol)

    @property
    def none(self) -> Augmented:
        """Real data alone, with the same last layer."""
        return next(way for way in self.ways if way.name == _NONE)

    @property
    def best_reference(self) -> Augmented:
        """The best of those that use no generated data."""
        return max((way for way in self.ways if not way.generates), key=lambda way: way.ua)

    def way(self, name: str) -> Augmented | None:
        return next((way for way in self.ways if way.name == name), None)

    @property
    def run(self) -> str:
        """How it was measured, in a sentence."""
        return f"{self.folds} speaker-disjoint folds, {_seeds(self.seeds)}, 95 % bootstrap intervals: {self.command}"


@dataclass(frozen=True)
class Recalls:
    """Mean recall in each group, e.g. by speaker: name -> (recall, recordings)."""

    by: str
    groups: Mapping[str, tuple[float, int]]


@dataclass(frozen=True)
class Recognition:
    """How well a checkpoint recognises. confusion: rows are true classes. reliability: (confidence, accuracy, recordings)."""

    what: str
    n: int
    ua: float
    ece: float
    classes: Sequence[str]
    confusion: Sequence[Sequence[int]]
    reliability: Sequence[tuple[float, float, int]] = ()
    recalls: Sequence[Recalls] = ()


@dataclass(frozen=True)
class Evidence:
    """All of it. corpora: UA with that corpus left out of training."""

    comparisons: Sequence[Comparison]
    unseen: Recognition | None
    corpora: Recalls | None
    corpora_command: str
    fit_command: str
    missing: Sequence[str] = field(default_factory=tuple)


def gather(metrics: Mapping[str, Any], classes: Sequence[str], results: Path = RESULTS) -> Evidence:
    """Of a checkpoint's metrics and the files in `results`. What is missing is left out and named."""
    found = [
        read_comparison(path) for path in sorted(results.glob("compare/*.json")) if not path.match("*.plotly.json")
    ]
    order = list(TITLES)
    comparisons = sorted(
        filter(None, found), key=lambda each: order.index(each.protocol) if each.protocol in order else len(order)
    )
    unseen = _recognition(metrics.get("other_speakers_and_corpora"), classes)
    left_out = _read(results / "leave-one-corpus-out.json") or {}
    folds: dict[str, list[dict[str, Any]]] = {}
    for row in left_out.get("runs", []):
        folds.setdefault(row["fold"], []).append(row)
    means = {name: (sum(row["UA"] for row in rows) / len(rows), rows[0]["n_test"]) for name, rows in folds.items()}
    corpora = Recalls("corpus", means) if means else None
    parts = {"comparison": comparisons, "corpora": corpora, "checkpoint": unseen}
    return Evidence(
        comparisons=comparisons,
        unseen=unseen,
        corpora=corpora,
        corpora_command=str(left_out.get("command", MADE_BY["corpora"])),
        fit_command=str(metrics.get("command", MADE_BY["checkpoint"])),
        missing=[MADE_BY[name] for name, part in parts.items() if not part],
    )


def read_comparison(path: Path) -> Comparison | None:
    """A protocol's summary; None for a file that isn't one."""
    record = _read(path)
    try:
        ways = [
            Augmented(
                name,
                values.get("title", name),
                values["UA"],
                values["gain"],
                tuple(values["gain_interval_95"]),
                values.get("information", {}).get("information"),
            )
            for name, values in record["summary"].items()
        ]
        found = Comparison(record["protocol"], record["command"], record["folds"], len(record["seeds"]), ways)
        return found if found.way(_NONE) else None
    except (TypeError, KeyError, AttributeError):
        return None


def _recognition(record: Mapping[str, Any] | None, classes: Sequence[str]) -> Recognition | None:
    if not record or "confusion" not in record:
        return None
    groups = [
        Recalls(by, {name: (each["UA"], each["n"]) for name, each in record[f"by_{by}"].items()})
        for by in ("corpus", "gender", "speaker")
        if record.get(f"by_{by}")
    ]
    bins = [(each["confidence"], each["accuracy"], each["n"]) for each in record.get("reliability", [])]
    return Recognition(
        record["what"], record["n"], record["UA"], record["ECE"], classes, record["confusion"], bins, groups
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _seeds(n: int) -> str:
    return "1 seed" if n == 1 else f"{n} seeds"
