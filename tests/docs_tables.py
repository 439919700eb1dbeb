"""Tables of README and docs, and the files of figures that they are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rows(document: str, header: str) -> list[list[str]]:
    """Cells of the table whose first line starts with `header`, without emphasis and links."""
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(header))
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines[start + 2 : end]]


def gain(values: dict[str, Any]) -> str:
    low, high = values["gain_interval_95"]
    return f"{100 * values['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def difference(values: dict[str, Any], name: str) -> str:
    low, high = values["interval_95"]
    return f"{100 * values[name]:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
