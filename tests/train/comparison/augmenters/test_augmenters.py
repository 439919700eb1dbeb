import pickle
import sys

import numpy as np
import pytest

from sermi.errors import SermiError
from sermi.stats.gaussians import class_gaussians
from train.comparison.ablations import ABLATIONS
from train.comparison.augmenters import NONE, REGISTRY, AugmenterSpec
from train.comparison.augmenters.spec import generated_codes

FAST = {name: {"steps": 20} if name in ("cgan", "sermi-maximise", "sermi-match") else {} for name in REGISTRY}


def fitted(name, features, pairs=False):
    augmenter = REGISTRY[name](**FAST[name], seed=3)
    return augmenter.fit(features.h, features.c, t=features.t if pairs else None, groups=features.speaker)


def of_class(k, n):
    return np.full(n, k)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_augmenter_makes_what_is_asked_for(name, speech_like):
    augmenter = fitted(name, speech_like)
    samples = augmenter.sample(of_class(1, 7))
    assert samples.h.shape == (7, 10)
    assert samples.h.dtype == np.float32
    assert samples.t is None
    assert samples.c.tolist() == [1] * 7
    codes = np.array([2, 0, 1, 0, 2])
    again, same = augmenter.sample(codes), augmenter.sample(codes)
    assert np.array_equal(again.h, same.h)
    assert again.c.tolist() == codes.tolist()


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_augmenter_makes_pairs_and_keeps_the_classes_apart(name, speech_like):
    samples = fitted(name, speech_like, pairs=True).sample(np.arange(600) % 3)
    assert samples.t.shape == (600, 5)
    for k in range(3):
        real = speech_like.h[speech_like.c == k].mean(0)
        assert np.allclose(samples.h[samples.c == k].mean(0), real, atol=0.6)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_bad_input_is_one_sentence(name, speech_like):
    h = speech_like.h.copy()
    h[3, 3] = np.inf
    with pytest.raises(SermiError, match="NaN or infinite"):
        REGISTRY[name]().fit(h, speech_like.c, groups=speech_like.speaker)
    with pytest.raises(SermiError, match="one row for each"):
        REGISTRY[name]().fit(speech_like.h[:5], speech_like.c)
    with pytest.raises(SermiError, match="Class 9"):
        fitted(name, speech_like).sample(of_class(9, 3))
    with pytest.raises(SermiError, match="text features"):
        fitted(name, speech_like, pairs=True).sample(of_class(0, 2), np.zeros((2, 99), np.float32))


def test_oversampling_repeats_real_features(speech_like):
    samples = fitted("oversampling", speech_like).sample(of_class(2, 50))
    own = {row.tobytes() for row in speech_like.h[speech_like.c == 2]}
    assert all(row.tobytes() in own for row in samples.h)


@pytest.mark.parametrize("name", ["smote", "mixup"])
def test_samples_lie_between_two_real_ones_of_their_class(name, speech_like):
    own = speech_like.h[speech_like.c == 0].astype(float)
    for x in fitted(name, speech_like).sample(of_class(0, 20)).h.astype(float):
        # distance from x to the nearest of all segments between real samples of the class
        a, b = own[:, None], own[None]
        along = np.clip(((x - a) * (b - a)).sum(-1) / (((b - a) ** 2).sum(-1) + 1e-12), 0, 1)[..., None]
        assert np.linalg.norm(x - (a + along * (b - a)), axis=-1).min() < 1e-4


@pytest.mark.parametrize("n", [1, 2, 3])
def test_smote_and_gaussian_live_with_a_class_of_few(n, speech_like):
    keep = np.flatnonzero(speech_like.c != 1).tolist() + np.flatnonzero(speech_like.c == 1)[:n].tolist()
    for name in ("smote", "gaussian", "noise", "mixup"):
        augmenter = REGISTRY[name]().fit(speech_like.h[keep], speech_like.c[keep])
        assert np.isfinite(augmenter.sample(of_class(1, 12)).h).all()


def test_gaussian_has_the_moments_of_the_real_classes(speech_like):
    samples = fitted("gaussian", speech_like).sample(np.arange(3_000) % 3)
    means, factor = class_gaussians(speech_like.h, speech_like.c, 3, 0.15)
    generated_means, generated_factor = class_gaussians(samples.h, samples.c, 3, 0.0)
    assert np.allclose(generated_means, means, atol=1e-4)
    assert np.allclose(generated_factor, factor, atol=1e-3)
    wide = fitted("gaussian", speech_like).sample(np.arange(3_000) % 3, noise_scale=2.0)
    assert np.allclose(class_gaussians(wide.h, wide.c, 3, 0.0)[1], 2 * factor, atol=2e-3)


