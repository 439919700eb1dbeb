"""Reads what was measured from the files that runs wrote: the only place that knows them.

`metrics.json` lies in each checkpoint; `docs/results` holds what `python -m train compare`, `ablate` and `evaluate` measured.
What a file doesn't hold is left out, and the command that would write it is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sermi.encoders.places import MOONSHINE
from sermi.ui.measurements import (
    CLIPS,
    NEW_VOICE,
    NONE,
    TITLES,
    Augmented,
    Comparison,
    Evidence,
    Missing,
    NewVoice,
    Recalls,
    Recognition,
    SetStudy,
)

_COMPARE = "python -m train compare {} --data DATA --out docs/results/compare"
_COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ablations": ("One choice at a time", "python -m train ablate --data DATA --out docs/results/choices"),
        "corpora": (
            "A corpus never heard before",
            "python -m train evaluate leave-one-corpus-out --data DATA --out docs/results/leave-one-corpus-out.json",
        ),
        "new_voices": (
            "A voice, room and language never met",
            "python -m train evaluate new-voice --data DATA --out docs/results/new-voice.json",
        ),
        "set_study": (
            "Which measure of a set tells what it buys",
            "python -m train sets --data DATA --out docs/results/sets.json",
        ),
        "unseen": ("How good the checkpoint is on speakers never heard", "python -m train fit"),
    }
)
"""Part of the evidence -> its title, and what measures it."""
_SOURCES = {"audio": "Voice", "text": "Words", "fused": "Both"}
_REAL = "_real"
_REPEATED: Mapping[str, str] = MappingProxyType(
    {
        "folds_are": "repeated speaker-disjoint splits",
        "gains_are": "gains paired by split, with 95 % intervals by Student's t, corrected for speakers that splits share",
    }
)
_EMBEDDED = "Embedded encoder"


def gather(metrics: Mapping[str, Any], classes: Sequence[str], results: Path | None) -> Evidence:
    """All that was measured. What is missing is left out and named.

    Args:
        metrics: of a checkpoint.
        classes: of the same checkpoint.
        results: folder of what runs wrote, None where there is none.
    """
    files = sorted(results.glob("*/*.json")) if results else []
    records = map(read_comparison, (path for path in files if not path.match("*.plotly.json")))
    order = list(TITLES)
    comparisons = sorted(
        (record for record in records if record is not None),
        key=lambda record: order.index(record.protocol) if record.protocol in order else len(order),
    )
    ablations = [comparison for comparison in comparisons if comparison.ablates]
    comparisons = [comparison for comparison in comparisons if not comparison.ablates]
    held_out = metrics.get("held_out_speakers") or {}
    pairs = held_out.get("own_words") or held_out.get("label_matched_pairs") or {}
    new_voices = read_new_voices(results)
    unseen = _recognition(metrics.get("other_speakers_and_corpora"), classes)
    corpora, corpora_command = _corpora(metrics, unseen, results)
    set_study = read_set_study(results / "sets.json") if results else None
    done = {comparison.protocol for comparison in comparisons}
    parts = {
        "ablations": ablations,
        "unseen": unseen,
        "corpora": corpora,
        "new_voices": new_voices,
        "set_study": set_study,
    }
    return Evidence(
        comparisons=comparisons,
        ablations=ablations,
        unseen=unseen,
        corpora=corpora,
        corpora_command=corpora_command,
        fit_command=str(metrics.get("command", _COMMANDS["unseen"][1])),
        recall_by_source={title: pairs[side]["UA"] for side, title in _SOURCES.items() if side in pairs},
        pairs=str(pairs.get("what", "")),
        missing=[
            *(Missing(title, _COMPARE.format(name)) for name, title in TITLES.items() if name not in done),
            *(Missing(*_COMMANDS[name]) for name, part in parts.items() if not part),
        ],
        new_voices=new_voices,
        set_study=set_study,
    )


def read_comparison(path: Path) -> Comparison | None:
    """A protocol's summary with the table beside it; None for a file that isn't one."""
    record = _json(path)
    try:
        if record["protocol"] == f"compare {NEW_VOICE}":
            return _of_new_voices(record)
        summary = record["summary"]
        most = max(values.get("runs", 0) for values in summary.values())
        ways = [_way(name, values, most) for name, values in summary.items()]
        comparison = Comparison(
            protocol=record["protocol"],
            command=record["command"],
            folds=record["folds"],
            seeds=len(record["seeds"]),
            ways=ways,
            n_train=record.get("n_train"),
            classes=tuple(record.get("classes", ())),
            is_of_today="features" in record,
            **_REPEATED if "splits" in record else {},
        )
        return comparison if comparison.way(NONE) else None
    except (TypeError, KeyError, AttributeError, ValueError):
        return None


def _of_new_voices(record: Mapping[str, Any]) -> Comparison:
    """What `compare new-voice` measured with some clips of each voice known, whose runs are of corpora that are left out."""
    context = record["contexts"][CLIPS]
    ways = [
        Augmented(
            name=name,
            title=values["title"],
            ua=values["UA"],
            gain=values.get("gain", 0.0),
            interval=tuple(values.get("gain_interval_95", (0.0, 0.0))),
            runs=len(context["corpora"]),
            measures={},
            real={},
        )
        for name, values in context["methods"].items()
    ]
    return Comparison(
        protocol=NEW_VOICE,
        command=record["command"],
        folds=len(context["corpora"]),
        seeds=len(record["seeds"]),
        ways=sorted(ways, key=lambda way: way.ua),
        classes=tuple(record["classes"]),
        folds_are=f"corpora left out in turn, {CLIPS} unlabelled clips of each voice known",
        gains_are="95 % intervals of gains by bootstrap over speakers within corpora",
    )


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


def read_new_voices(results: Path | None) -> list[NewVoice]:
    """What `evaluate new-voice` measured, of the embedded encoder first; files that aren't such results are left out."""
    records = map(_json, results.glob("new-voice*.json")) if results else ()
    read = [voice for voice in map(_new_voice, records) if voice]
    return sorted(read, key=lambda voice: (voice.title != _EMBEDDED, voice.title))


