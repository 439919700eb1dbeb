import pytest
import torch

from sermi.errors import SermiError
from sermi.models.generator import Generator, GeneratorShape, Noise, VoicePlaces, Voices


@pytest.fixture
def generator():
    torch.manual_seed(0)
    example = Generator(GeneratorShape(feature_dim=6, text_feature_dim=4, n_classes=3))
    example.centre.copy_(torch.arange(6.0))
    example.factor.copy_(torch.tril(torch.randn(6, 6)) + 2 * torch.eye(6))
    example.places.copy_(torch.randn(1, 3, 6))
    example.speaker.copy_(0.8 * torch.eye(6))
    example.speaker_class.copy_(0.6 * torch.eye(6))
    example.rest.copy_(torch.diag(torch.tensor([1.0, 1, 1, 1, 0.5, 0.5]))[None])
    example.class_directions.copy_(torch.eye(6)[:2])
    example.spread.fill_(2.0)
    example.text_means.copy_(torch.randn(3, 4))
    return example.eval()


def alone(c):
    """Each sample by a voice of its own."""
    return Voices(torch.arange(len(c)), torch.zeros(len(c), dtype=torch.long))


def whitened(generator, h, k):
    return generator.whiten(h) - generator.places[0, k]


def test_an_untrained_generator_is_the_sum_of_its_parts(generator):
    c = torch.arange(3).repeat_interleave(20_000)
    h, t = generator.sample(c, seed=0, voices=alone(c))
    assert t is None
    # 0.64 of speakers, 0.36 of speaker and emotion (4 times as much along the first two), and the rest
    expected = torch.diag(torch.tensor([3.08, 3.08, 2, 2, 1.25, 1.25]))
    for k in range(3):
        x = whitened(generator, h[c == k], k)
        assert torch.allclose(x.mean(0), torch.zeros(6), atol=0.05)
        assert torch.allclose(torch.cov(x.T), expected, atol=0.08)


def test_samples_of_one_voice_share_what_it_adds(generator):
    c = torch.arange(3).repeat(8_000)
    voices = Voices(torch.arange(8_000).repeat_interleave(3), torch.zeros(24_000, dtype=torch.long))
    x = torch.stack([whitened(generator, generator.sample(c, seed=0, voices=voices)[0][c == k], k) for k in range(3)])
    shared = (x[0] * x[1]).mean(0)
    assert torch.allclose(shared, torch.full((6,), 0.64), atol=0.08)
    same = Voices(torch.arange(8_000).repeat_interleave(2), torch.zeros(16_000, dtype=torch.long))
    pair = whitened(generator, generator.sample(torch.zeros(16_000, dtype=torch.long), seed=1, voices=same)[0], 0)
    shared = (pair[::2] * pair[1::2]).mean(0)
    assert torch.allclose(shared, torch.tensor([2.08, 2.08, 1, 1, 1, 1]), atol=0.12)


def test_voices_are_dealt_so_many_samples_of_each_emotion_and_corpora_take_turns():
    example = Generator(GeneratorShape(feature_dim=2, text_feature_dim=1, n_classes=2, n_corpora=3))
    example.corpus_shares.copy_(torch.tensor([[1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0.0]]))
    c = torch.tensor([0, 1]).repeat(60)
    voices = example.deal(c, torch.Generator().manual_seed(0), clips_per_voice=4)
    for k in (0, 1):
        _, counts = voices.number[c == k].unique(return_counts=True)
        assert (counts == 4).all()
    assert voices.corpus[c == 0].bincount(minlength=3).tolist() == [20, 20, 20]
    assert sorted(voices.corpus[c == 1].bincount(minlength=3).tolist())[0] == 0  # the third has no second class
    corpus_of = {int(v): int(j) for v, j in zip(voices.number, voices.corpus, strict=True)}
    assert all(corpus_of[int(v)] == int(j) for v, j in zip(voices.number, voices.corpus, strict=True))


def test_a_voice_from_a_corpus_of_few_lies_further_from_its_place(generator):
    c = torch.zeros(20_000, dtype=torch.long)
    before = whitened(generator, generator.sample(c, seed=0, voices=alone(c))[0], 0).var(0)
    generator.doubt.fill_(1.5**0.5)
    after = whitened(generator, generator.sample(c, seed=0, voices=alone(c))[0], 0).var(0)
    assert torch.allclose(after - before, 0.5 * torch.tensor([2.08, 2.08, 1, 1, 1, 1]), atol=0.1)


def test_a_known_voice_lies_where_it_is_known_to_be(generator):
    known = VoicePlaces(torch.randn(3, 6), torch.stack([k * torch.eye(6) for k in (0.0, 0.5, 1.0)]), 2 * torch.eye(6))
    c = torch.arange(3).repeat_interleave(20_000)
    h = generator.sample_voice(c, known, seed=0)
    assert torch.equal(h, generator.sample_voice(c, known, seed=0))
    for k in range(3):
        own = h[c == k]
        assert torch.allclose(own.mean(0), known.means[k], atol=0.06)
        assert torch.allclose(torch.cov(own.T), (4 + (k / 2) ** 2) * torch.eye(6), atol=0.15)
    with pytest.raises(SermiError, match="3 classes of 6 features"):
        generator.sample_voice(c, VoicePlaces(known.means[:2], known.factors[:2], known.rest), seed=0)


def test_whitening_is_undone(generator):
    x = torch.randn(50, 6)
    assert torch.allclose(generator.whiten(generator.unwhiten(x)), x, atol=1e-4)


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
    noise, corpus = Noise(*torch.randn(3, 4, 6)), torch.zeros(4, dtype=torch.long)
    partly = generator.forward_whitened(noise, c, corpus, words, torch.tensor([True, False, True, False]))
    assert torch.allclose(partly[0], generator.forward_whitened(noise, c, corpus, words)[0], atol=1e-5)
    assert torch.allclose(partly[1], generator.forward_whitened(noise, c, corpus)[1], atol=1e-5)
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
