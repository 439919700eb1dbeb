"""What the page says in words: pure functions from a prediction to HTML. Everything that a visitor sent is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sermi.prediction import Prediction

_GLYPH = (
    '<svg viewBox="0 0 120 40" width="120" height="40" aria-hidden="true"><g fill="currentColor">'
    + "".join(
        f'<rect x="{2 + 8 * i}" y="{20 - h / 2}" width="4" height="{h}" rx="2"/>'
        for i, h in enumerate((6, 10, 18, 12, 26, 36, 22, 30, 16, 24, 34, 20, 12, 8, 5))
    )
    + "</g></svg>"
)

UNEXPECTED = "Something went wrong on our side; please try again, or try another file."


def card(
    kind: str, title: str, sentence: str = "", *, before: str = "", more: str = "", colour: str | None = None
) -> str:
    """A heading and a sentence, for a verdict, a problem or a sign of life.

    Args:
        kind: its class in the style sheet, beside "verdict".
        title: the heading.
        sentence: below the heading; '' for none.
        before: HTML of ours above the heading.
        more: HTML of ours below the sentence.
        colour: of an emotion, where the card is about one.
    """
    style = f' style="--emotion: {colour}"' if colour else ""
    paragraph = f"<p>{escape(sentence)}</p>" if sentence else ""
    heading = f"{before}<h2>{escape(title)}</h2>"
    return f'<section class="verdict {kind}"{style}>{heading}{paragraph}{more}</section>'


def empty() -> str:
    """The verdict's place before anything was recorded."""
    return card(
        "empty",
        "No recording yet",
        "Say a sentence or two into the microphone, drop a file, or pick an example. "
        "The emotion appears here a moment later.",
        before=_GLYPH,
    )


def working(activity: str, sentence: str = "") -> str:
    """The place of an answer while it is under way."""
    return card("quiet", activity, sentence, more='<div class="bar" aria-hidden="true"><span></span></div>')


def working_through(done_s: float, all_s: float) -> str:
    """The same while a long recording is analysed: how many seconds are done, of how many."""
    from sermi.plots import spelt

    bar = f'<div class="bar done" aria-hidden="true"><span style="width: {100 * done_s / all_s:.0f}%"></span></div>'
    return card("quiet", "Listening…", f"{spelt(done_s)} of {spelt(all_s)}", more=bar)


def fetching(encoder: str, megabytes: tuple[float, float]) -> str:
    """How far a download is: megabytes that are here, and of how many; the latter 0 as long as nobody knows."""
    done, total = megabytes
    place = f' value="{done:.1f}" max="{total:.1f}"' if total else ""
    size = f", {done:.0f} of {total:.0f} MB" if total else ""
    return (
        f'<p class="hint fetching">Fetching {escape(encoder)}, once{size} '
        f'<progress aria-label="Download of {escape(encoder)}"{place}></progress></p>'
    )


def hint(sentence: str) -> str:
    """A line in small letters."""
    return f'<p class="hint" role="status">{escape(sentence)}</p>'


def problem(sentence: str) -> str:
    """The verdict's place after a mistake that the visitor can put right."""
    return card("problem", "That did not work", sentence)


def has_speech(prediction: Prediction) -> bool:
    """Whether there is enough of it for an answer."""
    from sermi.speech import MIN_SPEECH_S

    return prediction.speech_s >= MIN_SPEECH_S


def headline(prediction: Prediction) -> str:
    """The verdict as one line of text.

    "Happy, 78 %" or "Not sure: perhaps happy, 34 %".
    """
    from sermi.plots import percent

    share = percent(prediction.confidence)
    if prediction.sure:
        return f"{prediction.emotion.capitalize()}, {share}"
    return f"Not sure: perhaps {prediction.emotion}, {share}"


