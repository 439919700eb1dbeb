"""The seven steps of the tab "Walkthrough": each from the value of its one control to a sentence and a live figure."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from sermi.errors import SermiError
from sermi.ui.engine import Engine

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sermi.ui.measurements import Comparison
    from sermi.ui.sample_request import SampleRequest

ALL, NO_HELP = "all", "no help"
SEED = 0
NOISE_SCALES = tuple(0.5 + 0.25 * step for step in range(7))
"""That the slide of the gauge offers."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Slide:
    """What a step shows for one value of its control."""

    sentence: str
    """For the room."""
    caption: str
    figure: go.Figure


@dataclass(frozen=True)
class Step:
    """A step of the walkthrough."""

    title: str
    control: Callable[[Engine, str], Any]
    """Makes its one control, with this element id."""
    render: Callable[[Engine, Any], Slide]
    """From the control's value to the slide."""


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _comparison(engine: Engine, protocol: str | None) -> Comparison:
    comparisons = engine.evidence(engine.default).comparisons
    if not comparisons:
        raise SermiError("No comparison was run yet; run `python -m train compare` and come back.")
    return next((comparison for comparison in comparisons if comparison.protocol == protocol), comparisons[0])


def _settings(engine: Engine, id: str) -> gr.Radio:
    evidence = engine.evidence(engine.default)
    choices = [(comparison.title, comparison.protocol) for comparison in evidence.comparisons]
    # the clear win first
    first = evidence.clearest_gain.protocol if evidence.clearest_gain else None
    return gr.Radio(label="Setting", choices=choices, value=first, elem_id=id)


def _scarce(engine: Engine, protocol: str | None) -> Slide:
    from sermi.plots import walkthrough as plots

    comparison = _comparison(engine, protocol)
    values = {"Real data alone": comparison.none.ua, comparison.best_reference.title: comparison.best_reference.ua}
    sentence = (
        f"Recordings with a trusted emotion are few. {comparison.title}: a last layer trained on them hears "
        f"{_percent(comparison.none.ua)} of emotions right on people it never heard."
    )
    figure = plots.bars(values, unit="%", ceiling=1, what="UA on speakers left out")
    return Slide(sentence, f"{plots.describe_bars(values, unit='%')} {comparison.run}", figure)


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
    return Slide(
        sentence, plots.describe_real(points), plots.sample_map(points, extent=explorer.real_map("emotion"), height=460)
    )


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
    return Slide(sentence, plots.describe_bars(values, unit="nats"), figure)


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
        f"from {_percent(right)} of these."
    )
    extent = np.concatenate([points.xy, xy])
    return Slide(
        sentence,
        plots.describe_map(generated, len(real.c)),
        plots.sample_map(points, generated, xy, extent=extent, height=460),
    )


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
    return Slide(sentence, plots.describe_gauge(sets, real, explorer.ceiling), figure)


def _better(engine: Engine, protocol: str | None) -> Slide:
    comparison = _comparison(engine, protocol)
    ours, rival = comparison.ours or comparison.ways[-1], comparison.best_reference
    sentence = (
        f"{comparison.title}: with generated features the same last layer gains {ours.points}. The best way without them, "
        f"{rival.short_title}, gains {100 * rival.gain:+.1f}: the line."
    )
    return _gains(comparison, sentence)


def _gains(comparison: Comparison, sentence: str) -> Slide:
    """What each generated set is worth, ours marked, the best way without any drawn as a line."""
    from sermi import plots

    gains = {way.title: (way.gain, *way.interval) for way in comparison.ways if way.generates and not way.partial}
    marked = comparison.ours.title if comparison.ours else ""
    rival = comparison.best_reference
    figure = plots.gains(gains, marked=marked, rival=(rival.short_title, rival.gain))
    return Slide(sentence, f"{plots.describe_gains(gains)} {comparison.run}", figure)


def _groups(engine: Engine, id: str) -> gr.Radio:
    choices = [
        ("Where it doesn't help", NO_HELP),
        ("A corpus never heard", "corpora"),
        ("Gender", "gender"),
        ("Speaker", "speaker"),
    ]
    return gr.Radio(label="Show", choices=choices, value=NO_HELP, elem_id=id)


def _no_help(comparison: Comparison) -> Slide:
    ours, rival = comparison.ours or comparison.ways[-1], comparison.best_reference
    verdict = "less than" if ours.gain < rival.gain else "hardly more than"
    sentence = (
        f"{comparison.title}: generated features gain {ours.points}, {verdict} {rival.short_title} on real recordings alone "
        f"with {100 * rival.gain:+.1f}. Where real recordings are many, they aren't needed."
    )
    return _gains(comparison, sentence)


def _limits(engine: Engine, by: str) -> Slide:
    from sermi.plots import evidence as plots

    evidence = engine.evidence(engine.default)
    if by == NO_HELP:
        if evidence.least_help is None:
            raise SermiError("No comparison was run yet; run `python -m train compare` and come back.")
        return _no_help(evidence.least_help)
    recalls = evidence.corpora if by == "corpora" else evidence.recalls(by)
    if recalls is None:
        raise SermiError("This was not measured for the checkpoint; train it again with `python -m train fit`.")
    sentence = (
        "It learnt from actors, hears emotion from outside, and hears some people better than others. It is no judge of "
        "anybody: never use it for decisions about people."
    )
    run = evidence.corpora_command if by == "corpora" else evidence.fit_command
    return Slide(sentence, f"{plots.describe_recalls(recalls.groups, recalls.by)} {run}", plots.recalls(recalls.groups))


STEPS = (
    Step("Emotional speech is scarce", _settings, _scarce),
    Step("A voice becomes a feature", _emotions, _voice),
    Step("Words and voice, aligned", _regularisers, _words),
    Step("A generator that keeps the emotion readable", _counts, _generator),
    Step("Information is the gauge", _noise_scales, _gauge),
    Step("Where it helps most", _settings, _better),
    Step("Where it doesn't, and what it can't do", _groups, _limits),
)
