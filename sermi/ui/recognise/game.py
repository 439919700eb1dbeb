"""A game on the tab Recognise: one sentence said in four emotions, and how many of them were recognised."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from sermi.ui.explain import Updates

SENTENCE = "The door has been open since this morning."
"""Its words say nothing of an emotion: the voice must."""

LEARNS = (
    "What you say as told also shows how you sound, and later answers draw on that. Under “Your voice” × takes it out."
)


class Round(NamedTuple):
    """What to say it like."""

    emotion: str
    manner: str


ROUNDS = (
    Round("angry", "angrily"),
    Round("happy", "happily"),
    Round("sad", "sadly"),
    Round("neutral", "calmly, as if nothing was the matter"),
)


class Answer(NamedTuple):
    """What became of a round."""

    asked: str
    recognised: str

    @property
    def is_right(self) -> bool:
        return self.asked == self.recognised


class Game:
    """Of one visitor. Safe to share between threads."""

    def __init__(self) -> None:
        self.answers: tuple[Answer, ...] = ()
        self.is_waiting = False
        """Whether the next recording is the round's."""
        self.before: int | None = None
        """How many were right in the game before this one."""
        self._lock = threading.Lock()

    @property
    def round(self) -> Round | None:
        """The one that is asked for, or comes next; None after the last."""
        return ROUNDS[len(self.answers)] if len(self.answers) < len(ROUNDS) else None

    @property
    def asked(self) -> str | None:
        """The emotion that the next recording is to be said with; None where no round waits for one."""
        return self.round.emotion if self.is_waiting and self.round else None

    @property
    def n_right(self) -> int:
        """So far."""
        return sum(answer.is_right for answer in self.answers)

    def go_on(self) -> None:
        """To the next round, or to the first one where there is none."""
        with self._lock:
            if self.round is None:
                self.before, self.answers = self.n_right, ()
            self.is_waiting = True

    def end(self) -> None:
        """Back to no game."""
        with self._lock:
            self.answers, self.is_waiting, self.before = (), False, None

    def judge(self, recognised: str) -> None:
        """A recording was recognised as this emotion; it counts where a round waits for one."""
        with self._lock:
            if self.is_waiting and self.round is not None:
                self.answers, self.is_waiting = (*self.answers, Answer(self.round.emotion, recognised)), False


@dataclass(frozen=True)
class GameCard:
    """Its components, above the recorder."""

    prompt: gr.HTML
    go_on: gr.Button
    end: gr.Button

    @classmethod
    def build(cls) -> GameCard:
        """Lay it out, before a game."""
        with gr.Column(elem_classes="game"):
            prompt = gr.HTML(prompt_html(Game()), elem_id="game")
            with gr.Row(elem_classes="voice-actions"):
                go_on = gr.Button(label(Game()), size="sm", elem_id="game-play")
                end = gr.Button("End the game", size="sm", visible=False, elem_id="game-end")
        return cls(prompt=prompt, go_on=go_on, end=end)

    def components(self) -> list[Any]:
        """All of them."""
        return list(vars(self).values())

    def show(self, game: Game) -> Updates:
        """How far it is."""
        is_on = game.is_waiting or bool(game.answers)
        return {
            self.prompt: prompt_html(game),
            self.go_on: gr.update(value=label(game), visible=not game.is_waiting),
            self.end: gr.update(visible=is_on),
        }


def label(game: Game) -> str:
    """What the button does next.

    >>> label(Game())
    'Play: this sentence in four emotions'
    """
    if not game.answers:
        return "Play: this sentence in four emotions"
    return f"Next: say it {game.round.manner.split(',')[0]}" if game.round else "Play again"


def prompt_html(game: Game) -> str:
    """What to say and how, what became of it, and the score."""
    asked = game.round
    if not game.answers and not game.is_waiting:
        head = "Try it: say this angrily"
    elif game.is_waiting and asked:
        head = f"{len(game.answers) + 1} of {len(ROUNDS)}: say it {asked.manner}"
    else:
        head = score(game)
    why = f'<p class="caption">{LEARNS}</p>' if game.is_waiting else ""
    quote = f"<blockquote>{escape(SENTENCE)}</blockquote>" if game.is_waiting or not game.answers else ""
    chips = "".join(_chip(answer) for answer in game.answers)
    listed = f'<ul class="sentences" aria-label="Rounds">{chips}</ul>' if chips else ""
    return f'<div role="status"><h3>{escape(head)}</h3>{quote}{why}{listed}</div>'


def score(game: Game) -> str:
    """How many were right.

    >>> game = Game()
    >>> game.go_on(); game.judge("angry"); score(game)
    '1 of 1 recognised as it was meant'
    """
    text = f"{game.n_right} of {len(game.answers)} recognised as it was meant"
    return text if game.before is None or game.round else f"{text}; {game.before} the time before"


def _chip(answer: Answer) -> str:
    from sermi.plots import COLOURS

    sign = "✓" if answer.is_right else f"✗ taken for {answer.recognised}"
    return (
        f'<li class="round"><i style="--emotion: {COLOURS[answer.asked]}"></i><b>{escape(answer.asked.capitalize())}</b> '
        f"{escape(sign)}</li>"
    )
