"""How the app is doing, in numbers that Prometheus reads. Labels are names of ours: endpoints, queues, kinds of reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from sermi.ui.calls import Call
from sermi.ui.engine import Engine
from sermi.ui.observing import queue_of
from sermi.ui.uploads import Uploads

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Ends of the histogram's bins: a sentence takes a tenth of a second, a report some minutes."""


class Metrics:
    """Those of one app."""

    def __init__(self, demo: gr.Blocks, engine: Engine, uploads: Uploads) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter(
            "sermi_calls",
            "Calls that are over, by endpoint and outcome.",
            ("endpoint", "outcome"),
            registry=self._registry,
        )
        self._refused = Counter(
            "sermi_refused",
            "Calls that ended in a sentence, by the kind of its reason.",
            ("kind",),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "sermi_call_seconds",
            "Work on a call, without waiting for a turn.",
            ("endpoint",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._audio = Counter("sermi_audio_seconds", "Recordings that were read.", registry=self._registry)
        self._registry.register(_Now(demo, engine, uploads))
        ProcessCollector(registry=self._registry)

    def report(self, call: Call) -> None:
        """Count a call that is over."""
        self._calls.labels(call.endpoint, call.outcome).inc()
        if call.outcome == "refused":
            self._refused.labels(call.kind).inc()
        if call.endpoint != "request":
            self._seconds.labels(call.endpoint).observe(call.seconds)
        self._audio.inc(call.audio_s)

    def text(self) -> bytes:
        """In Prometheus's text format."""
        return generate_latest(self._registry)


class _Now(Collector):
    """What is read when somebody asks."""

    def __init__(self, demo: gr.Blocks, engine: Engine, uploads: Uploads) -> None:
        self._demo = demo
        self._engine = engine
        self._uploads = uploads

    def describe(self) -> list[Any]:
        """Nothing is read before somebody asks."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Gauges."""
        waiting = GaugeMetricFamily("sermi_waiting_calls", "Calls that wait for a turn, by queue.", labels=("queue",))
        lengths: dict[str, int] = {}
        for name, queue in list(self._demo._queue.event_queue_per_concurrency_id.items()):
            lengths[queue_of(name)] = lengths.get(queue_of(name), 0) + len(queue.queue)
        for name, length in lengths.items():
            waiting.add_metric((name,), length)
        yield waiting
        n_files, n_bytes = self._uploads.size()
        yield GaugeMetricFamily("sermi_sessions", "Visits to the page that something is kept of.", self._sessions())
        yield GaugeMetricFamily("sermi_uploads", "Files of visitors on the disk.", n_files)
        yield GaugeMetricFamily("sermi_upload_bytes", "Their size.", n_bytes)
        states = GaugeMetricFamily("sermi_checkpoints", "Checkpoints, by state.", labels=("state",))
        listed = list(self._engine.states().values())
        for state in sorted(set(listed)):
            states.add_metric((state,), listed.count(state))
        yield states

    def _sessions(self) -> int:
        app = getattr(self._demo, "app", None)
        return len(app.state_holder.session_data) if app else 0
