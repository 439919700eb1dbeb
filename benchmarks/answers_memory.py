"""`python -m benchmarks.answers_memory`: the server's memory after each of many large answers of /generate by plain HTTP.

Each call is a session of its own, as curl's are; the answer is read, or is left where it is. One JSON line at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = ["all", 500, 0, 1.0, "", "", False, "open4", True]
"""Of /generate: 2,000 samples with their features."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers_memory", description=__doc__)
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--port", type=int, default=7911)
    chosen = parser.parse_args()
    report: dict[str, object] = {"calls": chosen.calls}
    for name, is_read in (("read", True), ("left", False)):
        report[f"{name}_MB"] = _memory(chosen.port, chosen.calls, is_read)
    print(json.dumps(report))


def _memory(port: int, calls: int, is_read: bool) -> list[int]:
    """Resident megabytes before the calls and after each."""
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port)}
    server = subprocess.Popen([sys.executable, "app.py"], cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not _is_up(url):
            time.sleep(0.2)
        _call(url, is_read=True)  # what is loaded once
        sizes = [_resident_mb(server.pid)]
        for _ in range(calls):
            _call(url, is_read)
            sizes.append(_resident_mb(server.pid))
        return sizes
    finally:
        server.terminate()
        server.wait()


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as page:
            return page.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _call(url: str, is_read: bool) -> None:
    body = json.dumps({"data": ARGUMENTS}).encode()
    request = urllib.request.Request(
        f"{url}/gradio_api/call/generate", body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        event = json.load(answer)["event_id"]
    if is_read:
        with urllib.request.urlopen(f"{url}/gradio_api/call/generate/{event}", timeout=120) as answer:
            text = answer.read()
        assert b"event: complete" in text, text[:300]
    else:
        time.sleep(4)  # until it is made


def _resident_mb(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


if __name__ == "__main__":
    main()
