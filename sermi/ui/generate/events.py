"""What happens on the tab "Generate" with the set as a whole: from the values of components to what to show in others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from sermi.ui import html
from sermi.ui.engine import Engine
from sermi.ui.explain import Updates, run_or_explain
from sermi.ui.generate import html as generate_html
from sermi.ui.generate import maps, session
from sermi.ui.generate.components import Cards
from sermi.ui.generate.controls import Controls, checkpoint_choices
from sermi.ui.generate.session import MAPS, OTHER_WORDS, MapState
from sermi.ui.generate.studio import Settings, Studio, View
from sermi.ui.glossary import explained
from sermi.ui.requests import received, session_of
from sermi.ui.sessions import Sessions
from sermi.ui.voices import Voices

Values = Mapping[Any, Any]
"""What a visitor's components hold, by component."""


class Events:
    """The handlers. `visitor` holds the last recording's Utterance, or None."""

    def __init__(
        self,
        engine: Engine,
        studios: Sessions[Studio],
        voices: Voices,
        *,
        controls: Controls,
        cards: Cards,
        visitor: gr.State,
    ) -> None:
        """Of one page.

        Args:
            engine: the app's checkpoints.
            studios: what is on the tab of each visitor.
            voices: what is known of each visitor's.
            controls: what they choose.
            cards: what they see.
            visitor: holds their last recording's Utterance, or None.
        """
        self.engine = engine
        self.studios = studios
        self.voices = voices
        self.controls = controls
        self.cards = cards
        self.visitor = visitor

    def studio(self, request: gr.Request) -> Studio:
        """What is on the visitor's tab; nothing of a voice of which a sentence was removed since."""
        session = session_of(request)
        studio = self.studios.of(session)
        studio.keep_of_voice(self.voices.of(session))
        return studio

    def on_open(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """The visitor opens the tab: what was generated before, or real features."""
        studio = self.studio(request)
        studio.set_view(self._view(values), received(request))
        if studio.state.request is None:
            studio.state = MapState(values[self.controls.checkpoint])
        yield from self._open(studio)

    def on_checkpoint(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """The visitor turns to another checkpoint: its real features, and nothing of the one before."""
        studio = self.studio(request)
        studio.set_view(self._view(values), received(request))
        with studio.turn():
            studio.show(MapState(values[self.controls.checkpoint]), None)
            studio.curve_settings = None
            yield {
                self.cards.map.status: html.working("Waking the model up…"),
                self.cards.map.outdated: "",
                **self.cards.hide(),
                **self.cards.learning_curve.empty(),
            }
        yield from self._open(studio, self.cards.learning_curve.empty())

    def _open(self, studio: Studio, also: Updates | None = None) -> Iterator[Updates]:
        cards = self.cards
        if not self.engine.can_generate(studio.state.checkpoint):
            yield {cards.map.status: html.working("Waking the model up…")}
        most = run_or_explain(
            lambda: {
                cards.learning_curve.n_real: gr.update(maximum=session.most_real(self.engine, studio.state.checkpoint))
            },
            lambda _: {},
            toast=False,
        )
        yield from self._redraw(studio, most | (also or {}))

    def _redraw(self, studio: Studio, also: Updates | None = None) -> Iterator[Updates]:
        """The set on the page, as it is wanted now. also: what else is shown."""
        card, problems = self.cards.map, studio.problems
        while True:
            run, view, drawn = studio.run, studio.view, studio.state

            def act(state: MapState = drawn, view: View = view) -> Updates:
                nonlocal drawn
                drawn, updates = self._maps(state, view)
                if state.request is not None:
                    return updates | {card.status: generate_html.status(state.request)}
                updates[card.status] = generate_html.invitation(view.visitor is not None)
                return updates | self.cards.hide()

            updates = run_or_explain(act, self._error, toast=False)
            with studio.turn():
                if run == studio.run and view.is_like(studio.view):
                    studio.state = drawn
                    if problems != studio.problems:
                        updates.pop(card.status, None)  # why nothing was generated meanwhile stays
                    yield updates | (also or {})
                    return

    def on_choice_of_checkpoint(self, checkpoint: str) -> Updates:
        """The controls offer what the checkpoint can generate."""
        choices = checkpoint_choices(self.engine, checkpoint)
        return {getattr(self.controls, name): gr.update(**properties) for name, properties in choices.items()}

    def on_words(self, words: str) -> Updates:
        """The sentence can be typed where it is asked for."""
        return {self.controls.sentence: gr.update(visible=words == OTHER_WORDS)}

    def on_control(self, values: Values, request: gr.Request) -> Updates:
        """Whatever the controls no longer say is marked as outdated, until it is generated again."""
        studio = self.studio(request)
        studio.set_wanted(self.settings(values), received(request))
        return self.outdated(studio)

    def outdated(self, studio: Studio) -> Updates:
        """Signs that the controls say something else than what is shown."""
        card = self.cards.learning_curve
        return {
            self.cards.map.outdated: generate_html.outdated("Generate") if studio.is_outdated else "",
            card.outdated: generate_html.outdated("Fit with and without") if studio.is_curve_outdated else "",
        }

    def settings(self, values: Values) -> Settings:
        """What the controls say."""
        number = self.cards.learning_curve.n_real
        return self.controls.chosen(values) | {
            "compare": values[self.controls.compare],
            **({"n_real": values[number]} if number in values else {}),
        }

    def on_generate(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """The samples on the map, as soon as they are generated; all other cards are emptied with it."""
        controls, cards, studio = self.controls, self.cards, self.studio(request)
        checkpoint, settings = values[controls.checkpoint], self.settings(values)
        studio.set_view(self._view(values), received(request))
        studio.set_wanted(settings, received(request))
        if not self.engine.can_generate(checkpoint):
            yield {cards.map.status: html.working("Waking the model up…")}
        else:
            neighbours = values[cards.map.projection] == "tsne"
            yield {cards.map.status: html.working("Finding neighbours…" if neighbours else "Generating…")}
        state = MapState(checkpoint)
        voice, frontend = self.voices.of(session_of(request)), self.engine.summary(checkpoint).frontend

        def ask() -> Updates:
            nonlocal state
            sample_request = session.sample_request(
                self.engine, **controls.chosen(values), visitor=values[self.visitor], sentences=voice.alike(frontend)
            )
            regularisers = self.engine.summary(checkpoint).regularisers
            others = [name for name in regularisers if name != sample_request.regulariser][: MAPS - 1]
            state = MapState(checkpoint, sample_request, tuple(others) if values[controls.compare] else ())
            return {}

        def draw(view: View) -> Updates:
            nonlocal state
            state, updates = self._maps(state, view)
            assert state.request is not None
            return updates | {cards.map.status: generate_html.status(state.request)} | cards.empty(state)

        problem = run_or_explain(ask, self._error, toast=False)
        while not problem:
            view = studio.view
            updates = run_or_explain(lambda view=view: draw(view), self._error, toast=False)  # type: ignore[misc]
            if cards.details not in updates:
                problem = updates
                break
            with studio.turn():
                if view.is_like(studio.view):
                    studio.show(state, settings)
                    yield updates | self.outdated(studio)
                    return
        with studio.turn():
            studio.problems += 1
            yield problem

    def on_generated(self, request: gr.Request) -> Iterator[Updates]:
        """How much each sample carries: histogram, table, pairs."""
        studio = self.studio(request)
        run, state = studio.run, studio.state
        if state.request is None or studio.listed == run:
            yield {self.cards.map.status: gr.skip()}
            return
        studio.listed = run
        updates = run_or_explain(lambda: self._listed(state, studio.number), self._error, toast=False)
        yield from self._show(studio, run, updates)

    def _show(self, studio: Studio, run: int, updates: Updates) -> Iterator[Updates]:
        """What was computed of a set, unless another one is on the page by now."""
        with studio.turn():
            yield updates if studio.run == run else dict.fromkeys(updates, gr.skip())

    def _listed(self, state: MapState, number: float | None) -> Updates:
        from sermi import plots

        assert state.request is not None
        explorer, pairs = self.engine.explorer(state.checkpoint), self.cards.pairs
        generated = explorer.generate(state.request)
        updates: Updates = {
            self.cards.scores.caption: explained(
                html.section("What each sample carries", plots.describe_scores(generated), "scores")
            ),
            self.cards.scores.histogram: plots.score_histogram(generated),
            self.cards.table.table: generate_html.table(session.table(generated)),
            pairs.block: gr.update(visible=generated.t is not None),
            self.cards.sample.details: session.sample_html(self.engine, state, number),
        }
        if generated.t is None:
            return updates
        real = explorer.checkpoint.reference
        points = plots.RealPoints(explorer.project_text(real.text), real.c, explorer.classes)
        return updates | {
            pairs.caption: html.section("The words of each pair", plots.describe_text_map(generated), "pairs-map"),
            pairs.figure: plots.text_map(points, generated, explorer.project_text(generated.t)),
        }

    def on_listed(self, request: gr.Request) -> Iterator[Updates]:
        """The information of each set, one after the other: some seconds each."""
        studio = self.studio(request)
        run, state = studio.run, studio.state
        if state.request is None or studio.measured == run:
            yield {self.cards.information.verdict: gr.skip()}
            return
        studio.measured = run
        measured: dict[str, Any] = {}
        for name, sample_request in state.requests.items():

            def act(name: str = name, sample_request: Any = sample_request) -> Updates:
                measured[name] = self.engine.information(sample_request)
                return self.cards.information.show(self.engine, state, measured)

            updates = run_or_explain(act, self._problem_of_measuring, toast=False)
            yield from self._show(studio, run, updates)
            if studio.run != run:
                return

    def _problem_of_measuring(self, sentence: str) -> Updates:
        return {self.cards.information.verdict: html.problem(sentence)}

    def on_projection(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """The same samples on another map."""
        studio = self.studio(request)
        studio.set_view(self._view(values), received(request))
        if studio.view.projection == "tsne":
            yield {self.cards.map.status: html.working("Finding neighbours…")}
        yield from self._redraw(studio)

    def _view(self, values: Values) -> View:
        return View(values[self.cards.map.projection], values[self.visitor])

    def _error(self, sentence: str) -> Updates:
        """What is on the map stays there: it is still what its caption says."""
        return {self.cards.map.status: html.problem(sentence)}

    def _maps(self, state: MapState, view: View) -> tuple[MapState, Updates]:
        """The map and those beside it. The state comes back with t-SNE's places."""
        card = self.cards.map
        state, drawn = maps.maps(self.engine, state, projection=view.projection, visitor=view.visitor)
        updates: Updates = {
            card.key: generate_html.key(
                self.engine.explorer(state.checkpoint).classes,
                has_samples=state.request is not None,
                own_recording=view.visitor is not None,
            )
        }
        places = zip(card.columns, card.captions, card.figures, strict=True)
        for i, (column, text, plot) in enumerate(places):
            caption, figure = drawn[i] if i < len(drawn) else ("", None)
            title = maps.map_title(state, i) if state.request is not None and caption else "On the map"
            name = f"sample-map-{i}" if i else "sample-map"
            updates |= {
                column: gr.update(visible=bool(caption)),
                text: explained(html.section(title, caption, name)) if caption else "",
                plot: figure,
            }
        return state, updates
