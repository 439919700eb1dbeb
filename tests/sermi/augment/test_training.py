import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from sermi.augment import GeneratorConfig, fit_generator
from sermi.errors import SermiError
from sermi.mi.discriminant import speaker_disjoint_information


def fitted(features, regulariser="match", **options):
    config = GeneratorConfig(regulariser, **{"steps": 60, **options})
    return fit_generator(features.h, features.c, groups=features.speaker, config=config, t=features.t, seed=0)


def sampled(trained, per_class=400, **options):
    c = np.repeat(np.arange(3), per_class)
    return trained.generator.sample(torch.from_numpy(c), seed=1, **options)[0].numpy(), c


def two_gaussians(rng, n=8_000):
    """At distance 2, of covariance 1: they carry 0.3368 nats (numerical integral of the binary Gaussian channel)."""
    c = np.arange(n) % 2
    return (rng.normal(size=(n, 3)) + 2.0 * c[:, None] * np.eye(3)[0]).astype(np.float32), c


def test_matching_meets_the_information_of_two_gaussians():
    x = torch.linspace(-12, 12, 200_001, dtype=torch.float64)
    density = torch.exp(-((x - 1) ** 2) / 2) / math.sqrt(2 * math.pi)
    gain = math.log(2) - torch.nn.functional.softplus(-2 * x)
    information = torch.trapezoid(density * gain, x).item()
    h, c = two_gaussians(np.random.default_rng(0))
    trained = fit_generator(h, c, config=GeneratorConfig(steps=0, shrinkage=1e-3), real_information=information)
    assert float(trained.generator.spread) == pytest.approx(1.0, abs=0.04)


def test_less_information_asks_for_more_spread():
    h, c = two_gaussians(np.random.default_rng(0), 2_000)
    spreads = [
        float(fit_generator(h, c, config=GeneratorConfig(steps=0), real_information=nats).generator.spread)
        for nats in (0.5, 0.35, 0.2, 0.1)
    ]
    assert all(a < b for a, b in pairwise(spreads))


def test_voices_are_drawn_where_speakers_are_given(speech_like):
    with_voices = fitted(speech_like, "off", steps=0).generator
    assert with_voices.shape.voices
    assert float(with_voices.speaker.norm()) > 0
    config = GeneratorConfig("off", steps=0)
    for groups in (None, np.arange(len(speech_like.c)), np.zeros(len(speech_like.c))):
        without = fit_generator(speech_like.h, speech_like.c, groups=groups, config=config).generator
        assert not without.shape.voices
        assert float(without.speaker.norm()) == 0
    unasked = fit_generator(
        speech_like.h, speech_like.c, groups=speech_like.speaker, config=GeneratorConfig("off", steps=0, voices=False)
    )
    assert not unasked.generator.shape.voices


def test_training_shows_the_opponents_sets_of_a_voice_and_q_reads_whose_they_are(speech_like):
    log = fitted(speech_like, "maximise", steps=151).log
    assert log[-1]["I(v;h)"] > log[0]["I(v;h)"] + 0.3
    alone = fitted(speech_like, "maximise", steps=26, voices=False).log
    assert [row["I(v;h)"] for row in alone] == [0.0, 0.0]


@pytest.mark.parametrize("information", [0.3, 0.5, 0.7])
def test_match_brings_the_generated_information_to_what_is_asked_for(speech_like, information):
    trained = fit_generator(
        speech_like.h, speech_like.c, config=GeneratorConfig(steps=60), real_information=information
    )
    h, c = sampled(trained)
    generated = speaker_disjoint_information(h, c, np.arange(len(c)) % 8, seed=0)
    assert generated == pytest.approx(information, rel=0.15)


