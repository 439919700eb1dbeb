"""The tab "Walkthrough": the whole idea in seven steps, each with a live figure and one control, for people who present it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from sermi.errors import SermiError
from sermi.ui import engine
from sermi.ui import html as results

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sermi.ui.measurements import Comparison

INTERNAL: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "always_last"}
QUEUE: dict[str, Any] = {"concurrency_id": "measure", "concurrency_limit": 1}
ALL = "all"
SEED = 0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """What a step says for one position of its control: a sentence for the room, a caption, and a figure."""

    sentence: str
    caption: str
    figure: go.Figure


@dataclass(frozen=True)
class Step:
    """A step. control: makes its one control; tell: from the control's value to what is said."""

    title: str
    control: Callable[[str], Any]
    tell: Callable[[Any], Told]


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _comparison(protocol: str | None) -> Comparison:
    found = engine.evidence(engine.DEFAULT).comparisons
    chosen = next((each for each in found if each.protocol == protocol), found[0] if found else None)
    if chosen is None:
        raise SermiError("No comparison was run yet; run `python -m train compare` and come back.")
    return chosen


def _settings(id: str) -> gr.Radio:
    found = engine.evidence(engine.DEFAULT).comparisons
    choices = [(each.title, each.protocol) for each in found]
    return gr.Radio(label="Setting", choices=choices, value=choices[0][1] if choices else None, elem_id=id)


def _scarce(protocol: str | None) -> Told:
    from sermi.plots import walkthrough as plots

    found = _comparison(protocol)
    values = {"Real data alone": found.none.ua, found.best_reference.title: found.best_reference.ua}
    sentence = (
        f"Recordings with a trusted emotion are few. {found.title}: a last layer trained on them hears "
        f"{_percent(found.none.ua)} of emotions right on people it never heard."
    )
    figure = plots.bars(values, unit="%", ceiling=1, what="mean recall on speakers left out (UA)")
    return Told(sentence, f"{plots.describe_bars(values, unit='%')} {found.run}", figure)


def _emotions(id: str) -> gr.Dropdown:
    classes = engine.carries(engine.DEFAULT).classes
    choices = [("All emotions", ALL), *((name.capitalize(), name) for name in classes)]
    return gr.Dropdown(label="Emotion", choices=choices, value=ALL, elem_id=id)


def _voice(emotion: str) -> Told:
    import numpy as np

    from sermi import plots

    explorer = engine.explorer(engine.DEFAULT)
    real, classes = explorer.checkpoint.reference, explorer.classes
    shown = np.ones(len(real.c), bool) if emotion == ALL else real.c == classes.index(emotion)
    points = plots.RealPoints(explorer.real_map("emotion")[shown], real.c[shown], classes)
    sentence = (
        f"An encoder turns each utterance into {explorer.checkpoint.config.shape.feature_dim} numbers, its feature. Each ring "
        "is one utterance of a person the model never heard: emotions overlap, and that is the problem."
    )
    return Told(
        sentence, plots.describe_real(points), plots.sample_map(points, extent=explorer.real_map("emotion"), height=460)
    )


def _regularisers(id: str) -> gr.Radio:
    names = engine.carries(engine.DEFAULT).regularisers
    choices = [(f"MI: {name}", name) for name in names]
    return gr.Radio(label="Generator", choices=choices, value=names[0] if names else None, elem_id=id)


def _words(regulariser: str | None) -> Told:
    from sermi.plots import walkthrough as plots

    measured = engine.explorer(engine.DEFAULT).checkpoint.metrics["generators"]
    key = "pair_information_by_emotion"
    values = {"Real pairs": measured["real"][key], f"Generated pairs, {regulariser}": measured[regulariser][key]}
    sentence = (
        "Words and voice are brought together: a pair of features should tell as much of each other as real pairs do, no more. "
        "These pairs are label-matched: a sentence of the same emotion, not of the same person."
    )
    figure = plots.bars(values, unit="nats", ceiling=max(0.5, *values.values()), what="I(h; t), through the emotion")
    return Told(sentence, plots.describe_bars(values, unit="nats"), figure)


def _counts(id: str) -> gr.Slider:
    return gr.Slider(5, 100, value=25, step=5, label="Samples of each emotion", elem_id=id)


def _generator(n: float) -> Told:
    import numpy as np

    from sermi import plots
    from sermi.ui.explorer import Request

    explorer = engine.explorer(engine.DEFAULT)
    made = explorer.generate(Request(engine.DEFAULT, explorer.classes, int(n), SEED))
    real, xy = explorer.checkpoint.reference, explorer.project(made.h, "emotion")
    points = plots.RealPoints(explorer.real_map("emotion"), real.c, explorer.classes)
    kept = np.ones(len(xy), bool)
    right = float((made.score > 0).mean())
    sentence = (
        f"A generator makes new features of an emotion. A critic that was fitted on real people, whom the generator never met, "
        f"reads the right emotion more easily than by chance from {_percent(right)} of these."
    )
    extent = np.concatenate([points.xy, xy])
    return Told(
        sentence,
        plots.describe_map(made, kept, len(real.c)),
        plots.sample_map(points, made, xy, kept, extent=extent, height=460),
    )


def _spreads(id: str) -> gr.Slider:
    return gr.Slider(0.5, 2.0, value=1.0, step=0.25, label="Spread of the samples", elem_id=id)


