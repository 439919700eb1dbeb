"""The card "Many files at once": files or a zip in, a table out that can be sorted and taken along."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from sermi.errors import SermiError
from sermi.ui import html
from sermi.ui.calls import note_error
from sermi.ui.engine import Engine
from sermi.ui.explain import Updates
from sermi.ui.limits import MAX_BYTES
from sermi.ui.queues import AT_ONCE, BATCH, INTERNAL, OVERLAPPING
from sermi.ui.recognise.bundle import COLUMNS, MAX_FILES, Recording, Row, named, unpacked, write
from sermi.ui.requests import received, session_of
from sermi.ui.sessions import Runs, Sessions
from sermi.ui.uploads import Uploads

log = logging.getLogger(__name__)


def holders(session: str) -> tuple[str, ...]:
    """Under which a session's files of this card are kept: what it sent, and what it gets."""
    return tuple(f"{session} many{suffix}" for suffix in ("", " csv", " json"))


@dataclass(frozen=True)
class ManyCard:
    """Its components."""

    files: gr.File
    words: gr.Checkbox
    stop: gr.Button
    status: gr.HTML
    table: gr.HTML
    downloads: list[gr.DownloadButton]

    @classmethod
    def build(cls) -> ManyCard:
        """Lay it out, folded."""
        with gr.Column(elem_classes="card many"), gr.Accordion("Many files at once", open=False, elem_id="many"):
            gr.HTML(
                f'<p class="caption">Up to {MAX_FILES} recordings of at most {MAX_BYTES // 10**6} MB, or a zip of them. '
                "Each is deleted as soon as it is recognised, by itself: what is known of your voice plays no part.</p>"
            )
            words = gr.Checkbox(False, label="Transcribe the words too (English, slower)", elem_id="many-words")
            files = gr.File(label="Recordings or a zip", file_count="multiple", height=160, elem_id="many-files")
            # gr.File itself would leave an empty file behind for each
            vars(files)["preprocess"] = lambda payload: [file.path for file in payload or []]
            status = gr.HTML(elem_id="many-status")
            stop = gr.Button("Stop", size="sm", visible=False, elem_id="many-stop")
            table = gr.HTML(elem_id="many-table")
            with gr.Row(elem_classes="actions"):
                downloads = [
                    gr.DownloadButton(f"Download {name}", visible=False, elem_id=f"many-{name.lower()}")
                    for name in ("CSV", "JSON")
                ]
        return cls(files=files, words=words, stop=stop, status=status, table=table, downloads=downloads)

    def components(self) -> list[Any]:
        """What changes."""
        return [self.files, self.stop, self.status, self.table, *self.downloads]


class ManyEvents:
    """The handlers."""

    def __init__(self, engine: Engine, uploads: Uploads, card: ManyCard) -> None:
        self._engine = engine
        self._uploads = uploads
        self._card = card
        self._runs: Sessions[Runs] = Sessions(Runs)

    def connect(self, checkpoint: gr.Dropdown) -> None:
        """checkpoint: whose value is the chosen one's name."""
        card = self._card
        card.files.upload(
            self.on_files,
            [card.files, card.words, checkpoint],
            card.components(),
            **INTERNAL,
            **OVERLAPPING,
            **BATCH,
        )
        gr.on([card.stop.click, card.files.clear], self.on_stop, None, card.components(), **AT_ONCE, **OVERLAPPING)

    def on_files(self, paths: list[str], words: bool, checkpoint: str, request: gr.Request) -> Iterator[Updates]:
        """A row for each recording as soon as it is there; one that can't be used has its reason."""
        session, card = session_of(request), self._card
        holder, *of_downloads = holders(session)
        runs = self._runs.of(session)
        run = runs.begin()
        paths = self._uploads.hand_over(session, paths, holder)
        if not paths:
            yield {card.status: gr.skip()}  # stopped while they waited for their turn
            return
        rows: list[Row] = []
        place = self._uploads.new_place()
        hidden = {download: gr.update(visible=False) for download in card.downloads}
        try:
            yield {**self._progress(rows), **hidden, card.stop: gr.update(visible=True)}
            with closing(unpacked(paths, place)) as recordings:
                for recording in recordings:
                    if not runs.is_last(run):
                        return
                    rows.append(self._row(recording, words, checkpoint))
                    self._uploads.delete(holder, str(recording.path))
                    if not runs.is_last(run):
                        return
                    yield self._progress(rows)
        finally:
            shutil.rmtree(place, ignore_errors=True)
            if runs.is_last(run):
                self._uploads.let_go(holder)
        yield self._done(rows, dict(zip(card.downloads, of_downloads, strict=True)))

    def _row(self, recording: Recording, words: bool, checkpoint: str) -> Row:
        if recording.problem:
            return Row(recording.name, problem=recording.problem)
        try:
            text, warning = self._engine.transcribe(str(recording.path)) if words else ("", "")
            analysis = self._engine.analyse(str(recording.path), text, checkpoint)
            return Row(recording.name, analysis.prediction, warnings=[warning] if warning else [])
        except SermiError as error:
            note_error(error)
            return Row(recording.name, problem=named(error, recording))
        except Exception as error:
            note_error(error)
            log.exception("one of many files failed")
            return Row(recording.name, problem=html.UNEXPECTED)

    def _progress(self, rows: list[Row]) -> Updates:
        done = f"{len(rows)} done" if rows else "The first one is being read."
        return {self._card.status: html.working("Listening…", done), self._card.table: table(rows)}

    def _done(self, rows: list[Row], holder_of: dict[gr.DownloadButton, str]) -> Updates:
        card = self._card
        paths = write(rows, self._uploads.new_place())
        updates: Updates = {card.files: None, card.stop: gr.update(visible=False), card.table: table(rows)}
        for download, path in zip(card.downloads, paths.values(), strict=True):
            self._uploads.keep(holder_of[download], path)
            updates[download] = gr.update(value=str(path), visible=True)
        failed = [row.name for row in rows if row.problem]
        title = f"{len(rows) - len(failed)} of {len(rows)} recordings recognised"
        return updates | {card.status: html.card("quiet", title, f"Not usable: {', '.join(failed)}." if failed else "")}

    def on_stop(self, request: gr.Request) -> Updates:
        """No more rows; what was sent and not yet recognised is deleted."""
        session, card = session_of(request), self._card
        self._runs.of(session).begin()
        self._uploads.let_go(holders(session)[0], at=received(request))
        return {card.files: None, card.stop: gr.update(visible=False), card.status: ""}


def table(rows: list[Row]) -> str:
    """To sort by a click on a heading."""
    if not rows:
        return ""
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button" data-column="{i}">{escape(name)}</button></th>'
        for i, name in enumerate(COLUMNS)
    )
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row.cells())}</tr>" for row in rows)
    return (
        '<div class="listing" role="region" tabindex="0" aria-label="All recordings"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
