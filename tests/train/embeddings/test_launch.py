"""Several processes prepare together, then one goes on alone."""

import os
import subprocess
from pathlib import Path

import pytest

from train.embeddings import launch

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
PROGRAM = """
from pathlib import Path
from train.embeddings import launch

rank, folder = launch.rank(), Path({folder!r})
goes_on = launch.prepare_on_all_processes(lambda: (folder / f"prepared{{rank}}").touch())
prepared = sorted(path.name for path in folder.glob("prepared*"))
(folder / f"report{{rank}}").write_text(f"{{goes_on}} {{launch.n_processes()}} {{prepared}}")
if goes_on:
    launch.meet()  # returns at once: there is nobody left to wait for
"""


def test_a_single_process_goes_on_without_preparing():
    assert launch.n_processes() == 1
    assert launch.prepare_on_all_processes(lambda: pytest.fail("prepared"))


def test_of_two_processes_both_prepare_and_the_first_goes_on_alone(tmp_path, two_processes):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(folder=str(tmp_path)))
    subprocess.run([*two_processes, str(program)], cwd=ROOT, env=ENVIRONMENT, check=True, timeout=240)
    both = "['prepared0', 'prepared1']"
    assert (tmp_path / "report0").read_text() == f"True 1 {both}"
    assert (tmp_path / "report1").read_text() == f"False 2 {both}"
