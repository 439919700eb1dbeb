import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from safetensors import safe_open

from sermi import audio
from sermi.encoders import load_text_encoder
from sermi.errors import AudioError
from sermi.frontend import AudioFrontend, FrontendConfig
from train.embeddings import embed, shards
from train.embeddings.embed import audio_embeddings, text_embeddings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SERMI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_clips(folder: Path, n: int) -> list[str]:
    rng = np.random.default_rng(n)
    folder.mkdir(exist_ok=True)
    for number in range(n):
        soundfile.write(folder / f"{number:03d}.wav", 0.1 * rng.normal(size=4_000 + 40 * number), 16_000)
    return sorted(map(str, folder.glob("*.wav")))


@pytest.fixture
def clips(tmp_path):
    return write_clips(tmp_path / "clips", 4)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(embed, "BATCH_CLIPS", 2)


def written(cache: Path) -> list[Path]:
    return sorted(cache.glob("features/*/*.safetensors"))


def keys(path: Path) -> list[str]:
    with safe_open(path, "numpy") as shard:
        return json.loads(shard.metadata()["keys"])["keys"]


def n_rows(cache: Path) -> int:
    return sum(len(keys(path)) for path in written(cache))


@pytest.mark.usefixtures("cache")
def test_rows_are_the_frontends_own_and_views_differ(clips):
    config = FrontendConfig()
    a = audio_embeddings(clips, config, n_views=2, seed=3, workers=1)
    assert a.shape == (4, 3, AudioFrontend(config).dim)
    assert np.allclose(a[:, 0], AudioFrontend(config).embed([audio.read(path).waveform for path in clips]), atol=1e-4)
    assert not np.allclose(a[:, 1], a[:, 2])
    other_seed = audio_embeddings(clips, config, n_views=1, seed=4, workers=1)
    assert np.array_equal(other_seed[:, 0], a[:, 0])
    assert not np.allclose(other_seed[:, 1], a[:, 1])


@pytest.mark.usefixtures("cache")
def test_of_a_long_file_the_first_minute_is_embedded(tmp_path):
    samples = 0.1 * np.random.default_rng(0).normal(size=130 * 8_000)
    for name, seconds in (("long.flac", 130), ("minute.flac", 60)):
        soundfile.write(tmp_path / name, samples[: seconds * 8_000], 8_000)
    long, minute = audio_embeddings([str(tmp_path / "long.flac"), str(tmp_path / "minute.flac")], FrontendConfig())
    assert np.allclose(long, minute, atol=1e-3)


@pytest.mark.usefixtures("small_batches")
def test_a_second_run_computes_nothing_and_an_interrupted_one_resumes(cache, clips, monkeypatch):
    first = audio_embeddings(clips, FrontendConfig(), workers=1)
    assert len(written(cache)) == 2
    written(cache)[1].unlink()
    embedded = []
    original = AudioFrontend.embed
    monkeypatch.setattr(AudioFrontend, "embed", lambda self, w: embedded.append(len(w)) or original(self, w))
    again = audio_embeddings(clips, FrontendConfig(), workers=1)
    assert embedded == [2]
    assert np.array_equal(first, again)
    audio_embeddings(clips, FrontendConfig(), n_views=1, workers=1)
    assert embedded == [2, 2, 2]  # the views alone
    assert n_rows(cache) == 8


def test_a_changed_file_or_frontend_never_meets_an_old_row(cache, clips):
    audio_embeddings(clips[:1], FrontendConfig(), workers=1)
    soundfile.write(clips[0], 0.2 * np.random.default_rng(9).normal(size=8_000), 16_000)
    audio_embeddings(clips[:1], FrontendConfig(), workers=1)
    assert n_rows(cache) == 2
    audio_embeddings(clips[:1], FrontendConfig(prosody=True), workers=1)
    assert len({path.parent for path in written(cache)}) == 2


def test_the_same_file_twice_is_embedded_once(cache, clips):
    a = audio_embeddings([clips[0], clips[1], clips[0]], FrontendConfig(), workers=1)
    assert n_rows(cache) == 2
    assert np.array_equal(a[0], a[2])
    assert not np.array_equal(a[0], a[1])


def test_worker_processes_write_the_same_shards(cache, tmp_path):
    paths = write_clips(tmp_path / "many", 100)
    many = audio_embeddings(paths, FrontendConfig(), workers=2)
    before = {path.name: path.read_bytes() for path in written(cache)}
    assert len(before) == 4
    for path in written(cache):
        path.unlink()
    assert np.array_equal(many, audio_embeddings(paths, FrontendConfig(), workers=1))
    assert before == {path.name: path.read_bytes() for path in written(cache)}


