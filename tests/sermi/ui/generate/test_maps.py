"""The maps of the tab "Generate", without a server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sermi.errors import SermiError
from sermi.ui.generate.maps import maps
from sermi.ui.generate.session import OTHER_WORDS, MapState


def test_the_map_before_and_after_with_the_visitor(engine, ask, visitor):
    _, ((caption, figure),) = maps(engine, MapState("open4"), projection="pca", visitor=visitor)
    assert caption.startswith("800 real features")
    assert figure.data[-1].name == "You"
    state = MapState("open4", ask(), others=("maximise", "off"))
    _, drawn = maps(engine, state, projection="emotion", visitor=visitor)
    assert len(drawn) == 3
    assert len({tuple(figure.layout.xaxis.range) for _, figure in drawn}) == 1


def test_a_visitor_of_another_front_end_is_left_out(engine, visitor):
    _, ((_, figure),) = maps(engine, MapState("open4"), projection="pca", visitor=replace(visitor, frontend="another"))
    assert figure.data[-1].name == "Real"


def test_tsne_is_worked_out_once(engine, ask):
    first, drawn = maps(engine, MapState("open4", ask()), projection="tsne")
    assert len(first.tsne) == 2
    again, _ = maps(engine, first, projection="tsne")
    assert again is first
    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"emotion": "joyful"}, "'joyful' is not an emotion"),
        ({"regulariser": "minimise"}, "no generator 'minimise'"),
        ({"noise_scale": 9.0}, "noise scale should be"),
        ({"seed": -1}, "seed should be"),
        ({"seed": 2**40}, "seed should be"),
        ({"pairs": True, "words": OTHER_WORDS, "sentence": "no"}, "words or for pairs"),
    ],
)
def test_what_the_generator_refuses(engine, ask, changed, sentence):
    with pytest.raises(SermiError, match=sentence):
        maps(engine, MapState("open4", ask(**changed)), projection="pca")
