"""Where most real features of an emotion lie on a map, and how many generated ones lie there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from scipy.stats import gaussian_kde

from sermi.plots.maps import RealPoints
from sermi.plots.style import COLOURS

HELD = 0.9
"""Share of the real features of an emotion within its region."""
_LEAST = 20
"""Real features of an emotion that a region needs."""
_GRID = 48


@dataclass(frozen=True)
class Region:
    """Where the density of an emotion's real features is at least `least`."""

    density: gaussian_kde
    least: float

    def holds(self, xy: np.ndarray) -> np.ndarray:
        """(N, 2) -> (N,) whether each point lies in it."""
        inside: np.ndarray = self.density(xy.T) >= self.least
        return inside


def regions(real: RealPoints) -> dict[int, Region]:
    """By code; emotions with too few features on the map have none."""
    drawn = {}
    for code in np.unique(real.c):
        xy = real.xy[(real.c == code) & np.isfinite(real.xy[:, 0])]
        if len(xy) >= _LEAST and np.linalg.matrix_rank(xy - xy.mean(axis=0)) == 2:
            density = gaussian_kde(xy.T)
            drawn[int(code)] = Region(density, float(np.quantile(density(xy.T), 1 - HELD)))
    return drawn


def add_regions(figure: go.Figure, real: RealPoints, of: Mapping[int, Region]) -> None:
    """A line around each."""
    low, high = np.nanmin(real.xy, axis=0), np.nanmax(real.xy, axis=0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    x, y = (np.linspace(low[axis], high[axis], _GRID) for axis in (0, 1))
    grid = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    for code, region in of.items():
        # as a multiple of the least density: short numbers travel well
        z = np.minimum(region.density(grid) / region.least, 3).reshape(_GRID, _GRID)
        name = real.classes[code]
        figure.add_contour(
            x=x.round(3).tolist(),
            y=y.round(3).tolist(),
            z=z.round(2).tolist(),
            contours={"start": 1, "end": 1, "size": 1, "coloring": "none"},
            line={"color": COLOURS[name], "width": 1.5},
            name=f"Region of {name}",
            hoverinfo="skip",
            showscale=False,
            showlegend=False,
        )
    figure.data = (*figure.data[-len(of) :], *figure.data[: -len(of)]) if of else figure.data  # below the dots


def held_of_others(real: RealPoints, speaker: np.ndarray) -> float:
    """The share of a real speaker's features in the regions that are drawn without that speaker, mean over speakers.

    What samples can be held against: a region holds more of the very features that it is drawn from. NaN for one speaker.
    speaker: (R,) of each real feature.
    """
    shares = []
    for one in np.unique(speaker):
        others = speaker != one
        of = regions(RealPoints(real.xy[others], real.c[others], real.classes))
        shares.append(_inside(of, real.c[~others], real.xy[~others]))
    return float(np.nanmean(shares)) if np.isfinite(shares).any() else float("nan")


def describe_inside(of: Mapping[int, Region], c: np.ndarray, xy: np.ndarray, of_real: float) -> str:
    """How many samples lie in the region of their own emotion.

    Args:
        of: the regions.
        c: (N,) codes.
        xy: (N, 2), NaN for those left out.
        of_real: as of `held_of_others`.
    """
    share = _inside(of, c, xy)
    if np.isnan(share):
        return ""
    beside = (
        ""
        if np.isnan(of_real)
        else f", of a real speaker's features {100 * of_real:.0f} %, within lines drawn without them"
    )
    return (
        f" {100 * share:.0f} % of them lie within the line of their emotion, drawn around {100 * HELD:.0f} % of its real "
        f"features{beside}."
    )


def _inside(of: Mapping[int, Region], c: np.ndarray, xy: np.ndarray) -> float:
    """Share of points (N, 2) in the region of their own emotion, of those that are placed and have one; NaN of none."""
    placed = np.isfinite(xy[:, 0]) & np.isin(c, list(of))
    inside = sum(int(of[int(code)].holds(xy[placed & (c == code)]).sum()) for code in np.unique(c[placed]))
    return inside / placed.sum() if placed.any() else float("nan")
