"""The handlers behind the tab, without a server."""

from __future__ import annotations

import time
from pathlib import Path

import gradio as gr

from sermi.errors import AudioError
from sermi.speech import NO_SPEECH
from sermi.transcribe import ONLY_FIRST
from sermi.ui.examples import examples
from sermi.ui.recognise.events import NO_TRANSCRIPTION, Transcription
from tests.sermi.ui.recognise.stand_in import ME, run


class SlowReports:
    """A report every 10 ms, for 5 s."""

    def __init__(self):
        self.given = []

    def __iter__(self):
        for i in range(1, 500):
            self.given.append(i)
            yield 60 * i
            time.sleep(0.01)


def test_a_recording_that_is_removed_while_it_is_computed_does_not_come_back(events):
    answer = events.on_recognise("a.wav", "", "open4", NO_TRANSCRIPTION, ME)
    next(answer)
    assert events.on_clear("open4", ME)[events.visitor] is None
    assert list(answer) == [{events.results.verdict: gr.skip()}]


def test_nor_does_one_that_is_removed_while_it_waits_for_its_turn(events):
    path = events.uploads.new_place() / "a.wav"
    path.touch()
    events.uploads.add([path], "me")
    events.on_clear("open4", ME)
    assert not path.exists()
    for handler in (events.on_recognise, events.on_recorded, events.on_again):
        assert run(events, str(path), handler=handler) == [{events.results.verdict: gr.skip()}]
    assert events.engine.calls == []


def test_nor_one_that_is_removed_while_the_answer_is_on_its_way(events):
    answer = events.on_recognise("a.wav", "", "open4", NO_TRANSCRIPTION, ME)
    next(answer)
    assert next(answer)[events.visitor] is not None
    events.on_clear("open4", ME)
    (last,) = answer
    assert last[events.visitor] is None
    assert last[events.results.figures]["visible"] is False


def test_nor_do_its_words(events):
    path = events.uploads.new_place() / "a.wav"
    path.touch()
    events.uploads.add([path], "me")
    answer = events.on_transcribe(str(path), ME)
    next(answer)
    events.on_clear("open4", ME)
    assert next(answer).keys() == {events.inputs.transcribe}


def test_nor_does_one_that_is_replaced_meanwhile(events):
    first = events.on_recognise("a.wav", "", "open4", NO_TRANSCRIPTION, ME)
    next(first)
    second = list(events.on_recognise("b.wav", "", "open4", NO_TRANSCRIPTION, ME))
    assert list(first) == [{events.results.verdict: gr.skip()}]
    assert events.visitor in second[-1]


def test_what_was_asked_of_a_replaced_recording_does_not_take_the_new_ones_place(events):
    example, other = examples()[:2]
    run(events, str(example.path))
    events.on_example(other)(ME)
    assert run(events, str(example.path), handler=events.on_again) == [{events.results.verdict: gr.skip()}]
    assert len(run(events, str(other.path), handler=events.on_again)) == 2
    assert [Path(path) for path, *_ in events.engine.calls] == [example.path, other.path]


def test_sign_of_life_then_answer(events):
    working, answer = run(events, "a.wav", "what a day")
    results = events.results
    assert "Listening" in working[results.verdict]
    assert events.engine.calls == [("a.wav", "what a day", "open4")]
    assert "Happy, 80" in answer[results.verdict]
    assert answer[results.figures]["visible"]
    figures = [answer[plot] for plot in (results.probabilities, results.sources, results.timeline)]
    assert [type(figure).__name__ for figure in figures] == ["Figure"] * 3


def test_a_mistake_is_explained_twice_and_hides_old_figures(events, toasts):
    events.engine.error = AudioError("'x.wav' is silent; check the microphone and record again.")
    _, answer = run(events, "x.wav", "kept")
    assert toasts == [str(events.engine.error)]
    assert "is silent; check the microphone" in answer[events.results.verdict]
    assert answer[events.results.figures]["visible"] is False
    shown = {*events.results.components(), *events.card.components(), events.visitor}
    assert answer.keys() == shown - {events.results.someone_else}


def test_a_bug_is_one_polite_sentence_here_and_a_traceback_in_the_log(events, caplog):
    events.engine.error = RuntimeError("secret /path/inside")
    _, answer = run(events, "x.wav")
    assert "secret" not in answer[events.results.verdict]
    assert "try again" in answer[events.results.verdict]
    assert "secret /path/inside" in caplog.text


