"""Where the cache is, and that what is in it is whole."""

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sermi import checkpoint, shipped
from sermi.cache import cache_dir, checked
from sermi.errors import SermiError
from sermi.outputs import write_atomic, write_folder

ROOT = Path(__file__).parents[2]


def test_the_environment_says_where(tmp_path, monkeypatch):
    monkeypatch.setenv("SERMI_CACHE", str(tmp_path / "here"))
    assert cache_dir("a", "b") == tmp_path / "here" / "a" / "b"
    assert (tmp_path / "here" / "a" / "b").is_dir()
    assert cache_dir("a", "b") == cache_dir("a", "b")
    assert list((tmp_path / "here" / "a" / "b").iterdir()) == []


def test_otherwise_it_is_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("SERMI_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir("a").is_relative_to(tmp_path)


def test_without_a_place_to_write_it_lasts_as_long_as_the_process(tmp_path):
    (tmp_path / "file").touch()
    code = (
        "from sermi.cache import cache_dir; from sermi.outputs import write_atomic\n"
        "first, second = cache_dir('encoders'), cache_dir('encoders')\n"
        "assert first == second\n"
        "write_atomic(first / 'x', b'1')\n"
        "assert oct(first.parent.stat().st_mode)[-3:] == '700'\n"
        "print(first)"
    )
    environment = {"SERMI_CACHE": str(tmp_path / "file" / "cache"), "TMPDIR": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert folder.is_relative_to(tmp_path)
    assert not folder.exists()
    assert "can't be written" in done.stderr
    assert "SERMI_CACHE" in done.stderr


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "x"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "x"
    write_atomic(path, b"old")
    with pytest.raises(TypeError):
        write_atomic(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "folder").mkdir()
    with pytest.raises(SermiError, match="folder"):
        write_atomic(tmp_path / "folder", b"new")
    assert sorted(tmp_path.iterdir()) == [tmp_path / "folder", path]


def test_what_is_damaged_is_made_anew(tmp_path):
    calls = []

    def make() -> bytes:
        calls.append(1)
        return b"content"

    path = checked(tmp_path, "a.[b]*", ".npy", make)
    assert checked(tmp_path, "a.[b]*", ".npy", make) == path
    assert len(calls) == 1
    for damaged in (b"contenT", b"cont", b""):
        path.write_bytes(damaged)
        assert checked(tmp_path, "a.[b]*", ".npy", make).read_bytes() == b"content"
    assert len(calls) == 4
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.csv", "a.npz", "a.parquet"])
def test_on_a_full_disk_the_file_before_stays_and_one_sentence_says_so(tmp_path, name):
    """A process that may write files of 4 kB at most."""
    out = tmp_path / name
    out.write_text("before")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))"
    arguments = ["generate", "--emotion", "sad", "--n", "200", "--out", str(out)]
    program = f"import sys; {limit}; sys.argv[1:] = {arguments}; from sermi.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"error: The disk is full, so '{out}' was not written; free some space and try again.\n"
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_checkpoint_is_swapped_whole_or_not_at_all(tmp_path, monkeypatch):
    original = checkpoint.load("open4")
    original.save(tmp_path / "mine")
    before = {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()}
    write = Path.write_bytes
    for full_at in shipped.FILES:

        def write_bytes(path: Path, content: bytes, full_at: str = full_at) -> int:
            if path.name == full_at:
                write(path, content[:10])
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(path, content)

        monkeypatch.setattr(Path, "write_bytes", write_bytes)
        with pytest.raises(SermiError, match=r"The disk is full, so .*mine' was not written"):
            original.save(tmp_path / "mine")
        assert {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()} == before
        assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path):
    contents = [bytes([i]) * 500_000 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_atomic(tmp_path / "x", content), contents))
    assert (tmp_path / "x").read_bytes() in contents
    assert len(list(tmp_path.iterdir())) == 1


def test_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    """Else a power cut may leave a name with nothing under it."""
    settled = []
    sync, place, folder = os.fsync, tmp_path / "x", tmp_path / "folder"

    def watched(descriptor: int) -> None:
        settled.append((os.fstat(descriptor).st_ino, place.exists(), folder.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_atomic(place, b"new")
    assert settled == [(place.stat().st_ino, False, False)]
    settled.clear()
    write_folder(folder, {"a": b"1", "b": b"2"})
    assert sorted(settled) == sorted((path.stat().st_ino, True, False) for path in folder.iterdir())
    settled.clear()
    (folder / "a").chmod(0o444)
    write_folder(folder, {"b": b"3"})
    assert {number for number, *_ in settled} == {path.stat().st_ino for path in folder.iterdir()}
