"""The seven steps of the tab "Walkthrough": each from the value of its one control to a sentence and a live figure."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import gradio as gr

from sermi.ui.engine import Engine
from sermi.ui.walkthrough_results import better, groups, limits, scarce, settings
from sermi.ui.walkthrough_slide import Slide, Step, percent

if TYPE_CHECKING:
    from sermi.ui.sample_request import SampleRequest

ALL = "all"
SEED = 0
NOISE_SCALES = tuple(0.5 + 0.25 * step for step in range(7))
"""That the slide of the gauge offers."""

log = logging.getLogger(__name__)


def _emotions(engine: Engine, id: str) -> gr.Dropdown:
    classes = engine.summary(engine.default).classes
    choices = [("All emotions", ALL), *((name.capitalize(), name) for name in classes)]
    return gr.Dropdown(label="Emotion", choices=choices, value=ALL, elem_id=id)


def _voice(engine: Engine, emotion: str) -> Slide:
    import numpy as np

    from sermi import plots

    explorer = engine.explorer(engine.default)
    real, classes = explorer.checkpoint.reference, explorer.classes
    shown = np.ones(len(real.c), bool) if emotion == ALL else real.c == classes.index(emotion)
    points = plots.RealPoints(explorer.real_map("emotion")[shown], real.c[shown], classes)
    sentence = (
        f"An encoder turns each utterance into {explorer.checkpoint.config.shape.feature_dim} numbers, its feature. Each ring "
        "is one utterance of a person the model never heard: emotions overlap, and that is the problem."
    )
    notes = (
        "The map keeps the directions in which the emotions differ most and leaves out the rest, so dots that touch here may "
        "be apart. Choose one emotion and ask the room which other one it runs into."
    )
    figure = plots.sample_map(points, extent=explorer.real_map("emotion"), height=460)
    return Slide(sentence, plots.describe_real(points), figure, notes)


def _regularisers(engine: Engine, id: str) -> gr.Radio:
    names = engine.summary(engine.default).regularisers
    choices = [(f"MI: {name}", name) for name in names]
    return gr.Radio(label="Generator", choices=choices, value=names[0] if names else None, elem_id=id)


def _words(engine: Engine, regulariser: str | None) -> Slide:
    from sermi.plots import walkthrough as plots

    measured = engine.explorer(engine.default).checkpoint.metrics["generators"]
    key = "pair_information_by_emotion"
    values = {"Real pairs": measured["real"][key], f"Generated pairs, {regulariser}": measured[regulariser][key]}
    sentence = (
        "Words and voice are brought together: a pair of features should carry as much about each other as real pairs do, "
        "no more. These pairs are label-matched: a sentence of the same emotion, not of the same person."
    )
    figure = plots.bars(values, unit="nats", ceiling=max(0.5, *values.values()), what="I(h; t), through the emotion")
    real, generated = values.values()
    notes = (
        f"Real pairs share {real:.2f} nats through the emotion, these generated ones {generated:.2f}. A nat is a unit of "
        "information, 1.44 bits. Longer than real means that words and voice agree more than people's do. Choose another "
        "generator to show that."
    )
    return Slide(sentence, plots.describe_bars(values, unit="nats"), figure, notes)


def _counts(engine: Engine, id: str) -> gr.Slider:
    return gr.Slider(5, 100, value=25, step=5, label="Samples of each emotion", elem_id=id)


def _generator(engine: Engine, n: float) -> Slide:
    import numpy as np

    from sermi import plots
    from sermi.ui.sample_request import SampleRequest

    explorer = engine.explorer(engine.default)
    generated = explorer.generate(SampleRequest(engine.default, explorer.classes, int(n), SEED))
    real, xy = explorer.checkpoint.reference, explorer.project(generated.h, "emotion")
    points = plots.RealPoints(explorer.real_map("emotion"), real.c, explorer.classes)
    right = float((generated.score > 0).mean())
    sentence = (
        f"A generator makes new features of an emotion. The recogniser reads the right emotion more easily than by chance "
        f"from {percent(right)} of these."
    )
    notes = (
        "Filled dots are generated just now: no recording has them. Move the slider, and there are as many as you ask for. "
        "More easily than by chance means that the last layer gives a sample's own emotion more than its share among all."
    )
    figure = plots.sample_map(points, generated, xy, extent=np.concatenate([points.xy, xy]), height=460)
    return Slide(sentence, plots.describe_map(generated, len(real.c)), figure, notes)


class Ahead:
    """Measures what the slide of the gauge can be asked for while the ones before it are shown; once, in the background."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._is_begun = False

    def begin(self) -> None:
        """Begin, the first time."""
        with self._lock:
            if self._is_begun:
                return
            self._is_begun = True
        threading.Thread(target=self._measure, name="walkthrough", daemon=True).start()

    def _measure(self) -> None:
        # as trained first: that is what the slide begins with
        for noise_scale in sorted(NOISE_SCALES, key=lambda scale: abs(scale - 1)):
            try:
                self._engine.information(_gauge_request(self._engine, noise_scale))
            except Exception:
                log.exception("measuring ahead failed; the slide will say why")
                return


def _noise_scales(engine: Engine, id: str) -> gr.Slider:
    low, high = NOISE_SCALES[0], NOISE_SCALES[-1]
    return gr.Slider(low, high, value=1.0, step=NOISE_SCALES[1] - low, label="Noise scale", elem_id=id)


def _gauge_request(engine: Engine, noise_scale: float) -> SampleRequest:
    from sermi.ui.sample_request import SampleRequest

    classes = engine.explorer(engine.default).classes
    return SampleRequest(engine.default, classes, n=1, seed=SEED, noise_scale=float(noise_scale))


def _gauge(engine: Engine, noise_scale: float) -> Slide:
    from sermi import plots
    from sermi.ui.explorer import TOLERANCE, verdict

    explorer = engine.explorer(engine.default)
    generated, real = engine.information(_gauge_request(engine, noise_scale)), explorer.real_information
    result = verdict(generated.value, real.value, explorer.ceiling)
    sets = {f"noise scale {noise_scale:g}": generated}
    sentence = (
        f"Mutual information says when it is too much or too little. {result.title}: "
        f"{result.sentence[0].lower()}{result.sentence[1:]}"
    )
    figure = plots.information_gauge(sets, real, explorer.ceiling, TOLERANCE)
    notes = (
        f"Real speech carries {real.value:.2f} nats about its emotion, these samples {generated.value:.2f}, and "
        f"{explorer.ceiling:.2f} would say everything. Move the slider up, and samples blur; move it down, and they are "
        "plainer than real voices are. Informative isn't the same as useful: the next slide is about that."
    )
    return Slide(sentence, plots.describe_gauge(sets, real, explorer.ceiling), figure, notes)


STEPS = (
    Step("Emotional speech is scarce", settings, scarce),
    Step("A voice becomes a feature", _emotions, _voice),
    Step("Words and voice, aligned", _regularisers, _words),
    Step("A generator that keeps the emotion readable", _counts, _generator),
    Step("Information is the gauge", _noise_scales, _gauge),
    Step("Where it helps most", settings, better),
    Step("Where it doesn't, and what it can't do", groups, limits),
)
