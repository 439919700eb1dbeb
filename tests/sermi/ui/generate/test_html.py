"""What the tab "Generate" says in words."""

from __future__ import annotations

from sermi.ui.explorer import Verdict
from sermi.ui.generate import html
from sermi.ui.sample_request import SampleRequest


def test_a_visitors_words_are_escaped():
    request = SampleRequest("open4", ("sad",), 5, text="<b>no</b>")
    assert "<b>no</b>" not in html.status(request)
    assert "&lt;b&gt;no" in html.status(request)


def test_verdicts_name_their_set_only_beside_others():
    one = Verdict("alike", "As informative", "They carry.")
    assert "<h2>As informative</h2>" in html.verdicts({"match": one})
    both = html.verdicts({"match": one}, ["off"])
    assert "<h2>Match: as informative</h2>" in both
    assert "<h2>Off: measuring…</h2>" in both
