"""The engine on the shipped checkpoints, loaded once for all tests of the page."""

from __future__ import annotations

import pytest

from sermi.ui.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()
