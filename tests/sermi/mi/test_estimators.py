"""What all estimators share: one interface, the same answer for a seed, and one sentence for each mistake."""

import json
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from sermi import mi
from sermi.errors import SermiError

TRAINING = mi.Training(max_steps=20, check_every=10, learning_rate=5e-3)
LABELLED = {
    "linear": lambda seed=0: mi.LabelInformation("linear", n_folds=3, seed=seed),
    "selected": lambda seed=0: mi.LabelInformation("selected", n_folds=3, seed=seed),
    "mlp": lambda seed=0: mi.LabelInformation("mlp", n_folds=3, seed=seed),
    "ross": lambda seed=0: mi.NearestNeighbourInformation(seed=seed),
}
PAIRED = {
    bound: lambda seed=0, bound=bound: mi.PairInformation(bound, seed=seed, training=TRAINING)
    for bound in ("infonce", "smile", "nwj", "mine")
} | {"ksg": lambda seed=0: mi.NearestNeighbourInformation(seed=seed)}


def data(labelled):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 240)
    x = np.eye(3)[y] * 2 + rng.normal(size=(240, 3))
    return x, (y if labelled else x + rng.normal(size=(240, 3))), np.repeat([f"s{i}" for i in range(12)], 20)


ALL = [pytest.param(make, True, id=name) for name, make in LABELLED.items()] + [
    pytest.param(make, False, id=name) for name, make in PAIRED.items()
]


@pytest.mark.parametrize(("make", "labelled"), ALL)
def test_the_same_seed_gives_the_same_estimate_and_touches_no_global_state(make, labelled):
    x, y, groups = data(labelled)
    torch.manual_seed(1)
    before = (np.random.get_state()[1].copy(), torch.get_rng_state(), random.getstate())
    first = make().estimate(x, y, groups)
    assert np.array_equal(before[0], np.random.get_state()[1])
    assert torch.equal(before[1], torch.get_rng_state())
    assert before[2] == random.getstate()
    torch.manual_seed(99)
    assert make().estimate(x, y, groups) == first
    assert make(seed=1).estimate(x, y, groups) != first


def test_threads_are_as_before_a_fit_and_do_not_change_it():
    x, y, _ = data(labelled=True)
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        measured = mi.LabelInformation("mlp", n_folds=3).estimate(x, y)
        assert torch.get_num_threads() == 3
        torch.set_num_threads(1)
        assert mi.LabelInformation("mlp", n_folds=3).estimate(x, y) == measured
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize(("make", "labelled"), ALL)
def test_an_estimate_prints_as_one_line_and_goes_to_json(make, labelled):
    x, y, groups = data(labelled)
    measured = make().estimate(x.tolist(), torch.as_tensor(y), groups)
    assert "\n" not in str(measured)
    assert f"{measured.value:.2f} nats" in str(measured)
    fields = json.loads(json.dumps(measured.as_dict(), allow_nan=False))
    assert fields["value"] == measured.value
    assert fields["interval"] == list(measured.interval)
    assert fields["bits"] == pytest.approx(measured.value / np.log(2))
    assert fields["n_groups"] == measured.n_groups <= 12
    assert abs(measured.control) < 0.3
    assert measured.interval[0] <= measured.value <= measured.interval[1]


@pytest.mark.parametrize(("make", "labelled"), ALL)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x, y, g: (x[:, :, None], y, g), r"x must have the shape \(samples, features\), not \(240, 3, 1\)"),
        (lambda x, y, g: (x[:, :0], y, g), r"x must have the shape \(samples, features\), not \(240, 0\)"),
        (lambda x, y, g: (np.where(x == x[5, 1], np.nan, x), y, g), "1 of 240 samples in x hold NaN or infinity"),
        (lambda x, y, g: ([["a", "b"]] * 240, y, g), "x must be a table of numbers"),
        (lambda x, y, g: (x[1:], y, g[1:]), "x has 239 samples and y has 240; give them in pairs"),
        (lambda x, y, g: (x, y, g[1:]), r"one group for each of the 240 samples, but its shape is \(239,\)"),
        (lambda x, y, g: (x, y, np.full(240, "s0")), "All samples are of one group"),
        (lambda x, y, g: (x, y, np.array(["a", None] * 120, dtype=object)), "groups mixes names with numbers"),
    ],
    ids=["three dimensions", "no features", "NaN", "words", "lengths", "groups", "one group", "mixed groups"],
)
def test_mistakes_are_one_sentence(make, labelled, spoil, message):
    with pytest.raises(SermiError, match=message) as caught:
        make().estimate(*spoil(*data(labelled)))
    assert str(caught.value).count(". ") == 0
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("make", LABELLED.values(), ids=LABELLED)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.full(240, 3), "y holds only the class 3; information about a class needs samples of at least two"),
        (np.array(["sad"] * 239 + [None], dtype=object), "y mixes names with numbers or empty values"),
    ],
    ids=["one class", "mixed"],
)
def test_mistaken_labels_are_one_sentence(make, labels, message):
    with pytest.raises(SermiError, match=message):
        make().estimate(data(labelled=True)[0], labels)


