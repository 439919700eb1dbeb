"""Comparisons by voice as JSON and as text: UA, paired gains with intervals over speakers and over corpora, and verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sermi.outputs import write_atomic
from sermi.stats.intervals import Design
from train.comparison.augmenters import NONE
from train.comparison.voice_compare import METHODS, N_DRAWS, N_INNER_VOICES, Outcome
from train.comparison.voice_contexts import PROTOCOLS
from train.comparison.voice_methods import Setting
from train.recogniser.contexts import percentile_interval, recall, resampled_recalls

INTERVAL = (
    "95 %: interval_95 by bootstrap over speakers within corpora, interval_95_corpora by Student's t over corpora; "
    "differences are paired; verdict: level where within the margin by two one-sided tests at 5 %, over corpora"
)
GENERATORS = tuple(method.name for method in METHODS if method.family == "sermi")
_TITLES = {method.name: method.title for method in METHODS}
_FAMILIES = {method.name: method.family for method in METHODS}

Counts = Mapping[str, Mapping[str, np.ndarray]]
"""By corpus and method, (V, K, K) of each speaker, over all draws."""


def summarise(protocol: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """By what is known, what each method reaches and gains, and SERMI beside the best of the others.

    Args:
        protocol: one of `PROTOCOLS`.
        outcomes: of all corpora and seeds.
    """
    contexts = {}
    for known in PROTOCOLS[protocol]:
        counts = _counts(outcomes, known.name)
        if counts:
            contexts[known.name] = {
                "corpora": sorted(counts),
                "speakers": sum(len(by_method[NONE]) for by_method in counts.values()),
                **_context(counts),
            }
    return contexts


def _counts(outcomes: Sequence[Outcome], known: str) -> Counts:
    """Seeds are further draws of the same speakers."""
    counts: dict[str, dict[str, np.ndarray]] = {}
    for outcome in outcomes:
        for name, table in outcome.counts.get(known, {}).items():
            of_corpus = counts.setdefault(outcome.corpus, {})
            of_corpus[name] = of_corpus.get(name, 0) + table.sum(axis=0)
    return counts


def _context(counts: Counts) -> dict[str, Any]:
    corpora = sorted(counts)
    names = [method.name for method in METHODS if method.name in counts[corpora[0]]]
    rng = np.random.default_rng(0)
    by_corpus = np.array([[float(recall(counts[one][name].sum(axis=0))) for one in corpora] for name in names])
    drawn = np.mean([resampled_recalls([counts[one][name] for name in names], rng) for one in corpora], axis=0)
    values = {name: (by_corpus[i], drawn[i]) for i, name in enumerate(names)}
    methods = {}
    for name, (recalls, resampled) in values.items():
        methods[name] = {
            "title": _TITLES[name],
            "family": _FAMILIES[name],
            "UA": _rounded(recalls.mean()),
            "interval_95": percentile_interval(resampled),
            "by_corpus": dict(zip(corpora, map(_rounded, recalls), strict=True)),
        }
        if name != NONE:
            gain = _difference(values[name], values[NONE])
            methods[name] |= {"gain": gain.pop("difference"), **{f"gain_{key}": gain[key] for key in gain}}
    return {"methods": methods, "beside": {name: _beside(name, values) for name in GENERATORS if name in values}}


def _beside(name: str, values: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """How much better a generator is than the best augmenter and the best reference, which the test corpora picked."""
    beside = {}
    for family in ("augmenter", "reference"):
        others = [other for other in values if _FAMILIES[other] == family]
        if others:
            best = max(others, key=lambda other: float(values[other][0].mean()))
            beside[family] = {"best": best, **_difference(values[name], values[best])}
    return beside


def _difference(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """Of UA by corpus (J,) and of the same resampled (B,)."""
    by_corpus = one[0] - other[0]
    design = Design.disjoint(len(by_corpus))
    return {
        "difference": _rounded(by_corpus.mean()),
        "interval_95": percentile_interval(one[1] - other[1]),
        "interval_95_corpora": design.interval(by_corpus).ends(),
        "verdict": design.verdict(by_corpus),
    }


def aims(protocol: str, contexts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the better of SERMI's generators should reach, and whether it does. None where that wasn't measured."""
    at = {"new-voice": "8", "few-labels": "2 a class"}[protocol]
    if at not in contexts:
        return []
    methods, beside = contexts[at]["methods"], contexts[at]["beside"]
    best = max(beside, key=lambda name: methods[name]["UA"])
    augmenter, reference = beside[best]["augmenter"], beside[best]["reference"]
    if protocol == "few-labels":
        ahead = min(augmenter["difference"], reference["difference"])
        return [_aim("first of all by 1", best, ahead, ahead >= 0.01)]
    gain, interval = methods[best]["gain"], methods[best]["gain_interval_95"]
    return [
        _aim("8 over none, interval above 0", best, gain, gain >= 0.08 and interval[0] > 0),
        _aim("first of all augmenters by 4", best, augmenter["difference"], augmenter["difference"] >= 0.04),
        _aim(
            "not below the best reference by more than the interval",
            best,
            reference["difference"],
            reference["interval_95"][1] >= 0,
        ),
    ]


