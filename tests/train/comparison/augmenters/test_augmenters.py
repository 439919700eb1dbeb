import numpy as np
import pytest

from sermi.errors import SermiError
from sermi.stats.gaussians import class_gaussians
from train.comparison.ablations import ABLATIONS
from train.comparison.augmenters import REGISTRY, augmenter_named

FAST = {name: {"steps": 20} if name in ("cgan", "sermi-maximise", "sermi-match") else {} for name in REGISTRY}


def fitted(name, features, pairs=False):
    made = augmenter_named(name)(**FAST[name], seed=3)
    return made.fit(features.h, features.c, features.t if pairs else None, features.speaker)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_augmenter_makes_what_is_asked_for(name, speech_like):
    augmenter = fitted(name, speech_like)
    samples = augmenter.sample(7, 1)
    assert samples.h.shape == (7, 10)
    assert samples.h.dtype == np.float32
    assert samples.t is None
    assert samples.c.tolist() == [1] * 7
    codes = np.array([2, 0, 1, 0, 2])
    again, same = augmenter.sample(5, codes), augmenter.sample(5, codes)
    assert np.array_equal(again.h, same.h)
    assert again.c.tolist() == codes.tolist()
    assert len(augmenter.grid) * len(augmenter.spreads) <= 4


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_augmenter_makes_pairs_and_keeps_the_classes_apart(name, speech_like):
    samples = fitted(name, speech_like, pairs=True).sample(600, np.arange(600) % 3)
    assert samples.t.shape == (600, 5)
    for k in range(3):
        real = speech_like.h[speech_like.c == k].mean(0)
        assert np.allclose(samples.h[samples.c == k].mean(0), real, atol=0.6)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_bad_input_is_one_sentence(name, speech_like):
    h = speech_like.h.copy()
    h[3, 3] = np.inf
    with pytest.raises(SermiError, match="NaN or infinite"):
        augmenter_named(name)().fit(h, speech_like.c, groups=speech_like.speaker)
    with pytest.raises(SermiError, match="one row for each"):
        augmenter_named(name)().fit(speech_like.h[:5], speech_like.c)
    with pytest.raises(SermiError, match="Class 9"):
        fitted(name, speech_like).sample(3, 9)
    with pytest.raises(SermiError, match="text features"):
        fitted(name, speech_like, pairs=True).sample(2, 0, np.zeros((2, 99), np.float32))


def test_oversampling_repeats_real_features(speech_like):
    samples = fitted("oversampling", speech_like).sample(50, 2)
    own = {row.tobytes() for row in speech_like.h[speech_like.c == 2]}
    assert all(row.tobytes() in own for row in samples.h)


@pytest.mark.parametrize("name", ["smote", "mixup"])
def test_samples_lie_between_two_real_ones_of_their_class(name, speech_like):
    own = speech_like.h[speech_like.c == 0].astype(float)
    for x in fitted(name, speech_like).sample(20, 0).h.astype(float):
        # distance from x to the nearest of all segments between real samples of the class
        a, b = own[:, None], own[None]
        along = np.clip(((x - a) * (b - a)).sum(-1) / (((b - a) ** 2).sum(-1) + 1e-12), 0, 1)[..., None]
        assert np.linalg.norm(x - (a + along * (b - a)), axis=-1).min() < 1e-4


@pytest.mark.parametrize("n", [1, 2, 3])
def test_smote_and_gaussian_live_with_a_class_of_few(n, speech_like):
    keep = np.flatnonzero(speech_like.c != 1).tolist() + np.flatnonzero(speech_like.c == 1)[:n].tolist()
    for name in ("smote", "gaussian", "noise", "mixup"):
        augmenter = augmenter_named(name)().fit(speech_like.h[keep], speech_like.c[keep])
        assert np.isfinite(augmenter.sample(12, 1).h).all()


def test_gaussian_has_the_moments_of_the_real_classes(speech_like):
    samples = fitted("gaussian", speech_like).sample(3_000, np.arange(3_000) % 3)
    means, factor = class_gaussians(speech_like.h, speech_like.c, 3, 0.15)
    found, found_factor = class_gaussians(samples.h, samples.c, 3, 0.0)
    assert np.allclose(found, means, atol=1e-4)
    assert np.allclose(found_factor, factor, atol=1e-3)
    wide = fitted("gaussian", speech_like).sample(3_000, np.arange(3_000) % 3, spread=2.0)
    assert np.allclose(class_gaussians(wide.h, wide.c, 3, 0.0)[1], 2 * factor, atol=2e-3)


def test_noise_spreads_by_the_within_class_deviation(speech_like):
    augmenter = augmenter_named("noise")(scale=1.0).fit(speech_like.h, speech_like.c)
    _, factor = class_gaussians(speech_like.h, speech_like.c, 3, 1e-6)
    samples = augmenter.sample(6_000, 0).h
    own = speech_like.h[speech_like.c == 0].var(0)
    assert np.allclose(samples.var(0), own + (factor**2).sum(1), rtol=0.12)


def test_words_are_made_or_real_ones_that_samples_know_of_or_not(speech_like):
    made, known, beside = (
        augmenter_named("cgan")(steps=5, condition=condition).fit(speech_like.h, speech_like.c, speech_like.t)
        for condition in (None, True, False)
    )
    samples = {name: each.sample(30, 1) for name, each in (("made", made), ("known", known), ("beside", beside))}
    own = speech_like.t[speech_like.c == 1]
    distance = {n: np.linalg.norm(each.t[:, None] - own, axis=-1).min(axis=1).max() for n, each in samples.items()}
    assert distance["known"] < 1e-6
    assert distance["beside"] < 1e-6
    assert distance["made"] > 0.05
    assert np.array_equal(samples["known"].t, samples["beside"].t)
    assert not np.allclose(samples["known"].h, samples["beside"].h)


def test_an_unknown_augmenter_is_one_sentence():
    with pytest.raises(SermiError, match="sermi-match"):
        augmenter_named("magic")


@pytest.mark.parametrize("name", ["smote:spin=3", "gaussian:spread", "smote:neighbours=many"])
def test_a_variant_with_a_wrong_option_is_one_sentence(name):
    with pytest.raises(SermiError, match="option=value"):
        augmenter_named(name)


def test_every_ablation_is_an_augmenter_that_can_be_made():
    for group in ABLATIONS.values():
        for name in group:
            kind = augmenter_named(name)
            assert kind.name == name
            assert len(kind.grid) * len(kind.spreads) <= 4
    assert augmenter_named("sermi-match:ratio=5").ratio == 5
    assert augmenter_named("gaussian:spread=1.5").spreads == (1.5,)
