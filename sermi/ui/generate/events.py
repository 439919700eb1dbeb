"""What happens on the tab "Generate": handlers from the values of components to what to show in others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import gradio as gr

from sermi.ui import html
from sermi.ui.engine import Engine
from sermi.ui.explain import Updates, as_gradio_error, run_or_explain
from sermi.ui.generate import html as generate_html
from sermi.ui.generate import maps, session
from sermi.ui.generate.components import Cards
from sermi.ui.generate.controls import Controls, checkpoint_choices
from sermi.ui.generate.session import MAPS, OTHER_WORDS, MapState
from sermi.ui.uploads import Uploads

Values = Mapping[Any, Any]
"""What a visitor's components hold, by component."""


class Events:
    """The handlers. `state` holds the visitor's MapState, `visitor` the last recording's Utterance, or None."""

    def __init__(self, engine: Engine, uploads: Uploads, controls: Controls, cards: Cards, visitor: gr.State) -> None:
        self.engine = engine
        self.uploads = uploads
        self.controls = controls
        self.cards = cards
        self.visitor = visitor
        self.state = gr.State(MapState(engine.default), time_to_live=3_600)

    @property
    def map_inputs(self) -> set[Any]:
        """What every map depends on."""
        return {self.state, self.cards.map.projection, self.visitor}

    @property
    def map_outputs(self) -> list[Any]:
        """What every map changes."""
        return [self.state, *self.cards.map.components()]

    def on_open(self, values: Values) -> Iterator[Updates]:
        """The visitor opens the tab: what was generated before, or real features."""
        state = values[self.state]
        fresh = MapState(values[self.controls.checkpoint])
        yield from self._open(values, fresh if state.request is None else replace(state, refused=False, tsne=()))

    def on_checkpoint(self, values: Values) -> Iterator[Updates]:
        """The visitor turns to another checkpoint: its real features."""
        yield from self._open(values, MapState(values[self.controls.checkpoint]))

    def _open(self, values: Values, state: MapState) -> Iterator[Updates]:
        checkpoint, cards = values[self.controls.checkpoint], self.cards
        if not self.engine.can_generate(checkpoint):
            yield {cards.map.status: html.working("Waking the model up…")}

        def act() -> Updates:
            if state.request is not None:
                updates = self._maps(values, state)
            else:
                updates = self._maps(values, state) | {
                    cards.map.status: generate_html.invitation(values[self.visitor] is not None),
                    cards.details: gr.update(visible=False),
                    cards.learning_curve.caption: "",
                    cards.learning_curve.figure: gr.update(value=None, visible=False),
                }
            most = session.most_real(self.engine, checkpoint)
            return updates | {cards.learning_curve.n_real: gr.update(maximum=most)}

        yield run_or_explain(act, self._error)

    def on_choice_of_checkpoint(self, checkpoint: str) -> Updates:
        """The controls offer what the checkpoint can generate."""
        choices = checkpoint_choices(self.engine, checkpoint)
        return {getattr(self.controls, name): gr.update(**properties) for name, properties in choices.items()}

    def on_words(self, words: str) -> Updates:
        """The sentence can be typed where it is asked for."""
        return {self.controls.sentence: gr.update(visible=words == OTHER_WORDS)}

    def on_generate(self, values: Values) -> Iterator[Updates]:
        """The samples on the map, as soon as they are generated."""
        controls, cards = self.controls, self.cards
        checkpoint = values[controls.checkpoint]
        if not self.engine.can_generate(checkpoint):
            yield {cards.map.status: html.working("Waking the model up…")}
        elif values[cards.map.projection] == "tsne":
            yield {cards.map.status: html.working("Finding neighbours…")}

        def act() -> Updates:
            request = session.sample_request(self.engine, **controls.chosen(values), visitor=values[self.visitor])
            regularisers = self.engine.summary(checkpoint).regularisers
            others = [name for name in regularisers if name != request.regulariser][: MAPS - 1]
            state = MapState(checkpoint, request, tuple(others) if values[controls.compare] else ())
            return self._maps(values, state) | {
                cards.map.status: generate_html.status(request),
                cards.details: gr.update(visible=True),
                cards.information.verdict: generate_html.verdicts({}, list(state.requests)),
                cards.information.caption: "",
                cards.information.gauge: gr.update(value=None, visible=False),
                cards.sample.number: 0,
                cards.quality.measures: "",
            }

        refused = {self.state: replace(values[self.state], refused=True)}
        yield run_or_explain(act, lambda sentence: self._error(sentence) | refused)

    def on_generated(self, state: MapState) -> Updates:
        """How much each sample carries: histogram, table, pairs."""
        if state.request is None or state.refused:
            return {self.cards.map.status: gr.skip()}
        from sermi import plots

        explorer, pairs = self.engine.explorer(state.checkpoint), self.cards.pairs
        generated = explorer.generate(state.request)
        updates: Updates = {
            self.cards.scores.caption: html.section(
                "What each sample carries", plots.describe_scores(generated), "scores"
            ),
            self.cards.scores.histogram: plots.score_histogram(generated),
            self.cards.table.table: generate_html.table(session.table(generated)),
            pairs.block: gr.update(visible=generated.t is not None),
            self.cards.sample.details: session.sample_html(self.engine, state, 0),
        }
        if generated.t is None:
            return updates
        real = explorer.checkpoint.reference
        points = plots.RealPoints(explorer.project_text(real.text), real.c, explorer.classes)
        caption = plots.describe_text_map(generated)
        return updates | {
            pairs.caption: html.section("Their words: t̂ of each pair", caption, "pairs-map"),
            pairs.figure: plots.text_map(points, generated, explorer.project_text(generated.t)),
        }

    def on_listed(self, state: MapState) -> Iterator[Updates]:
        """The information of each set, one after the other: some seconds each."""
        card = self.cards.information
        if state.request is None or state.refused:
            yield {card.verdict: gr.skip()}
            return
        from sermi import plots
        from sermi.ui.explorer import TOLERANCE, verdict

        explorer = self.engine.explorer(state.checkpoint)
        real, measured, waiting = explorer.real_information, {}, list(state.requests)
        for name, request in state.requests.items():

            def act(name: str = name, request: Any = request) -> Updates:
                measured[name] = self.engine.information(request)
                waiting.remove(name)
                verdicts = {other: verdict(estimate.value, real.value) for other, estimate in measured.items()}
                caption = plots.describe_gauge(measured, real, explorer.ceiling)
                gauge = plots.information_gauge(measured, real, explorer.ceiling, TOLERANCE)
                return {
                    card.verdict: generate_html.verdicts(verdicts, waiting),
                    card.caption: html.section("How much the set carries about the emotion", caption, "gauge"),
                    card.gauge: gr.update(value=gauge, visible=True),
                }

            yield run_or_explain(act, lambda sentence: {card.verdict: html.problem(sentence)})

    def on_projection(self, values: Values) -> Iterator[Updates]:
        """The same samples on another map."""
        state, card = values[self.state], self.cards.map
        if values[card.projection] == "tsne":
            yield {card.status: html.working("Finding neighbours…")}
        if state.request is None:
            status = generate_html.invitation(values[self.visitor] is not None)
        else:
            status = generate_html.status(state.request)
        yield run_or_explain(lambda: self._maps(values, state) | {card.status: status}, self._error)

    def on_number(self, state: MapState, number: float | None) -> Updates:
        """One sample, by its number."""
        details = self.cards.sample.details
        return run_or_explain(
            lambda: {details: session.sample_html(self.engine, state, number)},
            lambda sentence: {details: html.problem(sentence)},
        )

    def on_download(self, suffix: str) -> Callable[..., str]:
        """A handler that makes a file of the samples, in place of the last one of this session."""

        def handle(state: MapState, request: gr.Request) -> str:
            with as_gradio_error():
                path = session.zip_samples(self.engine, state, suffix, folder=self.uploads.folder)
            self.uploads.keep(download_key(request.session_hash or ""), path)
            return str(path)

        return handle

    def on_quality(self, state: MapState) -> Iterator[Updates]:
        """The measures of `sermi.quality`, each beside what real features score."""
        card, request = self.cards.quality, state.request
        if request is None:
            yield {card.measures: html.problem("There is nothing to measure yet; press Generate first.")}
            return
        yield {card.measures: html.working("Measuring…"), card.button: gr.update(interactive=False)}
        yield {card.button: gr.update(interactive=True)} | run_or_explain(
            lambda: {card.measures: session.quality_html(self.engine, request)},
            lambda sentence: {card.measures: html.problem(sentence)},
        )

    def on_learning_curve(self, values: Values) -> Iterator[Updates]:
        """The last layer with and without generated samples."""
        controls, card = self.controls, self.cards.learning_curve
        yield {card.caption: html.working("Fitting…"), card.button: gr.update(interactive=False)}

        def act() -> Updates:
            from sermi import plots

            regulariser, n_real = values[controls.regulariser], int(values[card.n_real])
            curve = session.learning_curve(
                self.engine,
                values[controls.checkpoint],
                regulariser=regulariser,
                noise_scale=values[controls.noise_scale],
                seed=values[controls.seed],
                n_real=n_real,
            )
            caption = plots.describe_learning_curve(curve, n_real)
            return {
                card.caption: html.section(f"Held-out UA: {regulariser}", caption, "learning-curve"),
                card.figure: gr.update(value=plots.learning_curve_figure(curve, n_real), visible=True),
            }

        def fail(sentence: str) -> Updates:
            return {card.caption: html.problem(sentence), card.figure: gr.update(value=None, visible=False)}

        yield {card.button: gr.update(interactive=True)} | run_or_explain(act, fail)

    def _error(self, sentence: str) -> Updates:
        """What is on the map stays there: it is still what its caption says."""
        return {self.cards.map.status: html.problem(sentence)}

    def _maps(self, values: Values, state: MapState) -> Updates:
        """The map and those beside it."""
        card = self.cards.map
        state, drawn = maps.maps(
            self.engine,
            state,
            projection=values[card.projection],
            visitor=values[self.visitor],
        )
        (caption, figure), *others = drawn
        title = "On the map" if state.request is None else maps.map_title(state, 0)
        updates: Updates = {
            self.state: state,
            card.caption: html.section(title, caption, "sample-map"),
            card.figure: figure,
            card.others: gr.update(visible=bool(others)),
        }
        for i, (text, plot) in enumerate(zip(card.other_captions, card.other_figures, strict=True), 1):
            caption, figure = others[i - 1] if i <= len(others) else ("", None)
            section = html.section(maps.map_title(state, i), caption, f"sample-map-{i}") if caption else ""
            updates |= {text: section, plot: figure}
        return updates


def download_key(session_hash: str) -> str:
    """Under which a session's last download is kept among the uploads."""
    return f"{session_hash} download"
