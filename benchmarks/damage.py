"""`python -m benchmarks.damage`: every file of a checkpoint and of the caches damaged in each of ten ways, as one JSON line.

A damaged cache must be made anew, to the same bytes; a damaged checkpoint must be refused in one sentence or be the same, and
the page must start with all of them beside a whole one and name those that it can't use.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.fuzz.targets import SEEDS
from sermi.errors import SermiError

WAYS: dict[str, Callable[[bytes], bytes | None]] = {
    "empty": lambda _: b"",
    "cut to half": lambda content: content[: len(content) // 2],
    "a byte more": lambda content: content + b"\0",
    "first byte": lambda content: bytes([content[0] ^ 64]) + content[1:],
    "middle byte": lambda content: content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 64])
    + content[len(content) // 2 + 1 :],
    "last byte": lambda content: content[:-2] + bytes([content[-2] ^ 64]) + content[-1:],
    "another file": lambda content: b"PK\3\4" + b"something else" * 50,
    "zeros": lambda content: bytes(len(content)),
    "missing": lambda _: None,
}  # fmt: skip
FOLDER = "a folder in its place"
ALL_WAYS = (*WAYS, FOLDER)
Outcome = dict[str, str]


def damage(path: Path, way: str) -> None:
    """Change a file, or remove it."""
    content = WAYS.get(way, lambda _: None)(path.read_bytes())
    path.unlink()
    if way == FOLDER:
        path.mkdir()
    if content is not None:
        path.write_bytes(content)


def checkpoints(folder: Path) -> Iterator[Outcome]:
    """Each of a checkpoint's files in each way, one checkpoint for each, in one folder."""
    from sermi import checkpoint, shipped
    from sermi.ui.listing import Listing

    whole = checkpoint.load(SEEDS / "checkpoint")
    whole.save(folder / "whole")
    whole = checkpoint.load(folder / "whole")
    named = {}
    for file in shipped.FILES:
        for way in ALL_WAYS:
            name = f"{file.split('.')[0]}-{way.replace(' ', '-')}"
            shutil.copytree(folder / "whole", folder / name)
            damage(folder / name / file, way)
            named[name] = (file, way)
    labels = {name: label for label, name in Listing(folder, folder).choices(to_listen=True)}
    for name, (file, way) in named.items():
        wrong = ""
        try:
            loaded = checkpoint.load(folder / name)
            same = all(
                np.array_equal(a, b)
                for a, b in zip(vars(loaded.reference).values(), vars(whole.reference).values(), strict=True)
            )
            same = same and (loaded.config, loaded.metrics) == (whole.config, whole.metrics)
            result = "as before" if same else "other numbers"
            wrong = "" if result == "as before" or file == "README.md" else "silent"
        except SermiError as error:
            result = "refused"
            wrong = "" if str(error).isprintable() else "no sentence"
        except Exception as error:
            result, wrong = "raised", f"{type(error).__name__}: {error}"
        if (
            not wrong
            and name not in labels
            and (file, way) != ("config.json", "missing")
            and (file, way) != ("config.json", FOLDER)
        ):
            wrong = "not listed"
        yield {"file": file, "way": way, "result": result, "wrong": wrong}


def page_starts(folder: Path) -> bool:
    """Whether the page is built with all of them, and the whole one is used first."""
    from sermi.ui.engine import Engine
    from sermi.ui.page import build
    from sermi.ui.uploads import Uploads

    engine = Engine(folder)
    build(engine, Uploads(folder / "uploads"))
    return True


def caches(folder: Path) -> Iterator[Outcome]:
    """Each file that embeddings, encoders and comparisons keep."""
    from sermi.cache import checked
    from sermi.encoders.moonshine import MoonshineEncoder
    from sermi.frontend import FrontendConfig
    from tests.sermi.encoders.small_models import save_speech_model
    from tests.train.ravdess import write_ravdess
    from train.embeddings.embed import audio_embeddings, text_embeddings

    os.environ["SERMI_CACHE"] = str(folder / "cache")
    write_ravdess(folder / "corpus", ("angry", "sad"), range(1, 3))
    paths = sorted(str(path) for path in (folder / "corpus").rglob("*.wav"))
    config = FrontendConfig(str(save_speech_model(folder / "speech", "wav2vec2-group")))
    clip = np.sin(np.arange(8_000) / 9).astype(np.float32)
    tasks: dict[str, Callable[[], np.ndarray]] = {
        "audio embeddings": lambda: audio_embeddings(paths, config, n_views=1, workers=1),
        "text embeddings": lambda: text_embeddings(["a b", "c"], _Lengths()),
        "rewritten encoder": lambda: MoonshineEncoder().encode([clip])[0].layers[-1],
        "a checked file": lambda: np.frombuffer(
            checked(folder / "cache", "x", ".bin", lambda: bytes(range(200))).read_bytes(), np.uint8
        ),
    }
    for name, task in tasks.items():
        before = set((folder / "cache").rglob("*"))
        expected = task()
        files = [path for path in set((folder / "cache").rglob("*")) - before if path.is_file()]
        for path in sorted(files):
            for way in ALL_WAYS:
                damage(path, way)
                wrong = ""
                try:
                    wrong = "" if np.array_equal(task(), expected) else "other numbers"
                    wrong = wrong or ("" if path.exists() else "not kept")
                except Exception as error:
                    wrong = f"{type(error).__name__}: {error}"
                yield {"file": name, "way": way, "result": "made anew", "wrong": wrong}


class _Lengths:
    """Words of texts."""

    name, fingerprint, dim = "length", "length-1", 1

    def embed(self, texts: list[str]) -> np.ndarray:
        return np.array([[len(text)] for text in texts], np.float32)


def texts(folder: Path) -> Iterator[Outcome]:
    """A saved voice and the rows of a comparison, which nothing can make anew: of use, or one sentence."""
    from sermi.voice import Voice
    from train.comparison.rows import read_rows

    voice, rows = folder / "voice.safetensors", folder / "rows.csv"
    for path, read in ((voice, lambda: Voice.load(voice)), (rows, lambda: read_rows(rows, ["fold", "UA"]))):
        for way in ALL_WAYS:
            shutil.copy(SEEDS / "tables" / "voice.safetensors", voice)
            rows.write_text("fold,UA\n0,0.5\n1,0.25\n")
            damage(path, way)
            try:
                read()
                outcome = {"result": "of use", "wrong": ""}
            except SermiError:
                outcome = {"result": "refused", "wrong": ""}
            except Exception as error:
                outcome = {"result": "raised", "wrong": f"{type(error).__name__}: {error}"}
            yield {"file": path.name, "way": way, **outcome}


def main() -> None:
    """Damage, and print what came of it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("checkpoints", "caches", "texts"):
            (folder / name).mkdir()
        outcomes = [*checkpoints(folder / "checkpoints"), *caches(folder / "caches"), *texts(folder / "texts")]
        starts = page_starts(folder / "checkpoints")
    results = Counter(f"{outcome['file']}: {outcome['result']}" for outcome in outcomes)
    wrong = [outcome for outcome in outcomes if outcome["wrong"]]
    print(
        json.dumps(
            {"damages": len(outcomes), "results": results, "page_starts": starts, "n_wrong": len(wrong), "wrong": wrong}
        )
    )


if __name__ == "__main__":
    main()
