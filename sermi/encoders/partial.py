"""Some tensors of a safetensors file on the hub, without the others: its header says where each lies.

Format: eight bytes with the header's length, the header in JSON, the tensors' bytes
(https://huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sermi.encoders.progress import Report, bar_class

FILE = "model.safetensors"
_FIRST_BYTES = 100_000
"""Asked for at once; hardly a header is longer."""
_MAX_HEADER = 20_000_000


def fetch_tensors(repository: str, is_needed: Callable[[str], bool], folder: Path, report: Report) -> bool:
    """Write model.safetensors with the needed tensors of a repository's into a folder; all of it or nothing.

    Args:
        repository: on the hub.
        is_needed: by a tensor's name.
        folder: that exists.
        report: is called with bytes fetched and bytes in all.

    Returns:
        False where the server gives no parts of files, or the file isn't as it should be; nothing is written then.

    Raises:
        Whatever the hub's client does.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    headers = {**build_hf_headers(library_name="sermi"), "Accept-Encoding": "identity"}
    commit = get_hf_file_metadata(hf_hub_url(repository, FILE)).commit_hash
    url = hf_hub_url(repository, FILE, revision=commit)
    header = _header(url, headers)
    if header is None:
        return False
    start, entries = header
    needed = sorted(
        (
            (*entry["data_offsets"], name)
            for name, entry in entries.items()
            if name != "__metadata__" and is_needed(name)
        )
    )
    total = sum(end - begin for begin, end, _ in needed)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{FILE}.", delete=False) as file:
        partial = Path(file.name)
        try:
            file.write(_packed(entries, [name for *_, name in needed]))
            done = 0
            for begin, end in _runs([(begin, end) for begin, end, _ in needed]):
                http_get(
                    url,
                    file,
                    headers={**headers, "Range": f"bytes={start + begin}-{start + end - 1}"},
                    expected_size=end - begin,
                    displayed_filename=repository,
                    tqdm_class=bar_class(report, done=done, total=total),
                )
                done += end - begin
            file.close()
            partial.replace(folder / FILE)
        finally:
            partial.unlink(missing_ok=True)
    return True


def _header(url: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]] | None:
    """Where the tensors' bytes start, and the entries of the header; None where there are no parts to be had."""
    first = _part(url, headers, 0, _FIRST_BYTES)
    if first is None or len(first) < 8:
        return None
    start = 8 + int.from_bytes(first[:8], "little")
    if start > _MAX_HEADER:
        return None
    content = first[:start]
    if len(first) < start:
        rest = _part(url, headers, len(first), start)
        content += rest or b""
    try:
        return start, json.loads(content[8:])
    except ValueError:
        return None


def _part(url: str, headers: Mapping[str, str], begin: int, end: int) -> bytes | None:
    """Bytes of a file, None where the server would rather give the whole of it."""
    from huggingface_hub.utils import get_session, hf_raise_for_status

    ranged = {**headers, "Range": f"bytes={begin}-{end - 1}"}
    with get_session().stream("GET", url, headers=ranged, timeout=30, follow_redirects=True) as response:
        hf_raise_for_status(response)
        return response.read() if response.status_code == 206 else None


def _packed(entries: Mapping[str, Any], names: list[str]) -> bytes:
    """Length and header of a file that holds these tensors, one after the other."""
    header: dict[str, Any] = {"__metadata__": entries.get("__metadata__", {"format": "pt"})}
    at = 0
    for name in names:
        begin, end = entries[name]["data_offsets"]
        header[name] = {**entries[name], "data_offsets": [at, at + end - begin]}
        at += end - begin
    content = json.dumps(header).encode()
    content += b" " * (-len(content) % 8)  # so that the tensors are aligned
    return len(content).to_bytes(8, "little") + content


def _runs(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours joined, so that each is asked for once.

    >>> _runs([(0, 4), (4, 6), (9, 12)])
    [(0, 6), (9, 12)]
    """
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined
