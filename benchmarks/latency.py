"""`python -m benchmarks.latency`: from a 3 s file to probabilities, against one forward pass of wav2vec2-base.

Both run warm, in turn, on the same clip and the same cores; medians and their ratio are printed as one JSON line.
wav2vec2-base has random weights: its speed does not depend on them.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import soundfile
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from sermi import audio, predictor
from sermi.encoders.moonshine import assets_folder

ROUNDS = 15
SECONDS = 3


def main() -> None:
    """Measure and print."""
    clip = audio.read(assets_folder() / "beckett.wav").waveform[: SECONDS * audio.SAMPLE_RATE]
    model = predictor.load()
    wav2vec2 = Wav2Vec2Model(Wav2Vec2Config()).eval()
    inputs = torch.from_numpy(clip)[None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        soundfile.write(path, clip, audio.SAMPLE_RATE)

        def ours() -> None:
            model.predict(audio.read(path))

        def theirs() -> None:
            with torch.inference_mode():
                wav2vec2(inputs)

        timings: dict[str, list[float]] = {"sermi_predict": [], "wav2vec2_base_forward": []}
        for run, times in ((ours, timings["sermi_predict"]), (theirs, timings["wav2vec2_base_forward"])):
            _timed(run), _timed(run)  # warm
            times.clear()
        for _ in range(ROUNDS):
            timings["sermi_predict"].append(_timed(ours))
            timings["wav2vec2_base_forward"].append(_timed(theirs))
    medians = {name: round(1000 * statistics.median(times), 1) for name, times in timings.items()}
    ratio = medians["wav2vec2_base_forward"] / medians["sermi_predict"]
    print(json.dumps({"clip_s": SECONDS, "rounds": ROUNDS, "median_ms": medians, "times_faster": round(ratio, 1)}))


def _timed(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
