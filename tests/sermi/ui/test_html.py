"""What the page says in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sermi.prediction import Prediction, Segment
from sermi.ui import html

HALF = {"happy": 0.78, "sad": 0.22}
PREDICTION = Prediction("happy", 0.78, True, HALF, HALF, None, None, 3.2, 3.0, [(0.1, 3.1)], [Segment(0, 2, HALF)], [])


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


def test_headline():
    assert plain(html.headline(PREDICTION)) == "Happy, 78 %"
    unsure = replace(PREDICTION, sure=False, confidence=0.34)
    assert plain(html.headline(unsure)) == "Not sure: perhaps happy, 34 %"


def test_verdict_says_what_it_rests_on():
    assert "from the voice alone" in html.verdict(PREDICTION)
    with_words = replace(PREDICTION, text_only=HALF, transcript="lovely day")
    assert "from the voice and the words" in html.verdict(with_words)
    assert "<blockquote>lovely day</blockquote>" in html.verdict(with_words)


def test_every_warning_is_shown():
    unsure = replace(PREDICTION, sure=False, confidence=0.4)
    assert "An answer counts as sure from 52 % on; this one has 40 %." in plain(html.verdict(unsure, sure_from=0.524))
    assert "counts as sure" not in html.verdict(PREDICTION, sure_from=0.9)
    shown = html.verdict(replace(PREDICTION, warnings=["Too quiet.", "Too short."]))
    assert "<li>Too quiet.</li><li>Too short.</li>" in shown


@pytest.mark.parametrize(
    "shown",
    [
        html.verdict(replace(PREDICTION, transcript="<img src=x onerror=alert(1)>", warnings=["<script>"])),
        html.problem("'<img src=x onerror=alert(1)>.wav' is empty"),
        html.section("<script>", "<img src=x>", "timeline"),
    ],
)
def test_what_visitors_send_is_escaped(shown):
    assert "<img" not in shown
    assert "<script" not in shown


def test_table_has_a_row_a_class_and_a_column_a_source():
    alone = plain(html.table(PREDICTION))
    assert '<th scope="row">Happy</th><td>78 %</td></tr>' in alone
    assert "Words alone" not in alone
    both = plain(html.table(replace(PREDICTION, text_only={"happy": 0.5, "sad": 0.5}, transcript="x")))
    assert '<th scope="row">Sad</th><td>22 %</td><td>22 %</td><td>50 %</td></tr>' in both