def test_real_information_is_measured_on_speakers_left_out_as_it_is_given(speech_like):
    """In the precision that features come in; training is in single precision whatever they come in."""
    h, t = speech_like.h.astype(np.float64) + 1e-9, speech_like.t.astype(np.float64) + 1e-9
    c, speaker, config = speech_like.c, speech_like.speaker, GeneratorConfig(steps=2)
    measured = fit_generator(h, c, groups=speaker, config=config, t=t, seed=4)
    given = fit_generator(
        h.astype(np.float32),
        c,
        groups=speaker,
        config=config,
        t=t.astype(np.float32),
        real_information=speaker_disjoint_information(h, c, speaker, seed=4),
        real_text_information=speaker_disjoint_information(t, c, speaker, seed=4),
        seed=4,
    )
    for name, tensor in measured.generator.state_dict().items():
        assert torch.equal(tensor, given.generator.state_dict()[name]), name


@pytest.mark.parametrize("regulariser", ["off", "maximise", "match"])
def test_no_regulariser_can_move_a_class_from_its_place(speech_like, regulariser):
    h, c = sampled(fitted(speech_like, regulariser, weight=10.0, rate=3e-3), per_class=4_000)
    for k in range(3):
        real = speech_like.h[speech_like.c == k]
        assert np.allclose(h[c == k].mean(0), real.mean(0), atol=0.25 * real.std(0).max())


def test_match_brings_the_words_of_pairs_to_their_information_too(speech_like):
    carried = {}
    for asked in (0.1, 0.4):
        trained = fit_generator(
            speech_like.h,
            speech_like.c,
            config=GeneratorConfig(steps=0),
            t=speech_like.t,
            real_information=0.5,
            real_text_information=asked,
        )
        c = torch.arange(3).repeat(1_000)
        t = trained.generator.sample(c, seed=0, pairs=True)[1].numpy()
        carried[asked] = speaker_disjoint_information(t, c.numpy(), np.arange(3_000) // 3 % 8, seed=0)
    assert carried == {asked: pytest.approx(asked, rel=0.25) for asked in carried}


def test_samples_of_several_corpora_lie_where_their_corpora_do():
    rng = np.random.default_rng(0)
    c, corpora = rng.integers(2, size=3_000), rng.integers(2, size=3_000)
    corpora[c == 1] = 0  # the second corpus doesn't have the second class
    places = np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0]])
    h = (rng.normal(size=(3_000, 3)) + 2.0 * c[:, None] * [0, 1, 0] + places[corpora]).astype(np.float32)
    trained = fit_generator(h, c, config=GeneratorConfig("off", steps=0), corpora=corpora)
    generated = trained.generator.sample(torch.arange(2).repeat_interleave(2_000), seed=0)[0].numpy()
    first, second = generated[:2_000, 0], generated[2_000:, 0]
    assert np.minimum(abs(first), abs(first - 20)).max() < 6
    assert 0.45 < np.mean(first > 10) < 0.55
    assert abs(second).max() < 6


def test_match_meets_the_information_of_several_corpora_as_a_linear_critic_reads_it():
    rng = np.random.default_rng(0)
    c, corpora = rng.integers(3, size=3_000), rng.integers(2, size=3_000)
    h = rng.normal(size=(3_000, 6)) + 3 * np.eye(3, 6)[c] + 3 * corpora[:, None] * np.eye(6)[1]
    trained = fit_generator(
        h.astype(np.float32), c, config=GeneratorConfig(steps=0), real_information=0.4, corpora=corpora
    )
    generated, codes = sampled(trained, per_class=1_500)
    assert speaker_disjoint_information(generated, codes, np.arange(len(codes)) % 8, seed=0) == pytest.approx(
        0.4, rel=0.15
    )


def test_a_generator_from_scratch_has_no_base_to_start_from(speech_like):
    h, c = sampled(fitted(speech_like, "off", gaussian=False, steps=0))
    assert np.abs(h[c == 0].mean(0) - h[c == 1].mean(0)).max() < 0.3
    trained, c = sampled(fitted(speech_like, "maximise", gaussian=False, steps=150, rate=2e-3))
    assert speaker_disjoint_information(trained, c, np.arange(len(c)) % 8, seed=0) > 0.3


