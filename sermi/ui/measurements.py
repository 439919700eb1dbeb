"""What was measured of a checkpoint and of the method, read from the files that runs wrote: the only place that knows them.

`metrics.json` lies in each checkpoint; `docs/results` holds what `python -m train compare`, `ablate` and `evaluate` found.
What a file doesn't hold is left out, and the command that would make it is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "ravdess": "All training actors",
        "low-resource": "Four training actors",
        "imbalance": "Three classes cut to 10 %",
        "paired": "Voice and words (label-matched)",
    }
)
"""Protocol -> what the room is told, in the order of the story."""
SAME_BUT_FEWER = ("low-resource", "ravdess")
"""Protocols that differ in nothing but how much there is to train on, the least first: a learning curve."""
INFORMATION = "information"
OURS = ("sermi-match", "sermi-maximise")
_COMPARE = "python -m train compare {} --data DATA --out docs/results/compare"
_MADE_BY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ablations": ("One choice at a time", "python -m train ablate --data DATA --out docs/results/ablations"),
        "corpora": (
            "A corpus never heard before",
            "python -m train evaluate leave-one-corpus-out --data DATA --out docs/results/leave-one-corpus-out.json",
        ),
        "alignment": (
            "Words and voice pulled together",
            "python -m train align --data DATA --out docs/results/alignment.csv",
        ),
        "benchmark": ("Estimators of information", "python -m sermi mi-benchmark"),
        "unseen": ("How good the checkpoint is on speakers never heard", "python -m train fit"),
    }
)
_SIDES = {"audio": "Voice", "text": "Words", "fused": "Both"}
_REFERENCE = "reference: "
_NONE = "none"
_REAL = "_real"


@dataclass(frozen=True)
class Missing:
    """What was not measured, and the command that measures it."""

    what: str
    command: str


@dataclass(frozen=True)
class Augmented:
    """One way to train the last layer: its mean over runs.

    gain, interval: over real data alone, in UA from 0 to 1, paired. measures: of its generated set, by name, information in
    nats; real: what real data reaches in the same. confusion: (K, K) counts, where the file holds them. partial: not done for
    all folds and seeds yet, so not to be compared.
    """

    name: str
    title: str
    ua: float
    gain: float
    interval: tuple[float, float]
    runs: int
    measures: Mapping[str, float]
    real: Mapping[str, float]
    confusion: Sequence[Sequence[int]] = ()
    partial: bool = False

    @property
    def generates(self) -> bool:
        return self.name != _NONE and not self.reference

    @property
    def reference(self) -> bool:
        """Real data alone, by another last layer than the one that generated data is added to."""
        return self.name.startswith(_REFERENCE)

    @property
    def information(self) -> float | None:
        return self.measures.get(INFORMATION)


@dataclass(frozen=True)
class Comparison:
    """What `compare` or `ablate` found for one protocol. ways: from the worst to the best; n_train: recordings that were
    trained on, the mean over folds."""

    protocol: str
    command: str
    folds: int
    seeds: int
    ways: Sequence[Augmented]
    n_train: float | None = None
    classes: Sequence[str] = ()

    @property
    def title(self) -> str:
        told = TITLES.get(self.protocol, self.protocol)
        return f"One choice at a time: {told.lower()}" if self.ablates else told

    @property
    def ablates(self) -> bool:
        """Whether options of one augmenter are compared with each other."""
        return any(":" in way.name for way in self.ways if not way.reference)

    @property
    def none(self) -> Augmented:
        """Real data alone, with the same last layer."""
        return next(way for way in self.ways if way.name == _NONE)

    @property
    def best_reference(self) -> Augmented:
        """The best of those that use no generated data."""
        return max((way for way in self.ways if not way.generates), key=lambda way: way.ua)

    @property
    def ours(self) -> Augmented | None:
        """SERMI: MI matched where that is done, else maximised."""
        return next((way for way in map(self.way, OURS) if way and not way.partial), None)

    @property
    def best_generated(self) -> Augmented | None:
        """The best of those that are done and use generated data."""
        done = [way for way in self.ways if way.generates and not way.partial]
        return max(done, key=lambda way: way.ua, default=None)

    @property
    def run(self) -> str:
        """How it was measured, in a sentence."""
        seeds = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds"
        how = f"{self.folds} speaker-disjoint folds, {seeds}; gains paired over both, with 95 % bootstrap intervals"
        return f"{how}: {self.command}"

    def way(self, name: str) -> Augmented | None:
        return next((way for way in self.ways if way.name == name), None)


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
    """All of it.

    unseen: on speakers and corpora that were left out; held_out: on speakers that were left out. corpora: UA with that
    corpus left out of training. heard: UA from voice, words and both on label-matched pairs."""

    comparisons: Sequence[Comparison]
    ablations: Sequence[Comparison]
    unseen: Recognition | None
    corpora: Recalls | None
    corpora_command: str
    fit_command: str
    heard: Mapping[str, float]
    pairs: str
    missing: Sequence[Missing] = ()

    @property
    def curve(self) -> Sequence[Comparison]:
        """Comparisons that differ in the amount of training data alone, from the least to the most."""
        found = [each for each in self.comparisons if each.protocol in SAME_BUT_FEWER and each.n_train is not None]
        return sorted(found, key=lambda each: each.n_train or 0.0)


def gather(metrics: Mapping[str, Any], classes: Sequence[str], results: Path = RESULTS) -> Evidence:
    """Of a checkpoint's metrics and the files in `results`. What is missing is left out and named."""
    files = [path for path in sorted(results.glob("*/*.json")) if not path.match("*.plotly.json")]
    read = [found for found in map(read_comparison, files) if found is not None]
    order = list(TITLES)
    read.sort(key=lambda each: order.index(each.protocol) if each.protocol in order else len(order))
    ablations = [each for each in read if each.ablates]
    comparisons = [each for each in read if not each.ablates]
    held_out = metrics.get("held_out_speakers") or {}
    pairs = held_out.get("own_words") or held_out.get("label_matched_pairs") or {}
    corpora, corpora_command = _corpora(results / "leave-one-corpus-out.json")
    parts = {
        "ablations": ablations,
        "unseen": _recognition(metrics.get("other_speakers_and_corpora"), classes),
        "corpora": corpora,
    }
    done = {each.protocol for each in comparisons}
    missing = [Missing(title, _COMPARE.format(protocol)) for protocol, title in TITLES.items() if protocol not in done]
    return Evidence(
        comparisons=comparisons,
        ablations=ablations,
        unseen=parts["unseen"],
        corpora=corpora,
        corpora_command=corpora_command,
        fit_command=str(metrics.get("command", _MADE_BY["unseen"][1])),
        heard={told: pairs[side]["UA"] for side, told in _SIDES.items() if side in pairs},
        pairs=str(pairs.get("what", "")),
        missing=[*missing, *(Missing(*_MADE_BY[name]) for name, part in parts.items() if not part)],
    )


