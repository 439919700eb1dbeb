"""The tab "Recognise": a recording and, if wanted, its words in; an emotion out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import gradio as gr
from gradio.components.plot import PlotData

from sermi.errors import SermiError
from sermi.ui import engine
from sermi.ui import html as results
from sermi.ui.examples import Example, examples
from sermi.ui.uploads import Uploads

QUEUE: dict[str, Any] = {"concurrency_id": "inference", "concurrency_limit": 2}
"""Two requests at a time: more would only slow each other down, and one slow file should not hold up everybody."""
INTERNAL: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

log = logging.getLogger(__name__)


class Heard(NamedTuple):
    """A transcript that the machine wrote, and the recording that it belongs to."""

    path: str
    text: str


@dataclass(frozen=True)
class Results:
    """The components that show an analysis, in the order in which handlers return them."""

    verdict: gr.HTML
    figures: gr.Column
    probabilities_text: gr.HTML
    probabilities: gr.Plot
    sources_text: gr.HTML
    sources: gr.Plot
    table: gr.HTML
    timeline_block: gr.Column
    timeline_text: gr.HTML
    timeline: gr.Plot

    def components(self) -> list[Any]:
        return list(vars(self).values())


def build(uploads: Uploads, you: gr.State) -> None:
    """Lay the tab out inside the current gr.Blocks and connect it. you: holds the last recording's Utterance, or None."""
    with gr.Column(elem_classes="stage"):
        audio, transcript, checkpoint, transcribe, recognise = _build_inputs()
        outputs = _build_results()
        buttons = _build_examples()
    # An empty figure that nobody sees makes the browser fetch plotly while the visitor is still speaking.
    with gr.Column(elem_classes="preload"):
        gr.Plot(PlotData(type="plotly", plot='{"data": [], "layout": {}}'), show_label=False, container=False)
    heard = gr.State(Heard("", ""))

    answer: dict[str, Any] = {
        "inputs": [audio, transcript, checkpoint, heard],
        "outputs": [transcript, heard, *outputs.components(), you],
        **INTERNAL,
        **QUEUE,
    }
    gr.on([audio.stop_recording, audio.upload, recognise.click, transcript.submit], _recognise(uploads), **answer)
    checkpoint.input(_recognise(uploads, only_with_audio=True), trigger_mode="always_last", **answer)
    transcribe.click(
        _transcribe, [audio, transcript], [transcript, heard, transcribe, outputs.verdict], **INTERNAL, **QUEUE
    ).success(_recognise(uploads, only_with_audio=True), **answer)
    audio.clear(_cleared(uploads), None, [*outputs.components(), you], queue=False, **INTERNAL)
    for example, button in buttons:
        button.click(_load(example), None, [audio, transcript, heard], queue=False, **INTERNAL).success(
            _recognise(uploads), **answer
        )


def _build_inputs() -> tuple[gr.Audio, gr.Textbox, gr.Dropdown, gr.Button, gr.Button]:
    with gr.Column(elem_classes="card inputs"):
        audio = gr.Audio(
            label="Your recording",
            sources=["microphone", "upload"],
            type="filepath",
            editable=False,
            buttons=[],
            elem_id="recording",
            waveform_options=gr.WaveformOptions(
                waveform_color="#9aa0a6", waveform_progress_color="#5b6472", show_recording_waveform=True
            ),
        )
        gr.HTML('<p class="hint">wav, flac, mp3, ogg, m4a, webm, mp4; up to 60 s and 25 MB</p>')
        transcript = gr.Textbox(
            label="What was said (optional)",
            placeholder="Type the words, or let them be transcribed",
            lines=2,
            max_lines=6,
            elem_id="transcript",
        )
        checkpoints = engine.choices()
        checkpoint = gr.Dropdown(
            label="Model",
            choices=checkpoints,
            value=checkpoints[0][1] if checkpoints else None,
            elem_id="checkpoint",
        )
        with gr.Row(elem_classes="actions"):
            transcribe = gr.Button("Transcribe for me", variant="secondary", elem_id="transcribe")
            recognise = gr.Button("Recognise", variant="primary", elem_id="recognise")
    return audio, transcript, checkpoint, transcribe, recognise


def _build_results() -> Results:
    with gr.Column(elem_classes="card result"):
        verdict = gr.HTML(results.empty(), elem_id="verdict")
        with gr.Column(visible=False, elem_classes="figures") as figures:
            probabilities_text = gr.HTML()
            probabilities = gr.Plot(show_label=False, container=False, elem_id="probabilities")
            sources_text = gr.HTML()
            sources = gr.Plot(show_label=False, container=False, elem_id="sources")
            table = gr.HTML()
    with gr.Column(visible=False, elem_classes="card course") as timeline_block:
        timeline_text = gr.HTML()
        timeline = gr.Plot(show_label=False, container=False, elem_id="timeline")
    return Results(
        verdict=verdict,
        figures=figures,
        probabilities_text=probabilities_text,
        probabilities=probabilities,
        sources_text=sources_text,
        sources=sources,
        table=table,
        timeline_block=timeline_block,
        timeline_text=timeline_text,
        timeline=timeline,
    )


