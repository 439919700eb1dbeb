import pytest
import torch

from sermi.errors import SermiError
from sermi.models.generator import Generator, GeneratorShape


@pytest.fixture
def generator():
    torch.manual_seed(0)
    example = Generator(GeneratorShape(feature_dim=6, text_feature_dim=4, n_classes=3))
    example.centre.copy_(torch.arange(6.0))
    example.factor.copy_(torch.tril(torch.randn(6, 6)) + 2 * torch.eye(6))
    example.means.copy_(torch.randn(3, 6))
    example.class_directions.copy_(torch.eye(6)[:2])
    example.spread.fill_(3.0)
    example.text_means.copy_(torch.randn(3, 4))
    return example.eval()


def test_an_untrained_generator_is_its_class_conditional_gaussian(generator):
    c = torch.arange(3).repeat_interleave(20_000)
    h, t = generator.sample(c, seed=0)
    assert t is None
    for k in range(3):
        own = h[c == k]
        expected = generator.factor @ torch.diag(torch.tensor([9.0, 9, 1, 1, 1, 1])) @ generator.factor.T
        assert torch.allclose(own.mean(0), generator.centre + generator.factor @ generator.means[k], atol=0.2)
        assert torch.allclose(torch.cov(own.T), expected, atol=0.04 * float(expected.max()))


def test_radii_scale_samples_across_the_directions_between_classes_alone(generator):
    generator.noise_radii.copy_(torch.tensor([0.5, 1.5]))
    c = torch.zeros(40_000, dtype=torch.long)
    x = generator.whiten(generator.sample(c, seed=0)[0]) - generator.means[0]
    assert torch.allclose(x[:, :2].std(0), torch.full((2,), 3.0), rtol=0.02)
    # E ρ² of the uniform distribution over [0.5, 1.5] is 13/12
    assert torch.allclose(x[:, 2:].var(0), torch.full((4,), 13 / 12), rtol=0.03)
    length = x[:, 2:].norm(dim=1)
    generator.noise_radii.fill_(1.0)
    shell = (generator.whiten(generator.sample(c, seed=0)[0]) - generator.means[0])[:, 2:].norm(dim=1)
    assert length.std() > 1.3 * shell.std()


def test_whitening_undoes_the_map_to_features(generator):
    z, c = torch.randn(50, 6), torch.randint(3, (50,))
    assert torch.allclose(generator.whiten(generator(z, c)), generator.forward_whitened(z, c), atol=1e-4)


def test_words_can_be_given_left_out_or_made(generator):
    torch.nn.init.normal_(generator.residual[-1].weight, std=0.5)
    torch.nn.init.normal_(generator.no_text)
    c = torch.tensor([0, 1, 2, 0])
    words = torch.randn(4, 4)
    bare, _ = generator.sample(c, seed=1)
    with_text, _ = generator.sample(c, seed=1, t=words)
    same_for_all, _ = generator.sample(c, seed=1, t=words[0])
    assert not torch.allclose(bare, with_text, atol=1e-3)
    assert torch.allclose(with_text[0], same_for_all[0])
    z = torch.randn(4, 6)
    partly = generator.forward_whitened(z, c, words, torch.tensor([True, False, True, False]))
    assert torch.allclose(partly[0], generator.forward_whitened(z, c, words)[0], atol=1e-5)
    assert torch.allclose(partly[1], generator.forward_whitened(z, c)[1], atol=1e-5)
    _, generated_text = generator.sample(c, seed=1, pairs=True)
    assert generated_text.shape == (4, 4)


def test_the_seed_decides_and_the_global_generator_is_left_alone(generator):
    c = torch.randint(3, (10,))
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, other = (generator.sample(c, seed=s)[0] for s in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_spread_widens_the_samples(generator):
    c = torch.zeros(2_000, dtype=torch.long)
    narrow, wide = (generator.sample(c, seed=0, noise_scale=s)[0] for s in (1.0, 2.0))
    assert torch.allclose(wide.std(0), 2 * narrow.std(0), rtol=1e-3)


@pytest.mark.parametrize(
    ("codes", "words", "message"), [([3], None, "0 to 2"), ([-1], None, "0 to 2"), ([0], torch.zeros(1, 5), "width 4")]
)
def test_a_wrong_request_is_one_sentence(generator, codes, words, message):
    with pytest.raises(SermiError, match=message):
        generator.sample(torch.tensor(codes), seed=0, t=words)
