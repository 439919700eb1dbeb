"""What one visitor's tab "Generate" shows. No card may show parts of two sets, however their computations overlap.

Handlers compute side by side. What they show depends on what was shown when they began; where that has changed meanwhile,
they show nothing, or compute again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sermi.ui.generate.session import MapState
from sermi.ui.sessions import Turn

if TYPE_CHECKING:
    from sermi.predictor import Utterance
    from sermi.ui.explorer import Projection
    from sermi.ui.voices import VisitorVoice

Settings = Mapping[str, Any]
"""Values of controls, by their names."""


@dataclass(frozen=True)
class View:
    """How a set is drawn."""

    projection: Projection = "emotion"
    visitor: Utterance | None = field(default=None, compare=False)
    """The last recording, None where there is none."""

    def is_like(self, other: View) -> bool:
        """Whether it gives the same drawing."""
        return self.projection == other.projection and self.visitor is other.visitor


@dataclass
class Studio:
    """What is on the page of one visitor, and what they asked for last."""

    state: MapState
    run: int = 0
    """Number of the set on the page."""
    listed: int = 0
    """Number of the last set that was listed, or is being so."""
    measured: int = 0
    """Of the last one whose information was measured, or is being so."""
    number: float | None = 0
    """Of the sample that is shown in full."""
    problems: int = 0
    """How often nothing could be generated."""
    view: View = View()
    settings: Settings | None = None
    """The controls that the set on the page was generated with; None before there is one."""
    curve_settings: Settings | None = None
    """Those that the learning curve was fitted with."""
    wanted: Settings = field(default_factory=dict)
    """What the controls say now."""

    def __post_init__(self) -> None:
        self.turn = Turn()
        self._viewed = self._asked = 0.0

    def set_view(self, view: View, at: float) -> None:
        """The visitor wants another view. at: when their request came; an earlier one changes nothing."""
        if at < self._viewed:
            return
        if view.visitor is not self.view.visitor:
            self.state = replace(self.state, tsne=())
        self._viewed, self.view = at, view

    def set_wanted(self, wanted: Settings, at: float) -> None:
        """The controls say something else. at: when that came; an earlier one changes nothing."""
        if at >= self._asked:
            self._asked, self.wanted = at, {**self.wanted, **wanted}

    def keep_of_voice(self, voice: VisitorVoice) -> None:
        """Nothing of a voice stays on the page of which a sentence was removed since."""
        used = self.state.request.voice if self.state.request else ()
        if not {one.number for one in voice.sentences}.issuperset(one.number for one in used):
            self.show(MapState(self.state.checkpoint), None)

    def show(self, state: MapState, settings: Settings | None) -> None:
        """Another set is on the page; what is computed of the one before isn't shown any more."""
        self.state, self.settings, self.run, self.number = state, settings, self.run + 1, 0

    @property
    def is_outdated(self) -> bool:
        """Whether the controls say something else than what the set on the page was generated with."""
        return _differ(self.settings, self.wanted)

    @property
    def is_curve_outdated(self) -> bool:
        """The same of the learning curve."""
        return _differ(self.curve_settings, self.wanted)


def _differ(settings: Settings | None, wanted: Settings) -> bool:
    return settings is not None and any(wanted.get(name, value) != value for name, value in settings.items())
