"""A few of the faults of `benchmarks.faults`: kills and failing disks at writes of commands that take no time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sermi import outputs
from sermi.errors import SermiError
from sermi.outputs import write_atomic, write_folder
from train.comparison.rows import read_rows

ROOT = Path(__file__).parents[1]


SAMPLE = """
import json, sys
from pathlib import Path
import huggingface_hub, pandas, sermi.cli, sermi.generate, sermi.hub, sermi.predictor, sermi.tables
from benchmarks.faults.campaign import Bench, faults
from benchmarks.faults.commands import commands, write_checkpoint
from benchmarks.faults.injection import KINDS

bench = Bench(Path(sys.argv[1]))
write_checkpoint(bench.inputs)
loaded = sermi.checkpoint.load(bench.inputs / "checkpoint")  # whatever is imported late is, before processes are forked
sermi.generate.generate(loaded, ["sad"], 2).table()
named = {command.name: command for command in commands(bench.inputs, bench.place)}
for name, kinds in {"generate": KINDS, "push": ("kill",)}.items():
    for outcome in faults(bench, named[name], kinds, 3):
        print(json.dumps(outcome))
"""


def test_what_is_killed_or_fails_at_a_write_ends_in_the_same_bytes(tmp_path):
    """In a process without threads, which forks one for each fault."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE, tmp_path], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [outcome for outcome in outcomes if outcome["wrong"]] == []
    assert sum(outcome["met"] for outcome in outcomes) >= 10


KILLED_BETWEEN_RENAMES = """
import os, sys
from pathlib import Path
from sermi import outputs

outputs._exchange = lambda *_: {exchange}
rename = Path.rename

def rename_once(path, target):
    rename(path, target)
    os._exit(9)

Path.rename = rename_once
outputs.write_folder(Path(sys.argv[1]), {{"a": b"new"}})
"""


def test_a_folder_whose_swap_was_killed_is_put_back(tmp_path):
    """Where the system can't swap two in one step; what the killed process left goes with the next write."""
    folder = tmp_path / "mine"
    write_folder(folder, {"a": b"old", "b": b"other"})
    program = KILLED_BETWEEN_RENAMES.format(exchange=False)
    assert subprocess.run([sys.executable, "-c", program, folder], cwd=ROOT).returncode == 9
    assert not folder.exists()
    write_folder(folder, {"a": b"newer"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"newer", "b": b"other"}
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_is_swapped_in_one_step(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    write_folder(folder, {"a": b"old"})

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Path, "rename", never)
    if not outputs._exchange(folder, folder):
        pytest.skip("this system swaps no folders")
    write_folder(folder, {"a": b"new"})
    assert (folder / "a").read_bytes() == b"new"


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path):
    program = "import os, sys; from pathlib import Path; from sermi.outputs import write_atomic\n"
    program += "write_atomic(Path(sys.argv[1]), lambda draft: (draft.write_bytes(b'half'), os._exit(9)))"
    assert subprocess.run([sys.executable, "-c", program, tmp_path / "x"], cwd=ROOT).returncode == 9
    assert len(list(tmp_path.rglob("*"))) == 2
    write_atomic(tmp_path / "x", b"whole")
    assert [path.name for path in tmp_path.rglob("*")] == ["x"]


def test_rows_of_a_stopped_comparison_are_read_as_they_were_written(tmp_path):
    text = "fold,seed,UA,tested\n0,0,0.1000000000000000055511151231257827,01\n1,0,0.30000000000000004,02\n"
    (tmp_path / "a.csv").write_text(text)
    rows = read_rows(tmp_path / "a.csv", ["fold", "seed"])
    assert rows["fold"].tolist() == ["0", "1"]
    assert rows["tested"].tolist() == ["01", "02"]
    assert rows["UA"].tolist() == [0.1, 0.30000000000000004]
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(SermiError, match="holds no table of rows"):
        read_rows(tmp_path / "a.csv", ["fold"])
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(SermiError, match="it lacks fold"):
        read_rows(tmp_path / "a.csv", ["fold"])


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path, monkeypatch):
    """Such as where the working folder has been deleted, so that each attempt fails."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SermiError, match=r"'x\.csv' can't be written \(No such file or directory\)"):
        write_atomic(Path("x.csv"), b"new")


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_what_is_written_anew_keeps_its_mode_and_its_link(tmp_path):
    path, link = tmp_path / "voice.safetensors", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o600)
    link.symlink_to(path)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