def test_training_is_logged_and_the_same_seed_gives_the_same_bytes(speech_like):
    torch.manual_seed(9)
    before = torch.get_rng_state()
    first, second = fitted(speech_like), fitted(speech_like)
    assert torch.equal(torch.get_rng_state(), before)
    for name, tensor in first.generator.state_dict().items():
        assert torch.equal(tensor, second.generator.state_dict()[name]), name
    assert [row["step"] for row in first.log] == [0, 25, 50, 59]
    assert set(first.log[0]) == {"step", "D", "G", "I(c;h)", "I(t;h)", "I(v;h)"}
    assert all(np.isfinite(list(row.values())).all() for row in first.log)


def test_bad_features_are_one_sentence(speech_like):
    h, c = speech_like.h.copy(), speech_like.c
    keep = [*np.flatnonzero(c != 2).tolist(), int(np.flatnonzero(c == 2)[0])]
    with pytest.raises(SermiError, match="3 classes; class 2 has 1"):
        fit_generator(h[keep], c[keep], config=GeneratorConfig("off"))
    with pytest.raises(SermiError, match="at least two speakers"):
        fit_generator(h, c)
    with pytest.raises(SermiError, match="at least two speakers"):
        fit_generator(h, c, groups=np.zeros(len(c)))
    with pytest.raises(SermiError, match="of the 4 classes; class 3 has 0"):
        fit_generator(h, c, n_classes=4, config=GeneratorConfig("off"))
    with pytest.raises(SermiError, match="whole numbers from 0"):
        fit_generator(h, c - 1, config=GeneratorConfig("off"))
    with pytest.raises(SermiError, match="one row for each"):
        fit_generator(h, c, config=GeneratorConfig("off"), t=speech_like.t[:5])
    h[0, 0] = np.nan
    with pytest.raises(SermiError, match="NaN"):
        fit_generator(h, c, config=GeneratorConfig("off"))


@pytest.mark.parametrize("options", [{"regulariser": "more"}, {"steps": -1}, {"shrinkage": 0.0}, {"weight": -1.0}])
def test_a_wrong_configuration_is_refused(options):
    with pytest.raises(SermiError):
        GeneratorConfig(**options)


def test_lists_tables_and_tensors_are_taken(speech_like):
    import pandas as pd

    config = GeneratorConfig("match", steps=2)
    plain = fit_generator(speech_like.h, speech_like.c, groups=speech_like.speaker, config=config)
    for h, c, groups in (
        (speech_like.h.tolist(), speech_like.c.tolist(), speech_like.speaker.tolist()),
        (pd.DataFrame(speech_like.h), pd.Series(speech_like.c), pd.Series(speech_like.speaker)),
        (torch.from_numpy(speech_like.h), torch.from_numpy(speech_like.c), speech_like.speaker),
    ):
        other = fit_generator(h, c, groups=groups, config=config)
        assert torch.allclose(other.generator.spread, plain.generator.spread, atol=1e-3)


@pytest.mark.parametrize("column", ["groups", "weights", "corpora"])
def test_a_column_of_another_length_is_one_sentence(speech_like, column):
    with pytest.raises(SermiError, match=rf"^{column} should be one value for each of the"):
        fit_generator(speech_like.h, speech_like.c, config=GeneratorConfig("off"), **{column: np.ones(3, int)})


@pytest.mark.parametrize(
    "settings",
    [
        {"rate": -1.0},
        {"average": 1.0},
        {"hidden": 0},
        {"text_dropout": 3.0},
        {"base_spread": 0.0},
        {"voice_spread": -1.0},
    ],
)
def test_settings_that_nothing_can_be_trained_with_are_refused(settings):
    with pytest.raises(SermiError):
        GeneratorConfig(**settings)
