"""What was measured of a checkpoint and of the method, read from the files that runs wrote: the only place that knows them.

`metrics.json` lies in each checkpoint; `docs` holds what `python -m train compare`, `ablate`, `align`, `evaluate` and
`python -m sermi mi-benchmark` found. What a file doesn't hold is left out, and the command that would make it is named.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
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
_REFERENCE = "reference: "
_NONE = "none"
_REAL = "_real"


@dataclass(frozen=True)
class Missing:
    """What was not measured, and the command that measures it."""

    what: str
    command: str


@dataclass(frozen=True)
class Run:
    """One row of a comparison's table. gain: paired with real data alone, UA from 0 to 1; measured: its other numbers."""

    name: str
    fold: str
    seed: str
    ua: float
    gain: float
    measured: Mapping[str, float]


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
    """What `compare` or `ablate` found for one protocol. ways: from the worst to the best; table: every run."""

    protocol: str
    command: str
    folds: int
    seeds: int
    ways: Sequence[Augmented]
    table: Sequence[Run] = ()
    classes: Sequence[str] = ()

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

    @property
    def ours(self) -> Augmented | None:
        """SERMI: MI matched where that is done, else maximised."""
        return next((way for way in map(self.way, OURS) if way and not way.partial), None)

    @property
    def n_train(self) -> float | None:
        """Training recordings, the mean over folds."""
        counts = [run.measured["n_train"] for run in self.table if run.name == _NONE and "n_train" in run.measured]
        return sum(counts) / len(counts) if counts else None

    @property
    def run(self) -> str:
        """How it was measured, in a sentence without the command."""
        seeds = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds"
        return f"{self.folds} speaker-disjoint folds, {seeds}; gains paired over both, with 95 % bootstrap intervals"

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
class Benchmark:
    """One estimator on one task whose information is known, nats."""

    task: str
    estimator: str
    true: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evidence:
    """All of it.

    unseen: on speakers and corpora that were left out; held_out: on speakers that were left out. corpora: UA with that
    corpus left out of training. heard: UA from voice, words and both on label-matched pairs. shared: I(h; t) of pairs through
    the emotion, nats, "real" and by regulariser. alignment: α of the contrastive term -> mean UA of voice, words and both.
    """

    comparisons: Sequence[Comparison]
    ablations: Sequence[Comparison]
    benchmark: Sequence[Benchmark]
    unseen: Recognition | None
    held_out: Recognition | None
    corpora: Recalls | None
    corpora_command: str
    fit_command: str
    heard: Mapping[str, float]
    shared: Mapping[str, float]
    alignment: Mapping[str, Mapping[str, float]]
    alignment_runs: int
    missing: Sequence[Missing] = ()

    @property
    def curve(self) -> Sequence[Comparison]:
        """Comparisons that differ in the amount of training data alone, from the least to the most."""
        found = [each for each in self.comparisons if each.protocol in SAME_BUT_FEWER and each.n_train is not None]
        return sorted(found, key=lambda each: each.n_train or 0.0)


def gather(metrics: Mapping[str, Any], classes: Sequence[str], docs: Path = DOCS) -> Evidence:
    """Of a checkpoint's metrics and the files in `docs`. What is missing is left out and named."""
    results = docs / "results"
    files = [path for path in sorted(results.glob("*/*.json")) if not path.match("*.plotly.json")]
    read = [found for found in map(read_comparison, files) if found is not None]
    order = list(TITLES)
    read.sort(key=lambda each: order.index(each.protocol) if each.protocol in order else len(order))
    ablations = [each for each in read if any(":" in way.name and not way.reference for way in each.ways)]
    comparisons = [each for each in read if each not in ablations]
    held_out = metrics.get("held_out_speakers") or {}
    pairs = held_out.get("label_matched_pairs", {})
    generators = metrics.get("generators") or {}
    corpora, corpora_command = _corpora(results / "leave-one-corpus-out.json")
    alignment, alignment_runs = _alignment(results / "alignment.csv")
    parts = {
        "ablations": ablations,
        "benchmark": _benchmark(docs / "mi-benchmark.csv"),
        "unseen": _recognition(metrics.get("other_speakers_and_corpora"), classes),
        "corpora": corpora,
        "alignment": alignment,
    }
    done = {each.protocol for each in comparisons}
    missing = [Missing(title, _COMPARE.format(protocol)) for protocol, title in TITLES.items() if protocol not in done]
    return Evidence(
        comparisons=comparisons,
        ablations=ablations,
        benchmark=parts["benchmark"],
        unseen=parts["unseen"],
        held_out=_recognition({"what": held_out.get("what", "")} | held_out.get("audio", {}), classes),
        corpora=corpora,
        corpora_command=corpora_command,
        fit_command=str(metrics.get("command", _MADE_BY["unseen"][1])),
        heard={side: pairs[side]["UA"] for side in ("audio", "text", "fused") if side in pairs},
        shared=_numbers({n: each.get("pair_information_by_emotion") for n, each in generators.items() if n != "what"}),
        alignment=alignment,
        alignment_runs=alignment_runs,
        missing=[*missing, *(Missing(*_MADE_BY[name]) for name, part in parts.items() if not part)],
    )


def alignment_command() -> str:
    """What makes the table of α."""
    return _MADE_BY["alignment"][1]


def benchmark_command() -> str:
    """What makes the table of estimators."""
    return _MADE_BY["benchmark"][1]


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
            _runs(path.with_suffix(".csv")),
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


def _runs(path: Path) -> tuple[Run, ...]:
    rows = _csv(path)
    key = ("fold", "seed")
    alone = {tuple(row[k] for k in key): float(row["UA"]) for row in rows if row["augmenter"] == _NONE}
    found = []
    for row in rows:
        base = alone.get(tuple(row[k] for k in key))
        if base is not None:
            ua = float(row["UA"])
            found.append(Run(row["augmenter"], row["fold"], row["seed"], ua, ua - base, _numbers(row)))
    return tuple(found)


def _corpora(path: Path) -> tuple[Recalls | None, str]:
    record = _json(path)
    folds: dict[str, list[Mapping[str, Any]]] = {}
    for row in record.get("runs", []):
        folds.setdefault(row["fold"], []).append(row)
    means = {name: (sum(row["UA"] for row in rows) / len(rows), rows[0]["n_test"]) for name, rows in folds.items()}
    return (Recalls("corpus", means) if means else None), str(record.get("command", _MADE_BY["corpora"][1]))


def _alignment(path: Path) -> tuple[dict[str, dict[str, float]], int]:
    rows: dict[str, list[dict[str, float]]] = {}
    for row in _csv(path):
        rows.setdefault(row["alpha"], []).append(
            {side: float(row[f"UA_{side}"]) for side in ("audio", "text", "fused")}
        )
    means = {
        alpha: {side: sum(each[side] for each in found) / len(found) for side in found[0]}
        for alpha, found in rows.items()
    }
    return means, min(map(len, rows.values()), default=0)


def _benchmark(path: Path) -> list[Benchmark]:
    return [
        Benchmark(row["task"], row["estimator"], *(float(row[name]) for name in ("true_mi", "value", "low", "high")))
        for row in _csv(path)
    ]


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


def _csv(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        return []


def with_measure(ways: Iterable[Augmented], measure: str) -> list[Augmented]:
    """Those that generate, are done, and have that measure of their sets."""
    return [way for way in ways if way.generates and not way.partial and measure in way.measures]