def test_noise_spreads_by_the_within_class_deviation(speech_like):
    augmenter = REGISTRY["noise"](scale=1.0).fit(speech_like.h, speech_like.c)
    _, factor = class_gaussians(speech_like.h, speech_like.c, 3, 1e-6)
    samples = augmenter.sample(of_class(0, 6_000)).h
    own = speech_like.h[speech_like.c == 0].var(0)
    assert np.allclose(samples.var(0), own + (factor**2).sum(1), rtol=0.12)


def test_words_are_generated_or_real_ones_that_samples_are_conditioned_on_or_not(speech_like):
    samples = {}
    for name, condition in (("generated", None), ("conditioned on", True), ("beside", False)):
        augmenter = REGISTRY["cgan"](steps=5, condition=condition).fit(speech_like.h, speech_like.c, t=speech_like.t)
        samples[name] = augmenter.sample(of_class(1, 30))
    real = speech_like.t[speech_like.c == 1]
    distance = {n: np.linalg.norm(x.t[:, None] - real, axis=-1).min(axis=1).max() for n, x in samples.items()}
    assert distance["conditioned on"] < 1e-6
    assert distance["beside"] < 1e-6
    assert distance["generated"] > 0.05
    assert np.array_equal(samples["conditioned on"].t, samples["beside"].t)
    assert not np.allclose(samples["conditioned on"].h, samples["beside"].h)


def test_an_unknown_augmenter_is_one_sentence():
    with pytest.raises(SermiError, match="sermi-match"):
        AugmenterSpec.parse("magic")


@pytest.mark.parametrize("name", ["smote:spin=3", "gaussian:spread", "smote:neighbours=many"])
def test_a_wrong_option_is_one_sentence(name):
    with pytest.raises(SermiError, match="option=value"):
        AugmenterSpec.parse(name)


def test_every_ablation_is_an_augmenter_that_can_be_created():
    for group in ABLATIONS.values():
        for name in group:
            spec = AugmenterSpec.parse(name)
            assert spec.name == name
            for setting in spec.grid:
                assert isinstance(spec.create(setting), spec.kind)


def test_fixed_options_leave_the_rest_to_be_chosen(speech_like):
    plain, fixed = AugmenterSpec.parse("sermi-match"), AugmenterSpec.parse("sermi-match:weight=10")
    assert [{**setting, "weight": 10} for setting in plain.grid] == list(fixed.grid)
    assert fixed.noise_scales == plain.noise_scales
    assert fixed.title == "SERMI, MI matched, λ = 10"
    assert AugmenterSpec.parse("gaussian:spread=1.5").noise_scales == (1.5,)
    assert len(AugmenterSpec.parse("sermi-match:base_spread=1,steps=60").grid) == 1  # settings that became the same
    few, many = (AugmenterSpec.parse(name).codes(speech_like.c, 3) for name in ("gaussian:ratio=5", "gaussian"))
    assert len(few) == 5 * len(speech_like)
    assert len(many) == 15 * len(speech_like)


def test_a_spec_is_a_value():
    spec = AugmenterSpec.parse("smote:neighbours=7")
    assert spec == AugmenterSpec.parse("smote:neighbours=7")
    assert hash(spec) == hash(AugmenterSpec.parse("smote:neighbours=7"))
    assert spec != AugmenterSpec.parse("smote")
    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 (worker processes are sent it)


def test_none_generates_nothing(speech_like):
    spec = AugmenterSpec.parse(NONE)
    generated = spec.fit(speech_like, spec.grid[0]).sample(spec.codes(speech_like.c, 3))
    assert len(generated) == 0
    assert generated.joint.shape == (0, speech_like.joint.shape[1])


def test_generated_samples_even_out_the_classes():
    c = np.array([0] * 90 + [1] * 10 + [2] * 50)
    codes = generated_codes(c, 3, 4)
    total = np.bincount(c) + np.bincount(codes)
    assert total.tolist() == [250, 250, 250]
    assert generated_codes(c, 3, 0).tolist() == [1] * 80 + [2] * 40


def test_a_library_that_is_not_installed_is_asked_for_before_the_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "imblearn", None)
    with pytest.raises(
        SermiError, match=r"'smote' can't be used yet. This needs imblearn, which the extra 'train' brings"
    ):
        AugmenterSpec.parse("smote")
    assert AugmenterSpec.parse("noise").name == "noise"
