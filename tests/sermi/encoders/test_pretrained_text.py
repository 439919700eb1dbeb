"""Text encoders loaded through transformers."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from sermi.encoders.pretrained import PretrainedTextEncoder
from tests.sermi.encoders.small_models import TEXT, save_text_model


@pytest.fixture(scope="module", params=TEXT)
def text_folder(request, tmp_path_factory) -> Path:
    return save_text_model(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def text_encoder(text_folder) -> PretrainedTextEncoder:
    return PretrainedTextEncoder(str(text_folder), device="cpu")


def test_text_embeddings_are_means_over_tokens(text_folder, text_encoder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(text_folder)
    model = transformers.AutoModel.from_pretrained(text_folder).eval()
    for text in ("i am so happy today", "", "sad"):
        with torch.inference_mode():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state
        np.testing.assert_allclose(text_encoder.embed([text])[0], states[0].mean(0).numpy(), atol=1e-5)


def test_a_text_is_the_same_alone_and_in_a_batch(text_encoder):
    texts = ["i am so happy today and that is fine", "", "sad", "angry " * 200, "unknown words", "sad"]
    together = text_encoder.embed(texts)
    assert together.shape == (6, text_encoder.dim) == (6, 32)
    assert together.dtype == np.float32
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(row, text_encoder.embed([text])[0], atol=1e-5)
    assert text_encoder.embed([]).shape == (0, 32)


def test_padding_is_not_seen(text_encoder):
    assert np.abs(text_encoder.embed(["sad"]) - text_encoder.embed(["happy"])).max() > 1e-3


def test_a_pooler_that_is_not_there_is_not_missed(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_text_model(tmp_path / "m", "bert")
    expected = PretrainedTextEncoder(str(folder)).embed(["sad"])
    weights = {k: v for k, v in load_file(folder / "model.safetensors").items() if not k.startswith("pooler.")}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    np.testing.assert_array_equal(PretrainedTextEncoder(str(folder)).embed(["sad"]), expected)