def read_comparison(path: Path) -> Comparison | None:
    """A protocol's summary with the table beside it; None for a file that isn't one."""
    record = _json(path)
    try:
        summary = record["summary"]
        most = max(values.get("runs", 0) for values in summary.values())
        ways = [_way(name, values, most) for name, values in summary.items()]
        found = Comparison(
            record["protocol"],
            record["command"],
            record["folds"],
            len(record["seeds"]),
            ways,
            record.get("n_train"),
            tuple(record.get("classes", ())),
        )
        return found if found.way(_NONE) else None
    except (TypeError, KeyError, AttributeError, ValueError):
        return None


def _way(name: str, values: Mapping[str, Any], most: int) -> Augmented:
    measured = _numbers(values.get("information", {})) | _numbers(values.get("quality", {}))
    low, high = values["gain_interval_95"]
    runs = values.get("runs", most)
    return Augmented(
        name=name,
        title=values.get("title", name),
        ua=values["UA"],
        gain=values["gain"],
        interval=(low, high),
        runs=runs,
        measures={key: value for key, value in measured.items() if not key.endswith(_REAL)},
        real={key.removesuffix(_REAL): value for key, value in measured.items() if key.endswith(_REAL)},
        confusion=values.get("confusion", ()),
        partial=runs < most,
    )


def _corpora(path: Path) -> tuple[Recalls | None, str]:
    record = _json(path)
    folds: dict[str, list[Mapping[str, Any]]] = {}
    for row in record.get("runs", []):
        folds.setdefault(row["fold"], []).append(row)
    means = {name: (sum(row["UA"] for row in rows) / len(rows), rows[0]["n_test"]) for name, rows in folds.items()}
    return (Recalls("corpus", means) if means else None), str(record.get("command", _MADE_BY["corpora"][1]))


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


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Those that are numbers, as JSON or CSV holds them."""
    found = {}
    for name, value in values.items():
        try:
            found[name] = float(value)
        except (TypeError, ValueError):
            continue
    return found


def _json(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
