"""What `make audit` says of faults, of none, and of a database that can't be reached."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLEAN = {"name": "numpy", "version": "1", "vulns": []}
FAULTY = {"name": "torch", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}


@pytest.mark.parametrize(
    ("output", "error", "status", "sentence"),
    [
        (json.dumps({"dependencies": [CLEAN]}), "", 0, "audit: 1 packages, 0 known faults"),
        (json.dumps({"dependencies": [CLEAN, FAULTY]}), "", 1, "torch 2: PYSEC-1, mended in 3"),
        ("", "requests.exceptions.ConnectionError: no way", 0, "can't be reached from here; nothing was checked"),
        ("", "ValueError: something else", 1, ""),
    ],
)
def test_audit(tmp_path, output, error, status, sentence):
    """With a pip-audit that answers so: the real one needs the network."""
    answer = f"import sys\nprint({output!r})\nprint({error!r}, file=sys.stderr)\nsys.exit({bool(error)})\n"
    (tmp_path / "pip_audit.py").write_text(answer)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, ".ci/audit.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert sentence in done.stdout
