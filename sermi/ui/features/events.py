"""What happens on the tab "Your features"."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr

from sermi.errors import SermiError
from sermi.ui import html
from sermi.ui.calls import note_error
from sermi.ui.explain import Updates, run_or_explain
from sermi.ui.features import html as own_html
from sermi.ui.features.choices import Choices, Dropped, guessed, on_the_page
from sermi.ui.features.components import Answer, Form
from sermi.ui.features.desk import Desk
from sermi.ui.features.example import NAME, STEPS, write_example
from sermi.ui.features.work import Report, Result, augmented
from sermi.ui.limits import STOPPED_S, of_tables
from sermi.ui.progress import Followed
from sermi.ui.requests import received, session_of
from sermi.ui.sessions import Sessions
from sermi.ui.uploads import Uploads

Values = Mapping[Any, Any]
"""What a visitor's components hold, by component."""
_BEAT_S = 0.5
"""How soon work that nobody waits for any more, or that takes too long, is given up."""


def holders(session: str) -> tuple[str, str, str]:
    """Under which a session's table, and the table and the report that it gets, are kept among the uploads."""
    return f"{session} features", f"{session} features table", f"{session} features report"


class Events:
    """The handlers. A run shows nothing once its table was removed or replaced."""

    def __init__(self, uploads: Uploads, desks: Sessions[Desk], form: Form, answer: Answer) -> None:
        self._uploads = uploads
        self._desks = desks
        self._form = form
        self._answer = answer

    def on_file(self, path: str, request: gr.Request) -> Iterator[Updates]:
        """A table was dropped: what is understood of it."""
        session = session_of(request)
        if not (path and self._uploads.hand_over(session, [path], holders(session)[0])):
            yield self._nothing()  # removed while it waited for its turn
            return
        yield from self._read(Path(path), Choices(), session)

    def on_example(self, request: gr.Request) -> Iterator[Updates]:
        """A table that was made up takes the place of the visitor's."""
        session = session_of(request)
        path = self._uploads.new_place() / NAME
        write_example(path)
        self._uploads.add([path], holders(session)[0])
        shown: Updates = {self._form.file: str(path)}
        for updates in self._read(path, Choices(steps=STEPS), session, is_example=True):
            yield shown | updates
            shown = {}

    def _read(self, path: Path, choices: Choices, session: str, *, is_example: bool = False) -> Iterator[Updates]:
        desk, form = self._desks.of(session), self._form
        with desk.turn():
            desk.clear()
            run = desk.begin()
            self._uploads.show(holders(session)[0], str(path))
            self._let_go_of_results(session)
            yield form.hide(html.working("Reading the table…")) | self._answer.hide(own_html.empty())

        def act() -> Updates:
            from sermi.own_features.reading import read_frame

            dropped = Dropped(path.name, *read_frame(path, of_tables()), is_example)
            wanted = guessed(dropped, choices)
            understood = self._understood(dropped, wanted)
            if desk.is_last(run):
                desk.dropped, desk.wanted = dropped, wanted
            return form.show(dropped, wanted) | understood | {self._answer.status: own_html.ready()}

        updates = run_or_explain(act, lambda sentence: form.hide(html.problem(sentence)), toast=False)
        with desk.turn():
            yield updates if desk.is_last(run) else self._nothing()

    def _understood(self, dropped: Dropped, choices: Choices) -> Updates:
        """What the columns are taken for, or the sentence that says why they can't be used."""
        form = self._form
        return run_or_explain(
            lambda: {
                form.understood: own_html.understood(choices.table(dropped)),
                form.go: gr.update(interactive=True),
            },
            lambda sentence: {
                form.understood: html.problem(on_the_page(sentence)),
                form.go: gr.update(interactive=False),
            },
            toast=False,
        )

    def on_choice(self, values: Values, request: gr.Request) -> Updates:
        """The visitor chose something else."""
        desk = self._desks.of(session_of(request))
        dropped, wanted = desk.dropped, self._form.chosen(values)
        if dropped is None:
            return self._nothing()
        updates = self._understood(dropped, wanted)
        if desk.dropped is not dropped:
            return self._nothing()
        desk.wanted = wanted
        if desk.is_at_work:
            del updates[self._form.go]
        return updates | {self._answer.outdated: own_html.outdated() if desk.is_outdated else ""}

    def on_press(self, request: gr.Request) -> Updates:
        """A sign of life at once; a second press changes nothing."""
        desk = self._desks.of(session_of(request))
        with desk.turn():
            if desk.dropped is None or not desk.ask():
                return self._nothing()
            self._let_go_of_results(session_of(request))
            return self._form.at_work() | self._answer.hide(html.working("Waiting for its turn…"))

    def on_augment(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """How far the work is, then the report."""
        session = session_of(request)
        desk = self._desks.of(session)
        run, dropped, choices = desk.take(), desk.dropped, self._form.chosen(values)
        if run is None or dropped is None:
            yield self._nothing()
            return
        place = self._uploads.new_place()
        try:
            with closing(Followed(lambda report: _work(dropped, choices, place, report), _BEAT_S)) as working:
                until = time.monotonic() + STOPPED_S
                for report in working:
                    if not desk.is_last(run) or time.monotonic() > until:
                        break
                    if report:
                        yield {self._answer.status: own_html.working(*report)}
                yield from self._answered(desk, run, choices, working, session)
        finally:
            if desk.shown is not choices:
                shutil.rmtree(place, ignore_errors=True)

    def _answered(
        self, desk: Desk, run: int, choices: Choices, working: Followed[Result], session: str
    ) -> Iterator[Updates]:
        """What the work gave, unless nobody waits for it any more."""

        def act() -> Updates:
            if not working.is_done:
                raise SermiError(own_html.TOO_LONG)
            result = working.result()
            updates = self._answer.show(result)
            for holder, path in zip(holders(session)[1:], (result.table, result.page), strict=True):
                self._uploads.keep(holder, path)
            desk.shown = choices
            return updates | {self._answer.outdated: own_html.outdated() if desk.is_outdated else ""}

        with desk.turn():
            if desk.is_last(run):
                desk.end(run)
                updates = run_or_explain(act, self._problem, toast=False)
                yield updates | self._form.at_rest()
            else:
                yield self._nothing()

    def _problem(self, sentence: str) -> Updates:
        return self._answer.hide(html.problem(on_the_page(sentence)))

    def on_stop(self, request: gr.Request) -> Updates:
        """The visitor waits no more; the table stays."""
        desk = self._desks.of(session_of(request))
        with desk.turn():
            desk.begin()
            return self._form.at_rest() | self._answer.hide(own_html.ready())

    def on_clear(self, request: gr.Request) -> Updates:
        """The table was removed, and with it goes all that was made of it."""
        session = session_of(request)
        desk = self._desks.of(session)
        with desk.turn():
            if self._uploads.let_go(holders(session)[0], at=received(request)):
                return self._nothing()  # there is a later one by now
            desk.clear()
            self._let_go_of_results(session)
            return self._form.hide() | self._answer.hide(own_html.empty())

    def on_refused(self, refused: str) -> Updates:
        """Why a table wasn't sent at all."""
        try:
            name, n_bytes, *_ = json.loads(refused)
            of_tables().check_bytes(str(name), float(n_bytes))
        except SermiError as error:
            note_error(error)
            return {self._form.understood: html.problem(str(error))}
        except (ValueError, TypeError, RecursionError):
            pass
        return {self._form.understood: gr.skip()}

    def leave(self, session: str) -> None:
        """Nothing is left of a visit."""
        self._desks.of(session).clear()
        self._desks.drop(session)
        for holder in holders(session):
            self._uploads.let_go(holder)

    def _let_go_of_results(self, session: str) -> None:
        for holder in holders(session)[1:]:
            self._uploads.let_go(holder)

    def _nothing(self) -> Updates:
        return {self._answer.status: gr.skip()}


def _work(dropped: Dropped, choices: Choices, place: Path, report: Report) -> Result:
    """`augmented`, of which nothing is left where it isn't wanted any more."""
    try:
        result = augmented(dropped, choices, place, report)
        report(1, 1, "Drawing")
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return result
