"""`python -m benchmarks.startup`: from `python app.py` to the first HTTP 200, against `python -c "import gradio"`; and
`sermi --help` against `python -c "import typer"`.

They take turns; medians and their ratios are printed as one JSON line.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROUNDS = 5
TIMEOUT_S = 120
_ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure and print."""
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
    }
    print(json.dumps(report))


def _python(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _first_page() -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port)}
    start = time.perf_counter()
    server = subprocess.Popen([sys.executable, "app.py"], cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while time.perf_counter() - start < TIMEOUT_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    if page.status == 200:
                        return time.perf_counter() - start
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.01)
        raise TimeoutError(f"app.py did not answer within {TIMEOUT_S} s")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
