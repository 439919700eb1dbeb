"""The handlers behind the tab "Generate": from what its controls say to what its components show.

A visitor's session keeps the request and not the samples: the same request makes the same samples again in some
hundredths of a second, so the map, the table and a download can't disagree and the server holds nothing large.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sermi.errors import SermiError
from sermi.ui import engine
from sermi.ui.generate import html as samples

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sermi.generate import Generated
    from sermi.predictor import Utterance
    from sermi.quality.learning_curve import LearningCurve
    from sermi.ui.explorer import Explorer, Request, View

ALL = "all"
NO_WORDS, MY_WORDS, OTHER_WORDS = "none", "mine", "other"
NO_FILTER = -3.0
"""Nats, the filter slider's lower end, where it keeps everything."""
MAPS = 3
"""Generators side by side at most."""


@dataclass(frozen=True)
class Shown:
    """What a page shows: the request, the other regularisers beside it, and t-SNE's places where it was asked for.

    request: None before anything was generated. refused: the last press of Generate changed nothing.
    tsne: (rows, 2) of the real features, of each set and of the visitor.
    """

    checkpoint: str = engine.DEFAULT
    request: Request | None = None
    others: tuple[str, ...] = ()
    refused: bool = False
    tsne: tuple[np.ndarray, ...] = field(default=(), compare=False)

    @property
    def requests(self) -> dict[str, Request]:
        """By regulariser, the one in detail first."""
        if self.request is None:
            return {}
        names = (self.request.regulariser or "generated", *self.others)
        return {
            name: self.request if i == 0 else replace(self.request, regulariser=name) for i, name in enumerate(names)
        }


def request_of(
    checkpoint: str,
    emotion: str,
    n: float | None,
    words: str,
    sentence: str,
    spread: float,
    seed: float | None,
    regulariser: str | None,
    pairs: bool,
    you: Utterance | None,
) -> Request:
    """What the controls ask for. Raises SermiError with the one sentence that helps."""
    from sermi.ui.explorer import Request

    explorer = engine.explorer(checkpoint)
    for what, value in (("number of samples", n), ("seed", seed)):
        if value is None or value != int(value):
            raise SermiError(f"The {what} should be a whole number; type one.")
    text, t = None, None
    if words == MY_WORDS:
        if you is None:
            raise SermiError(
                "There is no recording yet; speak on the tab Recognise first, or choose other words or none."
            )
        if you.b is None:
            raise SermiError(
                "Your last recording came without words; type or transcribe them on the tab Recognise and press Recognise."
            )
        text, t = samples.MY_TEXT, explorer.place(you)[1]
    elif words == OTHER_WORDS:
        text = (sentence or "").strip()
        if not text:
            raise SermiError("Type the sentence that the samples should go with, or choose no words.")
        t = engine.predictor(checkpoint).text_feature(text)
    emotions = explorer.classes if emotion == ALL else (emotion,)
    return Request(checkpoint, emotions, int(n), int(seed), spread, regulariser, pairs, text, t)


def at_least(threshold: float | None) -> float | None:
    """The filter's threshold in nats; None where it keeps everything."""
    return None if threshold is None or threshold <= NO_FILTER else threshold


def maps(
    shown: Shown, view: View, threshold: float | None, you: Utterance | None
) -> tuple[Shown, list[tuple[str, Any]]]:
    """(caption, figure) of each set on the map, the one in detail first; of the real features alone before there is one.

    `shown` comes back with t-SNE's places where they had to be worked out.
    """
    import numpy as np

    from sermi import plots

    explorer = engine.explorer(shown.checkpoint)
    real = explorer.checkpoint.reference
    made = {name: explorer.generate(request) for name, request in shown.requests.items()}
    h_you = _you(explorer, you)
    if view == "tsne":
        if not shown.tsne:
            sets = [real.h, *(one.h for one in made.values()), *([] if h_you is None else [h_you])]
            shown = replace(shown, tsne=tuple(explorer.tsne(sets)))
        real_xy, *rest = shown.tsne
        placed, you_xy = rest[: len(made)], rest[len(made)][0] if len(rest) > len(made) else None
    else:
        real_xy = explorer.real_map(view)
        placed = [explorer.project(one.h, view) for one in made.values()]
        you_xy = None if h_you is None else explorer.project(h_you, view)[0]
    points = plots.RealPoints(real_xy, real.c, explorer.classes)
    if not made:
        return shown, [(plots.describe_real(points, you=you_xy is not None), plots.sample_map(points, you=you_xy))]
    found: list[tuple[str, Any]] = []
    extent = np.concatenate([real_xy, *placed, *([] if you_xy is None else [you_xy[None]])])
    for one, xy in zip(made.values(), placed, strict=True):
        kept = one.kept(at_least(threshold))
        caption = plots.describe_map(one, kept, len(real.c), you=you_xy is not None, brief=bool(found))
        drawn = int(np.isfinite(xy[:, 0]).sum())
        if drawn < len(xy):
            caption += f" t-SNE places {drawn:,} of them."
        found.append((caption, plots.sample_map(points, one, xy, kept, you_xy, extent=extent, legend=not found)))
    return shown, found


