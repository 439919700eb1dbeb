"""What the tab "Generate" computes: from what its controls ask for to what its cards show.

A visitor's session keeps the request and not the samples: the same request makes the same samples again in some
hundredths of a second, so the map, the table and a download can't disagree and the server holds nothing large.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sermi.errors import SermiError
from sermi.ui.generate import html
from sermi.ui.sample_request import SampleRequest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sermi.checkpoint import Checkpoint
    from sermi.generate import Generated
    from sermi.predictor import Utterance
    from sermi.quality.learning_curve import LearningCurve
    from sermi.ui.engine import Engine
    from sermi.ui.explorer import Explorer
    from sermi.ui.voices import Sentence

ALL = "all"
NO_WORDS, MY_WORDS, OTHER_WORDS = "none", "mine", "other"
NEW_VOICES, MY_VOICE = "new", "mine"
MOST = 2**53
"""Up to which every whole number has a number of its own."""
MAPS = 3
"""Generators side by side at most."""


@dataclass(frozen=True)
class MapState:
    """What a page's maps show."""

    checkpoint: str
    request: SampleRequest | None = None
    """Of the samples in detail; None before anything was generated."""
    others: tuple[str, ...] = ()
    """The regularisers of the maps beside it."""
    tsne: tuple[np.ndarray, ...] = field(default=(), compare=False)
    """(rows, 2) t-SNE of the real features, of each set and of the visitor, where it was asked for."""

    @property
    def requests(self) -> dict[str, SampleRequest]:
        """By regulariser, the one in detail first."""
        if self.request is None:
            return {}
        first = self.request.regulariser or "generated"
        return {first: self.request} | {name: replace(self.request, regulariser=name) for name in self.others}


def sample_request(
    engine: Engine,
    *,
    checkpoint: str,
    emotion: str,
    n: float | None,
    words: str,
    sentence: str,
    noise_scale: float,
    seed: float | None,
    regulariser: str | None,
    pairs: bool,
    visitor: Utterance | None = None,
    whose: str = NEW_VOICES,
    sentences: Sequence[Sentence] = (),
) -> SampleRequest:
    """What the controls ask for. Raises SermiError with the one sentence that helps.

    Args:
        engine: the app's checkpoints.
        checkpoint: name of one of them.
        emotion: one of the checkpoint's, or ALL.
        n: samples of each emotion; None where the box is empty.
        words: NO_WORDS, MY_WORDS for those of the visitor's recording, OTHER_WORDS for `sentence`.
        sentence: the other words.
        noise_scale: factor on the generator's noise.
        seed: None where the box is empty.
        regulariser: of the generator; None for the checkpoint's first.
        pairs: whether each ĥ comes with a t̂.
        visitor: the visitor's last recording, None where there is none.
        whose: NEW_VOICES, or MY_VOICE for the visitor's, as far as `sentences` say what it is like.
        sentences: of the visitor that this checkpoint's encoder knows.
    """
    explorer = engine.explorer(checkpoint)
    n, seed = _whole_number("number of samples", n), _whole_number("seed", seed)
    text, t = None, None
    if words == MY_WORDS:
        text, t = html.MY_TEXT, _own_words(explorer, visitor)
    elif words == OTHER_WORDS:
        text = (sentence or "").strip()
        if not text:
            raise SermiError("Type the sentence that the samples should go with, or choose no words.")
        t = engine.text_feature(checkpoint, text)
    if whose == MY_VOICE and not sentences:
        raise SermiError(
            "Nothing is known of your voice with this model yet; speak on the tab Recognise first, or choose new voices."
        )
    return SampleRequest(
        checkpoint=checkpoint,
        emotions=explorer.classes if emotion == ALL else (emotion,),
        n=n,
        seed=seed,
        noise_scale=noise_scale,
        regulariser=regulariser,
        pairs=pairs,
        text=text,
        t=t,
        voice=tuple(sentences) if whose == MY_VOICE else (),
    )


def _whole_number(name: str, value: float | None) -> int:
    if not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        raise SermiError(f"The {name} should be a whole number; type one.")
    if abs(value) > MOST:
        raise SermiError(f"The {name} is too large; type a smaller one.")
    return int(value)


def _own_words(explorer: Explorer, visitor: Utterance | None) -> np.ndarray | None:
    """(dt,) text feature of the visitor's last recording."""
    if visitor is None:
        raise SermiError("There is no recording yet; speak on the tab Recognise first, or choose other words or none.")
    if visitor.b is None:
        raise SermiError(
            "Your last recording came without words; type or transcribe them on the tab Recognise and press Recognise."
        )
    return explorer.project_recording(visitor)[1]


def table(generated: Generated) -> pd.DataFrame:
    """The samples as the page lists them: the download's columns without its features, under readable names."""
    rows = generated.summary()
    names = {
        "id": "No.",
        "emotion": "Emotion",
        "mi_nats": "I(c; ĥ) nats",
        "words_nats": "I(t; ĥ) nats",
        "distance": "Distance",
        "nearest_real": "Nearest real",
        "nearest_real_text": "Nearest words",
        "mi_bits": "I(c; ĥ) bits",
    }
    return rows.rename(columns=names)[[name for column, name in names.items() if column in rows]]


