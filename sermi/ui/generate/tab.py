"""The tab "Generate": new samples among real ones, what each tells, and what they buy."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import gradio as gr

from sermi.ui import engine
from sermi.ui.generate import events
from sermi.ui.generate import html as samples
from sermi.ui.generate.session import ALL, MAPS, MY_WORDS, NO_FILTER, NO_WORDS, OTHER_WORDS, Shown
from sermi.ui.uploads import Uploads

INTERNAL: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
QUICK: dict[str, Any] = {"concurrency_id": "generate", "concurrency_limit": 2}
SLOW: dict[str, Any] = {"concurrency_id": "measure", "concurrency_limit": 1}
FIT: dict[str, Any] = {"concurrency_id": "fit", "concurrency_limit": 1}
"""What takes seconds waits in queues of its own, so that a map never waits for somebody's measurement."""
FILES = (".csv", ".parquet", ".npz")


@dataclass(frozen=True)
class Controls:
    """What a visitor chooses."""

    checkpoint: gr.Dropdown
    emotion: gr.Dropdown
    n: gr.Number
    words: gr.Radio
    sentence: gr.Textbox
    spread: gr.Slider
    seed: gr.Number
    regulariser: gr.Radio
    compare: gr.Checkbox
    pairs: gr.Checkbox
    go: gr.Button

    def asked(self) -> list[Any]:
        """In the order of `generating.request_of`, without the visitor."""
        return [
            self.checkpoint, self.emotion, self.n, self.words, self.sentence, self.spread, self.seed, self.regulariser,
            self.pairs,
        ]  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the tab shows."""

    says: gr.HTML
    view: gr.Radio
    map_text: gr.HTML
    map: gr.Plot
    others: gr.Row
    other_texts: list[gr.HTML]
    other_maps: list[gr.Plot]
    details: gr.Column
    verdict: gr.HTML
    gauge_text: gr.HTML
    gauge: gr.Plot
    scores_text: gr.HTML
    scores: gr.Plot
    threshold: gr.Slider
    number: gr.Number
    sample: gr.HTML
    table: gr.HTML
    pairs_block: gr.Column
    pairs_text: gr.HTML
    pairs_map: gr.Plot
    file: gr.DownloadButton
    files: list[gr.Button]
    quality_go: gr.Button
    quality: gr.HTML
    real_n: gr.Slider
    benefit_go: gr.Button
    benefit_text: gr.HTML
    benefit: gr.Plot

    def components(self) -> list[Any]:
        return [c for value in vars(self).values() for c in (value if isinstance(value, list) else [value])]


def build(tab: gr.Tab, uploads: Uploads, you: gr.State) -> None:
    """Lay the tab out inside the current gr.Blocks and connect it. you: the last recording's Utterance, or None."""
    with gr.Column(elem_classes="studio"):
        ask = _controls()
        answer = _answer()
    shown = gr.State(Shown(), time_to_live=3_600)
    everything = [shown, *answer.components()]
    seen = [shown, answer.view, answer.threshold, you]

    arrive = {"inputs": [ask.checkpoint, *seen], "outputs": everything, **INTERNAL, **QUICK}
    tab.select(events.arrive(answer, shown), **arrive)
    ask.checkpoint.input(
        _turn_to,
        ask.checkpoint,
        [ask.emotion, ask.regulariser, ask.pairs],
        queue=False,
        trigger_mode="always_last",
        **INTERNAL,
    ).then(events.arrive(answer, shown, afresh=True), **arrive)
    ask.words.input(
        lambda words: gr.update(visible=words == OTHER_WORDS),
        ask.words,
        ask.sentence,
        queue=False,
        trigger_mode="always_last",
        **INTERNAL,
    )

    gr.on(
        [ask.go.click, ask.sentence.submit, ask.n.submit, ask.seed.submit],
        events.generate(answer, shown),
        [*ask.asked(), ask.compare, answer.view, you, shown],
        everything,
        **INTERNAL,
        **QUICK,
    ).success(
        events.list_samples(answer), [shown, answer.threshold], answer.components(), **INTERNAL, **QUICK
    ).success(
        events.measure(answer), shown, [answer.verdict, answer.gauge_text, answer.gauge], **INTERNAL, **SLOW
    )  # fmt: skip
    answer.view.input(
        events.look_again(answer, shown), seen, everything, trigger_mode="always_last", **INTERNAL, **QUICK
    )
    answer.threshold.input(
        events.keep(answer, shown), seen, everything, trigger_mode="always_last", **INTERNAL, **QUICK
    )
    answer.number.change(
        events.inspect(answer), [shown, answer.number], answer.sample, trigger_mode="always_last", **INTERNAL, **QUICK
    )
    for suffix, button in zip(FILES, answer.files, strict=True):
        button.click(
            events.download(answer, uploads, suffix), [shown, answer.threshold], answer.file, **INTERNAL, **QUICK
        ).success(None, None, None, js="() => window.sermi.download()")  # fmt: skip
    answer.quality_go.click(events.quality(answer), shown, [answer.quality, answer.quality_go], **INTERNAL, **FIT)
    answer.benefit_go.click(
        events.benefit(answer),
        [ask.checkpoint, ask.regulariser, ask.spread, ask.seed, answer.real_n],
        [answer.benefit_text, answer.benefit, answer.benefit_go],
        **INTERNAL,
        **FIT,
    )


