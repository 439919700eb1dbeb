"""Where the cache is, and that what is in it is whole."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sermi.cache import cache_dir, write_atomic

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
        "from sermi.cache import cache_dir, write_atomic\n"
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
    with pytest.raises(OSError, match="folder"):
        write_atomic(tmp_path / "folder", b"new")
    assert sorted(tmp_path.iterdir()) == [tmp_path / "folder", path]


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path):
    contents = [bytes([i]) * 500_000 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_atomic(tmp_path / "x", content), contents))
    assert (tmp_path / "x").read_bytes() in contents
    assert len(list(tmp_path.iterdir())) == 1
