"""Files chosen by what code they reach: atheris over the modules that read them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.fuzz.targets import Target

READERS = (
    "sermi.audio", "sermi.checkpoint", "sermi.decode", "sermi.delimited", "sermi.mixing", "sermi.mpeg", "sermi.own_features",
    "sermi.schema", "sermi.speakers", "sermi.ui.listing", "sermi.voice.context", "train.corpora", "arff",
)  # fmt: skip
"""What is instrumented; all else is taken as it is."""


def run(target: Target, runs: int, seed: int) -> None:
    """So many files, by libFuzzer; it ends the process, at the first fault with the file that shows it."""
    import atheris

    with atheris.instrument_imports(include=list(READERS)):
        _import_readers(target)
    names = list(target.seeds)
    folder = Path(tempfile.mkdtemp(prefix="sermi-fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, name in enumerate(names):  # the first byte says which file the others stand for
        (corpus / name).write_bytes(bytes([number]) + target.seeds[name])
    place = target.lay_out(folder)

    def one(data: bytes) -> None:
        if data:
            target.try_file(names[data[0] % len(names)], data[1:], place)

    arguments = [f"-runs={runs}", f"-seed={seed + 1}", "-timeout=20", "-rss_limit_mb=4096", "-max_len=40000"]
    atheris.Setup([sys.argv[0], *arguments, f"-artifact_prefix={folder}/", str(corpus)], one)
    atheris.Fuzz()


def _import_readers(target: Target) -> None:
    """By reading whole files once: readers import late."""
    with tempfile.TemporaryDirectory() as folder:
        place = target.lay_out(Path(folder))
        for name, content in target.seeds.items():
            target.try_file(name, content, place)
