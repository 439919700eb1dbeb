"""The verdict of a set is right on every impostor, and on real speech of other speakers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sermi.quality import MEASURES, WORDS, QualityError, SetVerdict, judge
from sermi.quality.deals import Speakers
from sermi.quality.impostors import gallery
from tests.sermi.quality.simulated import Simulated, simulated

N_DEALS = 6


def judged(h, c, real: Simulated, **options):
    known = {"groups": real.speaker, "corpora": real.corpus, "genders": real.gender}
    known |= {"n_deals": N_DEALS, "classifiers": False}
    return judge(h, c, real.h, real.c, **known | options)


@pytest.fixture(scope="module")
def speech() -> Simulated:
    return simulated(0)


@pytest.fixture(scope="module")
def shown(speech):
    """The gallery, and who judges it."""
    whole = gallery(speech.h, speech.c, speech.speaker, speech.corpus)
    return whole.impostors, speech.where(whole.reference)


@pytest.fixture(scope="module")
def verdict_on(shown):
    impostors, real = shown

    @cache
    def verdict(name: str) -> SetVerdict:
        return judged(impostors[name].features.h, impostors[name].features.c, real)

    return verdict


IMPOSTORS = (
    "spread × 0.5",
    "spread × 2",
    "heavy tails",
    "classes swapped",
    "one mode (corpus) dropped",
    "10% copies",
    "40% copies",
    "class means",
    "class means + 0.2 deviations of noise",
    "class means + 1 deviation of noise",
    "class × corpus means",
    "class × corpus means + 0.001 deviations of noise",
    "class × corpus means + 0.1 deviations of noise",
    "class × corpus means + 0.5 deviations of noise",
    "class × corpus means + 1 deviations of noise",
    "Gaussian of each class",
    "Gaussian of each class and corpus, no voices",
)


@pytest.mark.parametrize("name", IMPOSTORS)
def test_no_impostor_passes(shown, verdict_on, name):
    verdict = verdict_on(name)
    assert verdict.word in shown[0][name].right, verdict.reason
    assert verdict.word != "like real"
    assert verdict.word in WORDS


@pytest.mark.parametrize("seed", range(4))
def test_real_speech_of_other_speakers_passes(speech, seed):
    """Who shares nothing with the reference but its corpora."""
    others = simulated(100 + seed)
    verdict = judged(others.h, others.c, speech, seed=seed)
    assert verdict.word == "like real", verdict.reason
    assert verdict.headline > verdict.headline_of_real > 0.3


def test_all_figures_are_described_and_real_sets_lie_in_their_own_range(shown):
    impostors, real = shown
    other = impostors["real speech of other speakers"].features
    verdict = judged(other.h, other.c, real, classifiers=True)
    assert set(verdict.figures) == set(MEASURES)
    assert all(figure.low <= figure.real <= figure.high for figure in verdict.figures.values())
    ratios = [verdict.figures[name].ratio for name in ("precision", "recall", "density", "coverage")]
    assert verdict.headline == min(ratios)
    assert verdict.n_components in (30, 20, 15, 10, 7, 5)
    assert verdict.as_dict()["figures"]["recall"]["real"] == round(verdict.figures["recall"].real, 4)
    assert judged(other.h, other.c, real) == judged(other.h, other.c, real)
    told_apart = judged(*(getattr(impostors["spread × 0.5"].features, name) for name in "hc"), real, classifiers=True)
    assert told_apart.figures["two_sample"].value > verdict.figures["two_sample"].value + 0.05


def test_spread_by_direction_is_that_of_the_set(verdict_on):
    """Beside the same set unscaled, each ratio is exactly s."""
    whole, half, double = (
        verdict_on(name).figures for name in ("real speech of other speakers", "spread × 0.5", "spread × 2")
    )
    for name in ("spread_classes", "spread_voices", "spread_rest"):
        assert half[name].value / whole[name].value == pytest.approx(0.5)
        assert double[name].value / whole[name].value == pytest.approx(2)


def test_copies_are_counted_however_few(shown, verdict_on):
    for share in (0.1, 0.4):
        assert verdict_on(f"{share:.0%} copies").figures["copies"].value == pytest.approx(share, abs=0.02)
    impostors, real = shown
    copied = impostors["40% copies"].features
    elsewhere = judged(copied.h, copied.c, real, training=real.h[:10])
    assert elsewhere.figures["copies"].value < 0.1, "what it wasn't trained on can't be copied"


def test_speakers_are_never_split_and_cells_are_halved(speech):
    whose = Speakers.of(len(speech.c), speech.speaker, speech.corpus, speech.gender)
    for seed in range(5):
        half = whose.half(np.random.default_rng(seed))
        assert not set(speech.speaker[half]) & set(speech.speaker[~half])
        for corpus in np.unique(speech.corpus):
            for gender in "fm":
                cell = (speech.corpus == corpus) & (speech.gender == gender)
                assert len(set(speech.speaker[cell & half])) == len(set(speech.speaker[cell & ~half])) == 3


def test_without_speakers_rows_are_dealt_and_that_is_said(speech):
    rows = np.random.default_rng(0).permutation(len(speech.c))
    nobody = {"groups": None, "corpora": None, "genders": None}
    verdict = judged(speech.h[rows[:144]], speech.c[rows[:144]], speech.where(rows[144:]), **nobody)
    assert verdict.word == "like real", verdict.reason
    assert not verdict.by_speaker
    assert "spread_voices" not in verdict.figures
    assert "rarest_corpus" not in verdict.figures


def test_few_speakers_decide_nothing():
    """Two on each side, far apart: real speech doesn't reach itself, so nothing can be held against it."""
    rng = np.random.default_rng(0)
    speaker, c = np.repeat(np.arange(8), 60), np.arange(480) % 2
    h = 3 * rng.normal(size=(8, 1, 20)).repeat(60, axis=1).reshape(480, 20) + 0.3 * rng.normal(size=(480, 20))
    h[:, 0] += 40 * c
    real, other = speaker < 4, speaker >= 4
    verdict = judge(h[other], c[other], h[real], c[real], speaker[real], n_deals=3, classifiers=False)
    assert verdict.word == "undecided", verdict.reason
    assert "more speakers" in verdict.reason


def test_classes_that_were_not_generated_are_named(speech):
    others = simulated(100)
    verdict = judged(others.h[others.c > 0], others.c[others.c > 0], speech)
    assert verdict.missing == (0,)
    assert verdict.word == "like real", verdict.reason


def test_mistakes_are_one_sentence(speech):
    h, c = speech.h[:100], speech.c[:100]
    for options, message in (
        ({"groups": np.zeros(3)}, "groups must be one label for each of the 432"),
        ({"groups": np.zeros(432), "corpora": None, "genders": None}, "can't be dealt by speaker"),
        ({"corpora": np.arange(432) % 2}, "stands in two corpora"),
        ({"n_deals": 1}, "n_deals must be 2 or more"),
        ({"training": np.zeros((3, 2))}, "training must be finite numbers"),
        ({"training": "abc"}, "training must be finite numbers"),
        ({"groups": np.array([None, "a"] * 216)}, "groups has empty values"),
    ):
        with pytest.raises(QualityError, match=message):
            judged(h, c, speech, **options)
    with pytest.raises(QualityError, match="generated holds NaN"):
        judged(np.full_like(h, np.nan), c, speech)
    with pytest.raises(QualityError, match="two corpora with six speakers"):
        gallery(speech.h, speech.c, speech.speaker, np.zeros(432, int))
