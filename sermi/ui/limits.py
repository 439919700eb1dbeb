"""How much a visitor's recording may be. The command line takes more: its files are already there."""

MAX_SECONDS = 600
"""Of a recording that are used."""
MAX_BYTES = 120_000_000
"""Of a file: ten minutes of uncompressed stereo at 48 kHz have 115 MB."""
SENTENCE = f"up to {MAX_SECONDS // 60} minutes and {MAX_BYTES // 10**6} MB"


def too_large(name: str, n_bytes: float) -> str:
    """The sentence about a file that isn't taken."""
    return f"'{name}' has {n_bytes / 1e6:.0f} MB; send {SENTENCE}, or save it as mp3, which is a tenth as large."
