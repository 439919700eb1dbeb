"""Named endpoints for programs (`gradio_client`, curl): /predict, /transcribe and /generate.

Audio is deleted on return.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import gradio as gr

from sermi.ui.engine import Engine
from sermi.ui.explain import as_gradio_error
from sermi.ui.generate import session
from sermi.ui.queues import INFERENCE
from sermi.ui.uploads import Uploads


def build(engine: Engine, uploads: Uploads) -> None:
    """Add the endpoints to the current gr.Blocks. Their components are never drawn: they give the API its types."""

    def predict(audio: str, transcript: str, checkpoint: str) -> dict[str, Any]:
        """Emotion of a recording (and of its transcript, if given), with the fields of `python -m sermi predict --json`.

        audio: wav, flac, mp3, ogg, m4a, webm or mp4, at most 25 MB; the first 60 s are used. transcript: what was said,
        '' when unknown. checkpoint: name of a shipped checkpoint.
        """
        with _borrowed(uploads, audio):
            return asdict(engine.analyse(audio, transcript, checkpoint).prediction)

    def transcribe(audio: str) -> str:
        """What is said in a recording of English speech; '' when no words are heard."""
        with _borrowed(uploads, audio):
            return engine.transcribe(audio)

    def generate(
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
                engine,
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

    with gr.Column(visible=False):
        audio = gr.Audio(label="audio", type="filepath")
        transcript = gr.Textbox(label="transcript", value="")
        checkpoint = gr.Textbox(label="checkpoint", value=engine.default)
        prediction = gr.JSON(label="prediction")
        text = gr.Textbox(label="text")
        gr.Button().click(predict, [audio, transcript, checkpoint], prediction, api_name="predict", **INFERENCE)
        gr.Button().click(transcribe, audio, text, api_name="transcribe", **INFERENCE)
        inputs = [
            gr.Textbox(label="emotion", value="all"),
            gr.Number(label="n", value=20, precision=0),
            gr.Number(label="seed", value=0, precision=0),
            gr.Number(label="spread", value=1.0),
            gr.Textbox(label="regulariser", value=""),
            gr.Textbox(label="text", value=""),
            gr.Checkbox(label="pairs", value=False),
            checkpoint,
            gr.Checkbox(label="features", value=False),
        ]
        gr.Button().click(generate, inputs, gr.JSON(label="samples"), api_name="generate", **INFERENCE)


@contextlib.contextmanager
def _borrowed(uploads: Uploads, path: str) -> Iterator[None]:
    """Hold a file for one call."""
    call = uuid4().hex
    uploads.show(call, path)
    try:
        with as_gradio_error():
            yield
    finally:
        uploads.show(call, None)
