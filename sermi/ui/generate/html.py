"""What the tab "Generate" says in words: pure functions from numbers to HTML. Whatever may come from a visitor is escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from sermi.ui.html import card, hint, working

if TYPE_CHECKING:
    import pandas as pd

    from sermi.quality import Measure, SetVerdict
    from sermi.ui.explorer import SampleDetails, Verdict
    from sermi.ui.sample_request import SampleRequest

MY_TEXT = "[the transcript of the recording; it is not kept]"
"""Stands for a visitor's own words, of which only the feature is kept."""
REGULARISERS = {
    "match": "Match: as much about the emotion as real speech carries about a new speaker",
    "maximise": "Maximise: as much as possible, as the paper does",
    "off": "Off: a plain conditional GAN",
}
"""What each regulariser aims at."""


def regulariser_title(name: str) -> str:
    """What a regulariser aims at; its name where that isn't written down."""
    return REGULARISERS.get(name, name.capitalize())


def invitation(own_recording: bool) -> str:
    """The place of the answer before anything was generated. own_recording: whether the visitor's is on the map."""
    where = (
        "Your last recording is the star. Its features, no sound and no words, are kept in memory until you replace or remove "
        "the recording or leave."
        if own_recording
        else "Speak on the tab Recognise first to see yourself among them."
    )
    return card("quiet", "Real speech features", f"Choose what to make and press Generate. {where}")


def key(classes: Sequence[str], *, has_samples: bool, own_recording: bool) -> str:
    """What colours and shapes of the maps mean. classes: names of the emotions."""
    from sermi.plots import COLOURS

    shapes = ['<li><i class="real"></i>Real</li>']
    if has_samples:
        shapes.append('<li><i class="filled"></i>Generated</li>')
    if own_recording:
        shapes.append('<li><i class="star">★</i>You</li>')
    colours = (
        f'<li><i class="filled" style="--emotion: {COLOURS[name]}"></i>{escape(name.capitalize())}</li>'
        for name in classes
    )
    return f'<ul class="key" aria-label="Key of the map">{"".join(colours)}<li class="gap"></li>{"".join(shapes)}</ul>'


def status(request: SampleRequest) -> str:
    """What is on the page now."""
    number = request.n * len(request.emotions)
    emotions = request.emotions[0] if len(request.emotions) == 1 else f"{len(request.emotions)} emotions"
    if request.pairs:
        words = "as pairs with words of their own"
    elif request.text is None:
        words = "without words"
    else:
        words = "with your transcript" if request.text == MY_TEXT else f"with “{request.text}”"
    if request.voice:
        words += (
            f", by your voice as {len(request.voice)} sentence{'s' if len(request.voice) > 1 else ''} let it be known"
        )
    return card(
        "quiet",
        f"{number:,} samples, {emotions}",
        f"Made {words}, noise scale {request.noise_scale:g}, seed {request.seed}. Click a dot to look closer.",
    )


def outdated(button: str) -> str:
    """What is shown was asked for with other settings than those on the page now."""
    return hint(f"The settings have changed since: press {button} for what they say now.")


def scope(request: SampleRequest, n_classes: int) -> str:
    """What the information was measured on, and why it isn't the set on the page alone."""
    shown = request.n * len(request.emotions)
    if request.voice:
        return (
            f"Measured on 2,000 samples of all {n_classes} emotions by your voice alone. A single voice is easier to read "
            "than many, so this is not to be held against real speech's, which is of voices that the critic never met."
        )
    if len(request.emotions) < n_classes:
        why = "samples of one emotion alone can't say which emotion they are"
    else:
        why = "of fewer, the critic would be the limit"
    return (
        f"Measured on thousands of samples of all {n_classes} emotions, by as many voices as real speech had, "
        f"generated with the same settings, not on the {shown:,} shown: {why}."
    )


def verdicts(measured: Mapping[str, Verdict], waiting: Sequence[str] = ()) -> str:
    """One card for each generated set, by its regulariser, and for those still being measured."""
    several = len(measured) + len(waiting) > 1

    def titled(name: str, title: str) -> str:
        return f"{name.capitalize()}: {title[0].lower()}{title[1:]}" if several else title

    cards = [card(verdict.kind, titled(name, verdict.title), verdict.sentence) for name, verdict in measured.items()]
    cards += [
        working(titled(name, "Measuring…"), "A critic of its own learns to read the emotion from 4,000 such samples.")
        for name in waiting
    ]
    return f'<div class="verdicts">{"".join(cards)}</div>'


def sample(details: Mapping[str, SampleDetails], colours: Mapping[str, str]) -> str:
    """One sample under each regulariser shown: its class scores, its information and its nearest real features.

    details: by regulariser. colours: by emotion.
    """
    return f'<div class="samples">{"".join(_sample(name, one, colours) for name, one in details.items())}</div>'


