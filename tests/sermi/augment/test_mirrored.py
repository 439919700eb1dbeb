"""Noise in pairs of opposite sign: what a class's rows share, and what they leave of its mean."""

import numpy as np
import pytest
import torch

from sermi.augment.mirrored import mirrored_noise, mirrored_voices
from sermi.augment.table import Rows, fit_table
from sermi.models.generator import CLIPS_PER_VOICE, GeneratorShape

codes = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [40, 26, 7]))
VOICED = GeneratorShape(5, 1, 3, voices=True)


def test_two_voices_say_a_class_in_turn_each_as_often_as_other_voices_do():
    number = mirrored_voices(codes, VOICED).number.numpy()
    assert number[codes == 0][:5].tolist() == [0, 1, 0, 1, 0]
    assert np.bincount(number[codes == 0]).tolist() == [6, 6, 6, 6, 6, 6, 2, 2]
    assert np.bincount(number[codes == 0]).max() == CLIPS_PER_VOICE


def test_a_voice_is_one_in_all_it_says_and_the_opposite_of_its_neighbour():
    noise = mirrored_noise(codes, voices := mirrored_voices(codes, VOICED), VOICED, seed=0)
    number = voices.number.numpy()
    for part, same in ((noise.speaker, number), (noise.speaker_class, 3 * number + codes)):
        one_of_each = [torch.unique(part[same == n], dim=0) for n in np.unique(same)]
        assert {len(rows) for rows in one_of_each} == {1}
        assert len(torch.unique(part, dim=0)) == len(one_of_each)  # and no other's
    assert torch.equal(noise.speaker[number == 0][0], -noise.speaker[number == 1][0])


@pytest.mark.parametrize("voices", [True, False])
def test_a_class_of_even_size_has_no_error_left_in_its_mean(voices):
    shape = GeneratorShape(5, 1, 3, voices=voices)
    noise = mirrored_noise(codes, mirrored_voices(codes, shape), shape, seed=0)
    missed = [[float(part[codes == k].mean(dim=0).abs().max()) for k in range(3)] for part in noise]
    assert np.max(np.array(missed)[:, :2]) < 1e-6
    assert missed[0][2] > 0.01  # 7 rows: one has no opposite
    assert torch.allclose(torch.cov(noise.rest[codes == 0].T, correction=0), torch.eye(5), atol=1e-5)


def test_nobody_asks_for_rows_and_none_come():
    none = np.zeros(0, int)
    assert mirrored_noise(none, mirrored_voices(none, VOICED), VOICED, seed=0).speaker.shape == (0, 5)


@pytest.mark.parametrize("grouped", [True, False])
def test_a_dozen_generated_rows_have_their_class_means_where_real_rows_have_them(grouped):
    """Independent draws miss them by what separates a dozen real rows from the truth."""
    rng = np.random.default_rng(0)
    c = np.tile([0, 1], 60)
    groups = np.repeat(np.arange(10), 12) if grouped else None
    rows = Rows(rng.normal(size=(120, 8)) + 2 * c[:, None], c, groups)
    generator, h = fit_table(rows, regulariser="off", steps=0, n_components=None, seed=0)
    wanted = np.repeat([0, 1], 12)

    def missed(mirrored: bool) -> float:
        drawn = [generator.features(wanted, seed, mirrored=mirrored).h for seed in range(20)]
        return float(
            np.mean([abs(x[wanted == k].mean(axis=0) - h[c == k].mean(axis=0)).mean() for x in drawn for k in (0, 1)])
        )

    assert missed(True) < 0.1 * missed(False)
