"""What a visitor's tab "Generate" shows, and what is outdated there."""

from __future__ import annotations

from dataclasses import replace

from sermi.ui.generate.session import MapState
from sermi.ui.generate.studio import Studio, View
from sermi.ui.sample_request import SampleRequest
from sermi.ui.voices import Sentence, VisitorVoice


def test_another_set_has_another_number_and_no_other_view():
    studio = Studio(MapState("open4"))
    studio.set_view(View("tsne"), 1)
    run = studio.run
    studio.show(MapState("open4"), {"n": 5})
    assert studio.run != run
    assert studio.view.is_like(View("tsne"))


def test_of_requests_that_overtake_each_other_the_last_one_sent_counts():
    studio = Studio(MapState("open4"))
    studio.set_view(View("pca"), 2)
    studio.set_view(View("tsne"), 1)
    studio.set_wanted({"n": 5}, 2)
    studio.set_wanted({"n": 6}, 1)
    assert studio.view.projection == "pca"
    assert studio.wanted == {"n": 5}


def test_a_set_is_outdated_as_long_as_the_controls_say_something_else(visitor):
    studio = Studio(MapState("open4"))
    studio.set_wanted({"n": 6}, 1)
    assert not studio.is_outdated
    studio.show(MapState("open4"), {"n": 5})
    studio.curve_settings = {"seed": 0}
    assert studio.is_outdated
    assert not studio.is_curve_outdated
    studio.set_wanted({"n": 5, "seed": 1}, 2)
    assert not studio.is_outdated
    assert studio.is_curve_outdated


def test_what_was_made_of_a_voice_goes_with_its_sentences(visitor):
    voice = VisitorVoice().with_sentence(Sentence("/a", visitor, "sad"))
    studio = Studio(MapState("open4", SampleRequest("open4", ("sad",), 5, voice=voice.sentences)), run=3)
    studio.keep_of_voice(voice.with_sentence(Sentence("/b", replace(visitor, a=2 * visitor.a), "sad")))
    assert studio.run == 3
    studio.keep_of_voice(voice.without(1, "/a"))
    assert (studio.run, studio.state.request) == (4, None)
    studio.keep_of_voice(VisitorVoice())
    assert studio.run == 4


def test_two_handlers_show_one_after_the_other():
    studio = Studio(MapState("open4"))

    def handler():
        with studio.turn():
            yield

    first = handler()
    next(first)
    assert studio.turn.is_taken
    first.close()  # as for a page that is gone
    assert not studio.turn.is_taken