def _sample(regulariser: str, one: SampleDetails, colours: Mapping[str, str]) -> str:
    from sermi.plots import percent

    bars = "".join(
        f'<tr><th scope="row">{escape(emotion.capitalize())}</th><td><span class="share" style="--share: {value:.3f}; '
        f'--emotion: {colours[emotion]}"></span></td><td>{escape(percent(value))}</td></tr>'
        for emotion, value in one.probabilities.items()
    )
    facts = [
        ("About the emotion, I(c; ĥ)", _information(one.score)),
        ("Nearest real", f"No. {one.nearest.row:,}, {one.nearest.emotion}, {one.nearest.distance or 0:.1f} away"),
        ("Real to the nearest of another speaker", f"{one.yardstick:.1f}"),
    ]
    if one.words is not None:
        facts.insert(1, ("About the words, I(t; ĥ)", _information(one.words)))
    if one.nearest_text is not None:
        facts.append(("Real words nearest to its words", f"No. {one.nearest_text.row:,}, {one.nearest_text.emotion}"))
    listed = "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(value)}</dd></div>" for term, value in facts)
    return (
        f"<section><h4>No. {one.number:,}, {escape(one.emotion)}, {escape(regulariser)}</h4>"
        f'<table class="shares"><caption>What the recogniser reads from it</caption><tbody>{bars}</tbody></table>'
        f"<dl>{listed}</dl></section>"
    )


def _information(nats: float) -> str:
    return f"{round(nats, 2) + 0.0:.2f} nats, {round(nats / math.log(2), 2) + 0.0:.2f} bits"


def no_sample() -> str:
    """The place of a sample before one was chosen."""
    return '<p class="caption">Click a dot on the map or a row of the table, or type a number.</p>'


def table(rows: pd.DataFrame) -> str:
    """A table to sort by a click on a heading; a row's number is a button that shows the sample."""
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button" data-column="{i}">{escape(str(name))}</button></th>'
        for i, name in enumerate(rows)
    )
    body = "".join(
        f'<tr><td><button type="button" data-number="{number}">{number}</button></td>{"".join(map(_cell, row))}</tr>'
        for number, *row in rows.itertuples(index=False)
    )
    return (
        '<div class="listing" role="region" tabindex="0" aria-label="All samples"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    return f"<td>{f'{value:.4f}' if isinstance(value, float) else escape(str(value))}</td>"


def quality(
    stored: Mapping[str, Any] | None, verdict: SetVerdict, measures: Mapping[str, Measure], *, n_speakers: int
) -> str:
    """The generator's verdict, and each measure of this set beside that of real features.

    Args:
        stored: what metrics.json has of the generator, with its verdict; None where there is none.
        verdict: on this set, by the checkpoint's reference.
        measures: by name.
        n_speakers: in the reference.
    """
    parts = [
        card(
            "quiet",
            f"This set: {verdict.word}, headline {verdict.headline:.2f}",
            f"{_sentence(verdict.word, verdict.reason)} Beside the {n_speakers} speakers whom the checkpoint carries; "
            "halves of so few differ much, so real speech itself scores low.",
        ),
        _measured_table(
            {name: vars(verdict.figures[name]) for name in measures if name in verdict.figures},
            measures,
            f"This set, beside {n_speakers} speakers",
        ),
    ]
    if stored is not None:
        of_all = stored["verdict"]
        parts += [
            card(
                "quiet",
                f"As trained: {of_all['word']}, headline {of_all['headline']:.2f}",
                f"{_sentence(of_all['word'], of_all['reason'])} Samples at noise scale 1, without words, beside all real "
                "speech when the checkpoint was trained, as the tab About has it, where real speech scores higher.",
            ),
            _measured_table(stored["quality"], measures, "As trained, beside all real speech"),
        ]
    return "".join(parts)


def _sentence(word: str, reason: str) -> str:
    from sermi.quality import WORDS

    return f"It {WORDS[word]}: {reason}."


def _measured_table(figures: Mapping[str, Mapping[str, float]], measures: Mapping[str, Measure], caption: str) -> str:
    rows = "".join(_measured(measures[name], figure) for name, figure in figures.items() if name in measures)
    return (
        f'<table class="quality"><caption>{escape(caption)}</caption><thead><tr><th scope="col">Measure</th>'
        '<th scope="col">Generated</th><th scope="col">Real against real</th><th scope="col">Better</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _measured(measure: Measure, figure: Mapping[str, float]) -> str:
    means = f"<p>{escape(measure.description)} <cite>{escape(measure.source)}</cite></p>"
    return (
        f'<tr><th scope="row">{escape(measure.title)}{means}</th><td>{_number(figure["value"])}</td>'
        f"<td>{_number(figure['real'])}</td><td>{escape(measure.better)}</td></tr>"
    )


def _number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
