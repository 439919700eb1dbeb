"""Encoders on their way from the hub: one download for everybody who waits for it, while everything else goes on."""

from __future__ import annotations

import logging
import threading

from sermi.errors import SermiError
from sermi.ui.html import UNEXPECTED

log = logging.getLogger(__name__)


class Download:
    """What is missing of encoders side by side, being fetched in a thread of its own."""

    def __init__(self, encoder: str) -> None:
        self.encoder = encoder
        self.problem: str | None = None
        """The sentence that says why it failed."""
        self._bytes = (0, 0)
        self._thread = threading.Thread(target=self._run, name=f"fetch {encoder}", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether everything is there, or `problem` says why not."""
        return not self._thread.is_alive()

    @property
    def megabytes(self) -> tuple[float, float]:
        """How many are here, and how many there are; 0 as long as nobody knows."""
        done, total = self._bytes
        return done / 1e6, total / 1e6

    def wait(self) -> None:
        """Until it is over."""
        self._thread.join()

    def _run(self) -> None:
        try:
            from sermi.predictor import fetch_encoders

            fetch_encoders(self.encoder, self._report)
        except SermiError as error:
            self.problem = str(error)
        except Exception:
            log.exception("fetching %s failed", self.encoder)
            self.problem = UNEXPECTED

    def _report(self, done: int, total: int) -> None:
        self._bytes = max(self._bytes, (done, total))


class Downloads:
    """Those of one app. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_encoder: dict[str, Download] = {}

    def of(self, encoder: str) -> Download:
        """The download under way, or a new one."""
        with self._lock:
            download = self._by_encoder.get(encoder)
            if download is None or download.is_over:
                download = self._by_encoder[encoder] = Download(encoder)
            return download
