import numpy as np
import pytest
import torch

from sermi import mi
from sermi.mi.critics import make_critic
from sermi.mi.fitting import CRITERIA, score_blocks
from sermi.mi.interface import MIError
from sermi.mi.tasks import gaussian, independent


def tensors(task, n, seed):
    return tuple(torch.from_numpy(part).float() for part in task.sample(n, np.random.default_rng(seed)))


@pytest.mark.parametrize("level", [2.0, 4.0])
@pytest.mark.parametrize(("bound", "tolerance", "steps"), [("infonce", 0.15, 600), ("smile", 0.10, 1400)])
def test_trained_critics_on_the_standard_benchmark(level, bound, tolerance, steps):
    """d = 20, separable critic, Adam 5e-4, fresh pairs in nearly every batch; measured on pairs it never saw."""
    task = gaussian(level, 20)
    fit, validation, held_out = (tensors(task, n, seed) for seed, n in enumerate((150_000, 1024, 4096)))
    network = make_critic("separable", 20, 20, seed=0)
    training = mi.Training(batch_size=128, learning_rate=5e-4, max_steps=steps, check_every=200)
    fitted = mi.fit_critic(network, fit, validation, bound=bound, seed=0, training=training)
    blocks = score_blocks(fitted.network, *held_out, device="cpu", block=2048)
    formula = mi.smile if bound == "smile" else CRITERIA[bound]
    assert np.mean([formula(scores).item() for scores in blocks]) == pytest.approx(level, rel=tolerance)


def test_the_best_step_is_kept_and_a_later_one_is_not():
    """200 pairs of 30 numbers are soon learnt by heart; the validation part says when to stop."""
    fit, validation = tensors(gaussian(4, 30), 200, 0), tensors(gaussian(4, 30), 500, 1)
    training = mi.Training(max_steps=600, check_every=20, patience=5)
    fitted = mi.fit_critic(
        make_critic("separable", 30, 30, 0), fit, validation, bound="infonce", seed=0, training=training
    )
    step, value = fitted.best
    assert 0 < step < fitted.history[-1][0] < 600, "it stopped early, after a better step"
    scores = list(score_blocks(fitted.network, *validation, device="cpu", block=512))
    assert CRITERIA["infonce"](scores[0]).item() == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("bound", ["infonce", "smile", "nwj", "mine"])
def test_where_there_is_nothing_to_learn_what_is_learnt_by_heart_is_not_kept(bound):
    fit, validation = tensors(independent(30), 150, 0), tensors(independent(30), 500, 1)
    training = mi.Training(max_steps=160, check_every=20)
    fitted = mi.fit_critic(make_critic("separable", 30, 30, 0), fit, validation, bound=bound, seed=0, training=training)
    nothing = fitted.history[0][1]
    assert nothing <= fitted.best[1] < nothing + 0.01
    assert fitted.history[-1][1] < nothing - 0.1


def test_an_untrained_critic_knows_nothing():
    part = tensors(gaussian(2, 3), 50, 0)
    for name in ("separable", "concatenated", "bilinear"):
        assert all(
            (scores == 0).all() for scores in score_blocks(make_critic(name, 3, 3, 0), *part, device="cpu", block=512)
        )


@pytest.mark.parametrize("name", ["separable", "concatenated", "bilinear"])
def test_critics_score_every_pair(name):
    critic = make_critic(name, 3, 5, seed=0)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(1))
    x, y = torch.randn(4, 3), torch.randn(6, 5)
    scores = critic(x, y)
    assert scores.shape == (4, 6)
    one = torch.stack([torch.stack([critic(x[i : i + 1], y[j : j + 1])[0, 0] for j in range(6)]) for i in range(4)])
    assert torch.allclose(scores, one, atol=1e-4)


def test_blocks_hold_every_pair_once():
    critic = make_critic("bilinear", 2, 2, seed=0)
    sizes = [
        len(scores) for scores in score_blocks(critic, torch.zeros(11, 2), torch.zeros(11, 2), device="cpu", block=4)
    ]
    assert sizes == [4, 4, 3]


def test_the_moving_average_of_mine_reaches_the_training():
    """The corrected gradient leads elsewhere than Donsker-Varadhan's own."""
    fit, validation = tensors(gaussian(3, 10), 2000, 0), tensors(gaussian(3, 10), 500, 1)
    training = mi.Training(max_steps=200, check_every=50, batch_size=64)
    fitted = mi.fit_critic(
        make_critic("separable", 10, 10, 0), fit, validation, bound="mine", seed=0, training=training
    )
    assert fitted.best[1] > 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 1}, "batch_size must be at least 2"),
        ({"max_steps": 0}, "max_steps must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"device": "warp drive"}, "device 'warp drive' can't be used"),
    ],
)
def test_training_options_are_checked(options, message):
    with pytest.raises(MIError, match=message):
        mi.Training(**options)


def test_unknown_bounds_and_single_pairs_are_one_sentence():
    part = (torch.zeros(4, 2), torch.zeros(4, 2))
    with pytest.raises(MIError, match="must be one of infonce, smile, nwj, mine, not 'guess'"):
        mi.fit_critic(make_critic("bilinear", 2, 2, 0), part, part, bound="guess", seed=0)
    with pytest.raises(MIError, match="at least two pairs"):
        mi.fit_critic(
            make_critic("bilinear", 2, 2, 0), part, (torch.zeros(1, 2), torch.zeros(1, 2)), bound="nwj", seed=0
        )
    with pytest.raises(MIError, match="must be one of separable"):
        make_critic("cynic", 2, 2, 0)
