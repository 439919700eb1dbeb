"""A link sets what anybody could choose, and nothing else."""

from __future__ import annotations

import pytest

from sermi.ui.generate.link import settings


def test_what_a_link_sets(engine):
    query = "checkpoint=open7&emotion=sad&n=20&regulariser=off&noise_scale=1.4&seed=7"
    assert settings(engine, query) == (
        {"checkpoint": "open7", "emotion": "sad", "n": 20, "regulariser": "off", "noise_scale": 1.4, "seed": 7},
        [],
    )
    assert settings(engine, "emotion=all&audio=x.wav&sentence=hello") == ({"emotion": "all"}, [])
    assert settings(engine, "") == ({}, [])


@pytest.mark.parametrize(
    "query",
    [
        "checkpoint=../../etc",
        "emotion=<script>alert(1)</script>",
        "emotion=joy",
        "n=0",
        "n=2.5",
        "n=99999999999999999999",
        "n=\u0663",
        "n=-3",
        "regulariser=__import__",
        "noise_scale=nan",
        "noise_scale=1e9",
        "seed=-1",
    ],
)
def test_what_there_is_not_is_refused(engine, query):
    name = query.split("=")[0]
    assert settings(engine, query) == ({}, [name])
    chosen, refused = settings(engine, f"{query}&seed=3" if name != "seed" else f"{query}&n=3")
    assert (len(chosen), refused) == (1, [name])
