import numpy as np
from sklearn.linear_model import LogisticRegression

from sermi.stats.last_layer import fit_last_layers


def test_it_is_multinomial_logistic_regression(speech_like):
    h, c = speech_like.h.astype(float), speech_like.c
    (ours,) = fit_last_layers(h, c, 3, [0.01], iterations=500)
    scale = np.sqrt(np.mean((h - h.mean(0)) ** 2))
    theirs = LogisticRegression(C=1 / (0.01 * len(h)), max_iter=5_000, tol=1e-8).fit((h - h.mean(0)) / scale, c)
    expected = theirs.decision_function((h - h.mean(0)) / scale)
    scores = ours.scores(h)
    assert np.allclose(scores - scores.mean(1, keepdims=True), expected - expected.mean(1, keepdims=True), atol=0.03)


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