def _controls() -> Controls:
    checkpoints = engine.choices()
    first = checkpoints[0][1] if checkpoints else None
    emotion, regulariser, pairs = _choices(first)
    with gr.Column(elem_classes="card ask"):
        with gr.Row(elem_classes="pair"):
            emotion = gr.Dropdown(label="Emotion", elem_id="gen-emotion", **emotion)
            n = gr.Number(125, label="How many of each", precision=0, elem_id="gen-n")
        words = gr.Radio(
            [("None", NO_WORDS), ("My transcript", MY_WORDS), ("Another sentence", OTHER_WORDS)],
            value=NO_WORDS,
            label="Words to go with",
            elem_id="gen-words",
        )
        sentence = gr.Textbox(
            label="Sentence", placeholder="Leave me alone!", visible=False, max_length=2_000, elem_id="gen-sentence"
        )
        regulariser = gr.Radio(label="Regulariser of the information", elem_id="gen-regulariser", **regulariser)
        compare = gr.Checkbox(False, label="Compare all regularisers side by side", elem_id="gen-compare")
        pairs = gr.Checkbox(False, label="Make pairs: a text feature t̂ with each ĥ", elem_id="gen-pairs", **pairs)
        spread = gr.Slider(
            0.25, 3, 1, step=0.05, label="Spread", info="Factor on the noise; 1 is as trained", elem_id="gen-spread"
        )
        with gr.Row(elem_classes="pair lopsided"):
            seed = gr.Number(0, label="Seed", precision=0, elem_id="gen-seed")
            checkpoint = gr.Dropdown(checkpoints, value=first, label="Checkpoint", elem_id="gen-checkpoint")
        go = gr.Button("Generate", variant="primary", elem_id="gen-go")
    return Controls(checkpoint, emotion, n, words, sentence, spread, seed, regulariser, compare, pairs, go)