def test_a_transcription_of_the_last_recording_is_dropped(events):
    working, _ = run(events, "new.wav", "old words", Transcription("old.wav", "old words"))
    assert events.engine.calls == [("new.wav", "", "open4")]
    assert working[events.inputs.transcript] == ""
    assert working[events.transcription] == NO_TRANSCRIPTION


def test_typed_words_are_kept(events):
    working, _ = run(events, "new.wav", "my own words", Transcription("old.wav", "old words"))
    assert events.engine.calls == [("new.wav", "my own words", "open4")]
    assert events.inputs.transcript not in working


def test_a_transcription_of_this_recording_is_used(events):
    run(events, "a.wav", "words", Transcription("a.wav", "words"))
    assert events.engine.calls == [("a.wav", "words", "open4")]


def test_switching_the_model_without_a_recording_does_nothing(events):
    assert [update.keys() for update in run(events, None, handler=events.on_model)] == [{*events.card.components()}]
    assert len(run(events, "a.wav", handler=events.on_model)) == 2
    assert events.engine.calls == [("a.wav", "", "open4")]


def test_transcribing(events):
    busy, done = events.on_transcribe("a.wav", ME)
    assert busy[events.inputs.transcribe]["interactive"] is False
    assert done[events.inputs.transcript] == "good morning"
    assert done[events.transcription] == Transcription("a.wav", "good morning")
    assert done[events.inputs.transcribe]["interactive"] is True


def test_failing_to_transcribe_keeps_what_was_typed(events, toasts):
    events.engine.error = AudioError("no such luck")
    _, done = events.on_transcribe("a.wav", ME)
    assert events.inputs.transcript not in done
    assert "no such luck" in done[events.results.verdict]
    assert done[events.inputs.transcribe]["interactive"] is True
    assert toasts == ["no such luck"]


def test_a_recording_without_words(events, toasts):
    events.engine.words = ("", "")
    _, done = events.on_transcribe("a.wav", ME)
    assert done.keys() == {events.inputs.transcribe}
    assert toasts == ["No words were heard; the voice decides alone."]


def test_of_a_long_recording_the_first_minute_is_transcribed(events, toasts):
    events.engine.words = ("good morning", ONLY_FIRST)
    assert list(events.on_transcribe("a.wav", ME))[-1][events.inputs.transcript] == "good morning"
    assert toasts == [ONLY_FIRST]


def test_a_long_recording_says_how_far_it_is(events):
    events.engine.reports = (60, 540)
    _, first, second, answer = run(events, "a.wav")
    assert "1 min of 10 min" in first[events.results.verdict]
    assert "9 min of 10 min" in second[events.results.verdict]
    assert "Happy, 80" in answer[events.results.verdict]


def test_one_that_is_removed_meanwhile_is_not_analysed_to_its_end(events):
    events.engine.reports = SlowReports()
    answer = events.on_recognise("a.wav", "", "open4", NO_TRANSCRIPTION, ME)
    next(answer)
    assert "1 min of 10 min" in next(answer)[events.results.verdict]
    events.on_clear("open4", ME)
    assert list(answer) == [{events.results.verdict: gr.skip()}]
    done = len(events.engine.reports.given)
    time.sleep(0.1)
    assert len(events.engine.reports.given) <= done + 1 < 500


def test_without_speech_a_sentence_and_no_figures(events):
    events.engine.speech = (0.3, [(0.0, 0.3)])
    _, answer = run(events, "a.wav")
    assert NO_SPEECH in answer[events.results.verdict]
    assert "Happy" not in answer[events.results.verdict]
    assert answer[events.results.figures]["visible"] is False
    assert answer[events.visitor] is None


def test_examples_are_installed_and_short_enough():
    from sermi import audio

    assert len(examples()) == 4
    for example in examples():
        assert audio.read(example.path).duration_s <= audio.BLOCK_S
        assert example.caption


def test_what_is_kept_of_a_recording_goes_to_the_other_tabs_and_away_with_it(events):
    working, answer = run(events, "a.wav")
    assert events.visitor not in working
    assert answer[events.visitor] is events.engine.utterance
    events.engine.error = AudioError("no such luck")
    assert run(events, "a.wav")[1][events.visitor] is None
    assert events.on_clear("open4", ME)[events.visitor] is None
