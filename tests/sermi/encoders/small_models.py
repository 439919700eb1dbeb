"""Small `transformers` encoders of every kind, with random weights, saved into a folder."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers

SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48}
CONVOLUTIONS = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
LAYER_NORM = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
SPEECH = {
    "wav2vec2-group": (transformers.Wav2Vec2Model, transformers.Wav2Vec2Config, {"feat_extract_norm": "group"}),
    "wav2vec2-layer": (transformers.Wav2Vec2Model, transformers.Wav2Vec2Config, LAYER_NORM),
    "hubert-group": (transformers.HubertModel, transformers.HubertConfig, {"feat_extract_norm": "group"}),
    "hubert-layer": (transformers.HubertModel, transformers.HubertConfig, LAYER_NORM),
    "wavlm-group": (transformers.WavLMModel, transformers.WavLMConfig, {"feat_extract_norm": "group"}),
    "wavlm-layer": (transformers.WavLMModel, transformers.WavLMConfig, LAYER_NORM),
}
WHISPER = {
    "d_model": 32,
    "encoder_layers": 3,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "vocab_size": 60,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 3,
}
WORDS = ["i", "am", "so", "very", "happy", "sad", "angry", "calm", "today", "and", "that", "is", "fine"]
TEXT = {
    "bert": (transformers.BertModel, transformers.BertConfig),
    "roberta": (transformers.RobertaModel, transformers.RobertaConfig),
}


def save_speech_model(folder: Path, kind: str) -> Path:
    torch.manual_seed(0)
    if kind == "whisper":
        model = transformers.WhisperModel(transformers.WhisperConfig(**WHISPER))
        extractor = transformers.WhisperFeatureExtractor()
    else:
        model_class, config_class, options = SPEECH[kind]
        model = model_class(config_class(**SMALL, **CONVOLUTIONS, **options, vocab_size=20))
        extractor = transformers.Wav2Vec2FeatureExtractor(
            do_normalize=True, return_attention_mask=options["feat_extract_norm"] == "layer"
        )
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    return folder


def save_text_model(folder: Path, kind: str) -> Path:
    torch.manual_seed(0)
    if kind == "bert":
        vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
        tokenizer = transformers.BertTokenizer(vocab={word: i for i, word in enumerate(vocabulary)})
    else:
        vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "Ġ", *"abcdefghijklmnopqrstuvwxyz.!"]
        tokenizer = transformers.RobertaTokenizer(vocab={word: i for i, word in enumerate(vocabulary)}, merges=[])
    model_class, config_class = TEXT[kind]
    padding = vocabulary.index("[PAD]" if kind == "bert" else "<pad>")
    config = config_class(
        **SMALL, vocab_size=len(vocabulary), max_position_embeddings=40, pad_token_id=padding, type_vocab_size=2
    )
    model_class(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
