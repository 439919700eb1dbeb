"""Commands that are killed, or whose disk fails, at each of their writes; `python -m benchmarks.faults --help`."""
