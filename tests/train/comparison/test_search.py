import pytest

from sermi.stats.last_layer import PENALTIES
from train.comparison.augmenters import NONE, REGISTRY, AugmenterSpec
from train.comparison.search import LADDERS, MAX_WIDENINGS, PENALTY, SPREAD, search


def peak(**where):
    """Values of points by how many rungs they are away from a place, and the points that were asked for."""
    asked = []

    def evaluate(points):
        asked.extend(points)
        return [
            -float(sum(abs(LADDERS[a].index(p[a]) - LADDERS[a].index(v)) for a, v in where.items())) for p in points
        ]

    return evaluate, asked


def grid(**values):
    points = [{}]
    for axis, some in values.items():
        points = [{**point, axis: value} for point in points for value in some]
    return points


def test_a_best_point_inside_the_grid_is_left_there():
    evaluate, asked = peak(penalty=0.001)
    found = search(grid(penalty=PENALTIES), evaluate)
    assert found.point == {PENALTY: 0.001}
    assert (found.widened, found.at_edge, len(asked)) == ({}, (), 3)


@pytest.mark.parametrize(("place", "widened"), [(1.0, [1.0, 0.1]), (0.00001, [0.00001])])
def test_a_grid_is_widened_until_the_best_lies_inside_or_the_ladder_ends(place, widened):
    evaluate, _ = peak(penalty=place)
    found = search(grid(penalty=PENALTIES), evaluate)
    assert found.point == {PENALTY: place}
    assert found.widened == {PENALTY: widened}
    assert found.at_edge == (PENALTY,)  # the ladder's own end: nothing is left to try


def test_widening_follows_several_hyper_parameters_and_tries_no_point_twice():
    evaluate, asked = peak(steps=20, spread=2.0, penalty=0.1)
    found = search(grid(steps=(60, 200), spread=(1.0, 1.4), penalty=PENALTIES), evaluate)
    assert found.point == {"steps": 20, SPREAD: 2.0, PENALTY: 0.1}
    assert found.value == 0
    assert found.at_edge == ()
    assert len({tuple(point.items()) for point in asked}) == len(asked) < 60


def test_what_is_fixed_or_has_no_order_is_not_widened():
    evaluate, asked = peak(spread=4.0)
    found = search(grid(steps=(60,), base=("own", "plain"), spread=(1.0, 1.4)), evaluate)
    assert found.point == {"steps": 60, "base": "own", SPREAD: 4.0}
    assert set(found.widened) == {SPREAD}
    assert {point["steps"] for point in asked} == {60}


def test_ties_go_to_the_earlier_point_and_the_search_ends():
    rounds = []
    found = search(grid(spread=(1.0, 1.4)), lambda points: rounds.append(points) or [0.5] * len(points))
    assert found.point == {SPREAD: 1.0}
    assert len(rounds) <= 1 + MAX_WIDENINGS


@pytest.mark.parametrize("name", [NONE, *REGISTRY])
def test_grids_are_windows_of_the_ladders_and_equal_where_settings_mean_the_same(name):
    spec = AugmenterSpec.parse(name)
    axes = {axis: {setting[axis] for setting in spec.grid} for axis in spec.grid[0] if axis in LADDERS}
    axes[SPREAD] = set(spec.noise_scales)
    for axis, values in axes.items():
        places = sorted(LADDERS[axis].index(value) for value in values)
        assert places == list(range(places[0], places[-1] + 1))
    noisy = name == "gaussian" or "steps" in spec.grid[0]
    assert axes[SPREAD] == ({1.0, 1.4} if noisy else {1.0})
    assert axes.get("steps", {60, 200}) == {60, 200}
