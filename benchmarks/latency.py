"""`python -m benchmarks.latency [CHECKPOINT]`: from a 3 s file to probabilities, against one forward pass of wav2vec2-base.

All run warm, in turn, on the same clip and the same cores; medians and ratios are printed as one JSON line. The checkpoint
comes first, then itself with random weights behind openai/whisper-base and behind both encoders side by side, where Whisper is
at hand (`$SERMI_ENCODERS`), and the detection of speech by itself. wav2vec2-base has random weights, too: no speed depends on
them. Where the checkpoint answers with context, so does a prediction with 20 other clips of the voice; `context_adds_ms` is the
median difference of neighbours in time, and `first_with_context_ms` the one answer after the voice has changed, beyond the
encoder.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from sermi import audio, predictor, shipped
from sermi.encoders import MOONSHINE
from sermi.encoders.moonshine import assets_folder
from sermi.encoders.places import at_hand
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.models.baseline import Baseline
from sermi.predictor import Predictor
from sermi.recorded_voice import RecordedVoice
from sermi.speech import speech_spans

ROUNDS = 15
SECONDS = 3
N_CONTEXT = 20
WHISPER = "openai/whisper-base"
REFERENCE = "wav2vec2_base_forward"

Run = Callable[[], object]


def main() -> None:
    """Measure and print."""
    reading = audio.read(assets_folder() / "two_cities.wav").waveform
    clip, rest = np.split(reading, [SECONDS * audio.SAMPLE_RATE])
    model = predictor.load(*sys.argv[1:2] or [shipped.DEFAULT])
    voice = _voice(model, rest)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        soundfile.write(path, clip, audio.SAMPLE_RATE)
        medians = _medians(_runs(model, voice, path) | {REFERENCE: _wav2vec2(clip)})
    faster = {name: medians[REFERENCE] / ms for name, ms in medians.items() if name.startswith("sermi")}
    result = {
        "clip_s": SECONDS,
        "rounds": ROUNDS,
        "threads": torch.get_num_threads(),
        "encoder": model.checkpoint.config.frontend.encoder,
        "median_ms": {name: round(ms, 1) for name, ms in medians.items()},
        "times_faster": round(faster.pop("sermi_predict"), 1),
        "times_faster_with": {name.removeprefix("sermi_predict_"): round(ratio, 2) for name, ratio in faster.items()},
        "speech_detection_share": round(medians["speech_detection"] / medians["sermi_predict"], 2),
    }
    print(json.dumps(result | (_context(model, voice, clip) if voice is not None else {})))


def _runs(model: Predictor, voice: RecordedVoice | None, path: Path) -> dict[str, Run]:
    """What is measured of sermi, on the clip in a file."""
    waveform = audio.read(path).waveform
    runs: dict[str, Run] = {"sermi_predict": lambda: model.predict(audio.read(path))}
    if voice is not None:
        runs["sermi_predict_with_context"] = lambda: model.predict(audio.read(path), voice=voice)
    if at_hand(WHISPER):
        for name, encoder in (("whisper", WHISPER), ("both", f"{MOONSHINE}+{WHISPER}")):
            other = _behind(encoder, model)
            runs[f"sermi_predict_{name}"] = lambda other=other: other.predict(audio.read(path))  # type: ignore[misc]
    return runs | {"speech_detection": lambda: speech_spans(waveform)}


def _behind(encoder: str, model: Predictor) -> Predictor:
    """A checkpoint's predictor with random weights behind another encoder; it knows no voices."""
    loaded, frontend = model.checkpoint, AudioFrontend(FrontendConfig(encoder))
    shape = replace(loaded.config.shape, audio_dim=frontend.dim)
    config = replace(loaded.config, frontend=frontend.config, frontend_fingerprint=frontend.fingerprint, shape=shape)
    return Predictor(replace(loaded, config=config, model=Baseline(shape).eval(), voices=None))


def _wav2vec2(clip: np.ndarray) -> Run:
    wav2vec2, inputs = Wav2Vec2Model(Wav2Vec2Config()).eval(), torch.from_numpy(clip)[None]
    return torch.inference_mode()(lambda: wav2vec2(inputs))


def _voice(model: Predictor, waveform: np.ndarray) -> RecordedVoice | None:
    """Of a waveform's parts; None where the checkpoint can't use them."""
    if model.checkpoint.voices is None:
        return None
    voice = model.new_voice()
    for part in np.array_split(waveform, N_CONTEXT):
        voice.add(audio.from_samples(part, audio.SAMPLE_RATE))
    return voice


def _context(model: Predictor, voice: RecordedVoice, clip: np.ndarray) -> dict[str, Any]:
    """What a context adds to an answer, measured without the encoder, whose times vary by more."""
    encoded = model.encode(audio.from_samples(clip, audio.SAMPLE_RATE))
    added, first = [], []
    for _ in range(ROUNDS):
        model.answer(encoded, voice)
        added.append(_timed(lambda: model.answer(encoded, voice)) - _timed(lambda: model.answer(encoded)))
        voice.add(encoded.utterance)
        voice.remove(len(voice) - 1)  # the voice has changed, and is the same
        first.append(_timed(lambda: model.answer(encoded, voice)))
    n = model.answer(encoded, voice).context
    return {
        "context": n,
        "context_adds_ms": round(1000 * statistics.median(added), 1),
        "first_with_context_ms": round(1000 * statistics.median(first), 1),
    }


def _medians(runs: dict[str, Run]) -> dict[str, float]:
    """Milliseconds of each, in turn, after two warm rounds."""
    rounds = [{name: _timed(run) for name, run in runs.items()} for _ in range(2 + ROUNDS)][2:]
    return {name: 1000 * statistics.median(times[name] for times in rounds) for name in runs}


def _timed(run: Run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
