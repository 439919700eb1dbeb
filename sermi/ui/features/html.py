"""The tab "Your features" in words: pure functions to HTML. Names of columns are a stranger's and are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from sermi.ui import html
from sermi.ui.limits import EXPECTED_S, OF_TABLES, STOPPED_S

if TYPE_CHECKING:
    from sermi.own_features.report import Part
    from sermi.own_features.table import FeatureTable
    from sermi.own_features.verdict import Words

_NAMED = 8
"""Classes, or columns, that are named one by one."""
INTRODUCTION = f"""
<h3>A table of features of your own</h3>
<p class="caption">A row for each recording, its emotion or other label, and features in columns of numbers: of openSMILE,
wav2vec, WavLM, emotion2vec, whatever you use. Further rows of each class are generated, and you see whether they help.</p>
<p class="caption" id="own-limits">CSV, TSV, Parquet, Feather, NPZ or ARFF, {OF_TABLES}. What is expected to take over
{EXPECTED_S // 60} minutes isn't begun, and any work is ended after {STOPPED_S // 60}. The command
<code>sermi augment</code> takes more.</p>
"""
PRIVACY = """
<p class="hint" id="own-privacy">Nothing is kept: the table and all that is made of it are deleted when you remove or replace it
or leave the page, after an hour at most.</p>
"""
TOO_LONG = (
    f"It took longer than {STOPPED_S // 60} minutes and was ended; choose among rows and features, or lower "
    "“Training steps”."
)


def empty() -> str:
    """The report's place before there is a table."""
    return html.card(
        "empty",
        "No report yet",
        "Drop a table, or try it with the example: what was generated and what it buys appears here.",
    )


def ready() -> str:
    """The same once there is a table."""
    return html.card("empty", "No report yet", "Check what was understood, then press Augment.")


def working(done: int, of: int, what: str) -> str:
    """How far it is. of: pieces in all, 0 where nobody knows."""
    if not of:
        return html.working(what)
    bar = f'<div class="bar done" aria-hidden="true"><span style="width: {100 * done / of:.0f}%"></span></div>'
    return html.card("quiet", f"{what}…", more=bar)


def understood(table: FeatureTable) -> str:
    """What the columns were taken for."""
    columns = table.columns
    classes = table.y.value_counts()
    listed = _listed([f"{escape(str(name))} {n:,}" for name, n in classes.items()])
    parts = [
        f"<strong>{len(table):,} rows, {len(columns.features):,} features</strong>",
        f"label column {_code(columns.label)} ({len(classes)} classes: {listed})",
    ]
    if columns.group is None:
        parts.append("no speakers, so that rows count as independent")
    else:
        parts.append(f"speakers in {_code(columns.group)} ({table.frame[columns.group].nunique():,})")
    if columns.text:
        parts.append(f"{len(columns.text):,} text features")
    if columns.left_out:
        parts.append(f"left out: {_left_out(table)}")
    return f'<p class="understood" role="status">{", ".join(parts)}.</p>'


def _left_out(table: FeatureTable) -> str:
    from sermi.own_features.columns import why_left_out

    return _listed([f"{_code(name)} ({why_left_out(table.frame[name])})" for name in table.columns.left_out])


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _code(name: str) -> str:
    return f"<code>{escape(name)}</code>"


def verdict(words: Words) -> str:
    """The report's headline and the sentences that it rests on."""
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in words.sentences)
    return html.card("bought", words.headline, more=sentences)


def above(part: Part, figure: str) -> str:
    """A part of the report above its figure, whose element id is `figure`."""
    caption = html.caption("", figure, part.description) if part.figure is not None else ""
    return f"<h3>{escape(part.title)}</h3>{part.text}{caption}"


def outdated() -> str:
    """A sign that the choices say something else than what the report was made with."""
    return html.hint("The choices have changed; press Augment for what they say now.")
