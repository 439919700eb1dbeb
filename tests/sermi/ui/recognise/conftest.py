"""The handlers behind the tab on a stand-in of the engine, without a server."""

from __future__ import annotations

import gradio as gr
import pytest

from sermi.ui.recognise.components import Inputs, Results
from sermi.ui.recognise.events import Events, Visits
from sermi.ui.recognise.game import Game
from sermi.ui.recognise.voice_card import VoiceCard
from sermi.ui.sessions import Runs, Sessions
from sermi.ui.uploads import Uploads
from sermi.ui.voices import Voices
from tests.sermi.ui.recognise.stand_in import FakeEngine


@pytest.fixture
def events(tmp_path):
    engine = FakeEngine()
    with gr.Blocks():
        return Events(
            engine,
            Visits(Uploads(tmp_path), Voices(), Sessions(Runs), Sessions(Game)),
            inputs=Inputs.build(engine),
            results=Results.build(),
            card=VoiceCard.build(engine),
            visitor=gr.State(None),
        )


@pytest.fixture(autouse=True)
def toasts(monkeypatch):
    messages = []
    for kind in ("Warning", "Info"):
        monkeypatch.setattr(gr, kind, lambda message: messages.append(message))
    return messages
