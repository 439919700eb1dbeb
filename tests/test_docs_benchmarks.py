"""Figures of speed and load in docs/results.md are those of the last run of each benchmark."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.docs_tables import RESULTS, ROOT, rows

LINES = (RESULTS / "benchmarks.jsonl").read_text(encoding="utf-8").splitlines()
RECORDS = [json.loads(line) for line in LINES if line]


def last(key: str) -> dict[str, Any]:
    """The newest record with this key."""
    return next(record for record in reversed(RECORDS) if key in record)


def prediction() -> str:
    run = last("times_faster")
    return (
        f"{run['times_faster']} times faster than one forward pass of wav2vec2-base (idle machine, "
        f"{run['median_ms']['sermi_predict']:.0f} ms); "
        f"{run['context']} other clips of the voice add {run['context_adds_ms']} ms"
    )


def page() -> str:
    seconds = last("page")["page"]["median_s"]
    steps = [value for name, value in seconds.items() if name.startswith("step_")]
    return (
        f"answer {seconds['answer']:.1f} s after stop (4 s of speech); 500 samples on the map {seconds['map']:.1f} s, "
        f"their information {seconds['information']:.1f} s; Evidence's first figure {seconds['evidence']:.1f} s; "
        f"a step of the walkthrough {min(steps):.1f} to {max(steps):.1f} s; "
        f"forty files of 3 s {seconds['forty_files']:.1f} s"
    )


def live() -> str:
    runs = [record["live"] for record in RECORDS if "live" in record]
    one, four, eight = (
        next(run["on_page"] for run in reversed(runs) if run["visitors"] == visitors) for visitors in (1, 4, 8)
    )
    return (
        f"{one['median_s']:.2f} s with one visitor, {four['median_s']:.2f} s with four "
        f"(95 % within {four['p95_s']:.2f} s), {eight['median_s']:.2f} s with eight ({eight['p95_s']:.2f} s); "
        "one visitor is a browser, the others send what its page would"
    )


def long_recordings() -> str:
    runs = last("long")["long"]
    assert [run["minutes"] for run in runs] == [1, 10, 60, 120]
    shares = [run["ratio_of_core"] for run in runs]
    more = [after - before for before, after in (run["mb"] for run in runs)]
    return (
        f"{min(shares):.3f} to {max(shares):.3f} of their length in one core's time; "
        f"{listed(more)} MB more than 3 s take"
    )


def sampler() -> str:
    runs = last("sampler")["sampler"]
    assert [run["rows"] for run in runs] == [1500, 3000, 6000]
    return (
        f"{listed(run['cpu_s'] for run in runs)} s of one core; "
        f"{listed(round(run['times_input'], 1) for run in runs)} times the table's memory, the enlarged table among it"
    )


def generator() -> str:
    run = last("train_s")
    assert {round(seconds) for seconds in run["train_s"].values()} == {4}
    fast, slow = sorted(run["generate_s"].values())
    return f"about 4 s a fold on one thread; {run['generated']:,} features in {fast:.2f} to {slow:.2f} s"


def gpu() -> str:
    times = last("gpu")["cpu_over_gpu"]
    return (
        f"features by an encoder of Whisper base's size {times['features']} times as fast, no faster in bfloat16; "
        f"a generator of 60 steps {times['generator']} times, a critic of pairs {times['critic']} times: "
        "both are too small to fill it"
    )


def tuning() -> str:
    times = last("trained_parameters")["ratio"]
    return f"{times['finetune lora:8']} times it by LoRA of rank 8, {times['finetune layers:2']} times by the last two layers"


FIGURES: dict[str, Callable[[], str]] = {
    "from a 3 s file to probabilities": prediction,
    "from `python app.py` to the first page": lambda: (
        f'{last("help_ratio")["ratio"]} of `python -c "import gradio"` (idle machine)'
    ),
    "`sermi --help`": lambda: f'{last("help_ratio")["help_ratio"]} of `python -c "import typer"` (idle machine)',
    "the page, medians of five": page,
    "live answers": live,
    "recordings of 1, 10, 60 and 120 minutes": long_recordings,
    "training a generator": generator,
    "`SermiSampler` on": sampler,
    "features of 20,000 short made clips": lambda: (
        f"{last('all_processes_mb')['largest_process_mb']:,} MB resident in the larger"
    ),
    "a randomly initialised wav2vec2": lambda: (
        f"{last('trained_parameters')['ratio']['features, base size']} times the embedded encoder's time"
    ),
    "an epoch of fine-tuning": tuning,
    "a GPU": gpu,
}
"""By how a row of the table of speed starts, what the last run says."""


def listed(values: Any) -> str:
    """As in "1, 2 and 3"."""
    *first, end = map(str, values)
    return f"{', '.join(first)} and {end}"


@pytest.mark.parametrize("row", rows("docs/results.md", "| what | figure |"), ids=lambda row: row[0][:30])
def test_the_table_of_speed(row):
    what, figure, _ = row
    (of_run,) = (make for start, make in FIGURES.items() if what.startswith(start))
    assert figure == of_run()


STAGES = {
    "32 with the same clip": (32, "equal", "5 min"),
    "32, each time another clip": (32, "different", "5 min"),
    "64, each time another clip": (64, "different", "5 min"),
    "8 who speak, live and then the whole": (8, "live", "1 min"),
    "8 who do all of it, at low priority beside work that kept both cores busy": (8, "mixed", "120 min"),
}
"""By how a row of the table of load starts, its visitors, what they do, and for how long."""
KINDS = {
    "recordings, all the same": "equal",
    "recordings, each time another": "different",
    "sets of 800 samples": "generate",
    "speaking, each time anew": "live",
}


@pytest.mark.parametrize("row", rows("docs/results.md", "| visitors | for |"), ids=lambda row: row[0])
def test_the_table_of_load(row):
    who, how_long, *figures, _ = row
    stages = [stage for record in RECORDS for stage in record.get("stages", ())]
    runs = {(one["visitors"], one["kind"], f"{one['minutes']:.0f} min"): one for one in stages if one["minutes"] > 0.9}
    stage = runs[STAGES[who]]
    assert how_long == STAGES[who][-1]
    times = [f"{stage[name]:.2f} s" for name in ("median_s", "p95_s")]
    if stage["kind"] == "live":
        times = [
            f"live {stage['live'][name]:.2f} s, whole {stage['predict'][name]:.2f} s" for name in ("median_s", "p95_s")
        ]
    memory = stage["resident_mb"]
    assert figures == [
        f"{stage['a_second']:.1f}",
        *times,
        str(stage["sent_away"]),
        str(sum(stage["errors"].values())),
        f"{memory['early']:,} to {memory['last']:,} MB",
    ]


def test_the_table_from_one_visitor_to_many():
    run = next(record["stages"] for record in reversed(RECORDS) if len(record.get("stages", ())) > 4)
    table = rows("docs/results.md", "| median, 95 % within; answers a second |")
    assert [kind for kind, *_ in table] == list(KINDS)
    for kind, *cells in table:
        stages = {stage["visitors"]: stage for stage in run if stage["kind"] == KINDS[kind]}
        for cell, visitors in zip(cells, (1, 8, 32, 64), strict=True):
            stage = stages[visitors]
            assert cell == f"{stage['median_s']:.2f} s, {stage['p95_s']:.2f} s; {stage['a_second']:.1f}"
            assert stage["errors"] == {}
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert f"{sum(stage['answers'] for stage in run):,} answers, no error" in text


def test_what_the_soak_had_resident_at_its_end():
    (stage,) = next(run["stages"] for run in reversed(RECORDS) if run.get("stages", [{}])[0].get("kind") == "mixed")
    over_time = stage["resident_mb_over_time"]
    after_four = next(mb for second, mb in over_time if second >= 240)
    at_the_end = [mb for second, mb in over_time if second >= 60 * stage["minutes"] - 40 * 60]
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    assert stage["errors"] == {}
    assert f"{stage['answers']:,} calls were answered" in text
    assert f"{after_four:,} MB after four minutes, {stage['resident_mb']['most']:,} MB at most" in text
    assert f"and {min(at_the_end):,} to {max(at_the_end):,} MB in the last forty minutes" in text


def test_the_table_of_memory():
    alone, predicted, warm = rows("docs/results.md", "| | torch as it comes |")
    resident = last("resident_mb")["resident_mb"]
    assert [alone[1], predicted[1], warm[1]] == [f"{resident[key]:,} MB" for key in ("page", "first_predict", "warm")]
