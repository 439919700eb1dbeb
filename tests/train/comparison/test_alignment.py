import numpy as np
import pytest
import torch

from sermi.features import Features
from train.comparison import alignment
from train.comparison.alignment import Alignment, AlignmentConfig, fit_alignment, within_class_share
from train.comparison.tasks import ComparisonTask


@pytest.fixture
def pairs():
    """Voice and words in 6 and 5 dimensions, dependent through one of 3 emotions alone."""
    rng = np.random.default_rng(0)
    c = np.tile(np.arange(3), 200)
    h, t = (rng.normal(size=(600, d)) + 2.5 * np.eye(3, d)[c] for d in (6, 5))
    return Features(h.astype(np.float32), c, np.repeat(np.arange(6), 100), t.astype(np.float32))


def contrast(model, features):
    """How much closer own pairs are than others, in the shared space."""
    with torch.inference_mode():
        h, t = model.audio(torch.from_numpy(features.h)), model.text(torch.from_numpy(features.t))
        voice = torch.nn.functional.normalize(model.audio_head(h))
        scores = voice @ torch.nn.functional.normalize(model.text_head(t)).T
    return float(scores.diagonal().mean() - scores.mean())


def test_the_contrastive_term_brings_voice_and_words_together(pairs):
    without, with_term = (fit_alignment(pairs, 3, AlignmentConfig(weight=w, rate=1e-2)) for w in (0.0, 1.0))
    assert contrast(with_term, pairs) > contrast(without, pairs) + 0.2


def test_one_model_serves_with_and_without_words(pairs):
    train, test = pairs.where(pairs.speaker < 4), pairs.where(pairs.speaker >= 4)
    model = fit_alignment(train, 3, AlignmentConfig(rate=1e-2))
    scores = model.scores(model.transform(test))
    right = {side: np.mean(x.argmax(axis=1) == test.c) for side, x in scores.items()}
    assert right["fused"] >= max(right["audio"], right["text"]) - 0.02
    assert min(right["audio"], right["text"]) > 0.7


def test_labels_on_the_projection_cost_the_spread_within_classes(pairs):
    model = fit_alignment(pairs, 3, AlignmentConfig(weight=0.0, rate=1e-2))
    assert within_class_share(model.transform(pairs)) < within_class_share(pairs) - 0.02


def test_it_starts_from_the_features_as_they_are(pairs):
    torch.manual_seed(0)
    untouched = Alignment(6, 5, 3, shared=4).transform(pairs)
    assert np.allclose(untouched.h, pairs.h, atol=1e-6)
    assert np.allclose(untouched.t, pairs.t, atol=1e-6)


def test_the_same_seed_gives_the_same_weights(pairs):
    first, second = (fit_alignment(pairs, 3, AlignmentConfig(steps=20), seed=4) for _ in range(2))
    assert all(
        torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )


def test_a_second_run_adds_only_what_is_missing(pairs, tmp_path, monkeypatch):
    train, test = pairs.where(pairs.speaker < 4), pairs.where(pairs.speaker >= 4)
    both = [
        ComparisonTask("paired", "fold1", seed, draw=seed, classes=("a", "b", "c"), train=train, test=test)
        for seed in (0, 1)
    ]
    monkeypatch.setattr(alignment, "tasks", lambda *_: both)
    out = tmp_path / "alignment.csv"
    rows = alignment.run(tmp_path, out, seeds=[0, 1])
    assert len(rows) == 2 * len(alignment.WEIGHTS)
    assert "label-free" in alignment.summary(rows)
    kept = rows.iloc[:-1].assign(UA_audio=-1.0)  # a value that no run gives, to be recognised by
    kept.to_csv(out, index=False)
    again = alignment.run(tmp_path, out, seeds=[0, 1])
    assert (again["UA_audio"][:-1] == -1).all()
    numbers = rows.columns.drop(["fold", "alpha", "features"])
    assert again[numbers].iloc[-1].astype(float).equals(rows[numbers].iloc[-1].astype(float))
