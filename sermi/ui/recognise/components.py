"""The tab "Recognise": what a visitor gives, and what shows the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from sermi.ui import html
from sermi.ui.engine import Analysis, Engine
from sermi.ui.explain import Updates
from sermi.ui.limits import SENTENCE
from sermi.ui.recognise import html as voice_html
from sermi.ui.recognise.game import GameCard
from sermi.ui.recognise.live import LiveCard
from sermi.ui.recognise.model_choice import ModelChoice


@dataclass(frozen=True)
class Inputs:
    """What a visitor gives."""

    game: GameCard
    audio: gr.Audio
    refused: gr.Textbox
    """Out of sight: what the page itself turned away, as JSON of name and bytes."""
    refusal: gr.HTML
    transcript: gr.Textbox
    model: ModelChoice
    transcribe: gr.Button
    recognise: gr.Button
    to_read: gr.Column
    calm_sentence: gr.HTML
    not_now: gr.Button

    @property
    def checkpoint(self) -> gr.Dropdown:
        """Its name is the value."""
        return self.model.checkpoint

    @classmethod
    def build(cls, engine: Engine) -> Inputs:
        """Lay them out in a card."""
        with gr.Column(elem_classes="card inputs"):
            with gr.Column(visible=False, elem_classes="to-read") as to_read:
                calm_sentence = gr.HTML()
                not_now = gr.Button("Not now", size="sm", elem_classes="quiet")
            game = GameCard.build()
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
            LiveCard.build_choice()
            gr.HTML('<p class="hint">wav, flac, mp3, ogg, m4a, webm, mp4; ' + SENTENCE + "</p>")
            refusal = gr.HTML(elem_id="refusal")
            refused = gr.Textbox(visible="hidden", max_length=2_000, elem_id="refused")
            transcript = gr.Textbox(
                label="What was said, in English (optional)",
                placeholder="Type the words, or let them be transcribed",
                lines=2,
                max_lines=6,
                elem_id="transcript",
            )
            model = ModelChoice.build(engine)
            with gr.Row(elem_classes="actions"):
                transcribe = gr.Button("Transcribe for me", variant="secondary", elem_id="transcribe")
                recognise = gr.Button("Recognise", variant="primary", elem_id="recognise")
        return cls(
            game=game,
            audio=audio,
            refused=refused,
            refusal=refusal,
            transcript=transcript,
            model=model,
            transcribe=transcribe,
            recognise=recognise,
            to_read=to_read,
            calm_sentence=calm_sentence,
            not_now=not_now,
        )

    def ask_to_read(self, number: int | None) -> Updates:
        """A sentence to be read calmly, by its place among them; None for none."""
        return {
            self.to_read: gr.update(visible=number is not None),
            self.calm_sentence: "" if number is None else voice_html.to_read(number),
        }


@dataclass(frozen=True)
class Results:
    """What shows an analysis."""

    live: LiveCard
    verdict: gr.HTML
    mismatch: gr.Row
    someone_else: gr.Button
    figures: gr.Column
    change: gr.HTML
    probabilities_caption: gr.HTML
    probabilities: gr.Plot
    sources_caption: gr.HTML
    sources: gr.Plot
    table: gr.HTML
    timeline_block: gr.Column
    timeline_caption: gr.HTML
    timeline: gr.Plot

    @classmethod
    def build(cls) -> Results:
        """Lay them out in cards."""
        with gr.Column(elem_classes="card result"):
            live = LiveCard.build()
            verdict = gr.HTML(html.empty(), elem_id="verdict")
            with gr.Row(visible=False, elem_classes="mismatch") as mismatch:
                gr.HTML(voice_html.mismatch())
                someone_else = gr.Button("Someone else speaks", size="sm", elem_id="someone-else-here")
            with gr.Column(visible=False, elem_classes="figures") as figures:
                change = gr.HTML(elem_id="voice-change")
                probabilities_caption = gr.HTML()
                probabilities = gr.Plot(show_label=False, container=False, elem_id="probabilities")
                sources_caption = gr.HTML()
                sources = gr.Plot(show_label=False, container=False, elem_id="sources")
                table = gr.HTML()
        with gr.Column(visible=False, elem_classes="card course") as timeline_block:
            timeline_caption = gr.HTML()
            timeline = gr.Plot(show_label=False, container=False, elem_id="timeline")
        return cls(
            live=live,
            verdict=verdict,
            mismatch=mismatch,
            someone_else=someone_else,
            figures=figures,
            change=change,
            probabilities_caption=probabilities_caption,
            probabilities=probabilities,
            sources_caption=sources_caption,
            sources=sources,
            table=table,
            timeline_block=timeline_block,
            timeline_caption=timeline_caption,
            timeline=timeline,
        )

    def components(self) -> list[Any]:
        """All that an analysis changes."""
        return [component for component in vars(self).values() if component is not self.live]

    def show(self, analysis: Analysis, seconds: float | None, sure_from: float = 0.0) -> Updates:
        """The analysis. seconds: how long it took, None where that says nothing. sure_from: the confidence of sure answers."""
        from sermi import plots

        prediction = analysis.prediction
        if not html.has_speech(prediction):
            return self.hide(html.verdict(prediction))
        probabilities = plots.describe_probabilities(prediction.probabilities)
        sources = plots.describe_sources(prediction)
        timeline = f"{plots.describe_speech(prediction)}. {plots.describe_timeline(prediction)}"
        return {
            self.verdict: html.verdict(prediction, seconds, sure_from),
            self.mismatch: gr.update(visible=analysis.standing is not None and not analysis.standing.fits),
            self.figures: gr.update(visible=True),
            self.change: gr.update(value=voice_html.change(prediction), visible=prediction.without_context is not None),
            self.probabilities_caption: html.section("How likely each emotion is", probabilities, "probabilities"),
            self.probabilities: plots.probability_bars(prediction.probabilities),
            self.sources_caption: html.section("What the voice and the words say", sources, "sources"),
            self.sources: plots.sources(prediction),
            self.table: html.table(prediction),
            self.timeline_block: gr.update(visible=True),
            self.timeline_caption: html.section("How it changes over the recording", timeline, "timeline"),
            self.timeline: plots.timeline(analysis.recording, prediction),
        }

    def hide(self, verdict: str) -> Updates:
        """Only the verdict's place with something in it: figures of another recording would mislead."""
        return {
            **dict.fromkeys((self.probabilities, self.sources, self.timeline), None),
            **dict.fromkeys((self.probabilities_caption, self.sources_caption, self.table, self.timeline_caption), ""),
            self.change: "",
            self.mismatch: gr.update(visible=False),
            self.figures: gr.update(visible=False),
            self.timeline_block: gr.update(visible=False),
            self.verdict: verdict,
        }
