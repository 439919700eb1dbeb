"""What happens on the cards of the tab "Generate" that are asked for one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gradio as gr

from sermi.ui import html
from sermi.ui.explain import Updates, as_gradio_error, run_or_explain
from sermi.ui.generate import session
from sermi.ui.generate.events import Events, Values
from sermi.ui.requests import session_of
from sermi.ui.uploads import Uploads


class CardEvents:
    """The handlers. Each shows something of the set on the page, and nothing where that has changed meanwhile."""

    def __init__(self, events: Events, uploads: Uploads) -> None:
        self._events = events
        self._engine = events.engine
        self._cards = events.cards
        self._uploads = uploads

    def on_number(self, number: float | None, request: gr.Request) -> Iterator[Updates]:
        """One sample, by its number."""
        details, studio = self._cards.sample.details, self._events.studio(request)
        run, state, studio.number = studio.run, studio.state, number
        updates = run_or_explain(
            lambda: {details: session.sample_html(self._engine, state, number)},
            lambda sentence: {details: html.problem(sentence)},
            toast=False,
        )
        with studio.turn():
            yield updates if studio.run == run else {details: gr.skip()}

    def on_download(self, suffix: str) -> Callable[..., str]:
        """A handler that makes a file of the samples, in place of the last one of this session."""

        def handle(request: gr.Request) -> str:
            with as_gradio_error():
                path = session.zip_samples(
                    self._engine, self._events.studio(request).state, suffix, folder=self._uploads.folder
                )
            self._uploads.keep(download_key(session_of(request)), path)
            return str(path)

        return handle

    def on_quality(self, request: gr.Request) -> Iterator[Updates]:
        """The measures of `sermi.quality`, each beside what real features score."""
        card, studio = self._cards.quality, self._events.studio(request)
        run, of_set = studio.run, studio.state.request
        if of_set is None:
            yield {card.measures: html.problem("There is nothing to measure yet; press Generate first.")}
            return
        with studio.turn():
            working = {card.measures: html.working("Measuring…")} if studio.run == run else {}
            yield working | {card.button: gr.update(interactive=False)}
        updates = run_or_explain(
            lambda: {card.measures: session.quality_html(self._engine, of_set)},
            lambda sentence: {card.measures: html.problem(sentence)},
            toast=False,
        )
        with studio.turn():
            yield (updates if studio.run == run else {}) | {card.button: gr.update(interactive=True)}

    def on_learning_curve(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """The last layer with and without generated samples."""
        controls, card, studio = self._events.controls, self._cards.learning_curve, self._events.studio(request)
        checkpoint, regulariser = values[controls.checkpoint], values[controls.regulariser]
        settings = {
            "checkpoint": checkpoint,
            "regulariser": regulariser,
            "noise_scale": values[controls.noise_scale],
            "seed": values[controls.seed],
            "n_real": values[card.n_real],
        }
        studio.curve_settings = None
        yield card.empty() | {card.caption: html.working("Fitting…"), card.button: gr.update(interactive=False)}

        def act() -> Updates:
            curve = session.learning_curve(
                self._engine,
                checkpoint,
                regulariser=regulariser,
                noise_scale=settings["noise_scale"],
                seed=settings["seed"],
                n_real=int(settings["n_real"]),
            )
            return card.show(curve, regulariser, int(settings["n_real"]))

        updates = run_or_explain(
            act, lambda sentence: card.empty() | {card.caption: html.problem(sentence)}, toast=False
        )
        with studio.turn():
            if studio.state.checkpoint == checkpoint:
                studio.curve_settings = settings
                updates |= self._events.outdated(studio)
            else:  # the card was emptied when another checkpoint was chosen
                updates = {}
            yield updates | {card.button: gr.update(interactive=True)}


def download_key(session_hash: str) -> str:
    """Under which a session's last download is kept among the uploads."""
    return f"{session_hash} download"
