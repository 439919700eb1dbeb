"""`python -m benchmarks.long`: time and memory of `predict` on recordings of 1, 10 and 60 minutes, and more if asked.

They are made of the examples' speech, with pauses, as FLAC. Each runs in a process of its own, which first answers 3 s;
`mb` is the peak of its resident memory then and at the end, `ratio` seconds of work a second of the recording, and
`ratio_of_core` the same in the time of one core, into which other work on the computer doesn't count. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from sermi import audio, predictor
from sermi.ui.examples import examples

MINUTES = (1, 10, 60)
RATE = audio.SAMPLE_RATE


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, nargs="+", default=MINUTES, help="Lengths of the recordings.")
    parser.add_argument("--measure", type=Path, help="A recording to measure in this process.")
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(_measured(asked.measure)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in asked.minutes:
            path = Path(folder) / f"{minutes}.flac"
            _make(path, 60 * minutes)
            command = [sys.executable, "-m", "benchmarks.long", "--measure", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append({"minutes": minutes, **json.loads(done.stdout)})
            path.unlink()
    print(json.dumps({"long": rows}))


def _make(path: Path, seconds: int) -> None:
    """Speech at changing levels, with pauses of up to 8 s that aren't silent."""
    clips = [audio.read(example.path).waveform for example in examples()]
    rng, left = np.random.default_rng(0), seconds * RATE
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        while left:
            for clip in clips:
                pause = rng.normal(0, 1e-3, int(RATE * rng.uniform(0.5, 8)))
                part = np.concatenate([clip * rng.uniform(0.2, 1), pause])[:left]
                file.write(part)
                left -= len(part)


def _measured(path: Path) -> dict[str, object]:
    model = predictor.load()
    clip = audio.read(examples()[0].path).waveform[: 3 * RATE]
    model.predict(audio.from_samples(clip, RATE))
    before_mb = _peak_mb()
    start, start_of_core = time.perf_counter(), time.process_time()
    recording = audio.read(path)
    prediction = model.predict(recording)
    seconds, seconds_of_core = time.perf_counter() - start, time.process_time() - start_of_core
    return {
        "segments": len(prediction.segments),
        "speech_s": round(prediction.speech_s),
        "s": round(seconds, 1),
        "ratio": round(seconds / recording.duration_s, 4),
        "ratio_of_core": round(seconds_of_core / recording.duration_s, 4),
        "mb": [before_mb, _peak_mb()],
    }


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
