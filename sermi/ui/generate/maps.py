"""The maps of the tab "Generate": where the samples, real features and the visitor's own recording lie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sermi.errors import SermiError
from sermi.ui.generate import html
from sermi.ui.generate.session import MapState

if TYPE_CHECKING:
    import numpy as np
    import plotly.graph_objects as go

    from sermi.predictor import Utterance
    from sermi.ui.engine import Engine
    from sermi.ui.explorer import Explorer, Projection


def maps(
    engine: Engine,
    state: MapState,
    *,
    projection: Projection,
    visitor: Utterance | None = None,
) -> tuple[MapState, list[tuple[str, go.Figure]]]:
    """(caption, figure) of each set on a map, the one in detail first; of the real features alone before there is one.

    The state comes back with t-SNE's places where they had to be worked out.

    Args:
        engine: the app's checkpoints.
        state: what the page shows.
        projection: how features become a map.
        visitor: the visitor's last recording, None where there is none.
    """
    import numpy as np

    from sermi import plots
    from sermi.plots.emotion_regions import add_regions, describe_inside, held_of_others, regions

    explorer = engine.explorer(state.checkpoint)
    real = explorer.checkpoint.reference
    sets = [explorer.generate(request) for request in state.requests.values()]
    clouds = [real.h, *(generated.h for generated in sets), *_own_feature(explorer, visitor)]
    if projection == "tsne":
        state = state if state.tsne else replace(state, tsne=tuple(explorer.tsne(clouds)))
        places = list(state.tsne)
    else:
        places = [explorer.project(h, projection) for h in clouds]
    real_xy, generated_xy = places[0], places[1 : 1 + len(sets)]
    own_xy = places[-1][0] if len(places) > 1 + len(sets) else None
    points = plots.RealPoints(real_xy, real.c, explorer.classes)
    of = regions(points)
    if not sets:
        caption = plots.describe_real(points, own_recording=own_xy is not None)
        figure = plots.sample_map(points, own_recording=own_xy, legend=False)
        add_regions(figure, points, of)
        return state, [(caption, figure)]
    extent, of_real = np.concatenate(places), held_of_others(points, real.speaker)
    drawn: list[tuple[str, go.Figure]] = []
    for generated, xy in zip(sets, generated_xy, strict=True):
        caption = plots.describe_map(generated, n_real=len(real.c), own_recording=own_xy is not None, brief=bool(drawn))
        n_placed = int(np.isfinite(xy[:, 0]).sum())
        if n_placed < len(xy):
            caption += f" t-SNE places {n_placed:,} of them."
        caption += describe_inside(of, generated.c, xy, of_real)
        figure = plots.sample_map(points, generated, xy, own_recording=own_xy, extent=extent, legend=False)
        add_regions(figure, points, of)
        drawn.append((caption, figure))
    return state, drawn


def _own_feature(explorer: Explorer, visitor: Utterance | None) -> list[np.ndarray]:
    """[(1, d)], h of the visitor's last recording; [] without one, or where this checkpoint has another front end."""
    if visitor is None:
        return []
    try:
        return [explorer.project_recording(visitor)[0][None]]
    except SermiError:
        return []


def map_title(state: MapState, which: int) -> str:
    """Heading of a map: what its generator was trained towards."""
    return html.regulariser_title(list(state.requests)[which])
