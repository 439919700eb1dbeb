"""Hard words are explained once in a text, and never within a tag."""

from __future__ import annotations

from sermi.ui.glossary import TERMS, explained, listed


def test_a_word_is_explained_where_it_first_stands():
    shown = explained('<p id="critic">Critics read nats; a critic, and over-conditioned sets</p>')
    assert shown.startswith('<p id="critic"><abbr title="')
    assert shown.count("<abbr") == 3
    assert ">Critics</abbr>" in shown


def test_no_part_of_another_word_is_explained():
    assert explained("habits of a natural seedling") == "habits of a natural seedling"


def test_the_list_has_them_all():
    assert listed().count("<dt>") == len(TERMS)
