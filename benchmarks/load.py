"""`python -m benchmarks.load [--visitors 1 8 32 64] [--minutes 5]`: visitors who come again as soon as they are answered.

Each stage has so many visitors, of one kind: all with the same clip, each time with another one, generating, or live, who speak
and get the emotion of the last two seconds twice a second and then of the whole. Of each: seconds from sending to the answer
(median, 95th percentile), answers a second, calls that were sent away at once, errors, and what the server has resident over
time. A visitor who is sent away comes back after a while. Clips are sentences cut from the recordings that the embedded encoder
brings, or RAVDESS's below --data. `--soak 2` is two hours of eight visitors who do all of it. One JSON object is printed, and
written to --out.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.live_session import HOP_S, WINDOW_S, LiveSession
from benchmarks.server import RefusedError, Server, recording, running
from sermi.encoders.moonshine import assets_folder
from sermi.shipped import DEFAULT

SECONDS = 3
BACK_AFTER_S = 5.0
"""Of a visitor who was sent away."""
N_GENERATED = 200
SOAKING = 8
"""Visitors."""
SAMPLES = 60
"""Of resident memory, in a stage."""

Visit = Callable[[Server], dict[str, list[float]]]
"""Returns the seconds of each answer, by what was asked for."""


@dataclass
class Stage:
    """What visitors of one kind met."""

    kind: str
    visitors: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Of each answer, by what was asked for."""
    sent_away_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    resident_mb: list[tuple[float, int]] = field(default_factory=list)
    """(seconds from the beginning, MB)"""

    def report(self, took_s: float) -> dict[str, Any]:
        """For the JSON object."""
        memory = [mb for _, mb in self.resident_mb]
        answers = [second for of in self.seconds.values() for second in of]
        after_a_minute = next((mb for s, mb in self.resident_mb if s >= min(60.0, took_s / 3)), memory[-1])
        return {
            "kind": self.kind,
            "visitors": self.visitors,
            "minutes": round(took_s / 60, 2),
            "answers": len(answers),
            "a_second": round(len(answers) / took_s, 2),
            **_quantiles(answers),
            **({what: _quantiles(of) for what, of in self.seconds.items()} if len(self.seconds) > 1 else {}),
            "sent_away": len(self.sent_away_s),
            "sent_away_p95_s": _quantiles(self.sent_away_s)["p95_s"],
            "errors": dict(self.errors),
            "resident_mb": {"first": memory[0], "early": after_a_minute, "last": memory[-1], "most": max(memory)},
            "growth_after_early": round(memory[-1] / after_a_minute - 1, 3),
            "resident_mb_over_time": [(round(s), mb) for s, mb in self.resident_mb],
        }