def _aim(what: str, method: str, value: float, reached: bool) -> dict[str, Any]:
    return {"what": what, "method": method, "value": _rounded(value), "reached": bool(reached)}


def write_report(
    protocol: str, outcomes: Sequence[Outcome], out: Path, *, command: str, features: Mapping[str, Any]
) -> str:
    """Write `protocol`.json into a folder and return the table as text.

    Args:
        protocol: one of `PROTOCOLS`.
        outcomes: of each seed and corpus, seeds one after the other.
        out: folder.
        command: what made them.
        features: what they were made with.
    """
    contexts = summarise(protocol, outcomes)
    seconds = [second for outcome in outcomes for second in outcome.seconds]
    record = {
        "protocol": f"compare {protocol}",
        "command": command,
        "draws": N_DRAWS,
        "inner_voices": N_INNER_VOICES,
        "interval": INTERVAL,
        **features,
        "aims": aims(protocol, contexts),
        "seconds_for_a_voice": {"median": _rounded(np.median(seconds)), "most": _rounded(max(seconds))}
        if seconds
        else {},
        "contexts": contexts,
    }
    runs = ",\n  ".join(json.dumps(_run(outcome)) for outcome in outcomes)
    head = json.dumps(record, indent=1)
    write_atomic(out / f"{protocol}.json", f'{head[:-2]},\n "runs": [\n  {runs}\n ]\n}}\n'.encode())
    return _as_text(record)


def _run(outcome: Outcome) -> dict[str, Any]:
    """What was chosen for a corpus; of kinds that share their choice, once."""
    return {
        "fold": outcome.corpus,
        "chosen": {
            known: {name: _shown(setting) for name, setting in by_method.items()}
            for known, by_method in outcome.chosen.items()
        },
        "inner_UA": {
            known: {name: _rounded(ua) for name, ua in by_method.items()}
            for known, by_method in outcome.inner_ua.items()
        },
    }


def _shown(setting: Setting) -> dict[str, Any]:
    """What isn't as usual."""
    usual = asdict(Setting())
    return {name: value for name, value in asdict(setting).items() if value != usual[name] or name == "layer"}


def _as_text(record: Mapping[str, Any]) -> str:
    """Tables of UA and gains in points by what is known, whether aims are reached, and what a voice's last layer takes."""
    lines = []
    for known, values in record["contexts"].items():
        lines.append(f"known of the voice: {known} ({values['speakers']} speakers of {len(values['corpora'])} corpora)")
        for row in sorted(values["methods"].values(), key=lambda one: one["UA"]):
            low, high = row.get("gain_interval_95", (0.0, 0.0))
            gain = f"{100 * row['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})" if "gain" in row else ""
            lines.append(f"  {row['title']:42} {100 * row['UA']:6.1f}  {gain:>22}".rstrip())
    for aim in record["aims"]:
        word = "reached" if aim["reached"] else "not reached"
        lines.append(f"{aim['what']}: {word} ({_TITLES[aim['method']]}, {100 * aim['value']:+.1f})")
    if times := record["seconds_for_a_voice"]:
        lines.append(f"a voice's last layer: {times['median']:.2f} s of one core, {times['most']:.2f} at most")
    return "\n".join(lines)


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
