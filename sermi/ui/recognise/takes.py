"""Many recordings as HTML: a table to sort, to correct and to choose from, and two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sermi.prediction import Prediction
from sermi.ui.recognise.bundle import COLUMNS, Row
from sermi.ui.recognise.whose import MAX_NAME

_SPEAKER = COLUMNS.index("Speaker")
ALIKE = 0.05
"""Difference of probabilities from which on it is worth a word."""


def table(rows: Sequence[Row], run: int = 0, compared: Sequence[int] = (), *, can_correct: bool = False) -> str:
    """To sort by a click on a heading; takes to compare are ticked, and speakers typed over.

    Args:
        rows: in the order in which they came.
        run: that they are of.
        compared: places of those that are ticked.
        can_correct: whether speakers can be typed.
    """
    if not rows:
        return ""
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button" data-column="{i}">{escape(name)}</button></th>'
        for i, name in enumerate(COLUMNS)
    )
    body = "".join(_row(place, row, place in compared, can_correct) for place, row in enumerate(rows))
    return (
        '<div class="listing" role="region" tabindex="0" aria-label="All recordings">'
        f'<table data-run="{run}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(place: int, row: Row, is_compared: bool, can_correct: bool) -> str:
    cells = [f"<td>{escape(cell)}</td>" for cell in row.cells()]
    if row.is_answered:
        ticked = " checked" if is_compared else ""
        box = f'<input type="checkbox" data-take="{place}" aria-label="Compare {escape(row.name)}"{ticked}>'
        cells[0] = f"<td>{box} {escape(row.name)}</td>"
        if can_correct:
            cells[_SPEAKER] = (
                f'<td><input type="text" data-speaker="{place}" value="{escape(row.speaker)}" maxlength="{MAX_NAME}" '
                f'aria-label="Speaker of {escape(row.name)}"></td>'
            )
    return f"<tr>{''.join(cells)}</tr>"


def comparison(first: Row, second: Row) -> str:
    """Two takes side by side, and what differs in a sentence."""
    from sermi.ui.html import headline

    one, other = first.prediction, second.prediction
    if one is None or other is None:
        return ""

    def both(cells: Sequence[str]) -> str:
        return "".join(f"<td>{cell}</td>" for cell in cells)

    heads = "".join(f'<th scope="col">{escape(row.name)}</th>' for row in (first, second))
    rows = [("Emotion", [f"<b>{escape(headline(take))}</b>" for take in (one, other)])]
    rows += [
        (emotion.capitalize(), [_bar(emotion, take.probabilities[emotion]) for take in (one, other)])
        for emotion in one.probabilities
    ]
    rows += [
        ("Words", [escape(take.transcript or "not known") for take in (one, other)]),
        ("Speech", [f"{take.speech_s:.1f} s of {take.duration_s:.1f} s" for take in (one, other)]),
    ]
    body = "".join(f'<tr><th scope="row">{escape(name)}</th>{both(cells)}</tr>' for name, cells in rows)
    return (
        '<h3>Two takes side by side</h3><p class="caption" role="status">'
        f"{escape(describe(first.name, one, second.name, other))}</p>"
        f'<table class="takes"><thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>'
    )


def _bar(emotion: str, probability: float) -> str:
    """On a scale from 0 to 1, the same for both."""
    from sermi.plots import COLOURS, percent

    return (
        f'<span class="share"><i style="--emotion: {COLOURS[emotion]}; --share: {probability:.4f}"></i></span> '
        f"{percent(probability)}"
    )


def describe(first: str, one: Prediction, second: str, other: Prediction) -> str:
    """What differs between two takes.

    Args:
        first: name of a take.
        one: its answer.
        second: name of another.
        other: its answer.
    """
    from sermi.plots import percent

    def answer(take: Prediction) -> str:
        return f"{take.emotion} ({percent(take.confidence)})"

    if one.emotion == other.emotion:
        what = f"Both are {one.emotion}, {first} with {percent(one.confidence)} and {second} with {percent(other.confidence)}"
    else:
        what = f"{first} is {answer(one)}, {second} {answer(other)}"
    change = {name: other.probabilities[name] - p for name, p in one.probabilities.items()}
    most = max(change, key=lambda name: abs(change[name]))
    if abs(change[most]) < ALIKE:
        return f"{what}; no emotion differs by {100 * ALIKE:.0f} points."
    more, less = (second, first) if change[most] > 0 else (first, second)
    return (
        f"{what}. What differs most: {most} is {100 * abs(change[most]):.0f} points likelier in {more} than in {less}."
    )
