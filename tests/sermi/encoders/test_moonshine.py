"""The embedded speech encoder, as it is shipped."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sermi import audio
from sermi.cache import cache_dir
from sermi.encoders import MOONSHINE, load_audio_encoder
from sermi.encoders.moonshine import MoonshineEncoder, assets_folder, seven_layer_graph

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def encoder() -> MoonshineEncoder:
    return MoonshineEncoder(threads=2)


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return audio.read(assets_folder() / "beckett.wav").waveform


def test_seven_layers_at_42_frames_a_second(encoder, speech):
    (sequence,) = encoder.encode([speech])
    assert sequence.layers.dtype == np.float32
    assert sequence.layers.shape[::2] == (7, 288) == (encoder.n_layers, encoder.dim)
    assert sequence.rate == pytest.approx(41.667, abs=1e-3)
    assert sequence.layers.shape[1] == pytest.approx(len(speech) / 16_000 * sequence.rate, abs=4)
    assert np.isfinite(sequence.layers).all()
    assert len({round(float(layer.std()), 6) for layer in sequence.layers}) == 7


def test_the_last_layer_is_the_packaged_encoders_output(encoder, speech):
    import onnxruntime

    packaged = onnxruntime.InferenceSession(str(assets_folder() / "tiny-en" / "encoder_model.ort"))
    inputs = {"input_values": speech[None], "attention_mask": np.ones((1, len(speech)), np.int64)}
    np.testing.assert_allclose(
        encoder.encode([speech])[0].layers[-1], packaged.run(["last_hidden_state"], inputs)[0][0], atol=1e-3
    )


def test_a_clip_is_the_same_alone_and_in_a_batch(encoder, speech):
    clips = [speech[:16_000], speech[:70_001], speech[20_000:24_000], 0.01 * speech[:32_000], speech[:500]]
    batch = encoder.encode(clips)
    for clip, together in zip(clips, batch, strict=True):
        (alone,) = encoder.encode([clip])
        np.testing.assert_allclose(together.layers, alone.layers, atol=1e-3)


@pytest.mark.parametrize("samples", [0, 1, 399, 1_600])
@pytest.mark.parametrize("clips", [1, 2])
def test_very_short_clips(encoder, samples, clips):
    for sequence in encoder.encode([np.zeros(samples, np.float32)] * clips):
        assert sequence.layers.shape[1] >= 1
        assert np.isfinite(sequence.layers).all()


def test_a_minute(encoder, speech):
    (sequence,) = encoder.encode([np.resize(speech, 60 * 16_000)])
    assert sequence.layers.shape[1] == pytest.approx(2_500, abs=4)
    assert np.isfinite(sequence.layers).all()


def test_no_clips(encoder):
    assert encoder.encode([]) == []


def test_input_is_not_modified(encoder, speech):
    copy = speech.copy()
    encoder.encode([speech])
    np.testing.assert_array_equal(speech, copy)


def test_fingerprint_is_that_of_the_packaged_weights(encoder):
    assert encoder.fingerprint == "moonshine-tiny-94e90a4654fc45cd"
    assert MoonshineEncoder(threads=1).fingerprint == encoder.fingerprint


def test_loaded_once_by_name():
    assert load_audio_encoder(MOONSHINE) is load_audio_encoder() is load_audio_encoder(name=MOONSHINE, device=None)
    assert load_audio_encoder(MOONSHINE).name == MOONSHINE


def test_the_graph_is_kept_and_made_again_when_it_is_gone(encoder, tmp_path, monkeypatch):
    monkeypatch.setenv("SERMI_CACHE", str(tmp_path))
    path = Path(seven_layer_graph(encoder.fingerprint))
    assert path.parent == cache_dir("encoders")
    first, written = path.read_bytes(), path.stat().st_mtime_ns
    assert seven_layer_graph(encoder.fingerprint) == str(path)
    assert path.stat().st_mtime_ns == written
    path.unlink()
    seven_layer_graph(encoder.fingerprint)
    assert path.read_bytes() == first
    assert list(path.parent.iterdir()) == [path]


def test_first_use_by_two_processes_at_once(tmp_path):
    code = (
        "import numpy as np\n"
        "from sermi.encoders.moonshine import MoonshineEncoder\n"
        "wave = np.sin(np.arange(16000) / 20).astype(np.float32)\n"
        "print(float(MoonshineEncoder(threads=1).encode([wave])[0].layers.sum()))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "SERMI_CACHE": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert len(list((tmp_path / "encoders").iterdir())) == 1


def test_the_runtime_keeps_and_reports_nothing_about_its_use(tmp_path):
    """It would write an identifier of the machine, and events to send, below the user's cache."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    for name in ("HOME", "XDG_CACHE_HOME"):
        environment[name] = str(tmp_path)
    code = (
        "import numpy as np; from sermi.encoders.moonshine import MoonshineEncoder;"
        "MoonshineEncoder().encode([np.zeros(16_000, np.float32)])"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    assert not list(tmp_path.rglob("*"))
