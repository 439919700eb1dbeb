"""Layers that carry the class are kept, others left out, by data in which it is known which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sermi.frontend import AudioFrontend, FrontendConfig
from train.recogniser.discriminant import Discriminant, fit, fit_projection
from train.recogniser.layer_choice import LayerBlock, choose_layers, layer_blocks, layer_choice
from train.samples import AudioSample

K, D, N_SPEAKERS = 4, 60, 12
LAYERS = 4


def simulated(informative: dict[int, float], *, n_layers: int = LAYERS, extra: int = 0, seed: int = 0) -> AudioSample:
    """Layers of D numbers in which voices differ; of some, by number, class means lie that far apart.

    Every informative layer carries the class in its own way, with noise of its own. extra: columns of no layer.
    """
    rng = np.random.default_rng(seed)
    c = np.tile(np.arange(K), 8 * N_SPEAKERS)
    speaker = np.repeat(np.arange(N_SPEAKERS), 8 * K)
    x = rng.normal(size=(len(c), n_layers, D)) + 1.5 * rng.normal(size=(N_SPEAKERS, n_layers, D))[speaker]
    for layer, distance in informative.items():
        x[:, layer] += distance * rng.normal(size=(K, D))[c]
    a = np.concatenate([x.reshape(len(c), -1), rng.normal(size=(len(c), extra))], axis=1).astype(np.float32)
    names = np.char.add("s", speaker.astype(str))
    return AudioSample(a[:, None], c, names, np.full(len(c), "one"))


def blocks(n_layers: int = LAYERS, encoders: int = 1) -> list[LayerBlock]:
    return [
        LayerBlock(encoder, layer, np.arange(D) + D * (encoder * n_layers + layer))
        for encoder in range(encoders)
        for layer in range(n_layers)
    ]


def kept(emphasis: np.ndarray) -> list[int]:
    return [layer for layer in range(len(emphasis) // D) if emphasis[D * layer]]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_one_layer_that_carries_the_class(seed):
    choice = layer_choice(simulated({2: 0.3}, seed=seed), K, blocks(), seed=0)
    assert [block.layer for block in choice.blocks] == kept(choice.emphasis) == [2]
    assert choice.recall > choice.recall_of_all + 0.05
    assert choice.recall > 0.5  # chance is .25
    assert set(np.unique(choice.emphasis)) == {0, 1}
    assert choice.n_tried >= LAYERS * (LAYERS + 1) / 2


def test_layers_that_add_to_each_other_are_kept_together():
    assert kept(choose_layers(simulated({0: 0.3, 3: 0.3}, seed=2), K, blocks(), seed=0)) == [0, 3]
    assert kept(choose_layers(simulated(dict.fromkeys(range(LAYERS), 0.3)), K, blocks(), seed=0)) == [0, 1, 2, 3]


def test_a_layer_of_each_of_two_encoders():
    sample = simulated({1: 0.35, 5: 0.35}, n_layers=6)
    choice = layer_choice(sample, K, blocks(3, encoders=2), seed=0)
    assert [(block.encoder, block.layer) for block in choice.blocks] == [(0, 1), (1, 2)]


def test_chance_is_hardly_ever_taken_for_a_better_layer():
    """Of ten sets one is always best; nine layers of nothing are no reason to leave out the others."""
    choice = layer_choice(simulated(dict.fromkeys(range(LAYERS), 0.25), seed=3), K, blocks(), seed=0)
    assert len(choice.blocks) == LAYERS


def test_what_is_no_layers_always_counts_and_emphasis_is_kept():
    sample = simulated({2: 0.3}, extra=5)
    sample = replace(sample, emphasis=np.full(sample.a.shape[-1], 0.5, np.float32))
    emphasis = choose_layers(sample, K, blocks(), seed=0)
    assert kept(emphasis[: D * LAYERS]) == [2]
    assert (emphasis[-5:] == 0.5).all()
    assert set(np.unique(emphasis)) == {0, 0.5}


def test_the_same_seed_gives_the_same_choice():
    sample = simulated({0: 0.3}, n_layers=2)
    first, second = (layer_choice(sample, K, blocks(2), seed=1) for _ in range(2))
    assert first.recall == second.recall
    assert np.array_equal(first.emphasis, second.emphasis)


def test_a_recogniser_with_the_choice_has_no_weight_on_the_other_layers():
    sample = simulated({2: 0.3})
    emphasis = choose_layers(sample, K, blocks(), seed=0)
    model = fit(replace(sample, emphasis=emphasis), K, Discriminant(), 0)
    used = np.abs(model.weights @ model.projection.components).max(axis=0) > 0
    assert np.array_equal(used, emphasis > 0)
    alone = fit_projection(sample.a[:, 0][:, emphasis > 0], D, 0)
    masked = fit_projection(sample.a[:, 0], D, 0, emphasis=emphasis)
    assert np.allclose(np.abs(alone.components[:5]), np.abs(masked.components[:5, emphasis > 0]), atol=0.02)


def test_blocks_are_where_the_front_end_lays_the_layers(encoders):
    first, second = encoders
    config = FrontendConfig(f"{first}+{second}", pooling=("mean", "std"))
    places = layer_blocks(AudioFrontend(config))
    assert [(block.encoder, block.layer) for block in places] == [(0, n) for n in range(3)] + [(1, n) for n in range(4)]
    columns = np.concatenate([block.columns for block in places])
    assert len(set(columns)) == len(columns) == 2 * (3 * 32 + 4 * 32)
    waveform = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    a = AudioFrontend(config).embed([waveform])[0]
    alone = AudioFrontend(replace(config, encoder=second, layers=(2,)))
    assert np.allclose(a[places[5].columns], alone.embed([waveform])[0], atol=1e-5)
