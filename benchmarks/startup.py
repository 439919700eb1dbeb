"""`python -m benchmarks.startup`: from `python app.py` to the first HTTP 200, against `python -c "import gradio"`.

The two take turns; medians and their ratio are printed as one JSON line.
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
from pathlib import Path

ROUNDS = 5
TIMEOUT_S = 120
_ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure and print."""
    app, baseline = [], []
    _import_gradio(), _first_page()  # the disk's cache is warm for both
    for _ in range(ROUNDS):
        baseline.append(_import_gradio())
        app.append(_first_page())
    medians = {"import_gradio": round(statistics.median(baseline), 2), "first_page": round(statistics.median(app), 2)}
    ratio = medians["first_page"] / medians["import_gradio"]
    print(json.dumps({"rounds": ROUNDS, "median_s": medians, "ratio": round(ratio, 2)}))


def _import_gradio() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
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