def _you(explorer: Explorer, you: Utterance | None) -> np.ndarray | None:
    """(1, d), or None where nobody spoke or where this checkpoint hears otherwise."""
    if you is None:
        return None
    try:
        return explorer.place(you)[0][None]
    except SermiError:
        return None


def table(made: Generated, threshold: float | None) -> pd.DataFrame:
    """The samples as the page lists them: the download's columns without its features, under readable names."""
    rows = made.summary(NO_FILTER if at_least(threshold) is None else threshold)
    rows["kept"] = ["yes" if kept else "no" for kept in made.kept(at_least(threshold))]
    names = {
        "id": "No.",
        "emotion": "Emotion",
        "mi_nats": "I(c; ĥ) nats",
        "words_nats": "I(t; ĥ) nats",
        "distance": "Distance",
        "kept": "Kept",
        "nearest_real": "Nearest real",
        "nearest_real_text": "Nearest words",
        "mi_bits": "I(c; ĥ) bits",
    }
    return rows.rename(columns=names)[[name for column, name in names.items() if column in rows]]


def package(shown: Shown, threshold: float | None, suffix: str, folder: Path) -> Path:
    """A zip of the samples in detail, as `python -m sermi generate` writes them, with their data sheet; in a folder of its own.

    Raises SermiError before anything was generated.
    """
    from sermi.generate import write

    if shown.request is None:
        raise SermiError("There is nothing to download yet; press Generate first.")
    request = shown.request
    explorer = engine.explorer(shown.checkpoint)
    made = explorer.generate(request)
    what = request.emotions[0] if len(request.emotions) == 1 else ALL
    name = f"sermi-{request.checkpoint}-{what}-seed{request.seed}{suffix}"
    own = folder / f"samples-{uuid4().hex}"
    own.mkdir(parents=True)
    path = own / f"{name}.zip"
    with TemporaryDirectory() as temporary:
        about = explorer.data_sheet(request, made, at_least(threshold))
        write(made, Path(temporary) / name, about=about, at_least=at_least(threshold))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(temporary).iterdir()):
                archive.write(part, part.name)
    return path


def look(shown: Shown, number: float | None) -> str:
    """One sample under each regulariser shown, as HTML. Raises SermiError for a number that isn't there."""
    from sermi import plots

    if number is None or shown.request is None:
        return samples.nobody()
    if number != int(number):
        raise SermiError("Samples have whole numbers.")
    explorer = engine.explorer(shown.checkpoint)
    found = {name: explorer.sample(explorer.generate(one), int(number)) for name, one in shown.requests.items()}
    return samples.sample(found, plots.COLOURS)


def title(shown: Shown, which: int) -> str:
    """Heading of a map: what its generator was trained towards."""
    return samples.TOLD.get(list(shown.requests)[which], list(shown.requests)[which].capitalize())


def most_real(checkpoint: str) -> int:
    """Real samples of a class that a last layer can be fitted on."""
    from sermi.quality.learning_curve import most_real as most

    return most(engine.explorer(checkpoint).checkpoint.reference.c)


def benefit(
    checkpoint: str, regulariser: str | None, spread: float, seed: float | None, n_real: float
) -> tuple[LearningCurve, int]:
    """The last layer with and without generated samples, and the number of real ones that was asked for."""
    from sermi.generate import generate
    from sermi.quality.learning_curve import N_GENERATED, learning_curve

    if seed is None:
        raise SermiError("The seed should be a whole number; type one.")
    loaded = engine.explorer(checkpoint).checkpoint
    real, classes, n = loaded.reference, loaded.config.classes, int(n_real)
    generated = generate(loaded, classes, N_GENERATED, seed=int(seed), spread=spread, regulariser=regulariser)
    sets = {"generated_h": generated.h, "generated_c": generated.c}
    return learning_curve(real.h, real.c, real.speaker, **sets, n_real=n, seed=int(seed)), n


def quality(shown: Shown) -> str:
    """The panel of quality measures of the set in detail, as HTML."""
    from sermi.quality import MEASURES, measure_against_reference

    explorer = engine.explorer(shown.checkpoint)
    made, real = explorer.generate(shown.request), explorer.checkpoint.reference
    scored = measure_against_reference(made.h, made.c, real.h, real.c, real.speaker, n_classes=len(explorer.classes))
    return samples.quality(scored, MEASURES)


def rows_for_programs(
    emotion: str,
    n: float,
    seed: float,
    spread: float,
    regulariser: str,
    text: str,
    pairs: bool,
    checkpoint: str,
    features: bool,
) -> dict[str, Any]:
    """/generate: {"rows": [...], "about": data sheet}; rows as the command line writes them, numbers and names alike."""
    chosen = regulariser or next(iter(engine.carries(checkpoint).regularisers), None)
    words = OTHER_WORDS if text.strip() else NO_WORDS
    request = request_of(checkpoint, emotion, n, words, text, spread, seed, chosen, pairs, None)
    explorer = engine.explorer(checkpoint)
    made = explorer.generate(request)
    rows = made.table() if features else made.summary()
    return {"rows": json.loads(rows.to_json(orient="records")), "about": explorer.data_sheet(request, made, None)}
