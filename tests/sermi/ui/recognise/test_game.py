"""The game asks for four emotions and counts what was recognised."""

from __future__ import annotations

from sermi.ui.recognise.game import ROUNDS, Game, label, prompt_html
from tests.sermi.ui.recognise.stand_in import ME, run


def test_a_round_counts_one_recording():
    game = Game()
    game.judge("angry")  # nothing was asked for
    assert game.answers == ()
    game.go_on()
    assert "1 of 4: say it angrily" in prompt_html(game)
    game.judge("angry")
    game.judge("sad")  # the same one again, with words
    assert [answer.is_right for answer in game.answers] == [True]
    assert label(game) == "Next: say it happily"
    assert "1 of 1 recognised as it was meant" in prompt_html(game)


def test_after_the_last_round_it_begins_anew():
    game = Game()
    for _ in ROUNDS:
        game.go_on()
        game.judge("neutral")
    assert "1 of 4 recognised" in prompt_html(game)
    assert "taken for neutral" in prompt_html(game)
    assert label(game) == "Play again"
    game.go_on()
    assert game.answers == ()
    game.end()
    assert "Try it" in prompt_html(game)


def test_a_recording_of_the_visitor_is_judged_and_an_example_is_not(events, tmp_path):
    game = events.games.of(ME.session_hash)
    game.go_on()
    run(events, "/examples/beckett.wav")
    assert game.answers == ()
    path = tmp_path / "place" / "mine.wav"
    path.parent.mkdir()
    path.write_bytes(b"")
    events.uploads.add([path], "me")
    shown = run(events, str(path))[-1]
    assert [answer.recognised for answer in game.answers] == ["happy"]
    assert "0 of 1 recognised" in shown[events.inputs.game.prompt]


def recorded(events, folder, name):
    path = folder / name / "mine.wav"
    path.parent.mkdir()
    path.write_bytes(b"")
    events.uploads.add([path], "me")
    return str(path)


def test_what_was_asked_for_is_known_of_the_sentence_and_shown_in_the_voice(events, tmp_path):
    game = events.games.of(ME.session_hash)
    run(events, recorded(events, tmp_path, "before"))
    game.go_on()
    first = recorded(events, tmp_path, "first")
    shown = run(events, first)[-1]
    assert [asked for _, asked in events.engine.context] == [None, "angry"]
    assert "Said angrily" in shown[events.card.known]
    assert "Now it is known how you sound when angry" in shown[events.card.known]
    run(events, first, "with words")  # the same recording again
    after = recorded(events, tmp_path, "after")
    shown = run(events, after)[-1]  # nothing is asked for
    assert [asked for _, asked in events.engine.context[2:]] == ["angry", None]
    assert "heard three times, once as told" in shown[events.card.known]
    assert [one.asked for one in events.voices.of("me").sentences] == [None, "angry", None]


def test_the_score_before_stands_beside_that_of_a_second_game():
    game = Game()
    for emotion in ["neutral"] * len(ROUNDS) + [one.emotion for one in ROUNDS]:
        game.go_on()
        game.judge(emotion)
    assert "4 of 4 recognised as it was meant; 1 the time before" in prompt_html(game)
