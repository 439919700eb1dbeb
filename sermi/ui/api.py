"""Named endpoints for programs (`gradio_client`, curl): /predict, /transcribe and /generate.

Audio is deleted when a call is over (`sermi.ui.serving`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import gradio as gr

from sermi.ui.engine import Engine
from sermi.ui.explain import as_gradio_error
from sermi.ui.generate import session
from sermi.ui.queues import INFERENCE


class Endpoints:
    """What programs call; their docstrings and parameters are the API's documentation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def predict(
        self,
        audio: str,
        transcript: str,
        checkpoint: str,
        context: list[str] | None = None,
        neutral: list[str] | None = None,
    ) -> dict[str, Any]:
        """Emotion of a recording (and of its transcript, if given), with the fields of `python -m sermi predict --json`.

        audio: wav, flac, mp3, ogg, m4a, webm or mp4, at most 120 MB; the first 10 minutes are used. transcript: what was said,
        '' when unknown. checkpoint: name of a shipped checkpoint. context: other recordings of the same speaker, at most
        50 with those of neutral: others that are known to be neutral. While the checkpoint's encoder is fetched, an
        error says so.
        """
        with as_gradio_error():
            analysis = self._engine.analyse(audio, transcript, checkpoint, context=context or [], neutral=neutral or [])
            return asdict(analysis.prediction)

    def transcribe(self, audio: str) -> str:
        """What is said in the first minute of a recording of English speech; '' when no words are heard."""
        with as_gradio_error():
            return self._engine.transcribe(audio)[0]

    def generate(
        self,
        emotion: str,
        n: float,
        seed: float,
        spread: float,
        regulariser: str,
        text: str,
        pairs: bool,
        checkpoint: str,
        features: bool,
    ) -> dict[str, Any]:
        """New audio features of an emotion: {"rows": [...], "about": data sheet}, rows as `python -m sermi generate` writes.

        emotion: one of the checkpoint's, or 'all'. n: samples of each emotion, at most 2,000 in all. seed: the same seed
        and settings give the same samples. spread: factor on the noise. regulariser: match, maximise or off; '' for the
        checkpoint's first. text: a sentence that the samples go with, '' for none. pairs: make text features too.
        checkpoint: name of a shipped checkpoint. features: give each row's features h0, h1, ... too.
        """
        with as_gradio_error():
            return session.api_rows(
                self._engine,
                checkpoint=checkpoint,
                emotion=emotion,
                n=n,
                seed=seed,
                spread=spread,
                regulariser=regulariser,
                text=text,
                pairs=pairs,
                features=features,
            )


def _recordings(label: str) -> gr.File:
    """Any number of uploads as paths.

    gr.File itself leaves an empty file behind for each, and of a class of one's own gradio writes a .pyi beside the source.
    """
    files = gr.File(label=label, file_count="multiple")
    vars(files)["preprocess"] = lambda payload: [file.path for file in payload or []]
    return files


def build(engine: Engine) -> None:
    """Add the endpoints to the current gr.Blocks. Their components are never drawn: they give the API its types."""
    endpoints = Endpoints(engine)
    with gr.Column(visible=False):
        audio = gr.Audio(label="audio", type="filepath")
        transcript = gr.Textbox(label="transcript", value="")
        checkpoint = gr.Textbox(label="checkpoint", value=engine.default)
        others = [_recordings(label) for label in ("context", "neutral")]
        prediction = gr.JSON(label="prediction")
        text = gr.Textbox(label="text")
        gr.Button().click(
            endpoints.predict, [audio, transcript, checkpoint, *others], prediction, api_name="predict", **INFERENCE
        )
        gr.Button().click(endpoints.transcribe, audio, text, api_name="transcribe", **INFERENCE)
        settings = [
            gr.Textbox(label="emotion", value="all"),
            gr.Number(label="n", value=20),  # not rounded: 2.7 samples are a mistake that should be seen
            gr.Number(label="seed", value=0),
            gr.Number(label="spread", value=1.0),
            gr.Textbox(label="regulariser", value=""),
            gr.Textbox(label="text", value=""),
            gr.Checkbox(label="pairs", value=False),
            checkpoint,
            gr.Checkbox(label="features", value=False),
        ]
        gr.Button().click(endpoints.generate, settings, gr.JSON(label="samples"), api_name="generate", **INFERENCE)