def _new_voice(record: Mapping[str, Any]) -> NewVoice | None:
    from sermi.known_sentences import of_contexts

    try:
        points = of_contexts(record["contexts"])
        title = _encoder_title(record["frontend"]["encoder"])
        return NewVoice(title, points, record["command"]) if points[0].n == 0 else None
    except (TypeError, KeyError, AttributeError, ValueError, IndexError):
        return None


def read_set_study(path: Path) -> SetStudy | None:
    """What `python -m train sets` measured; None for a file that isn't that."""
    record = _json(path)
    try:
        correlations = {
            measure["title"]: (float(measure["rank_correlation"]), float(low), float(high))
            for measure in record["measures"].values()
            for low, high in [measure["interval_95"]]
        }
        return SetStudy(correlations, record["n_sets"], len(record["corpora"]), record["command"])
    except (TypeError, KeyError, AttributeError, ValueError):
        return None


def _encoder_title(encoder: str) -> str:
    names = ["Embedded" if name == MOONSHINE else name.split("/")[-1] for name in encoder.split("+")]
    return _EMBEDDED if names == ["Embedded"] else " + ".join(names)


def _corpora(
    metrics: Mapping[str, Any], unseen: Recognition | None, results: Path | None
) -> tuple[Recalls | None, str]:
    """UA on corpora left out, from where the fewest choices were made on them, and the command that measured it."""
    if "new_voice" in metrics:
        by_corpus = metrics["new_voice"]["contexts"]["0"]["by_corpus"]
        groups = {name: (ua, None) for name, ua in by_corpus.items()}
        return Recalls("corpus left out of training and of all settings", groups), metrics["new_voice"]["command"]
    for recalls in unseen.recalls if unseen else ():
        if recalls.by == "corpus" and len(recalls.groups) > 1:
            command = str(metrics.get("command", _COMMANDS["unseen"][1]))
            return Recalls("corpus left out of training, though settings were chosen on it", recalls.groups), command
    record = _json(results / "leave-one-corpus-out.json") if results else {}
    folds: dict[str, list[Mapping[str, Any]]] = {}
    for row in record.get("runs", []):
        folds.setdefault(row["fold"], []).append(row)
    means = {name: (sum(row["UA"] for row in rows) / len(rows), rows[0]["n_test"]) for name, rows in folds.items()}
    command = str(record.get("command", _COMMANDS["corpora"][1]))
    return (Recalls("corpus left out of training", means) if means else None), command


def _recognition(record: Mapping[str, Any] | None, classes: Sequence[str]) -> Recognition | None:
    if not record or "confusion" not in record:
        return None
    recalls = [
        Recalls(by, {name or "not given": (group["UA"], group["n"]) for name, group in record[f"by_{by}"].items()})
        for by in ("corpus", "gender", "speaker")
        if record.get(f"by_{by}")
    ]
    return Recognition(
        what=record["what"],
        n=record["n"],
        ua=record["UA"],
        ece=record["ECE"],
        classes=classes,
        confusion=record["confusion"],
        reliability=[(row["confidence"], row["accuracy"], row["n"]) for row in record.get("reliability", [])],
        recalls=recalls,
    )


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Those that are numbers, as JSON or CSV holds them."""
    numbers = {}
    for name, value in values.items():
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            continue
    return numbers


def _json(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
