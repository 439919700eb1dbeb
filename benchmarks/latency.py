"""`python -m benchmarks.latency [CHECKPOINT]`: from a 3 s file to probabilities, against one forward pass of wav2vec2-base.

Both run warm, in turn, on the same clip and the same cores; medians and their ratio are printed as one JSON line.
wav2vec2-base has random weights: its speed does not depend on them. Where the checkpoint answers with context, so does a
prediction with 20 other clips of the voice; `context_adds_ms` is the median difference of neighbours in time, and
`first_with_context_ms` the one answer after the voice has changed, beyond the encoder.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from sermi import audio, predictor, shipped
from sermi.encoders.moonshine import assets_folder
from sermi.recorded_voice import RecordedVoice

ROUNDS = 15
SECONDS = 3
N_CONTEXT = 20


def main() -> None:
    """Measure and print."""
    reading = audio.read(assets_folder() / "two_cities.wav").waveform
    clip, rest = np.split(reading, [SECONDS * audio.SAMPLE_RATE])
    model = predictor.load(*sys.argv[1:2] or [shipped.DEFAULT])
    voice = _voice(model, rest)
    wav2vec2 = Wav2Vec2Model(Wav2Vec2Config()).eval()
    inputs = torch.from_numpy(clip)[None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        soundfile.write(path, clip, audio.SAMPLE_RATE)

        def ours() -> None:
            model.predict(audio.read(path))

        def with_context() -> None:
            model.predict(audio.read(path), voice=voice)

        def theirs() -> None:
            with torch.inference_mode():
                wav2vec2(inputs)

        runs = {"sermi_predict": ours, "wav2vec2_base_forward": theirs}
        if voice is not None:
            runs["sermi_predict_with_context"] = with_context
        for run in runs.values():
            _timed(run), _timed(run)  # warm
        timings = [{name: _timed(run) for name, run in runs.items()} for _ in range(ROUNDS)]
    medians = {name: _median_ms([times[name] for times in timings]) for name in runs}
    ratio = medians["wav2vec2_base_forward"] / medians["sermi_predict"]
    result = {"clip_s": SECONDS, "rounds": ROUNDS, "median_ms": medians, "times_faster": round(ratio, 1)}
    print(json.dumps(result | (_context(model, voice, clip) if voice is not None else {})))


def _voice(model: predictor.Predictor, waveform: np.ndarray) -> RecordedVoice | None:
    """Of a waveform's parts; None where the checkpoint can't use them."""
    if model.checkpoint.voices is None:
        return None
    voice = model.new_voice()
    for part in np.array_split(waveform, N_CONTEXT):
        voice.add(audio.from_samples(part, audio.SAMPLE_RATE))
    return voice


def _context(model: predictor.Predictor, voice: RecordedVoice, clip: np.ndarray) -> dict[str, float]:
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
    return {"context": n, "context_adds_ms": _median_ms(added), "first_with_context_ms": _median_ms(first)}


def _median_ms(seconds: list[float]) -> float:
    return round(1000 * statistics.median(seconds), 1)


def _timed(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
