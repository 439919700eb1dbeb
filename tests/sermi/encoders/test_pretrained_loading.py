"""What is loaded through transformers, and what is refused, each in one sentence."""

import pickle
from pathlib import Path

import pytest
import transformers

from sermi.encoders import load_audio_encoder, load_text_encoder
from sermi.encoders.pretrained import PretrainedAudioEncoder, PretrainedTextEncoder
from sermi.errors import EncoderError
from tests.sermi.encoders.small_models import save_speech_model, save_text_model


def error_of(encoder, name) -> str:
    with pytest.raises(EncoderError) as error:
        encoder(str(name))
    message = str(error.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert str(name) in message
    return message


@pytest.mark.parametrize("encoder", [PretrainedAudioEncoder, PretrainedTextEncoder])
class TestWhatCannotBeLoaded:
    def test_a_folder_without_a_configuration(self, encoder, tmp_path):
        assert "has no config.json" in error_of(encoder, tmp_path)

    def test_a_damaged_configuration(self, encoder, tmp_path):
        (tmp_path / "config.json").write_text("{")
        error_of(encoder, tmp_path)
        (tmp_path / "config.json").write_text('{"model_type": "no such thing"}')
        error_of(encoder, tmp_path)

    @pytest.mark.parametrize(
        "name", ["/nothing/here", "./nothing", "a/b/c", "~/nothing", "https://hub.org/a/b", " ", ""]
    )
    def test_a_folder_that_is_not_there(self, encoder, name):
        expected = f"There is no folder '{name}'; check the path, or give a hub id such as 'openai/whisper-base'."
        assert error_of(encoder, name) == expected

    def test_a_file(self, encoder, tmp_path):
        (tmp_path / "model.safetensors").write_bytes(b"")
        name = tmp_path / "model.safetensors"
        assert error_of(encoder, name) == f"'{name}' is a file; give the folder that it lies in."

    def test_a_hub_id_without_the_hub(self, encoder):
        assert error_of(encoder, "nobody/no-such-encoder-at-all") == (
            "There is no folder 'nobody/no-such-encoder-at-all' here, and https://huggingface.co can't be reached to fetch it; "
            "unset HF_HUB_OFFLINE, or set SERMI_ENCODERS to a folder that holds it."
        )

    def test_pickled_weights_are_never_opened(self, encoder, tmp_path):
        kind = "wav2vec2-layer" if encoder is PretrainedAudioEncoder else "bert"
        folder = (save_speech_model if encoder is PretrainedAudioEncoder else save_text_model)(tmp_path / "m", kind)
        (folder / "model.safetensors").unlink()
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
        assert error_of(encoder, folder) == (
            f"The folder '{folder}' has no model.safetensors; other weights may run code when opened: where you trust "
            "them, open them and write them with save_pretrained."
        )
        (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "pytorch_model.bin"}}')
        error_of(encoder, folder)
        assert not (tmp_path / "exploded").exists()

    def test_damaged_weights(self, encoder, tmp_path):
        kind = "wav2vec2-layer" if encoder is PretrainedAudioEncoder else "bert"
        folder = (save_speech_model if encoder is PretrainedAudioEncoder else save_text_model)(tmp_path / "m", kind)
        (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
        error_of(encoder, folder)
        (folder / "model.safetensors").write_bytes(b"PK not safetensors at all")
        error_of(encoder, folder)

    def test_code_from_the_folder_is_never_run(self, encoder, tmp_path):
        (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'exploded')!r}, 'w')")
        (tmp_path / "config.json").write_text(
            '{"model_type": "evil", "auto_map": {"AutoConfig": "evil.C", "AutoModel": "evil.M"}}'
        )
        error_of(encoder, tmp_path)
        assert not (tmp_path / "exploded").exists()


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (open, (str(self.path), "w"))


def test_a_text_model_is_no_speech_encoder_nor_the_reverse(tmp_path):
    bert, hubert = save_text_model(tmp_path / "b", "bert"), save_speech_model(tmp_path / "h", "hubert-layer")
    assert "is a bert model, not a speech encoder; use one of wav2vec2" in error_of(PretrainedAudioEncoder, bert)
    assert "is a hubert model, not a text encoder; use one of bert" in error_of(PretrainedTextEncoder, hubert)


@pytest.mark.parametrize("kind", ["wav2vec2-group", "whisper"])
def test_a_folder_without_the_extractors_settings(tmp_path, kind):
    folder = save_speech_model(tmp_path / "m", kind)
    (folder / "preprocessor_config.json").unlink()
    assert error_of(PretrainedAudioEncoder, folder) == (
        f"The folder '{folder}' has no preprocessor_config.json; get it from where the encoder was published, or write it "
        "with the feature extractor's save_pretrained."
    )


def test_what_the_library_has_against_a_folder_ends_with_a_word(tmp_path):
    """Its first sentence, or of a long one its first words."""
    folder = save_speech_model(tmp_path / "m", "whisper")
    (folder / "preprocessor_config.json").write_text("{" + "nonsense " * 40)
    message = error_of(PretrainedAudioEncoder, folder)
    assert "); give a folder made by save_pretrained" in message
    assert len(message) < 300 + len(str(folder))


def test_an_encoder_for_another_rate(tmp_path):
    folder = save_speech_model(tmp_path / "m", "wav2vec2-layer")
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(folder)
    assert "hears 8000 Hz" in error_of(PretrainedAudioEncoder, folder)


def test_weights_that_are_not_all_there(tmp_path):
    """transformers would fill them up with random numbers and go on."""
    from safetensors.torch import load_file, save_file

    folder = save_text_model(tmp_path / "m", "bert")
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert "lack encoder.layer.1.output.dense.weight" in error_of(PretrainedTextEncoder, folder)


def test_loading_prints_nothing(tmp_path, capfd):
    text_folder = save_text_model(tmp_path / "text", "roberta")
    speech_folder = save_speech_model(tmp_path / "speech", "wav2vec2-group")
    capfd.readouterr()
    PretrainedTextEncoder(str(text_folder))
    PretrainedAudioEncoder(str(speech_folder))
    assert capfd.readouterr() == ("", "")
    assert transformers.utils.logging.is_progress_bar_enabled()


def test_loaded_by_folder_and_once(tmp_path):
    text_folder = save_text_model(tmp_path / "text", "bert")
    speech_folder = save_speech_model(tmp_path / "speech", "hubert-layer")
    assert load_text_encoder(str(text_folder)) is load_text_encoder(str(text_folder))
    assert isinstance(load_audio_encoder(str(speech_folder)), PretrainedAudioEncoder)


@pytest.mark.parametrize(
    ("precision", "sentence"), [("float16", "needs a GPU"), ("int3", "use one of float32, bfloat16")]
)
def test_a_precision_that_is_not_there_is_one_sentence(tmp_path, precision, sentence):
    folder = str(save_speech_model(tmp_path, "wav2vec2-group"))
    with pytest.raises(EncoderError, match=sentence):
        PretrainedAudioEncoder(folder, device="cpu", precision=precision)
    with pytest.raises(EncoderError, match="moonshine-tiny"):
        load_audio_encoder(precision="bfloat16")
