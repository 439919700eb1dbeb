import numpy as np
import pytest

from sermi.errors import SermiError
from sermi.stats.folds import speaker_folds
from train.recogniser.discriminant import Discriminant, fit, fit_projection
from train.recogniser.scatter import scatter
from train.recogniser.selection import inner_folds, out_of_fold_scores, select
from train.samples import AudioSample


def two_class_sample(rng, *, n_speakers=8, per_speaker=20, dim=12, corpora=1, spread=1.0):
    """Gaussian classes with means ±1 on the first axis, and speaker offsets on the second."""
    rows = []
    for speaker in range(n_speakers):
        offset = rng.normal(0, 3)
        for index in range(per_speaker):
            c = index % 2
            a = rng.normal(0, spread, dim)
            a[0] += 2 * c - 1
            a[1] += offset
            rows.append((a, c, f"s{speaker}", f"z{speaker % corpora}"))
    a, c, speaker, corpus = (np.array(column) for column in zip(*rows, strict=True))
    views = np.stack([a, a + rng.normal(0, 0.1, a.shape)], axis=1).astype(np.float32)
    return AudioSample(views, c, speaker, corpus)


def test_projection_keeps_distances_when_nothing_is_dropped():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(200, 6)).astype(np.float32)
    projection = fit_projection(a, 6, seed=0)
    standardised = np.clip((a - a.mean(0)) / a.std(0), -4, 4)
    h = projection(a)
    expected = np.linalg.norm(standardised[:20, None] - standardised[None, :20], axis=-1)
    assert np.allclose(np.linalg.norm(h[:20, None] - h[None, :20], axis=-1), expected, atol=1e-3)


def test_scatter_parts_add_up_to_the_within_class_covariance_of_a_balanced_design():
    rng = np.random.default_rng(1)
    n_classes, n_speakers, n_corpora, n_takes, n_views, dim = 3, 4, 2, 5, 2, 4
    rows = [
        (c, f"{z}-{s}", z)
        for z in range(n_corpora)
        for s in range(n_speakers)
        for c in range(n_classes)
        for _ in range(n_takes)
    ]
    c, speaker, corpus = (np.array(column) for column in zip(*rows, strict=True))
    h = rng.normal(size=(len(rows), n_views, dim)) + rng.normal(size=(n_classes, dim))[c][:, None]
    parts = scatter(h, c, speaker=speaker, corpus=corpus, n_classes=n_classes)
    around = (h - np.stack([h[c == k].mean(axis=(0, 1)) for k in range(n_classes)])[c][:, None]).reshape(-1, dim)
    total = parts.view + parts.utterance + parts.speaker + parts.corpus + parts.interaction
    assert np.allclose(total, around.T @ around / len(around), atol=1e-10)


def test_speaker_offsets_land_in_the_speaker_part():
    sample = two_class_sample(np.random.default_rng(2), n_speakers=40)
    parts = scatter(sample.a.astype(float), sample.c, speaker=sample.speaker, corpus=sample.corpus, n_classes=2)
    assert parts.speaker[1, 1] == pytest.approx(9, rel=0.5)
    assert parts.interaction[1, 1] < 0.3
    assert parts.utterance[0, 0] == pytest.approx(1, rel=0.2)


def test_discriminant_matches_the_closed_form_of_two_gaussians():
    """For N(±m, I) the optimal rule is the sign of m·x."""
    sample = two_class_sample(np.random.default_rng(3), n_speakers=60)
    model = fit(sample, 2, Discriminant(feature_dim=12, shrinkage=0.0), seed=0)
    rng = np.random.default_rng(4)
    x = rng.normal(size=(4000, 12)).astype(np.float32)
    predicted = model.scores(x).argmax(axis=1)
    assert np.mean(predicted == (x[:, 0] > 0)) > 0.93


def test_speaker_folds_are_disjoint_and_complete():
    speaker = np.array([f"s{i % 9}" for i in range(90)])
    folds = list(speaker_folds(speaker, 4, seed=0))
    assert np.sum(folds, axis=0).tolist() == [1] * 90
    for fold in folds:
        assert not set(speaker[fold]) & set(speaker[~fold])


def test_too_few_speakers_is_one_sentence():
    with pytest.raises(SermiError, match="3 speakers can't be split into 4 folds"):
        list(speaker_folds(np.array(["a", "b", "c"]), 4, seed=0))


def test_inner_folds_leave_corpora_out_when_there_are_several():
    sample = two_class_sample(np.random.default_rng(5), corpora=2)
    folds = inner_folds(sample, seed=0)
    assert [sorted(set(sample.corpus[fold])) for fold in folds] == [["z0"], ["z1"]]


def test_selection_prefers_what_generalises_and_is_reproducible():
    sample = two_class_sample(np.random.default_rng(6), spread=2.0)
    good, bad = Discriminant(feature_dim=12), Discriminant(feature_dim=1)
    chosen, ua = select(sample, 2, 0, candidates=[bad, good])
    assert chosen == good
    assert ua > 0.6
    assert select(sample, 2, 0, candidates=[bad, good]) == (chosen, ua)


def test_out_of_fold_scores_cannot_memorise_random_labels():
    rng = np.random.default_rng(7)
    a = rng.normal(size=(240, 1, 400)).astype(np.float32)
    speaker = np.array([f"s{i % 12}" for i in range(240)])
    c = rng.integers(0, 2, 240)
    sample = AudioSample(a, c, speaker, np.full(240, "z"))
    candidate = Discriminant(feature_dim=200, shrinkage=0.05)
    in_sample = np.mean(fit(sample, 2, candidate, 0).scores(a[:, 0]).argmax(1) == c)
    held_out = np.mean(out_of_fold_scores(sample, 2, candidate, 0).argmax(1) == c)
    assert in_sample > 0.9
    assert abs(held_out - 0.5) < 0.12
