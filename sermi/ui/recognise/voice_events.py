"""What happens when a visitor does something about what is known of the voice."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from sermi.ui.explain import Updates
from sermi.ui.recognise import html as voice_html
from sermi.ui.recognise.events import Events
from sermi.ui.requests import received, session_of
from sermi.ui.voiced import CALM


class VoiceEvents:
    """The handlers of the card "Your voice". checkpoint is always the chosen one."""

    def __init__(self, events: Events) -> None:
        """events: of the tab."""
        self._events = events
        self._voices, self._uploads = events.voices, events.uploads
        self._inputs, self._card = events.inputs, events.card

    def on_another(self, checkpoint: str, request: gr.Request) -> Updates:
        """Make room for one more recording; the last one stays in the voice."""
        self._voices.change(session_of(request), lambda voice: replace(voice, reading=None))
        return self.make_room(request) | self._events.known(checkpoint, request)

    def on_read(self, checkpoint: str, request: gr.Request) -> Updates:
        """The same, for a sentence that is to be read calmly."""
        frontend = self._events.engine.summary(checkpoint).frontend
        voice = self._voices.change(
            session_of(request),
            lambda voice: replace(voice, reading=sum(one.asked == CALM for one in voice.of(frontend))),
        )
        return self.make_room(request, voice.reading) | self._events.known(checkpoint, request)

    def on_not_now(self, request: gr.Request) -> Updates:
        """What is recorded is a sentence like any other."""
        self._voices.change(session_of(request), lambda voice: replace(voice, reading=None))
        return self._inputs.ask_to_read(None)

    def on_someone_else(self, checkpoint: str, request: gr.Request) -> Updates:
        """Start anew: with the recording on the page where it sounded like someone else, else with nothing."""
        session = session_of(request)
        if self._voices.of(session).stranger is None:
            updates = self.make_room(request)  # first: what is being computed is of the one who spoke before
        else:
            updates = {self._events.results.mismatch: gr.update(visible=False)}
        self._voices.change(session, lambda voice: voice.of_someone_else())
        return updates | self._events.known(checkpoint, request, voice_html.ANEW)

    def on_remove(self, checkpoint: str, event: gr.EventData, request: gr.Request) -> Updates:
        """One sentence leaves the voice; the recording on the page stays, and the others are asked again by what follows."""
        session = session_of(request)
        number = getattr(event, "number", None)
        shown = self._uploads.shown(session)
        if isinstance(number, int):
            self._voices.change(session, lambda voice: voice.without(number, shown))
        return self._events.known(checkpoint, request)

    def on_play(self, checkpoint: str, request: gr.Request) -> Updates:
        """The next round of the game: an empty recorder, and what to say how."""
        self._voices.change(session_of(request), lambda voice: replace(voice, reading=None))
        game = self._events.games.of(session_of(request))
        game.go_on()
        return self.make_room(request) | self._events.known(checkpoint, request) | self._inputs.game.show(game)

    def on_end(self, request: gr.Request) -> Updates:
        """No game any more."""
        game = self._events.games.of(session_of(request))
        game.end()
        return self._inputs.game.show(game)

    def make_room(self, request: gr.Request, reading: int | None = None) -> Updates:
        """An empty recorder. Whatever is being computed of the last recording is dropped.

        reading: which calm sentence is to be read into it, None for none.
        """
        self._uploads.let_go(session_of(request), at=received(request))
        emptied = self._events.empty() | self._inputs.ask_to_read(reading)
        return emptied | {self._inputs.audio: None, self._inputs.transcript: ""}
