"""What to expect of a checkpoint with voices that it never met: a result of `python -m train evaluate new-voice`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.labels import ClassSet

_KEPT = ("description", "command", "n_views", "sure_from", "contexts")
_OF_A_CONTEXT = {"UA", "WA", "interval_95", "by_corpus", "ECE", "alone", "sure", "speakers", "corpora"}


def read_new_voice(
    path: Path, *, classes: ClassSet, frontend: FrontendConfig, corpora: Iterable[str]
) -> dict[str, Any]:
    """What metrics.json keeps of a result: all but its runs.

    Args:
        path: of the result.
        classes: of the checkpoint.
        frontend: of the checkpoint.
        corpora: that the checkpoint is trained on.

    Raises:
        SermiError: There is no such file, it isn't such a result, or it is of something else than the checkpoint.
    """
    measure = f"python -m train evaluate new-voice --data DIR --out {path}"
    if frontend != FrontendConfig():
        measure += f" --audio-encoder {frontend.encoder}"
    record = _read(path, measure)
    if tuple(record["classes"]) != classes.names:
        listed = ", ".join(record["classes"])
        raise SermiError(
            f"'{path}' is about {listed}, not about the classes of {classes.name}; leave out --evaluation."
        )
    measured = record["frontend"]
    if measured.get("encoder") != frontend.encoder:
        raise SermiError(
            f"'{path}' is of the encoder {measured.get('encoder')}, not of {frontend.encoder}; measure that with `{measure}`."
        )
    if measured != json.loads(json.dumps(asdict(frontend))):
        raise SermiError(f"'{path}' is of other embeddings of {frontend.encoder}; measure these with `{measure}`.")
    left_out, trained = sorted(record["contexts"]["0"]["corpora"]), sorted(corpora)
    if left_out != trained:
        raise SermiError(
            f"'{path}' is of {', '.join(left_out)}, not of {', '.join(trained)}; train on those, or leave out --evaluation."
        )
    return {name: record[name] for name in _KEPT}


def _read(path: Path, measure: str) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SermiError(f"There is no file '{path}'; make it with `{measure}`.") from None
    except (OSError, ValueError):
        raise SermiError(f"'{path}' can't be read as JSON; make it anew with `{measure}`.") from None
    if not isinstance(record, dict) or record.get("protocol") != "new-voice":
        raise SermiError(f"'{path}' is not a result of new-voice; make one with `{measure}`.")
    if not _is_complete(record):
        raise SermiError(
            f"'{path}' lacks figures that a card needs, as older results do; make it anew with `{measure}`."
        )
    return record


def _is_complete(record: Mapping[str, Any]) -> bool:
    contexts = record.get("contexts")
    return (
        {*_KEPT, "classes", "frontend"} <= record.keys()
        and isinstance(contexts, dict)
        and "0" in contexts
        and all(isinstance(values, dict) and values.keys() >= _OF_A_CONTEXT for values in contexts.values())
    )