def zip_samples(engine: Engine, state: MapState, suffix: str, *, folder: Path) -> Path:
    """A zip of the samples in detail, as `python -m sermi generate` writes them, with their data sheet; in a folder of its own.

    suffix: .csv, .parquet or .npz. folder: where that folder is made. Raises SermiError before anything was generated.
    """
    from sermi.generate import write

    if state.request is None:
        raise SermiError("There is nothing to download yet; press Generate first.")
    request = state.request
    explorer = engine.explorer(state.checkpoint)
    generated = explorer.generate(request)
    emotions = request.emotions[0] if len(request.emotions) == 1 else ALL
    name = f"sermi-{request.checkpoint}-{emotions}-seed{request.seed}{suffix}"
    own_folder = folder / f"samples-{uuid4().hex}"
    own_folder.mkdir(parents=True)
    path = own_folder / f"{name}.zip"
    with TemporaryDirectory() as temporary:
        sheet = explorer.data_sheet(request, generated)
        write(generated, Path(temporary) / name, about=sheet)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(temporary).iterdir()):
                archive.write(part, part.name)
    return path


def sample_html(engine: Engine, state: MapState, number: float | None) -> str:
    """One sample under each regulariser shown, as HTML. Raises SermiError for a number that isn't there."""
    from sermi import plots

    if number is None or state.request is None:
        return html.no_sample()
    if number != int(number):
        raise SermiError("Samples have whole numbers.")
    explorer = engine.explorer(state.checkpoint)
    details = {
        name: explorer.details(explorer.generate(request), int(number)) for name, request in state.requests.items()
    }
    return html.sample(details, plots.COLOURS)


def quality_html(engine: Engine, request: SampleRequest) -> str:
    """The panel of quality of a set, as HTML: the generator's verdict from its card, and the set beside the reference."""
    from sermi.quality import MEASURES, judge

    explorer = engine.explorer(request.checkpoint)
    checkpoint, generated = explorer.checkpoint, explorer.generate(request)
    real = checkpoint.reference
    corpora = _reference_corpora(checkpoint)
    # there are hardly more deals of six speakers into halves
    verdict = judge(generated.h, generated.c, real.h, real.c, real.speaker, corpora=corpora, n_deals=8)
    regulariser = request.regulariser or next(iter(checkpoint.generators))
    stored = checkpoint.metrics.get("generators", {}).get(regulariser, {})
    return html.quality(stored if "verdict" in stored else None, verdict, MEASURES, n_speakers=len(set(real.speaker)))


def _reference_corpora(checkpoint: Checkpoint) -> np.ndarray | None:
    """(rows,) names of the corpora of the reference's rows; None where the checkpoint doesn't say whose its speakers are.

    Speakers are numbers there, in the order of the names in config.json, which begin with their corpus.
    """
    import numpy as np

    names = sorted(checkpoint.config.training.get("held_out_speakers", ()))
    number = checkpoint.reference.speaker
    if len(names) != len(set(number.tolist())) or number.max() >= len(names):
        return None
    corpora = sorted(checkpoint.config.training.get("audio", ()), key=len, reverse=True)
    of_speaker = [next((corpus for corpus in corpora if name.startswith(corpus)), name) for name in names]
    return np.array(of_speaker)[number]


def most_real(engine: Engine, checkpoint: str) -> int:
    """Real samples of a class that a last layer can be fitted on."""
    from sermi.quality.learning_curve import most_real as most

    return most(engine.explorer(checkpoint).checkpoint.reference.c)


def learning_curve(
    engine: Engine, checkpoint: str, *, regulariser: str | None, noise_scale: float, seed: float | None, n_real: int
) -> LearningCurve:
    """The last layer with and without generated samples, at `n_real` real ones of each class among other numbers."""
    from sermi import quality
    from sermi.quality.learning_curve import N_GENERATED

    explorer = engine.explorer(checkpoint)
    seed = _whole_number("seed", seed)
    request = SampleRequest(
        checkpoint,
        explorer.classes,
        n=N_GENERATED,
        seed=seed,
        noise_scale=noise_scale,
        regulariser=regulariser,
    )
    generated, real = explorer.generate(request), explorer.checkpoint.reference
    return quality.learning_curve(real.h, real.c, real.speaker, generated.h, generated.c, n_real, seed=seed)


def api_rows(
    engine: Engine,
    *,
    checkpoint: str,
    emotion: str,
    n: float,
    seed: float,
    spread: float,
    regulariser: str,
    text: str,
    pairs: bool,
    features: bool,
) -> dict[str, Any]:
    """/generate: {"rows": [...], "about": data sheet}; rows as the command line writes them, numbers and names alike.

    Programs send what they like, so numbers may be anything here. Raises SermiError as `sample_request` does.
    """
    if not isinstance(spread, int | float) or not math.isfinite(spread):
        raise SermiError(f"The spread should be a number, not '{spread}'.")
    if not isinstance(emotion, str):
        raise SermiError("The emotion should be a name; give one of the checkpoint's, or 'all'.")
    text = text or ""
    request = sample_request(
        engine,
        checkpoint=checkpoint,
        emotion=emotion,
        n=n,
        words=OTHER_WORDS if text.strip() else NO_WORDS,
        sentence=text,
        noise_scale=spread,
        seed=seed,
        regulariser=regulariser or next(iter(engine.summary(checkpoint).regularisers), None),
        pairs=pairs,
    )
    explorer = engine.explorer(checkpoint)
    generated = explorer.generate(request)
    rows = generated.table() if features else generated.summary()
    return {"rows": json.loads(rows.to_json(orient="records")), "about": explorer.data_sheet(request, generated)}
