import json
import shutil

import numpy as np
import pytest
import torch

from sermi import audio, predictor, shipped
from sermi.encoders.moonshine import assets_folder
from sermi.errors import CheckpointError, SermiError
from sermi.speech import MIN_SPEECH_S, NO_SPEECH


def is_distribution(probabilities):
    return sum(probabilities.values()) == pytest.approx(1, abs=1e-5) and min(probabilities.values()) >= 0


def test_without_a_transcript_the_voice_decides_alone(model, recording):
    prediction = model.predict(recording)
    assert prediction.probabilities == prediction.audio_only
    assert prediction.text_only is None
    assert prediction.transcript is None
    assert tuple(prediction.probabilities) == model.classes
    assert is_distribution(prediction.probabilities)
    assert prediction.confidence == max(prediction.probabilities.values())
    assert model.predict(recording, " \n") == prediction


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("I hate you, get out of my sight, you make me furious!", "angry"),
        ("This is wonderful, I am so happy, thank you, I love it!", "happy"),
        ("I miss her so much, I have been crying, everything is lost.", "sad"),
    ],
)
def test_words_move_the_fusion_towards_what_they_say(model, recording, text, emotion):
    prediction = model.predict(recording, text)
    assert max(prediction.text_only, key=prediction.text_only.get) == emotion
    assert prediction.probabilities[emotion] > prediction.audio_only[emotion]
    assert prediction.audio_only == pytest.approx(model.predict(recording).audio_only, abs=1e-6)
    assert is_distribution(prediction.probabilities)


@pytest.mark.parametrize("text", ["Yeah.", "Okay.", "Hello.", "I see."])
def test_plain_words_do_not_outvote_the_voice(model, recording, text):
    """A short reply reads as neutral, but people say it in any tone: odds move by at most what plain words can carry."""
    prediction = model.predict(recording, text)
    emotion = max(set(prediction.audio_only) - {"neutral"}, key=prediction.audio_only.get)
    assert max(prediction.text_only, key=prediction.text_only.get) == "neutral"
    odds = prediction.probabilities[emotion] / prediction.probabilities["neutral"]
    assert odds > 0.3 * prediction.audio_only[emotion] / prediction.audio_only["neutral"]


def test_segments_cover_the_speech(model, recording):
    segments = model.predict(recording).segments
    assert segments[0].start_s < 1.0
    assert segments[-1].end_s == pytest.approx(recording.duration_s, abs=1.0)
    assert all(is_distribution(segment.probabilities) for segment in segments)
    assert len({tuple(segment.probabilities.values()) for segment in segments}) == len(segments)


def test_not_sure_is_said_below_the_threshold_only(model, recording):
    threshold = model.checkpoint.config.not_sure_below
    assert 0.25 < threshold < 1
    clips = [recording, *(audio.from_samples(recording.waveform[i * 32_000 :][:48_000], 16_000) for i in range(3))]
    for prediction in map(model.predict, clips):
        assert prediction.sure == (prediction.confidence >= threshold)
        assert prediction.sure != any(warning.startswith("Not sure") for warning in prediction.warnings)


@pytest.mark.parametrize(("seconds", "level"), [(0.1, 1.0), (0.3, 1.0), (0.9, 1.0), (9.0, 0.002)])
def test_never_sure_about_too_little(model, recording, seconds, level):
    speech = recording.waveform[8_000 : 8_000 + int(seconds * 16_000)]
    prediction = model.predict(
        audio.from_samples(level * speech, 16_000), "I am so happy, I love you, thank you so much!"
    )
    assert prediction.confidence >= model.checkpoint.config.not_sure_below
    assert not prediction.sure
    too_little = "Not sure: there is too little to go by."
    assert prediction.warnings[-1] == (too_little if prediction.speech_s >= MIN_SPEECH_S else NO_SPEECH)


def test_a_very_long_transcript_is_cut_and_said_so(model, recording):
    prediction = model.predict(recording, "words " * 1_000)
    assert len(prediction.transcript) == predictor.MAX_TRANSCRIPT
    assert any("2000 characters" in warning for warning in prediction.warnings)


def test_a_checkpoint_of_another_encoder_is_refused(tmp_path):
    shutil.copytree(shipped.resolve("open4"), tmp_path / "other")
    path = tmp_path / "other" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"frontend_fingerprint": "0" * 16, "digests": {}}))
    with pytest.raises(CheckpointError, match="another speech encoder"):
        predictor.load(tmp_path / "other")


def test_a_checkpoint_is_loaded_once():
    assert predictor.load("open4") is predictor.load(shipped.folders()[0] / "open4")


def test_reference_speech_is_recognised_above_chance(model):
    """The shipped figures: what the card says of held-out speakers is far above chance for every class."""
    confusion = np.array(model.checkpoint.metrics["held_out_speakers"]["audio"]["confusion"])
    recalls = confusion.diagonal() / confusion.sum(axis=1)
    assert (recalls > 0.3).all()


def test_what_was_heard_leads_to_the_same_prediction(model, recording):
    prediction, heard = model.predict_with_embeddings(recording, "so sad")
    assert prediction == model.predict(recording, "so sad")
    assert heard.frontend == model.checkpoint.config.frontend_fingerprint
    with torch.inference_mode():
        found = model.checkpoint.model(torch.from_numpy(heard.a)[None], torch.from_numpy(heard.b)[None])
    assert found["fused"][0].exp().tolist() == pytest.approx(list(prediction.probabilities.values()), abs=1e-5)
    assert model.predict_with_embeddings(recording)[1].b is None


def test_a_path_is_read_and_what_is_no_recording_is_one_sentence(model):
    path = assets_folder() / "two_cities.wav"
    assert model.predict(path) == model.predict(str(path)) == model.predict(audio.read(path))
    voice = model.new_voice()
    voice.add(str(path))
    assert len(voice) == 1
    with pytest.raises(SermiError, match=r"what audio.read or audio.from_samples gives, not a ndarray"):
        model.predict(np.zeros(16_000))
