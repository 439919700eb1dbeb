"""The parts of features' variance, on simulated hierarchies whose parts are known."""

import numpy as np
import pytest

from sermi.augment.parts import variance_parts

D, K = 4, 3
SPEAKER = np.diag([4.0, 1.0, 0.0, 0.0])
SPEAKER_CLASS = np.diag([0.0, 1.0, 2.0, 0.0])
REST = np.diag([1.0, 1.0, 1.0, 3.0])


def hierarchy(rng, *, n_speakers, per_cell, places):
    """(h, c, speaker, corpus), speakers dealt to the corpora of places (J, K, D) in turn; per_cell: (K,) recordings."""
    rows = []
    for v in range(n_speakers):
        j = v % len(places)
        offset = rng.multivariate_normal(np.zeros(D), SPEAKER)
        for k, n in enumerate(per_cell):
            of_cell = offset + rng.multivariate_normal(np.zeros(D), SPEAKER_CLASS)
            rows += [(places[j, k] + of_cell + x, k, v, j) for x in rng.multivariate_normal(np.zeros(D), REST, n)]
    return (np.array(column) for column in zip(*rows, strict=True))


@pytest.mark.parametrize("per_cell", [(6, 6, 6), (3, 6, 12)])
def test_parts_are_estimated_without_bias(per_cell):
    rng = np.random.default_rng(0)
    places = rng.normal(size=(2, K, D))
    drawn = []
    for _ in range(300):
        h, c, speaker, corpus = hierarchy(rng, n_speakers=20, per_cell=per_cell, places=places)
        parts = variance_parts(h, c, speaker, corpus, n_classes=K, shrinkage=1e-9)
        drawn.append((parts.speaker, parts.speaker_class, parts.rest.mean(axis=0)))
    for estimated, true in zip(np.mean(drawn, axis=0), (SPEAKER, SPEAKER_CLASS, REST), strict=True):
        assert np.trace(estimated) == pytest.approx(np.trace(true), rel=0.1)
        assert np.allclose(np.diag(estimated), np.diag(true), atol=0.45)


def test_a_class_of_few_recordings_is_placed_by_how_it_differs_not_by_who_speaks():
    rng, errors = np.random.default_rng(1), []
    places = np.zeros((1, K, D))
    for _ in range(60):
        h, c, speaker, corpus = hierarchy(rng, n_speakers=12, per_cell=(6, 6, 6), places=places)
        keep = (c < 2) | (speaker < 3)  # the third class is of three speakers alone
        h, c, speaker, corpus = h[keep], c[keep], speaker[keep], corpus[keep]
        third = variance_parts(h, c, speaker, corpus, n_classes=K, shrinkage=0.1).places[0, 2, 0]
        errors.append((third - h[c < 2, 0].mean(), h[c == 2, 0].mean() - h[c < 2, 0].mean()))
    ours, plain = np.mean(np.square(errors), axis=0)
    assert ours < 0.5 * plain


def test_what_few_speakers_show_of_a_corpus_is_believed_in_part():
    rng = np.random.default_rng(2)
    places = np.zeros((4, K, D)) + 5 * rng.normal(size=(4, 1, D))  # corpora differ, emotions are alike in all
    h, c, speaker, corpus = hierarchy(rng, n_speakers=12, per_cell=(5, 5, 5), places=places)
    parts = variance_parts(h, c, speaker, corpus, n_classes=K, shrinkage=0.1)
    plain = np.array([[h[(corpus == j) & (c == k)].mean(axis=0) for k in range(K)] for j in range(4)])

    def interactions(x):
        return x - x.mean(axis=0) - x.mean(axis=1, keepdims=True) + x.mean(axis=(0, 1))

    assert np.linalg.norm(interactions(parts.places)) < 0.8 * np.linalg.norm(interactions(plain))
    assert np.allclose(parts.places.mean(axis=1), plain.mean(axis=1), atol=0.6)


def test_a_class_that_a_corpus_lacks_gets_the_place_that_the_others_suggest():
    rng = np.random.default_rng(3)
    places = rng.normal(size=(1, K, D)) + 10 * rng.normal(size=(2, 1, D))
    h, c, speaker, corpus = hierarchy(rng, n_speakers=24, per_cell=(8, 8, 8), places=places)
    keep = (corpus == 0) | (c != 2)
    parts = variance_parts(h[keep], c[keep], speaker[keep], corpus[keep], n_classes=K, shrinkage=0.1)
    assert parts.present.tolist() == [[True, True, True], [True, True, False]]
    assert np.allclose(parts.places[1, 2], places[1, 2], atol=2.0)
