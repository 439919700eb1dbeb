"""Rows of a CSV or TSV file, with one sentence for every way in which such files go wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from sermi.errors import CorpusError
from sermi.paths import is_file, is_folder

Row = dict[str, str]
FILE_COLUMNS = ("path", "file", "filename", "name")
"""What a table of speakers may call its column of files; the first that is there counts."""


def read_csv(path: Path, columns: Sequence[str], *, fallback: str | None = None, separators: str = ",") -> list[Row]:
    """Rows of a file with a header that has at least `columns`; fields cut short are '', rows of nothing else left out.

    The file is UTF-8, with or without a byte order mark, or else in the `fallback` encoding. It is separated by that of
    `separators` which finds the columns in its header.
    Raises CorpusError when it is missing, empty, in another encoding, ragged, or lacks a column.
    """
    lines = _lines(path, fallback)
    header = next((line for line in lines if line.strip()), "")
    lines.seek(0)

    def n_columns(separator: str) -> int:
        try:
            names = next(csv.reader([header], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:  # which is named once the rows are read
            return 0
        return len({name.strip() for name in names} & set(columns))

    separator = max(separators, key=n_columns)
    reader = csv.DictReader(lines, restval="", delimiter=separator, skipinitialspace=True)
    return _rows(reader, path, columns)


def read_tsv(path: Path, columns: Sequence[str], *, header: bool) -> list[Row]:
    """Rows of a tab-separated UTF-8 file in which a quotation mark is an ordinary character.

    Without a header, `columns` names the fields in order. Raises CorpusError as `read_csv` does.
    """
    names = None if header else columns
    reader = csv.DictReader(
        _lines(path), names, restval="", delimiter="\t", quoting=csv.QUOTE_NONE, skipinitialspace=True
    )
    return _rows(reader, path, columns)


def listed_files(table: Path, rows: Sequence[Row]) -> list[Path]:
    """The file in the column `path` of each row, which is relative to the table's folder.

    Raises CorpusError when one can't be found or is named twice.
    """
    folder = table.resolve().parent
    absent = [row["path"] for row in rows if not is_file(folder / row["path"])]
    if absent:
        others = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise CorpusError(
            f"'{absent[0]}'{others}, named in '{table.name}', can't be found; paths are relative to '{folder}'."
        )
    files: list[Path] = []
    seen: set[Path] = set()
    for row in rows:
        path = (folder / row["path"]).resolve()
        if path in seen:
            raise CorpusError(f"'{table.name}' names '{row['path']}' twice; keep one row for each recording.")
        seen.add(path)
        files.append(path)
    return files


def _lines(path: Path, fallback: str | None = None) -> io.StringIO:
    if is_folder(path):
        raise CorpusError(f"'{path}' is a folder; give the file in it.")
    if not is_file(path):
        raise CorpusError(f"There is no file '{path}'; check the path and that the corpus is complete.")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if fallback is None:
            raise CorpusError(f"'{path.name}' is not UTF-8 text; save it again with that encoding.") from None
        text = data.decode(fallback)
    return io.StringIO(text, newline="")


def _rows(reader: csv.DictReader[str], path: Path, columns: Sequence[str]) -> list[Row]:
    try:
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        missing = [name for name in columns if name not in reader.fieldnames]
        if reader.fieldnames and missing:
            raise CorpusError(
                f"'{path.name}' lacks the column {' and '.join(missing)}; its header is {','.join(reader.fieldnames)}."
            )
        rows = []
        for row in reader:
            if not any("".join(value).strip() for value in row.values()):
                continue  # a spreadsheet's empty last rows
            if None in row:
                raise CorpusError(
                    f"Line {reader.line_num} of '{path.name}' has more fields than there are columns; "
                    "put a text that contains the separator between double quotes."
                )
            rows.append(row)
    except csv.Error as error:
        raise CorpusError(f"Line {reader.line_num} of '{path.name}' can't be read: {error}.") from None
    if not rows:
        raise CorpusError(f"'{path.name}' is empty; it needs at least one row.")
    return rows
