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
