"""The card "Many files at once": files or a zip in, a table out that can be sorted, corrected and taken along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from sermi.ui.limits import MAX_BYTES
from sermi.ui.recognise.bundle import MAX_FILES
from sermi.ui.recognise.whose import ALONE, WAYS

_ABOUT = (
    f'<p class="caption">Up to {MAX_FILES} recordings of at most {MAX_BYTES // 10**6} MB, or a zip of them. What is known of '
    "your voice plays no part. Where it is known who speaks, files of one speaker are answered together: each draws on the "
    "others. A CSV with the columns file and speaker may be dropped with them, or afterwards. The sound of each is deleted as "
    "soon as it is recognised; features and words stay until you remove them or leave, so that speakers can be changed.</p>"
)
_HINT = (
    '<p class="hint" id="many-hint">Tick two files to compare them. Speakers can be typed over in the table; Context is how '
    "many other files of the speaker an answer draws on.</p>"
)


@dataclass(frozen=True)
class ManyCard:
    """Its components."""

    way: gr.Radio
    files: gr.File
    words: gr.Checkbox
    stop: gr.Button
    status: gr.HTML
    table: gr.HTML
    about_table: gr.HTML
    correct: gr.Button
    remove: gr.Button
    downloads: list[gr.DownloadButton]
    compare: gr.Button
    """Out of sight: pressed when takes are ticked."""
    comparison: gr.HTML

    @classmethod
    def build(cls) -> ManyCard:
        """Lay it out, folded."""
        with gr.Column(elem_classes="card many"), gr.Accordion("Many files at once", open=False, elem_id="many"):
            gr.HTML(_ABOUT)
            words = gr.Checkbox(False, label="Transcribe the words too (English, slower)", elem_id="many-words")
            way = gr.Radio(
                [(label, way) for way, label in WAYS.items()], value=ALONE, label="Who speaks", elem_id="many-way"
            )
            files = gr.File(label="Recordings or a zip", file_count="multiple", height=160, elem_id="many-files")
            # gr.File itself would leave an empty file behind for each
            vars(files)["preprocess"] = lambda payload: [file.path for file in payload or []]
            status = gr.HTML(elem_id="many-status")
            stop = gr.Button("Stop", size="sm", visible=False, elem_id="many-stop")
            table = gr.HTML(elem_id="many-table")
            about_table = gr.HTML(_HINT, visible=False)
            with gr.Row(elem_classes="actions"):
                correct = gr.Button("Use the speakers typed", visible=False, elem_id="many-correct")
                downloads = [
                    gr.DownloadButton(f"Download {name}", visible=False, elem_id=f"many-{name.lower()}")
                    for name in ("CSV", "JSON")
                ]
                remove = gr.Button("Remove all", visible=False, elem_id="many-remove")
            compare = gr.Button(visible="hidden", elem_id="many-compare")
            comparison = gr.HTML(elem_id="many-comparison")
        return cls(
            way=way,
            files=files,
            words=words,
            stop=stop,
            status=status,
            table=table,
            about_table=about_table,
            correct=correct,
            remove=remove,
            downloads=downloads,
            compare=compare,
            comparison=comparison,
        )

    @property
    def of_table(self) -> list[Any]:
        """What there is beside a table."""
        return [self.about_table, self.correct, self.remove]

    def components(self) -> list[Any]:
        """What changes."""
        return [
            self.way,
            self.files,
            self.stop,
            self.status,
            self.table,
            *self.of_table,
            *self.downloads,
            self.comparison,
        ]
