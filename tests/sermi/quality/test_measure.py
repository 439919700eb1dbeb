"""Every measure moves the way it says in the cases that it is for, and in closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from sermi.quality import MEASURES, OF_PAIRS, QualityError, measure_quality

K, D = 2, 12
CENTRES = 3 * np.eye(K, D)


def drawn(n: int, seed: int, shift: float = 0.0, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    c = np.arange(n) % K
    return CENTRES[c] + shift + scale * rng.normal(size=(n, D)), c


TRAIN, HELD_OUT = drawn(400, 0), drawn(400, 1)


def scored(generated, train=TRAIN, held_out=HELD_OUT, **options):
    (h, c), (x, d) = train, held_out
    return measure_quality(*generated, train=h, train_c=c, held_out=x, held_out_c=d, n_classes=K, **options)


@pytest.fixture(scope="module")
def regimes():
    rng = np.random.default_rng(9)
    return {
        "same": scored(drawn(400, 2)),
        "near": scored(drawn(400, 2, shift=0.4)),
        "far": scored(drawn(400, 2, shift=4.0)),
        "collapsed": scored(drawn(400, 2, scale=0.05)),
        "wide": scored(drawn(400, 2, scale=1.6)),
        "copied": scored((TRAIN[0] + 1e-3 * rng.normal(size=TRAIN[0].shape), TRAIN[1])),
    }


class TestRegimes:
    def test_every_measure_is_given_and_described(self, regimes):
        assert list(regimes["same"]) == list(OF_PAIRS)
        assert set(OF_PAIRS) < set(MEASURES)
        for name, measure in MEASURES.items():
            assert measure.name == name
            assert measure.better in ("higher", "lower", "near 1")
            assert len(measure.description) < 120
            assert "\n" not in measure.description

    def test_a_fresh_draw_is_as_good_as_real_data(self, regimes):
        for name, score in regimes["same"].items():
            assert score.value == pytest.approx(score.real, rel=0.15, abs=0.05), name

    def test_the_further_off_the_worse(self, regimes):
        def values(name):
            return [regimes[regime][name].value for regime in ("same", "near", "far")]

        for name in ("precision", "density", "coverage"):
            same, near, far = values(name)
            assert same > near > far, name
            assert far == 0
        for name in ("frechet", "two_sample"):
            same, near, far = values(name)
            assert same < near < far, name
        assert regimes["far"]["two_sample"].value > 0.97

    def test_collapse_is_precise_and_covers_little(self, regimes):
        collapsed = regimes["collapsed"]
        assert collapsed["precision"].value > collapsed["precision"].real
        assert collapsed["recall"].value < 0.05
        assert collapsed["frechet"].value > 3 * collapsed["frechet"].real
        assert collapsed["two_sample"].value > 0.85
        assert collapsed["taught"].value > 0.9, "a caricature may still teach well: no measure stands alone"

    def test_too_much_spread_reaches_everything_and_is_seldom_plausible(self, regimes):
        wide = regimes["wide"]
        assert wide["recall"].value > wide["recall"].real
        assert wide["precision"].value < wide["precision"].real / 2
        assert wide["density"].value < wide["density"].real / 2
        assert wide["memorisation"].value > 1.3

    def test_only_the_distance_to_training_samples_gives_copies_away(self, regimes):
        copied, same = regimes["copied"], regimes["same"]
        assert copied["memorisation"].value < 0.01
        assert same["memorisation"].value == pytest.approx(1.0, abs=0.08)
        for name in set(OF_PAIRS) - {"memorisation"}:
            assert copied[name].value == pytest.approx(copied[name].real, rel=0.2, abs=0.05), name

    def test_what_real_data_reaches_does_not_depend_on_what_was_generated(self, regimes):
        more = scored(drawn(900, 5))
        for name in OF_PAIRS:
            assert len({round(scores[name].real, 9) for scores in (*regimes.values(), more)}) == 1, name


class TestSets:
    def test_a_classifier_is_taught_by_as_many_real_samples_as_generated_ones(self):
        few, many = (scored(drawn(n, 2, scale=3.0), names=["taught"])["taught"] for n in (12, 400))
        assert few.real < many.real
        assert few.value < many.value

    def test_the_mix_of_classes_is_no_quality(self):
        """Tight and wide classes, their shares in each set its own: fresh draws stay as good as real data."""

        def mixed(tight, wide, seed):
            rng = np.random.default_rng(seed)
            c = np.repeat([0, 1], [tight, wide])
            return CENTRES[c] + np.array([0.2, 2.0])[c, None] * rng.normal(size=(len(c), D)), c

        generated, train, held_out = mixed(60, 60, 0), mixed(150, 150, 1), mixed(60, 400, 2)
        scores = scored(generated, train, held_out)
        assert scores["memorisation"].value == pytest.approx(1.0, abs=0.15)
        for name in ("precision", "recall", "density", "coverage", "two_sample"):
            assert scores[name].value == pytest.approx(scores[name].real, abs=0.15), name

    def test_classes_that_were_not_generated_are_left_out(self):
        (h, c), scores = drawn(400, 2), {}
        for k in range(K):
            scores[k] = scored((h[c == k], c[c == k]))
            assert list(scores[k]) == [name for name in OF_PAIRS if name != "taught"]
            assert scores[k]["coverage"].value == pytest.approx(scores[k]["coverage"].real, abs=0.1)
        lacks = HELD_OUT[0][HELD_OUT[1] == 1], HELD_OUT[1][HELD_OUT[1] == 1]
        assert scored((h[c == 1], c[c == 1]), held_out=lacks)["precision"].value > 0.5
        with pytest.raises(QualityError, match="Class 0 of held_out has 0 samples"):
            scored((h, c), held_out=lacks)

    def test_a_set_of_one_point_is_measured_too(self):
        h, c = drawn(60, 2)
        for generated in (np.zeros_like(h), CENTRES[c]):
            scores = scored((generated, c))
            assert scores["recall"].value == 0
            assert scores["two_sample"].value > 0.8
            assert all(np.isfinite(score.value) for score in scores.values())


def test_the_seed_decides():
    generated = drawn(400, 2)
    assert scored(generated, seed=1, max_samples=100) == scored(generated, seed=1, max_samples=100)
    assert scored(generated, seed=1, max_samples=100) != scored(generated, seed=2, max_samples=100)


def test_only_what_is_asked_for_is_measured():
    assert list(scored(drawn(100, 3), names=["coverage", "memorisation"])) == ["coverage", "memorisation"]
    with pytest.raises(QualityError, match="no measure 'beauty'"):
        scored(drawn(100, 3), names=["beauty"])


def test_mistakes_are_one_sentence():
    h, c = drawn(100, 3)
    holed = h.copy()
    holed[3:5, 2] = np.nan
    for generated, message in (
        ((holed, c), "generated holds NaN or infinite values in 2 samples"),
        ((h, c[:5]), "one code each"),
        ((h[:, 0], c), "one code each"),
        ((h[:0], c[:0]), "generated is empty"),
        (([["loud"]], [0]), "table of numbers"),
        ((h[:, :5], c), "5 and 12 wide"),
        ((h, c + 1), "from 0 to 1"),
        ((h, c / 2), "whole numbers"),
        ((h[:7], c[:7]), "Class 0 of generated has 4 samples; at least 6"),
    ):
        with pytest.raises(QualityError, match=message):
            scored(generated)
    with pytest.raises(QualityError, match="Class 0 of train has 2 samples; at least 6"):
        scored((h, c), train=(TRAIN[0][:-6:-1], TRAIN[1][:-6:-1]))
    with pytest.raises(QualityError, match="held_out samples are also in train"):
        scored((h, c), train=HELD_OUT)