@pytest.mark.parametrize("critic", ["linear", "mlp"])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.full((240, 2), 1), r"one label a sample, shape \(samples,\), not \(240, 2\)"),
        (np.linspace(0, 1, 240), "y holds fractions, not classes"),
        (np.where(np.arange(240) == 3, np.nan, 1.0), "Some labels in y are NaN"),
        (np.array([1, 2, float("nan")] * 80, dtype=object), "Some labels in y are NaN"),
    ],
    ids=["table", "fractions", "NaN", "NaN among objects"],
)
def test_label_information_wants_labels(critic, labels, message):
    with pytest.raises(SermiError, match=message):
        mi.LabelInformation(critic).estimate(data(labelled=True)[0], labels)


def test_features_on_the_other_side_are_checked_too():
    x, y, _ = data(labelled=False)
    y[3, 1] = np.inf
    for make in PAIRED.values():
        with pytest.raises(SermiError, match="1 of 240 samples in y hold NaN or infinity"):
            make().estimate(x, y)


def test_too_few_samples_or_groups_are_one_sentence():
    x, y, groups = data(labelled=True)
    with pytest.raises(SermiError, match="4 samples can't be split into 5 folds; give more samples or fewer folds"):
        mi.LabelInformation().estimate(x[:4], [0, 1, 0, 1])
    three = np.array([name if name in ("s0", "s1") else "s2" for name in groups])
    with pytest.raises(SermiError, match="3 groups can't be split into 5 folds without dividing a group"):
        mi.LabelInformation().estimate(x, y, three)
    with pytest.raises(SermiError, match="39 pairs are too few"):
        mi.PairInformation().estimate(x[:39], x[:39])
    with pytest.raises(SermiError, match="2 groups can't be split into parts to fit, tune and measure on"):
        mi.PairInformation().estimate(x, x, groups == "s0")


def test_a_critic_can_be_fitted_on_two_speakers():
    x, y, groups = data(labelled=True)
    for critic in ("linear", "mlp"):
        fitted = mi.fit_label_critic(x, y, groups == "s0", critic=critic, n_classes=3)
        assert mi.label_scores(x, y, fitted).shape == (240,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"critic": "quadratic"}, "must be 'linear', 'selected' or 'mlp', not 'quadratic'"),
        ({"n_folds": 2}, "3 or more"),
    ],
)
def test_options_of_label_information_are_checked(options, message):
    with pytest.raises(SermiError, match=message):
        mi.LabelInformation(**options)


def test_label_critics_want_codes():
    x, y, _ = data(labelled=True)
    critic = mi.fit_label_critic(x, torch.as_tensor(y), n_classes=3)
    for use in (lambda c: mi.fit_label_critic(x, c, n_classes=3), lambda c: mi.evaluate_label_critic(critic, x, c)):
        with pytest.raises(SermiError, match="y must hold classes from 0 to 2, which the critic knows, not 1 to 3"):
            use(y + 1)
        with pytest.raises(SermiError, match="one whole number for each of the 240 samples"):
            use(np.array(["a", "b", "c"])[y])
        with pytest.raises(SermiError, match="one whole number for each of the 240 samples"):
            use(y[1:])
        with pytest.raises(SermiError, match="only the class 1"):
            use(np.ones(240, dtype=int))
    with pytest.raises(SermiError, match="must be 'linear', 'selected' or 'mlp', not 'forest'"):
        mi.fit_label_critic(x, y, critic="forest", n_classes=3)


def test_the_command_line_does_not_load_torch_to_show_its_help():
    code = (
        "import sys; from sermi.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(3 if 'torch' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "mi-benchmark" in done.stdout
