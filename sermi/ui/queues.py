"""How events of the page wait for each other: options of Gradio's event listeners."""

from __future__ import annotations

from typing import Any

Options = dict[str, Any]

INTERNAL: Options = {"api_visibility": "private", "show_progress": "hidden"}
"""Every event of the page: no endpoint, and it shows its own signs of life."""
AT_ONCE: Options = {**INTERNAL, "queue": False}
"""Events that compute nothing, so that they need not wait."""
LATEST: Options = {"trigger_mode": "always_last"}
"""Of what comes while the handler runs, only the last is handled."""
OVERLAPPING: Options = {"trigger_mode": "multiple"}
"""None is dropped because another one is under way: the handler itself knows which is the last."""

MOST_WAITING = 60
"""Calls that may wait at once, all visitors together: some twenty seconds of recognising sentences on two cores."""
MOST_OF_A_VISITOR = 20
"""Calls of one visitor that may wait at once."""

INFERENCE: Options = {"concurrency_id": "inference", "concurrency_limit": 2}
"""Two requests at a time: more would only slow each other down, and one slow file should not hold up everybody."""
LIVE: Options = {"concurrency_id": "live", "concurrency_limit": 2}
"""Windows of what is being spoken, each some 20 ms: they don't wait for whole recordings."""
FETCH: Options = {"concurrency_id": "fetch", "concurrency_limit": None}
"""Who waits for a download costs nothing, and holds up nobody."""
READ: Options = {"concurrency_id": "read", "concurrency_limit": 4}
GENERATE: Options = {"concurrency_id": "generate", "concurrency_limit": 2}
BATCH: Options = {"concurrency_id": "batch", "concurrency_limit": 1}
MEASURE: Options = {"concurrency_id": "measure", "concurrency_limit": 1}
FIT: Options = {"concurrency_id": "fit", "concurrency_limit": 1}
AUGMENT: Options = {"concurrency_id": "augment", "concurrency_limit": 1}
"""What takes seconds waits in queues of its own, so that a map never waits for somebody's measurement."""

NAMES = frozenset(
    str(one["concurrency_id"]) for one in (INFERENCE, LIVE, FETCH, READ, GENERATE, BATCH, MEASURE, FIT, AUGMENT)
)
"""Of those queues."""
