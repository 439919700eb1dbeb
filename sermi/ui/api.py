"""Named endpoints for programs (`gradio_client`, curl): /predict, /transcribe and /generate.

Audio is deleted on return.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import gradio as gr

from sermi.errors import SermiError
from sermi.ui import engine
from sermi.ui import html as results
from sermi.ui.generate import session as generating
from sermi.ui.recognise import QUEUE
from sermi.ui.uploads import Uploads

log = logging.getLogger(__name__)


def build(uploads: Uploads) -> None:
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
        with _one_sentence():
            return generating.rows_for_programs(
                emotion, n, seed, spread, regulariser, text, pairs, checkpoint, features
            )

    with gr.Column(visible=False):
        audio = gr.Audio(label="audio", type="filepath")
        transcript = gr.Textbox(label="transcript", value="")
        checkpoint = gr.Textbox(label="checkpoint", value=engine.DEFAULT)
        prediction = gr.JSON(label="prediction")
        text = gr.Textbox(label="text")
        gr.Button().click(predict, [audio, transcript, checkpoint], prediction, api_name="predict", **QUEUE)
        gr.Button().click(transcribe, audio, text, api_name="transcribe", **QUEUE)
        asked = [
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
        gr.Button().click(generate, asked, gr.JSON(label="samples"), api_name="generate", **QUEUE)


@contextlib.contextmanager
def _borrowed(uploads: Uploads, path: str) -> Iterator[None]:
    """Hold a file for one call."""
    call = uuid4().hex
    uploads.show(call, path)
    try:
        with _one_sentence():
            yield
    finally:
        uploads.show(call, None)


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what goes wrong into the one sentence that a caller may see."""
    try:
        yield
    except SermiError as error:
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        log.exception("a call of the API failed")
        raise gr.Error(results.UNEXPECTED, print_exception=False) from error
