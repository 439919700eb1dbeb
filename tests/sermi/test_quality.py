"""Every measure moves the way it says in the cases that it is for, and in closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from sermi.quality import MEASURES, QualityError, measure_against_reference, measure_quality
from sermi.quality.statistics import frechet, nearness, neighbourhoods, taught, two_sample

K, D = 2, 12
CENTRES = 3 * np.eye(K, D)


def drawn(n: int, seed: int, shift: float = 0.0, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    c = np.arange(n) % K
    return CENTRES[c] + shift + scale * rng.normal(size=(n, D)), c


TRAIN, HELD_OUT = drawn(400, 0), drawn(400, 1)


def scored(made, **options):
    return measure_quality(
        *made, train=TRAIN[0], train_c=TRAIN[1], held_out=HELD_OUT[0], held_out_c=HELD_OUT[1], n_classes=K, **options
    )


@pytest.fixture(scope="module")
def regimes():
    rng = np.random.default_rng(9)
    return {
        "same": scored(drawn(400, 2)),
        "near": scored(drawn(400, 2, shift=0.4)),
        "far": scored(drawn(400, 2, shift=4.0)),
        "collapsed": scored(drawn(400, 2, scale=0.05)),
        "copied": scored((TRAIN[0] + 1e-3 * rng.normal(size=TRAIN[0].shape), TRAIN[1])),
    }


class TestRegimes:
    def test_every_measure_is_given_and_described(self, regimes):
        assert list(regimes["same"]) == list(MEASURES)
        for name, measure in MEASURES.items():
            assert measure.name == name
            assert measure.better in ("higher", "lower")
            assert len(measure.description) < 120
            assert "\n" not in measure.description

    def test_a_fresh_draw_is_as_good_as_real_data(self, regimes):
        for name, found in regimes["same"].items():
            assert found.value == pytest.approx(found.real, rel=0.15, abs=0.05), name

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

    def test_only_the_distance_to_training_samples_gives_copies_away(self, regimes):
        copied, same = regimes["copied"], regimes["same"]
        assert copied["memorisation"].value < 0.01
        assert same["memorisation"].value == pytest.approx(1.0, abs=0.08)
        for name in MEASURES.keys() - {"memorisation"}:
            assert copied[name].value == pytest.approx(copied[name].real, rel=0.2, abs=0.05), name

    def test_what_real_data_reaches_does_not_depend_on_what_was_generated(self, regimes):
        for name in MEASURES:
            assert len({round(found[name].real, 9) for found in regimes.values()}) == 1, name


class TestStatistics:
    def test_frechet_of_two_gaussians(self):
        """|μ1 - μ2|² + Σ (σ1 - σ2)² for diagonal covariances; samples are whitened, so that moments are exact."""
        rng = np.random.default_rng(0)
        z = rng.normal(size=(500, 3))
        z = (z - z.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T))).T
        x, y = z * [1.0, 2.0, 3.0], z[:, [1, 2, 0]] * [2.0, 2.0, 1.0] + [1.0, 0.0, -2.0]
        assert frechet(x, y) == pytest.approx(5 + 1 + 0 + 4)
        assert frechet(x, x) == pytest.approx(0, abs=1e-9)

    def test_frechet_with_fewer_samples_than_dimensions_is_a_number(self):
        rng = np.random.default_rng(0)
        assert np.isfinite(frechet(rng.normal(size=(10, 40)), rng.normal(size=(12, 40))))

    def test_neighbourhoods_on_a_line(self):
        """Real balls of k = 1 have radius 1. 0.4 lies in those of 0 and 1; 9 in none; the balls of 0.4 and 9 reach 8.6."""
        found = neighbourhoods(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.4], [9.0]]), k=1)
        assert found == {"precision": 0.5, "recall": 1.0, "density": 1.0, "coverage": 0.5}

    def test_a_rotation_changes_no_distance(self):
        rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(D, D)))[0]
        (x, c), (y, d) = TRAIN, HELD_OUT
        assert frechet(x @ rotation, y @ rotation) == pytest.approx(frechet(x, y))
        assert neighbourhoods(x @ rotation, y @ rotation) == pytest.approx(neighbourhoods(x, y))
        assert taught(x @ rotation, c, y @ rotation, d) == pytest.approx(taught(x, c, y, d), abs=0.01)

    def test_the_two_sample_test_sees_covariances_and_not_only_means(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(300, 6)), 2 * rng.normal(size=(300, 6))
        assert two_sample(x, y) > 0.8
        assert two_sample(x, rng.normal(size=(300, 6))) == pytest.approx(0.5, abs=0.08)

    def test_nearness_is_the_median_distance(self):
        assert nearness(np.array([[0.0], [5.0], [9.0]]), np.array([[1.0], [7.0]])) == 2.0


class TestReference:
    def test_it_needs_no_training_data(self):
        (x, c), speaker = HELD_OUT, np.arange(400) // 50
        found = measure_against_reference(*drawn(200, 5), x, c, speaker, n_classes=K)
        assert list(found) == [name for name in MEASURES if name != "memorisation"]
        for name, each in found.items():
            # a distance of two sets of a hundred samples is noise for the most part
            assert each.value == pytest.approx(each.real, rel=1.0 if name == "frechet" else 0.25, abs=0.08), name
        far = measure_against_reference(*drawn(200, 5, shift=4.0), x, c, speaker, n_classes=K)
        assert far["coverage"].value == 0

    def test_one_emotion_alone_can_be_measured(self):
        (x, c), speaker = HELD_OUT, np.arange(400) // 50
        h, codes = drawn(200, 5)
        found = measure_against_reference(h[codes == 1], codes[codes == 1], x, c, speaker, n_classes=K)
        assert found["coverage"].value > 0.5
        assert "taught" not in found

    def test_speakers_that_can_not_be_split_are_one_sentence(self):
        (x, c), h = HELD_OUT, drawn(200, 5)
        with pytest.raises(QualityError, match="more speakers"):
            measure_against_reference(*h, x, c, np.zeros(400, int), n_classes=K)
        with pytest.raises(QualityError, match="one speaker for each"):
            measure_against_reference(*h, x, c, np.zeros(3, int), n_classes=K)


def test_the_seed_decides():
    made = drawn(400, 2)
    assert scored(made, seed=1, max_samples=100) == scored(made, seed=1, max_samples=100)
    assert scored(made, seed=1, max_samples=100) != scored(made, seed=2, max_samples=100)


def test_only_what_is_asked_for_is_measured():
    assert list(scored(drawn(100, 3), names=["coverage", "memorisation"])) == ["coverage", "memorisation"]
    with pytest.raises(QualityError, match="no measure 'beauty'"):
        scored(drawn(100, 3), names=["beauty"])


def test_mistakes_are_one_sentence():
    h, c = drawn(100, 3)
    holed = h.copy()
    holed[3, 2] = np.nan
    for made, said in (
        ((holed, c), "generated holds NaN"),
        ((h, c[:5]), "one code each"),
        ((h[:, :5], c), "5 and 12 wide"),
        ((h, c + 1), "from 0 to 1"),
        ((h[:7], c[:7]), "Class 0 of generated has 4 samples; at least 6"),
    ):
        with pytest.raises(QualityError, match=said):
            scored(made)