def _gauge(spread: float) -> Told:
    from sermi import plots
    from sermi.ui.explorer import TOLERANCE, Request, verdict

    explorer = engine.explorer(engine.DEFAULT)
    made = engine.information(Request(engine.DEFAULT, explorer.classes, 1, SEED, float(spread)))
    real = explorer.real_information
    found = verdict(made.value, real.value)
    sets = {f"spread {spread:g}": made}
    sentence = (
        f"Mutual information says when it is too much or too little. {found.title}: "
        f"{found.sentence[0].lower()}{found.sentence[1:]}"
    )
    figure = plots.information_gauge(sets, real, explorer.ceiling, TOLERANCE)
    return Told(sentence, plots.describe_gauge(sets, real, explorer.ceiling), figure)


def _better(protocol: str | None) -> Told:
    from sermi import plots

    found = _comparison(protocol)
    gains = {way.title: (way.gain, *way.interval) for way in found.ways if way.generates and not way.partial}
    ours = found.ours or found.ways[-1]
    low, high = ours.interval
    sentence = (
        f"{found.title}: with generated features the same last layer gains {100 * ours.gain:+.1f} points "
        f"({100 * low:+.1f} to {100 * high:+.1f}). The best way without them, {found.best_reference.title}, gains "
        f"{100 * found.best_reference.gain:+.1f}."
    )
    return Told(sentence, f"{plots.describe_gains(gains)} {found.run}", plots.gains(gains))


def _groups(id: str) -> gr.Radio:
    choices = [("A corpus never heard", "corpora"), ("Gender", "gender"), ("Speaker", "speaker")]
    return gr.Radio(label="By", choices=choices, value="corpora", elem_id=id)


def _limits(by: str) -> Told:
    from sermi.plots import evidence as plots

    evidence = engine.evidence(engine.DEFAULT)
    listed = [*(evidence.unseen.recalls if evidence.unseen else ())]
    found = evidence.corpora if by == "corpora" else next((each for each in listed if each.by == by), None)
    if found is None:
        raise SermiError("This was not measured for the checkpoint; train it again with `python -m train fit`.")
    sentence = (
        "It learnt from actors, hears emotion from outside, and hears some people better than others. It is no judge of "
        "anybody: never use it for decisions about people."
    )
    run = evidence.corpora_command if by == "corpora" else evidence.fit_command
    return Told(sentence, f"{plots.describe_recalls(found.groups, by)} {run}", plots.recalls(found.groups))


STEPS = (
    Step("Emotional speech is scarce", _settings, _scarce),
    Step("A voice becomes a feature", _emotions, _voice),
    Step("Words and voice, aligned", _regularisers, _words),
    Step("A generator that keeps the emotion readable", _counts, _generator),
    Step("Information is the gauge", _spreads, _gauge),
    Step("A better last layer", _settings, _better),
    Step("What it can't do", _groups, _limits),
)


def build(tab: gr.Tab) -> None:
    """Lay the tab out inside the current gr.Blocks; each step is drawn when it is reached."""
    slides, controls, places = [], [], []
    with gr.Column(elem_classes="walkthrough"):
        with gr.Row(elem_classes="steps"):
            back = gr.Button("Back", elem_id="step-back", variant="secondary")
            progress = gr.HTML(_progress(1), elem_id="step-progress")
            number = gr.Number(1, label="Step", minimum=1, maximum=len(STEPS), precision=0, elem_id="step-number")
            forward = gr.Button("Next", elem_id="step-next", variant="primary")
        for i, step in enumerate(STEPS, 1):
            with gr.Column(visible=i == 1, elem_classes="card slide", elem_id=f"step-{i}") as slide:
                sentence = gr.HTML(_heading(i, step.title, ""))
                controls.append(step.control(f"step-{i}-control"))
                figure = gr.Plot(show_label=False, container=False, elem_id=f"step-{i}-figure")
                caption = gr.HTML()
            slides.append(slide)
            places.append([sentence, figure, caption])
    outputs = [progress, *slides, *(part for place in places for part in place)]
    gr.on([tab.select, number.change], _go, [number, *controls], outputs, **INTERNAL, **QUEUE)
    for button, way in ((back, -1), (forward, 1)):
        button.click(_moved(way), number, number, queue=False, **INTERNAL)
    for i, (control, place) in enumerate(zip(controls, places, strict=True), 1):
        # a slider that is dragged or typed into: of what comes meanwhile, only the last is told
        event = control.change if isinstance(control, gr.Slider) else control.input
        event(_retold(i), control, place, **INTERNAL, **QUEUE)


def _moved(way: int) -> Callable[[float | None], int]:
    def moved(number: float | None) -> int:
        return min(len(STEPS), max(1, int(number or 1) + way))

    return moved


def _retold(i: int) -> Callable[[Any], list[Any]]:
    def retold(value: Any) -> list[Any]:
        return _told(i, value)

    return retold


def _go(number: float | None, *values: Any) -> list[Any]:
    i = _moved(0)(number)
    filled: list[Any] = [_progress(i), *(gr.update(visible=j == i) for j in range(1, len(STEPS) + 1))]
    for j, value in enumerate(values, 1):
        filled += _told(j, value) if j == i else [gr.skip()] * 3
    return filled


def _told(i: int, value: Any) -> list[Any]:
    """Sentence, figure and caption of a step; a mistake is one sentence in their place."""
    step = STEPS[i - 1]
    try:
        told = step.tell(value)
    except SermiError as error:
        return [_heading(i, step.title, str(error)), None, ""]
    except Exception:
        log.exception("a step of the walkthrough failed")
        return [_heading(i, step.title, results.UNEXPECTED), None, ""]
    return [
        _heading(i, step.title, told.sentence),
        told.figure,
        results.caption(told.caption, f"step-{i}-figure"),
    ]


def _heading(i: int, title: str, sentence: str) -> str:
    return results.slide(f"{i}. {title}", sentence)


def _progress(i: int) -> str:
    return results.progress(i, [step.title for step in STEPS])
