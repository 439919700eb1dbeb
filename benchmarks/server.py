"""`python app.py` on a free port of this machine, and what benchmarks ask of it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

TIMEOUT_S = 120
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    """That runs."""

    url: str
    process: subprocess.Popen[bytes]
    first_page_s: float
    """From its start to the first answer."""

    def resident_mb(self) -> int:
        """Of the process. Raises RuntimeError where it has ended."""
        resident = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        if resident is None:
            raise RuntimeError(f"the server ended with status {self.process.poll()}")
        return int(resident[1]) // 1024

    def get(self, path: str) -> Any:
        """JSON below its address."""
        with urllib.request.urlopen(self.url + path, timeout=TIMEOUT_S) as answer:
            return json.loads(answer.read())

    def upload(self, name: str, content: bytes) -> str:
        """Where it keeps a file that is sent."""
        boundary = uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        request = urllib.request.Request(
            f"{self.url}/gradio_api/upload", body, {"content-type": f"multipart/form-data; boundary={boundary}"}
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return str(json.loads(answer.read())[0])

    def call(self, endpoint: str, data: list[Any]) -> Any:
        """What an endpoint answers; raises RefusedError with the sentence, or why it isn't taken."""
        begin = urllib.request.Request(
            f"{self.url}/gradio_api/call/{endpoint}",
            json.dumps({"data": data}).encode(),
            {"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(begin, timeout=TIMEOUT_S) as answer:
                event_id = json.loads(answer.read())["event_id"]
        except urllib.error.HTTPError as error:
            raise RefusedError(error.code, error.read().decode()) from error
        with urllib.request.urlopen(f"{self.url}/gradio_api/call/{endpoint}/{event_id}", timeout=TIMEOUT_S) as answer:
            event, content = answer.read().decode().strip().split("\n\n")[-1].split("\n", 1)
        if event != "event: complete":
            raise RefusedError(200, content)
        return json.loads(content.removeprefix("data: "))[0]


class RefusedError(Exception):
    """A call had no answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def recording(path: str) -> dict[str, Any]:
    """An upload, as endpoints take it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """From its first page on. settings: environment variables."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"HF_HUB_OFFLINE": "1", **os.environ, "GRADIO_SERVER_PORT": str(port), **settings}
    url, start = f"http://127.0.0.1:{port}", time.perf_counter()
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not _answers(url):
            if process.poll() is not None or time.perf_counter() - start > TIMEOUT_S:
                raise TimeoutError(f"app.py did not answer within {TIMEOUT_S} s")
            time.sleep(0.01)
        yield Server(url, process, time.perf_counter() - start)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
