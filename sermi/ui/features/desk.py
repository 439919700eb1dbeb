"""What is on one visitor's tab "Your features": their table, and which of their runs is awaited."""

from __future__ import annotations

from sermi.ui.features.choices import Choices, Dropped
from sermi.ui.sessions import Runs, Turn


class Desk:
    """Of one visit. What is shown by a run that isn't the last one belongs to a table that is gone."""

    def __init__(self) -> None:
        self.turn = Turn()
        self.dropped: Dropped | None = None
        self.wanted = Choices()
        """What the controls say."""
        self.shown: Choices | None = None
        """What the report on the page was made with; None where there is none."""
        self._runs = Runs()
        self._asked: int | None = None
        """The run that was asked for and isn't over."""
        self._is_taken = False

    def begin(self) -> int:
        """The number of a new run; what was under way is void."""
        self._asked = None
        return self._runs.begin()

    def clear(self) -> None:
        """There is no table any more, nor anything of it."""
        self.begin()
        self.dropped = self.shown = None

    def is_last(self, run: int) -> bool:
        """Whether what this run gives may be shown."""
        return self._runs.is_last(run)

    @property
    def is_outdated(self) -> bool:
        """Whether the controls say something else than what the report was made with."""
        return self.shown is not None and self.shown != self.wanted

    @property
    def is_at_work(self) -> bool:
        """Whether a report is awaited."""
        return self._asked is not None

    def ask(self) -> bool:
        """Ask for a report; False where one is asked for already."""
        if self._asked is not None:
            return False
        self._asked, self._is_taken, self.shown = self.begin(), False, None
        return True

    def take(self) -> int | None:
        """The run that was asked for, once; None where there is none to begin."""
        if self._asked is None or self._is_taken:
            return None
        self._is_taken = True
        return self._asked

    def end(self, run: int) -> None:
        """A run is over, and another one may be asked for."""
        if self._asked == run:
            self._asked = None