def test_batches_are_of_like_length_and_do_not_depend_on_what_is_done(cache, tmp_path):
    paths = write_clips(tmp_path / "many", 100)
    audio_embeddings(paths, FrontendConfig(), workers=1)
    names = [path.name for path in written(cache)]
    sizes = {hashlib.sha256(Path(path).read_bytes()).hexdigest()[:32]: Path(path).stat().st_size for path in paths}
    batches = sorted([sizes[key.split(".")[0]] for key in keys(path)] for path in written(cache))
    assert sorted(size for batch in batches for size in batch) == sorted(sizes.values())
    assert all(max(shorter) <= min(longer) for shorter, longer in pairwise(batches))
    for path in written(cache)[1:]:
        path.unlink()
    audio_embeddings(paths[::-1], FrontendConfig(), workers=1)
    assert [path.name for path in written(cache)] == names


def test_a_bad_file_is_named_and_what_was_done_is_kept(cache, clips, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_text("not audio")
    with pytest.raises(AudioError, match=r"bad\.wav"):
        audio_embeddings([*clips, str(bad)], FrontendConfig(), workers=1)
    assert n_rows(cache) == 4


def test_a_damaged_shard_is_made_again(cache, clips):
    first = audio_embeddings(clips, FrontendConfig(), workers=1)
    (path,) = written(cache)
    content = path.read_bytes()
    for damaged in (content[:1_000], content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]):
        path.write_bytes(damaged)
        assert np.array_equal(audio_embeddings(clips, FrontendConfig(), workers=1), first)
        assert path.read_bytes() == content


@pytest.mark.usefixtures("cache")
def test_many_rows_are_a_file_and_not_in_memory(clips, monkeypatch):
    first = audio_embeddings(clips, FrontendConfig(), workers=1)
    monkeypatch.setattr(shards, "MAX_IN_MEMORY", 1_000)
    mapped = audio_embeddings(clips, FrontendConfig(), workers=1)
    assert isinstance(mapped, np.memmap) or isinstance(mapped.base, np.memmap)
    assert not mapped.flags.writeable
    assert np.array_equal(mapped, first)


def start(cache: Path, clips: Path, encoder: Path, *before: str) -> subprocess.Popen:
    """`python -m train features` on a CSV of these clips."""
    table = clips / "mine.csv"
    if not table.exists():
        names = sorted(path.name for path in clips.glob("*.wav"))
        table.write_text("path,emotion\n" + "".join(f"{name},happy\n" for name in names))
    command = [*(before or (sys.executable,)), "-m", "train", "features", "--corpus", f"csv={table}"]
    own = {"SERMI_CACHE": str(cache), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.Popen(
        [*command, "--audio-encoder", str(encoder)],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_give_the_same_shards_to_the_last_bit(tmp_path, tiny_encoder, two_processes):
    write_clips(tmp_path / "clips", 100)
    shards_of_runs = []
    for name, before in (("one", ()), ("two", two_processes)):
        running = start(tmp_path / name, tmp_path / "clips", tiny_encoder, *before)
        printed, errors = running.communicate(timeout=240)
        assert running.returncode == 0, errors
        assert printed.count("100 recordings: 100 new rows") == 1
        shards_of_runs.append({path.name: path.read_bytes() for path in written(tmp_path / name)})
    assert len(shards_of_runs[0]) == 4
    assert shards_of_runs[0] == shards_of_runs[1]


def test_a_killed_run_loses_at_most_one_batch(tmp_path, tiny_encoder):
    write_clips(tmp_path / "clips", 400)
    cache = tmp_path / "cache"
    running = start(cache, tmp_path / "clips", tiny_encoder)
    deadline = time.monotonic() + 120
    while len(written(cache)) < 3 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    kept = {path: path.stat().st_mtime_ns for path in written(cache)}
    assert 3 <= len(kept) < 13
    again = start(cache, tmp_path / "clips", tiny_encoder)
    printed, errors = again.communicate(timeout=240)
    assert again.returncode == 0, errors
    assert f"{400 - 32 * len(kept)} new rows" in printed
    assert all(path.stat().st_mtime_ns == at for path, at in kept.items())
    assert len(written(cache)) == 13


@pytest.mark.usefixtures("cache")
def test_text_rows_are_the_encoders_own_and_cached(monkeypatch):
    encoder = load_text_encoder()
    texts = ["I am happy", "go away", ""]
    b = text_embeddings(texts, encoder)
    assert np.allclose(b, encoder.embed(texts), atol=1e-5)
    monkeypatch.setattr(type(encoder), "embed", lambda *_: pytest.fail("embedded again"))
    assert np.array_equal(text_embeddings(texts, encoder), b)


@pytest.mark.parametrize("damage", [lambda b: b[:40], lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda _: b""])
def test_damaged_text_rows_are_made_again(cache, damage):
    encoder = load_text_encoder()
    b = text_embeddings(["so be it"], encoder)
    for path in (cache / "text").rglob("*.npy"):
        path.write_bytes(damage(path.read_bytes()))
    assert np.array_equal(text_embeddings(["so be it"], encoder), b)
    assert np.array_equal(text_embeddings(["so be it"], encoder), b)