def _quantiles(seconds: list[float]) -> dict[str, float | None]:
    if not seconds:
        return {"median_s": None, "p95_s": None}
    return {"median_s": round(statistics.median(seconds), 2), "p95_s": round(float(np.quantile(seconds, 0.95)), 2)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--kinds", nargs="+", choices=["equal", "different", "generate", "live", "mixed"])
    parser.add_argument("--minutes", type=float, default=5.0, help="of each stage")
    parser.add_argument("--soak", type=float, metavar="HOURS", help="one long stage instead")
    parser.add_argument("--data", type=Path, help="folder with RAVDESS's recordings")
    parser.add_argument("--out", type=Path, help="file to write, too")
    asked = parser.parse_args()
    stages = itertools.product(asked.visitors, asked.kinds or ["equal", "different", "generate", "live"])
    minutes = asked.minutes
    if asked.soak:
        stages, minutes = iter([(SOAKING, "mixed")]), asked.soak * 60
    clips = _clips(asked.data)
    with running() as server:
        _warm(server, next(clips))
        reports = [_stage(server, kind, n, minutes * 60, _visits(kind, clips)) for n, kind in stages]
    content = json.dumps({"clip_s": SECONDS, "stages": reports})
    print(content)
    if asked.out:
        asked.out.write_text(content + "\n")


def _warm(server: Server, clip: bytes) -> None:
    """Nobody of those who are measured waits for the models."""
    _predict(server, clip)
    _generate(server, 0)


def _stage(server: Server, kind: str, n_visitors: int, seconds: float, visits: Iterator[Visit]) -> dict[str, Any]:
    stage, lock, begun = Stage(kind, n_visitors), threading.Lock(), time.monotonic()
    end = begun + seconds

    def visitor(_: int) -> None:
        while time.monotonic() < end:
            with lock:
                visit = next(visits)
            start = time.monotonic()
            try:
                for what, seconds in visit(server).items():
                    stage.seconds[what] += seconds
            except RefusedError as error:
                if error.status == 503:
                    stage.sent_away_s.append(time.monotonic() - start)
                    time.sleep(BACK_AFTER_S)
                else:
                    stage.errors[str(error)[:200]] += 1
            except Exception as error:  # whatever it is, it is counted
                stage.errors[f"{type(error).__name__}: {error}"[:200]] += 1
                time.sleep(1)

    def watch() -> None:
        while (now := time.monotonic()) < end:
            stage.resident_mb.append((now - begun, server.resident_mb()))
            time.sleep(max(0.5, min(seconds / SAMPLES, end - time.monotonic())))

    with ThreadPoolExecutor(n_visitors + 1) as pool:
        watching = pool.submit(watch)
        list(pool.map(visitor, range(n_visitors)))
    watching.result()  # raises where the server has ended
    stage.resident_mb.append((time.monotonic() - begun, server.resident_mb()))
    return stage.report(time.monotonic() - begun)


def _visits(kind: str, clips: Iterator[bytes]) -> Iterator[Visit]:
    """Without end."""
    same = next(clips)
    for number in itertools.count():
        what = ("generate", "equal", "live", "different")[number % 4] if kind == "mixed" else kind
        clip = same if what == "equal" else next(clips)
        if what == "generate":
            yield lambda server, seed=number: _generate(server, seed)  # type: ignore[misc]
        else:
            visit = _speak if what == "live" else _predict
            yield lambda server, clip=clip, visit=visit: visit(server, clip)  # type: ignore[misc]


def _predict(server: Server, clip: bytes) -> dict[str, list[float]]:
    begun = time.monotonic()
    path = server.upload("clip.wav", clip)
    server.call("predict", [recording(path), "", DEFAULT, [], []])
    return {"predict": [time.monotonic() - begun]}


def _generate(server: Server, seed: int) -> dict[str, list[float]]:
    begun = time.monotonic()
    server.call("generate", ["all", N_GENERATED, seed, 1.0, "", "", False, DEFAULT, False])
    return {"generate": [time.monotonic() - begun]}


def _speak(server: Server, clip: bytes) -> dict[str, list[float]]:
    """In real time: what was spoken is sent as soon as there is a second of it, and no faster."""
    waveform, rate = soundfile.read(io.BytesIO(clip), dtype="int16")
    begun, seconds = time.monotonic(), []
    with LiveSession(server.url) as visit:
        for end_s in np.arange(1.0, SECONDS + HOP_S / 2, HOP_S).tolist():
            time.sleep(max(0.0, begun + end_s - time.monotonic()))
            end, sent = round(end_s * rate), time.monotonic()
            visit.ask(waveform[max(0, end - WINDOW_S * rate) : end], end_s, rate)
            seconds.append(time.monotonic() - sent)
    return {"live": seconds, **_predict(server, clip)}


def _clips(data: Path | None) -> Iterator[bytes]:
    """WAV files without end, each different for a long time."""
    if data is not None:
        files = sorted(data.rglob("03-01-*.wav"))
        if not files:
            raise SystemExit(f"There is no recording of RAVDESS (03-01-*.wav) below {data}.")
        yield from (file.read_bytes() for file in itertools.cycle(files))
    rng = np.random.default_rng(0)
    waveform, rate = soundfile.read(assets_folder() / "two_cities.wav", dtype="float32")
    while True:
        start = rng.integers(len(waveform) - SECONDS * rate)
        file = io.BytesIO()
        soundfile.write(file, waveform[start : start + SECONDS * rate] * rng.uniform(0.3, 1), rate, format="WAV")
        yield file.getvalue()


if __name__ == "__main__":
    main()
