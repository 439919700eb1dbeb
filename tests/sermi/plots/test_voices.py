"""The figure of voices never met shows the numbers that it was given."""

from __future__ import annotations

import numpy as np
import pytest

from sermi.known_sentences import KnownSentences
from sermi.plots import voices as plots


def line(gain: float = 0.0, last: int = 7) -> list[KnownSentences]:
    """0, 1, 8 and 20 sentences, and 3 neutral ones. last: corpora that have 20."""
    unlabelled = {0: 0.6, 1: 0.62, 8: 0.7, 20: 0.75}
    points = [
        KnownSentences(n, False, ua + gain, (ua + gain - 0.02, ua + gain + 0.03), last if n == 20 else 7)
        for n, ua in unlabelled.items()
    ]
    return [*points, KnownSentences(3, True, 0.68 + gain, (0.65 + gain, 0.7 + gain), 7)]


def test_a_line_has_its_intervals_and_neutral_sentences_stand_apart():
    full, fewer, dots, neutral = plots.recall_by_known({"one": line()}).data
    assert list(dots.y) == list(full.y) == [0.6, 0.62, 0.7, 0.75]
    assert np.allclose(dots.error_y.array, 0.03)
    assert np.allclose(dots.error_y.arrayminus, 0.02)
    assert list(neutral.y) == [0.68]
    assert len(fewer.x) == 1
    assert [trace.name for trace in (dots, neutral)] == ["one", "one, neutral ones"]


def test_where_fewer_corpora_are_left_the_line_is_dotted():
    figure = plots.recall_by_known({"one": line(last=5), "two": line(0.05)})
    full, fewer = figure.data[:2]
    assert list(full.y) == [0.6, 0.62, 0.7]
    assert (list(fewer.y), fewer.line.dash) == ([0.7, 0.75], "dot")
    assert list(figure.layout.xaxis.ticktext) == ["0", "1", "3", "8", "20"]
    assert figure.data[0].line.color != figure.data[4].line.color


@pytest.mark.parametrize("last", [7, 5])
def test_the_caption_compares_what_all_corpora_have(last):
    sentence = plots.describe_recall_by_known({"One": line(last=last)}).replace("\xa0", " ")
    others = "75.0 % with 20 other sentences" if last == 7 else "70.0 % with 8 other sentences"
    assert sentence.startswith(
        f"One: 60.0 % (UA) with nothing known of the voice, {others}, 68.0 % with 3 known to be neutral."
    )
    assert ("Only 5 of 7 corpora have speakers with sentences enough for 20." in sentence) == (last == 5)


def test_a_line_of_nothing_known_alone_can_be_drawn():
    points = line()[:1]
    assert list(plots.recall_by_known({"one": points}).data[2].y) == [0.6]
    assert "with nothing known" in plots.describe_recall_by_known({"one": points})


def test_the_table_has_a_column_for_each_encoder():
    head, rows = plots.table_of_known({"one": line(), "two": line(0.05)[:2]})
    assert head == ["Sentences known", "one: UA, % (95 %)", "two: UA, % (95 %)"]
    assert rows[0] == ["none", "60.0 (58.0 to 63.0)", "65.0 (63.0 to 68.0)"]
    assert rows[-1] == ["3 neutral", "68.0 (65.0 to 70.0)", ""]
