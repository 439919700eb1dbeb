"""Damaged and made-up files through the doors by which strangers' files come in; `python -m benchmarks.fuzz --help`."""