def _build_examples() -> list[tuple[Example, gr.Button]]:
    clips = examples()
    if not clips:
        return []
    with gr.Column(elem_classes="card examples"):
        gr.HTML(
            "<h3>Or try one of these</h3>"
            '<p class="caption">Real speech that comes with the speech encoder. Nobody has labelled it with an emotion, '
            "so there is no right answer.</p>"
        )
        with gr.Row(elem_classes="clips"):
            return [(clip, gr.Button(f"{clip.title}\n{clip.caption}", elem_classes="clip")) for clip in clips]


def _recognise(uploads: Uploads, *, only_with_audio: bool = False) -> Callable[..., Iterator[list[Any]]]:
    """The handler of every way to ask for an emotion. It yields a sign of life first, then the answer."""

    unchanged = [gr.skip()] * len(fields(Results))

    def recognise(
        path: str | None, transcript: str, checkpoint: str, heard: Heard, request: gr.Request
    ) -> Iterator[list[Any]]:
        if only_with_audio and not path:
            yield [gr.skip()] * (3 + len(fields(Results)))
            return
        uploads.show(request.session_hash or "", path)
        heard = Heard(*heard)
        kept = gr.skip()
        if path and heard.text and heard.path != path:
            # The machine's words for the last recording say nothing about this one; what a person typed stays.
            transcript, kept = ("", "") if transcript == heard.text else (transcript, kept)
            heard = Heard("", "")
        ready = engine.is_ready(checkpoint)
        yield [kept, heard, results.working("Listening…" if ready else "Waking the model up…"), *unchanged]
        started = time.perf_counter()
        utterance = None
        try:
            analysis = engine.analyse(path, transcript, checkpoint)
            shown = _show(analysis, time.perf_counter() - started if ready else None)
            utterance = analysis.utterance
        except SermiError as error:
            gr.Warning(str(error))
            shown = _hidden(results.problem(str(error)))
        except Exception:
            log.exception("an analysis failed")
            gr.Warning(results.UNEXPECTED)
            shown = _hidden(results.problem(results.UNEXPECTED))
        yield [gr.skip(), gr.skip(), *shown, utterance]

    return recognise


def _transcribe(path: str | None, transcript: str) -> Iterator[list[Any]]:
    """Write the words of the recording into the text box; what was typed stays when that fails."""
    busy = gr.update(value="Transcribing…", interactive=False)
    idle = gr.update(value="Transcribe for me", interactive=True)
    yield [gr.skip(), gr.skip(), busy, gr.skip()]
    try:
        text = engine.transcribe(path)
    except SermiError as error:
        gr.Warning(str(error))
        yield [transcript, gr.skip(), idle, results.problem(str(error))]
        return
    except Exception:
        log.exception("a transcription failed")
        gr.Warning(results.UNEXPECTED)
        yield [transcript, gr.skip(), idle, results.problem(results.UNEXPECTED)]
        return
    if not text:
        gr.Info("No words were heard; the voice decides alone.")
        yield [transcript, gr.skip(), idle, gr.skip()]
        return
    yield [text, Heard(str(path), text), idle, gr.skip()]


def _cleared(uploads: Uploads) -> Callable[[gr.Request], list[Any]]:
    def cleared(request: gr.Request) -> list[Any]:
        uploads.show(request.session_hash or "", None)
        return [*_hidden(results.empty()), None]

    return cleared


def _load(example: Example) -> Callable[[], list[Any]]:
    def load() -> list[Any]:
        return [str(example.path), example.words, Heard(str(example.path), example.words)]

    return load


def _show(analysis: engine.Analysis, seconds: float | None) -> list[Any]:
    from sermi import plots

    prediction, waveform = analysis.prediction, analysis.recording.waveform
    return [
        results.verdict(prediction, seconds),
        gr.update(visible=True),
        results.section(
            "How likely each emotion is", plots.describe_probabilities(prediction.probabilities), "probabilities"
        ),
        plots.probability_bars(prediction.probabilities),
        results.section("What the voice and the words say", plots.describe_sources(prediction), "sources"),
        plots.sources(prediction),
        results.table(prediction),
        gr.update(visible=True),
        results.section("How it changes over the recording", plots.describe_timeline(prediction), "timeline"),
        plots.timeline(waveform, prediction),
    ]


def _hidden(verdict: str) -> list[Any]:
    """Only the verdict's place with something in it: figures of another recording would mislead."""
    gone = gr.update(visible=False)
    return [verdict, gone, "", None, "", None, "", gone, "", None]
