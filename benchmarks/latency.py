"""`python -m benchmarks.latency`: from a 3 s file to probabilities, against one forward pass of wav2vec2-base.

All run warm, in turn, on the same clip and the same cores; medians and ratios are printed as one JSON line. The embedded
encoder comes first, then openai/whisper-base and both side by side, where it is at hand (`$SERMI_ENCODERS`), and the detection
of speech by itself. wav2vec2-base and what is behind an encoder have random weights: their speed does not depend on them.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import soundfile
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from sermi import audio, checkpoint
from sermi.encoders import MOONSHINE
from sermi.encoders.moonshine import assets_folder
from sermi.encoders.places import at_hand
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.models.baseline import Baseline
from sermi.predictor import Predictor
from sermi.speech import speech_spans

ROUNDS = 15
SECONDS = 3
WHISPER = "openai/whisper-base"
REFERENCE = "wav2vec2_base_forward"


def main() -> None:
    """Measure and print."""
    clip = audio.read(assets_folder() / "beckett.wav").waveform[: SECONDS * audio.SAMPLE_RATE]
    wav2vec2 = Wav2Vec2Model(Wav2Vec2Config()).eval()
    inputs = torch.from_numpy(clip)[None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        soundfile.write(path, clip, audio.SAMPLE_RATE)

        def theirs() -> None:
            with torch.inference_mode():
                wav2vec2(inputs)

        runs: dict[str, Callable[[], object]] = {"sermi_predict": _predict(MOONSHINE, path), REFERENCE: theirs}
        if at_hand(WHISPER):
            runs["sermi_predict_whisper"] = _predict(WHISPER, path)
            runs["sermi_predict_both"] = _predict(f"{MOONSHINE}+{WHISPER}", path)
        runs["speech_detection"] = lambda: speech_spans(clip)
        times: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(2 + ROUNDS):
            for name, run in runs.items():
                seconds = _timed(run)
                if number >= 2:  # warm
                    times[name].append(seconds)
    medians = {name: 1000 * statistics.median(values) for name, values in times.items()}
    faster = {name: medians[REFERENCE] / value for name, value in medians.items() if name.startswith("sermi")}
    result = {
        "clip_s": SECONDS,
        "rounds": ROUNDS,
        "threads": torch.get_num_threads(),
        "median_ms": {name: round(value, 1) for name, value in medians.items()},
        "times_faster": round(faster.pop("sermi_predict"), 1),
        "times_faster_with": {name.removeprefix("sermi_predict_"): round(value, 2) for name, value in faster.items()},
        "speech_detection_share": round(medians["speech_detection"] / medians["sermi_predict"], 2),
    }
    print(json.dumps(result))


def _predict(encoder: str, path: Path) -> Callable[[], object]:
    """The default checkpoint's way from a file to an emotion, on an encoder."""
    loaded = checkpoint.load()
    frontend = AudioFrontend(FrontendConfig(encoder))
    shape = replace(loaded.config.shape, audio_dim=frontend.dim)
    config = replace(loaded.config, frontend=frontend.config, frontend_fingerprint=frontend.fingerprint, shape=shape)
    predictor = Predictor(replace(loaded, config=config, model=Baseline(shape).eval()))
    return lambda: predictor.predict(audio.read(path))


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
