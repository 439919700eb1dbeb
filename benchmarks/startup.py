"""`python -m benchmarks.startup`: from `python app.py` to the first HTTP 200, against `python -c "import gradio"`; and
`sermi --help` against `python -c "import typer"`. Then what the app has resident, in MB; `--memory` measures that alone.

They take turns; medians and their ratios are printed as one JSON line.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.server import ROOT, recording, running
from sermi.encoders.moonshine import assets_folder
from sermi.shipped import DEFAULT

ROUNDS = 5


def main() -> None:
    """Measure and print."""
    if "--memory" in sys.argv:
        print(json.dumps({"resident_mb": _memory()}))
        return
    pieces: dict[str, Callable[[], float]] = {
        "import_gradio": lambda: _python("-c", "import gradio"),
        "first_page": _first_page,
        "import_typer": lambda: _python("-c", "import typer"),
        "sermi_help": lambda: _python("-m", "sermi", "--help"),
    }
    for measure in pieces.values():
        measure()  # the disk's cache is warm for all
    rounds = [{name: measure() for name, measure in pieces.items()} for _ in range(ROUNDS)]
    medians = {name: round(statistics.median(row[name] for row in rounds), 3) for name in pieces}
    report = {
        "rounds": ROUNDS,
        "median_s": medians,
        "ratio": round(medians["first_page"] / medians["import_gradio"], 2),
        "help_ratio": round(medians["sermi_help"] / medians["import_typer"], 2),
        "resident_mb": _memory(),
    }
    print(json.dumps(report))


def _python(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _first_page() -> float:
    with running() as server:
        return server.first_page_s


def _memory() -> dict[str, int]:
    """MB resident: of the page alone, after the first prediction, with the words too, and after all that is loaded ahead."""
    clip = (assets_folder() / "beckett.wav").read_bytes()
    megabytes = {}
    with running(SERMI_WARM_UP="0") as server:
        server.get("/config")
        megabytes["page"] = server.resident_mb()
        for name, words in (("first_predict", ""), ("with_words", "Ever tried.")):
            server.call("predict", [recording(server.upload("clip.wav", clip)), words, DEFAULT, [], []])
            megabytes[name] = server.resident_mb()
    with running() as server:
        while server.get("/health")["checkpoints"][DEFAULT] != "ready":
            time.sleep(0.5)
        server.call("generate", ["all", 20, 0, 1.0, "", "", False, DEFAULT, False])
        server.call("transcribe", [recording(server.upload("clip.wav", clip))])
        megabytes["warm"] = server.resident_mb()
    return megabytes


if __name__ == "__main__":
    main()
