"""An engine that answers at once, and a visitor."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from sermi.audio import Recording
from sermi.prediction import Prediction, Segment
from sermi.predictor import Utterance
from sermi.ui.engine import Analysis, Engine
from sermi.ui.listing import CheckpointSummary
from sermi.ui.recognise.events import NO_TRANSCRIPTION
from sermi.ui.voiced import Standing

P = {"happy": 0.8, "sad": 0.2}
ME = SimpleNamespace(session_hash="me")


class FakeEngine(Engine):
    """Records what it is asked, answers at once, and raises `error` where there is one."""

    def __init__(self):
        super().__init__()
        self.calls, self.error, self.words, self.utterance = [], None, ("good morning", ""), None
        self.speech, self.reports = (1.0, [(0.0, 1.0)]), ()
        self.standing, self.frontend, self.is_enough = Standing(), "moonshine", True
        self.context = []

    def is_ready(self, name):
        return True

    def summary(self, name):
        return CheckpointSummary(tuple(P), (), self.frontend, knows_voices=True)

    def analyse_sentence(self, path, transcript, name, sentences, *, asked, report=None):
        self.calls.append((path, transcript, name))
        self.context.append(([Path(one.path).name for one in sentences], asked))
        for done_s in self.reports:
            report(done_s, 600)
        if self.error:
            raise self.error
        words = P if transcript else None
        prediction = Prediction(
            "happy", 0.8, True, P, P, words, transcript or None, 1.0, *self.speech, [Segment(0, 1, P)], []
        )
        a = np.random.default_rng(list(path.encode())).normal(size=4)
        self.utterance = Utterance(a, None, self.frontend, self.is_enough)
        recording = Recording(np.ones(16_000, np.float32), 1.0)
        return Analysis(recording, prediction, self.utterance, self.standing)

    def transcribe(self, path):
        if self.error:
            raise self.error
        return self.words


def run(events, path, transcript="", transcription=NO_TRANSCRIPTION, handler=None):
    return list((handler or events.on_recognise)(path, transcript, "open4", transcription, ME))