def _answer() -> Answer:
    plot: dict[str, Any] = {"show_label": False, "container": False}
    with gr.Column(elem_classes="card atlas"):
        says = gr.HTML(samples.invitation(False), elem_id="gen-says")
        view = gr.Radio(
            [("Emotion axes", "emotion"), ("Principal components", "pca"), ("t-SNE", "tsne")],
            value="emotion",
            label="Map",
            elem_id="gen-view",
        )
        map_text = gr.HTML()
        sample_map = gr.Plot(elem_id="sample-map", **plot)
        with gr.Row(visible=False, elem_classes="others") as others:
            other_texts, other_maps = [], []
            for i in range(1, MAPS):
                with gr.Column(elem_classes="other"):
                    other_texts.append(gr.HTML())
                    other_maps.append(gr.Plot(elem_id=f"sample-map-{i}", **plot))
    with gr.Column(visible=False, elem_classes="details") as details:
        with gr.Row(elem_classes="two"):
            with gr.Column(elem_classes="card"):
                verdict = gr.HTML(elem_id="gen-verdict")
                gauge_text = gr.HTML()
                gauge = gr.Plot(elem_id="gauge", visible=False, **plot)
            with gr.Column(elem_classes="card"):
                scores_text = gr.HTML()
                scores = gr.Plot(elem_id="scores", **plot)
                threshold = gr.Slider(
                    NO_FILTER,
                    2,
                    NO_FILTER,
                    step=0.05,
                    label="Keep samples with at least this many nats",
                    info="At the left end everything is kept",
                    elem_id="gen-filter",
                )
        with gr.Row(elem_classes="two"):
            with gr.Column(elem_classes="card"):
                gr.HTML("<h3>One sample</h3>")
                number = gr.Number(None, label="Number", precision=0, elem_id="gen-number")
                sample = gr.HTML(samples.nobody(), elem_id="gen-sample")
            with gr.Column(elem_classes="card"):
                gr.HTML("<h3>All samples</h3>")
                table = gr.HTML(elem_id="gen-table")
                with gr.Row(elem_classes="actions"):
                    files = [
                        gr.Button(
                            f"Download {suffix[1:].upper() if suffix != '.parquet' else 'Parquet'}",
                            elem_id=f"gen-{suffix[1:]}",
                        )
                        for suffix in FILES
                    ]
                file = gr.DownloadButton("Download", visible="hidden", elem_id="gen-file")
                gr.HTML(
                    '<p class="hint">A zip with a data sheet: what the samples are, how they were made, what the columns '
                    "mean, limits and licence.</p>"
                )
        with gr.Column(visible=False, elem_classes="card") as pairs_block:
            pairs_text = gr.HTML()
            pairs_map = gr.Plot(elem_id="pairs-map", **plot)
        with gr.Column(elem_classes="card", visible=importlib.util.find_spec("sermi.quality") is not None):
            gr.HTML(
                "<h3>Quality</h3><p class='caption'>The generated set against real features of half of the held-out speakers, "
                "beside what real features of the other half score there. They are few speakers, so the second column is what "
                "another handful of voices would score, not a limit. No single measure sees everything.</p>"
            )
            quality_go = gr.Button("Measure the quality", elem_id="gen-quality")
            quality = gr.HTML(elem_id="quality")
    with gr.Column(elem_classes="card buy"):
        gr.HTML(BUY)
        with gr.Row(elem_classes="pair"):
            real_n = gr.Slider(1, 100, 3, step=1, label="Real samples of each class", elem_id="gen-real")
            benefit_go = gr.Button("Fit with and without", elem_id="gen-benefit")
        benefit_text = gr.HTML(elem_id="benefit-text")
        benefit = gr.Plot(elem_id="benefit", visible=False, **plot)
    return Answer(
        says, view, map_text, sample_map, others, other_texts, other_maps, details, verdict, gauge_text, gauge, scores_text,
        scores, threshold, number, sample, table, pairs_block, pairs_text, pairs_map, file, files, quality_go, quality,
        real_n, benefit_go, benefit_text, benefit,
    )  # fmt: skip


BUY = """
<h3>What does it buy?</h3>
<p class="caption">The last layer is fitted here and now, on few real samples of each class alone and with 150 generated ones
added, and tested on other speakers. The real samples are the checkpoint's held-out features: half of their speakers to fit on,
half to test on, dealt five times. The generator never met any of them, but it learnt from many other speakers; what it
brings is their knowledge.</p>
"""


def _choices(checkpoint: str | None) -> list[dict[str, Any]]:
    """Properties of emotion, regulariser and pairs for a checkpoint."""
    carries = engine.carries(checkpoint or "")
    names = [(name.capitalize(), name) for name in carries.classes]
    told = [(samples.TOLD.get(name, name.capitalize()), name) for name in carries.regularisers]
    first = carries.regularisers[0] if carries.regularisers else None
    return [
        {"choices": [("All emotions", ALL), *names], "value": ALL},
        {"choices": told, "value": first},
        {"visible": bool(told)},
    ]


def _turn_to(checkpoint: str) -> list[Any]:
    return [gr.update(**properties) for properties in _choices(checkpoint)]