def verdict(prediction: Prediction, seconds: float | None = None, sure_from: float = 0.0) -> str:
    """The verdict: its headline, what it rests on, the words, and the warnings.

    Args:
        prediction: of the recording.
        seconds: how long it took.
        sure_from: confidence from which on an answer is sure, 0 where nobody knows.
    """
    from sermi.plots import COLOURS, describe_speech
    from sermi.speech import NO_SPEECH

    if not has_speech(prediction):
        others = [warning for warning in prediction.warnings if warning != NO_SPEECH]
        return card("problem", "No speech", NO_SPEECH, more=_warnings(others))
    basis = "from the voice and the words" if prediction.text_only is not None else "from the voice alone"
    duration = "" if seconds is None else f", heard in {seconds:.1f} s" if seconds >= 0.05 else ""
    words = f"<blockquote>{escape(prediction.transcript)}</blockquote>" if prediction.transcript else ""
    return card(
        "sure" if prediction.sure else "unsure",
        headline(prediction),
        f"{describe_speech(prediction)}, {basis}{duration}.",
        more=f"{words}{_warnings(prediction.warnings)}{_why_not_sure(prediction, sure_from)}",
        colour=COLOURS[prediction.emotion],
    )


def _why_not_sure(prediction: Prediction, sure_from: float) -> str:
    from sermi.plots import percent

    if prediction.sure or not 0 < prediction.confidence < sure_from:
        return ""
    return (
        f'<p class="why">An answer counts as sure from {percent(sure_from)} on; this one has {percent(prediction.confidence)}. '
        "Another sentence, more plainly said, or the words help.</p>"
    )


def table(prediction: Prediction) -> str:
    """All probabilities as a table that opens on demand: the figures' text alternative."""
    from sermi.plots import percent

    columns = [("Together", prediction.probabilities), ("Voice alone", prediction.audio_only)]
    if prediction.text_only is None:
        columns = columns[1:]
    else:
        columns.append(("Words alone", prediction.text_only))
    rows = [[name.capitalize(), *(percent(values[name]) for _, values in columns)] for name in prediction.probabilities]
    return numbers(["Emotion", *(label for label, _ in columns)], rows)


def numbers(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that opens on demand; the first cell of a row is its name."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for name, *cells in rows
    )
    return (
        '<details class="numbers"><summary>Show the numbers as a table</summary>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></details>"
    )


def section(title: str, text: str, figure: str, unseen: str = "") -> str:
    """Heading and caption of the figure whose element id is `figure`."""
    return f"<h3>{escape(title)}</h3>{caption(text, figure, unseen)}"


def caption(text: str, figure: str, unseen: str = "", *, scrolls: bool = False) -> str:
    """The caption alone: the figure's accessible name.

    Args:
        text: of the caption.
        figure: its element id.
        unseen: what the figure shows, for those who don't see it.
        scrolls: whether the keyboard has to reach it, since its place may be too small for it.
    """
    more = f' <span class="unseen">{escape(unseen)}</span>' if unseen else ""
    reached = ' tabindex="0"' if scrolls else ""
    return f'<p class="caption" id="{figure}-caption"{reached}>{escape(text)}{more}</p>'


def slide(title: str, sentence: str, *, busy: bool = False) -> str:
    """The heading and the sentence of a step of the walkthrough. busy: while its figure isn't there yet."""
    bar = '<div class="bar busy" aria-hidden="true"><span></span></div>' if busy else ""
    return f'<h2>{escape(title)}</h2><p class="sentence">{escape(sentence)}</p>{bar}'


def notes(text: str) -> str:
    """What is for who speaks, below a slide."""
    return f"<h3>Notes</h3><p>{escape(text)}</p>"


def progress(step: int, titles: Sequence[str]) -> str:
    """A link to every step, the one that is shown marked."""
    links = "".join(
        f'<li><a href="#walkthrough-{i}"{" aria-current=step" if i == step else ""}>{i}. {escape(title)}</a></li>'
        for i, title in enumerate(titles, 1)
    )
    return f'<nav aria-label="Steps"><ol class="stops">{links}</ol></nav>'


def measured_by(run: str) -> str:
    """The small print below a figure: what was run for it."""
    return f'<p class="run">{escape(run)}</p>'


def _warnings(warnings: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    return f'<ul class="warnings" aria-label="Warnings">{items}</ul>' if items else ""
