"""Where MPEG audio begins in a file that begins with something else: zeros, a broken tag, a cut in the middle of a frame.

A frame's header (ISO/IEC 11172-3 and 13818-3, 2.4.1.3) says how long the frame is, so the next header is where it ends.
"""

from __future__ import annotations

SEARCHED_BYTES = 1 << 16
"""Of a file's beginning; FFmpeg skips as much."""

_N_FRAMES = 3
"""In a row: what looks like one header occurs by chance."""
_KBITS = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bitrates of layer III by version, from index 1 on."""
_RATES = (44_100, 48_000, 32_000)


def has_frames(head: bytes) -> bool:
    """Whether a file's first bytes hold three frames of MPEG audio layer III (MP3) in a row."""
    at = head.find(b"\xff")
    while at >= 0:
        if _are_frames(head, at):
            return True
        at = head.find(b"\xff", at + 1)
    return False


def _are_frames(head: bytes, at: int) -> bool:
    first = head[at + 1 : at + 2]
    for _ in range(_N_FRAMES):
        length = _frame_bytes(head[at : at + 4])
        if not length or head[at + 1 : at + 2] != first:
            return False
        at += length
    return True


def _frame_bytes(header: bytes) -> int:
    """Length of the layer III frame that begins with these four bytes; 0 where none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, bitrate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or not 1 <= bitrate <= 14 or rate == 3:
        return 0
    is_first = version == 3  # else MPEG-2 (2) or 2.5 (0), at a half or a quarter of the rates
    hertz = _RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if is_first else 72) * _KBITS[1 if is_first else 2][bitrate - 1] * 1_000 // hertz + (header[2] >> 1 & 1)
