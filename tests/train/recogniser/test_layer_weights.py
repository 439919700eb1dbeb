import numpy as np

from sermi.frontend import AudioFrontend, FrontendConfig
from train.recogniser.layer_weights import fit_layer_weights, fit_weighted_projection

L, D, K, N = 3, 32, 3, 240


def states(informative: int, seed: int = 0):
    """Three layers of noise, one of which carries the class."""
    rng = np.random.default_rng(seed)
    c = np.arange(N) % K
    x = rng.normal(size=(N, L, D))
    x[:, informative] += 1.5 * rng.normal(size=(K, D))[c]
    return x.reshape(N, -1).astype(np.float32), c


def test_the_layer_that_carries_the_classes_weighs_most():
    for informative in range(L):
        a, c = states(informative)
        weights = fit_layer_weights(a, c, K, n_layers=L, dim=D, seed=0)
        assert np.isclose(weights.sum(), 1)
        assert weights.argmax() == informative
        assert weights[informative] > 0.6
    assert np.array_equal(weights, fit_layer_weights(a, c, K, n_layers=L, dim=D, seed=0))


def test_the_projection_is_that_of_the_explicit_sum(tiny_encoder):
    frontend = AudioFrontend(FrontendConfig(str(tiny_encoder), pooling=("mean", "std")))
    assert (frontend.n_layers, frontend.encoders[0].dim) == (L, D)
    (mean, c), (deviation, _) = states(1), states(1, seed=1)
    a = np.concatenate([mean, deviation], axis=1)
    projection, weights = fit_weighted_projection(a, c, K, feature_dim=10, seed=0, frontend=frontend)
    standardised = (a - a.mean(axis=0)) / (a.std(axis=0) + 1e-6)
    summed = np.einsum("nbld,l->nbd", standardised.reshape(N, 2, L, D).clip(-4, 4), weights).reshape(N, -1)
    emphasised = (summed - summed.mean(axis=0)) / summed.std(axis=0) * np.repeat([1.0, 0.5], D)
    h = projection(a)
    assert h.shape == (N, 10)
    # the same inner products as the ten principal components of the sum
    u, s, _ = np.linalg.svd(emphasised - emphasised.mean(axis=0), full_matrices=False)
    expected = u[:, :10] * s[:10]
    centred = h - h.mean(axis=0)
    assert np.allclose(centred @ centred.T, expected @ expected.T, atol=0.05 * np.abs(expected @ expected.T).max())
