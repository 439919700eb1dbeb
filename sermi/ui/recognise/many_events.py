"""What happens on the card "Many files at once"."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr

from sermi.errors import SermiError
from sermi.ui import html
from sermi.ui.calls import note_error
from sermi.ui.engine import Engine
from sermi.ui.explain import Updates, run_or_explain
from sermi.ui.queues import AT_ONCE, BATCH, INTERNAL, LATEST, OVERLAPPING, READ
from sermi.ui.recognise import takes
from sermi.ui.recognise.batch import Batch, Take
from sermi.ui.recognise.bundle import Recording, Row, named, unpacked, write
from sermi.ui.recognise.many import ManyCard
from sermi.ui.recognise.whose import ALONE, TABLE, TABLES, SpeakerTable
from sermi.ui.requests import received, session_of
from sermi.ui.sessions import Runs, Sessions
from sermi.ui.uploads import Uploads

log = logging.getLogger(__name__)


def holders(session: str) -> tuple[str, ...]:
    """Under which a session's files of this card are kept: what it sent, and what it gets."""
    return tuple(f"{session} many{suffix}" for suffix in ("", " csv", " json"))


class ManyEvents:
    """The handlers. A run shows nothing once its files were removed or replaced."""

    def __init__(self, engine: Engine, uploads: Uploads, card: ManyCard) -> None:
        self._engine = engine
        self._uploads = uploads
        self._card = card
        self._runs: Sessions[Runs] = Sessions(Runs)
        self._batches: Sessions[Batch] = Sessions(Batch)

    def connect(self, checkpoint: gr.Dropdown) -> None:
        """checkpoint: whose value is the chosen one's name."""
        card, again = self._card, {**INTERNAL, **LATEST, **READ}
        outputs = card.components()
        inputs = [card.files, card.words, checkpoint, card.way]
        card.files.upload(self.on_files, inputs, outputs, **INTERNAL, **OVERLAPPING, **BATCH)
        card.stop.click(self.on_stop, None, outputs, **AT_ONCE, **OVERLAPPING)
        gr.on([card.remove.click, card.files.clear], self.on_remove, None, outputs, **AT_ONCE, **OVERLAPPING)
        card.way.input(self.on_way, card.way, outputs, **again)
        # what is typed and ticked stands in the table, which the page reads
        typed, ticked = (gr.JSON(visible=False) for _ in range(2))
        card.correct.click(self.on_correct, typed, outputs, js="() => [window.sermi.speakers()]", **again)
        card.compare.click(self.on_compare, ticked, card.comparison, js="() => [window.sermi.ticked()]", **again)

    def leave(self, session: str) -> None:
        """The visitor has gone: nothing is kept of what they sent."""
        self._runs.of(session).begin()
        self._runs.drop(session)
        self._batches.drop(session)
        for holder in holders(session):
            self._uploads.let_go(holder)

    def on_files(
        self, paths: list[str], words: bool, checkpoint: str, way: str, request: gr.Request
    ) -> Iterator[Updates]:
        """A row for each recording as soon as it is there; one that can't be used has its reason."""
        session, card = session_of(request), self._card
        paths = self._uploads.hand_over(session, paths, holders(session)[0])
        if not paths:
            yield {card.status: gr.skip()}  # removed while they waited for their turn
            return
        before = self._batches.of(session)
        if before.takes and all(Path(path).suffix.lower() in TABLES for path in paths):
            yield self._on_table(session, before, paths)
            return
        runs = self._runs.of(session)
        run = runs.begin()
        batch = Batch(run, checkpoint, way=way)
        self._batches.put(session, batch)
        place = self._uploads.new_place()
        try:
            yield {
                **self._progress(batch),
                **dict.fromkeys((*card.downloads, *card.of_table), gr.update(visible=False)),
                card.comparison: "",
                card.stop: gr.update(visible=True),
            }
            with closing(unpacked(paths, place)) as recordings:
                for recording in recordings:
                    if not runs.is_last(run):
                        return
                    if recording.is_table:
                        self._read_table(batch, recording)
                    else:
                        batch.takes.append(self._take(recording, words, checkpoint))
                    self._uploads.delete(holders(session)[0], str(recording.path))
                    if not runs.is_last(run):
                        return
                    yield self._progress(batch)
        finally:
            shutil.rmtree(place, ignore_errors=True)
            if runs.is_last(run):
                self._uploads.let_go(holders(session)[0])
        yield self._done(session, batch)

    def _take(self, recording: Recording, words: bool, checkpoint: str) -> Take:
        if recording.problem:
            return Take(recording.name, problem=recording.problem)
        try:
            text, warning = self._engine.transcribe(str(recording.path)) if words else ("", "")
            clip = self._engine.encode(str(recording.path), text, checkpoint)
            alone = self._engine.predictor(checkpoint).answer(clip)
            return Take(recording.name, clip, alone, warnings=(warning,) if warning else ())
        except SermiError as error:
            note_error(error)
            return Take(recording.name, problem=named(error, recording))
        except Exception as error:
            note_error(error)
            log.exception("one of many files failed")
            return Take(recording.name, problem=html.UNEXPECTED)

    def _read_table(self, batch: Batch, recording: Recording) -> None:
        """Who speaks, where a table says it; why not, where it can't be used."""
        try:
            if recording.problem:
                raise SermiError(recording.problem)
            classes = self._engine.summary(batch.checkpoint).classes
            batch.table = SpeakerTable.read(recording.path, recording.name, classes)
            batch.way, batch.typed = TABLE, {}
        except SermiError as error:
            batch.notes.append(named(error, recording))

    def _on_table(self, session: str, batch: Batch, paths: list[str]) -> Updates:
        """A table of speakers was dropped after its recordings."""
        batch.notes = []
        for path in map(Path, paths):
            self._read_table(batch, Recording(path.name, path))
            self._uploads.delete(holders(session)[0], str(path))
        return self._done(session, batch) if batch.is_done else {self._card.way: batch.way}

    def _progress(self, batch: Batch) -> Updates:
        rows = batch.rows_alone()
        done = f"{len(rows)} done" if rows else "The first one is being read."
        return {
            self._card.status: html.working("Listening…", done),
            self._card.table: takes.table(rows, batch.number, batch.compared),
        }

    def _done(self, session: str, batch: Batch) -> Updates:
        """The table as it is now known who speaks, and the files of it."""

        def fail(sentence: str) -> Updates:
            batch.notes.append(sentence)
            return self._shown(session, batch, batch.rows_alone())

        batch.is_done = True
        return run_or_explain(
            lambda: self._shown(session, batch, batch.rows(self._engine.predictor(batch.checkpoint))), fail, toast=False
        )

    def _shown(self, session: str, batch: Batch, rows: list[Row]) -> Updates:
        card = self._card
        if self._batches.of(session) is not batch:
            return {card.status: gr.skip()}  # removed meanwhile
        updates: Updates = {
            card.way: batch.way,
            card.files: None,
            card.stop: gr.update(visible=False),
            card.table: takes.table(rows, batch.number, batch.compared, can_correct=True),
            card.comparison: _side_by_side(rows, batch.compared),
            **dict.fromkeys(card.of_table, gr.update(visible=True)),
        }
        paths = write(rows, self._uploads.new_place())
        for download, path, holder in zip(card.downloads, paths.values(), holders(session)[1:], strict=True):
            self._uploads.keep(holder, path)
            updates[download] = gr.update(value=str(path), visible=True)
        failed = [row.name for row in rows if row.problem]
        title = f"{len(rows) - len(failed)} of {len(rows)} recordings recognised"
        parts = [f"Not usable: {', '.join(failed)}." if failed else "", batch.understood(), *batch.notes]
        return updates | {card.status: html.card("quiet", title, " ".join(part for part in parts if part))}

    def on_way(self, way: str, request: gr.Request) -> Updates:
        """It is known otherwise who speaks: all are answered again."""
        session = session_of(request)
        batch = self._batches.of(session)
        batch.way, batch.typed, batch.notes = way, {}, []
        if way == TABLE and batch.table is None:
            batch.notes = ["Drop a CSV with the columns file and speaker where the recordings were dropped."]
        return self._done(session, batch) if batch.takes and batch.is_done else {self._card.status: gr.skip()}

    def on_correct(self, typed: Any, request: gr.Request) -> Updates:
        """Speakers as they were typed over in the table. typed: by the take's place."""
        session = session_of(request)
        batch = self._batches.of(session)
        if not (batch.takes and batch.is_done):
            return {self._card.status: gr.skip()}
        pairs = typed.items() if isinstance(typed, dict) else ()
        batch.correct({int(place): name for place, name in pairs if str(place).isdecimal() and isinstance(name, str)})
        return self._done(session, batch)

    def on_compare(self, ticked: Any, request: gr.Request) -> str:
        """Two takes side by side. ticked: their places."""
        batch = self._batches.of(session_of(request))
        places = ticked if isinstance(ticked, list) else []
        batch.compared = tuple(place for place in places if isinstance(place, int) and 0 <= place < len(batch.takes))[
            :2
        ]
        rows = batch.rows(self._engine.predictor(batch.checkpoint)) if batch.is_done else batch.rows_alone()
        return _side_by_side(rows, batch.compared)

    def on_stop(self, request: gr.Request) -> Updates:
        """No more rows; what was sent and not yet recognised is deleted."""
        session, card = session_of(request), self._card
        self._runs.of(session).begin()
        self._uploads.let_go(holders(session)[0], at=received(request))
        batch = self._batches.of(session)
        shown = self._done(session, batch) if batch.takes else {card.status: ""}
        return {card.files: None, card.stop: gr.update(visible=False)} | shown

    def on_remove(self, request: gr.Request) -> Updates:
        """Nothing is left: no row, no file to download, nothing that was kept to answer again."""
        session, card = session_of(request), self._card
        self._runs.of(session).begin()
        for holder in holders(session):
            self._uploads.let_go(holder, at=received(request))
        self._batches.drop(session)
        return {
            card.way: ALONE,
            card.files: None,
            **dict.fromkeys((card.status, card.table, card.comparison), ""),
            **dict.fromkeys((card.stop, *card.of_table), gr.update(visible=False)),
            **dict.fromkeys(card.downloads, gr.update(value=None, visible=False)),
        }


def _side_by_side(rows: list[Row], places: tuple[int, ...]) -> str:
    if len(places) < 2:
        return ""
    first, second = (rows[place] for place in places)
    return takes.comparison(first, second)
