"""What is kept of each visit, and which of its answers is the last."""

from __future__ import annotations

from sermi.ui import sessions
from sermi.ui.sessions import Runs, Sessions


def test_each_visit_has_its_own_until_it_leaves():
    kept = Sessions(list)
    kept.of("a").append(1)
    assert kept.of("a") == [1]
    assert kept.of("b") == []
    kept.drop("a")
    kept.drop("nobody")
    assert kept.of("a") == []


def test_a_page_that_was_lost_is_forgotten(monkeypatch):
    kept = Sessions(list)
    kept.of("a").append(1)
    monkeypatch.setattr(sessions, "MAX_AGE_S", -1)
    assert kept.of("a") == []


def test_the_last_run_is_the_one_that_was_begun_last():
    runs = Runs()
    first, second = runs.begin(), runs.begin()
    assert not runs.is_last(first)
    assert runs.is_last(second)
