import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sermi.stats.folds import speaker_folds
from sermi.stats.last_layer import fit_last_layers
from train.comparison.references import REFERENCES


def test_it_is_multinomial_logistic_regression(speech_like):
    h, c = speech_like.h.astype(float), speech_like.c
    (ours,) = fit_last_layers(h, c, 3, [0.01], iterations=500)
    scale = np.sqrt(np.mean((h - h.mean(0)) ** 2))
    theirs = LogisticRegression(C=1 / (0.01 * len(h)), max_iter=5_000, tol=1e-8).fit((h - h.mean(0)) / scale, c)
    expected = theirs.decision_function((h - h.mean(0)) / scale)
    found = ours.scores(h)
    assert np.allclose(found - found.mean(1, keepdims=True), expected - expected.mean(1, keepdims=True), atol=0.03)


def test_the_scale_of_the_features_does_not_matter_and_weights_do(speech_like):
    h, c = speech_like.h, speech_like.c
    (plain,), (scaled,) = (fit_last_layers(factor * h, c, 3, [0.01]) for factor in (1.0, 50.0))
    assert np.allclose(plain.scores(h), scaled.scores(50 * h), atol=0.02)
    only_first_two = (c < 2).astype(float)
    (weighted,) = fit_last_layers(h, c, 3, [0.001], sample_weights=only_first_two)
    assert (weighted.scores(h).argmax(1) < 2).mean() > 0.98


def test_a_stronger_penalty_gives_smaller_weights(speech_like):
    layers = fit_last_layers(speech_like.h, speech_like.c, 3, [1.0, 0.1, 0.001])
    sizes = [np.linalg.norm(layer.weights) for layer in layers]
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("name", list(REFERENCES))
def test_references_learn_and_say_what_was_chosen(name, speech_like):
    folds = list(speaker_folds(speech_like.speaker, 4, 0))
    train, test = speech_like.where(~folds[0]), speech_like.where(folds[0])
    inner = [(train.where(~fold), train.where(fold)) for fold in speaker_folds(train.speaker, 3, 0)]
    fitted = REFERENCES[name](train, 3, inner)
    assert (fitted.predict(test) == test.c).mean() > 0.8
    assert len(fitted.chosen) == 1
