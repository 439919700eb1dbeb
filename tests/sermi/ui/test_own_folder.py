"""What a process left behind when it was killed is gone before the next one serves anything."""

from __future__ import annotations

import subprocess
import sys

from sermi.ui import own_folder

PROGRAM = """
import sys
from pathlib import Path
from sermi.ui import own_folder
print(own_folder.claim(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def start(parent):
    """Another process with a folder of its own, and that folder, with a recording."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    folder = parent / process.stdout.readline().strip()
    (folder / "recording.wav").touch()
    return process, folder


def test_only_folders_of_processes_that_are_gone_are_deleted(tmp_path):
    (tmp_path / "of somebody else").mkdir()
    killed, left = start(tmp_path)
    running, held = start(tmp_path)
    killed.kill()
    killed.wait()
    own = own_folder.claim(tmp_path)
    assert list(own.iterdir()) == []
    assert not left.exists()
    assert (held / "recording.wav").exists()
    running.kill()
    running.wait()
    own_folder.claim(tmp_path)
    assert not held.exists()
    assert own.exists()
    assert (tmp_path / "of somebody else").exists()
