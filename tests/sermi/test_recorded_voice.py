"""Other recordings of a speaker, real ones: what they change, and what is left out or refused."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from sermi import audio, predictor
from sermi.encoders.moonshine import assets_folder
from sermi.errors import CheckpointError, SermiError
from sermi.generate import generate
from sermi.recorded_voice import TWICE


@pytest.fixture(scope="module")
def model(checkpoints):
    return predictor.load(checkpoints / "open4")


@pytest.fixture(scope="module")
def other_model(checkpoints):
    return predictor.load(checkpoints / "open7")


def sentences(file, n):
    waveform = audio.read(assets_folder() / file).waveform
    return [audio.from_samples(part, audio.SAMPLE_RATE) for part in np.array_split(waveform, n)]


@pytest.fixture(scope="module")
def reader():
    """Six parts of somebody reading."""
    return sentences("two_cities.wav", 6)


@pytest.fixture(scope="module")
def encoded(model, reader):
    return [model.encode(recording) for recording in reader]


@pytest.fixture(scope="module")
def stranger(model):
    """Somebody else, who plays."""
    return model.encode(sentences("endgame_nagg_nell.wav", 6)[0])


def voice_of(model, encoded, emotions=None):
    voice = model.new_voice()
    for clip, emotion in zip(encoded, emotions or [None] * len(encoded), strict=True):
        voice.add(clip.utterance, emotion=emotion)
    return voice


def close(probabilities):
    return pytest.approx(dict(probabilities), abs=1e-6)


def test_without_recordings_it_is_the_prediction_without_a_voice(model, reader):
    prediction = model.predict(reader[0], "so sad", voice=model.new_voice())
    assert prediction == model.predict(reader[0], "so sad")
    assert (prediction.context, prediction.without_context) == (0, None)


def test_context_changes_the_answer_and_its_timeline(model, encoded):
    alone = model.answer(encoded[0])
    prediction = model.answer(encoded[0], voice_of(model, encoded[1:]))
    assert prediction.context == 5
    assert prediction.without_context == alone.probabilities
    assert prediction.audio_only == prediction.probabilities != alone.probabilities
    assert [segment.probabilities for segment in prediction.segments] != [
        segment.probabilities for segment in alone.segments
    ]
    for probabilities in (prediction.probabilities, *(segment.probabilities for segment in prediction.segments)):
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert prediction.sure == (prediction.confidence >= model.checkpoint.config.not_sure_below)


def test_recordings_are_added_as_they_are_or_as_what_was_kept_of_them(model, reader, encoded):
    voice = model.new_voice()
    for recording in reader[1:3]:
        voice.add(recording)
    expected = model.answer(encoded[0], voice_of(model, encoded[1:3]))
    assert model.predict(reader[0], voice=voice).probabilities == close(expected.probabilities)
    assert model.predict_with_embeddings(reader[0], voice=voice)[0].context == 2


def test_the_order_of_recordings_does_not_matter(model, encoded):
    one = model.answer(encoded[0], voice_of(model, encoded[1:], ["neutral", None, None, "sad", None]))
    other = model.answer(encoded[0], voice_of(model, encoded[:0:-1], [None, "sad", None, None, "neutral"]))
    assert one.probabilities == close(other.probabilities)


def test_a_known_emotion_says_more(model, encoded):
    unknown, neutral, angry = (
        model.answer(encoded[0], voice_of(model, encoded[1:2], [emotion])) for emotion in (None, "neutral", "angry")
    )
    assert {prediction.context for prediction in (unknown, neutral, angry)} == {1}
    assert unknown.probabilities["neutral"] > angry.probabilities["neutral"]
    assert angry.probabilities["angry"] > max(neutral.probabilities["angry"], unknown.probabilities["angry"])


def test_a_known_emotion_attracts_and_pays_for_it(model, encoded):
    """A sentence that sounds much as the other is likely as that one, but for the penalty of known emotions."""
    recogniser = model.checkpoint.voices
    free = replace(recogniser.model, shifts=replace(recogniser.model.shifts, penalty=0.0))
    unpunished = predictor.Predictor(replace(model.checkpoint, voices=replace(recogniser, model=free)))
    assert recogniser.model.shifts.penalty > 0
    unknown, neutral, angry = (
        unpunished.answer(encoded[0], voice_of(unpunished, encoded[1:2], [emotion])).probabilities["neutral"]
        for emotion in (None, "neutral", "angry")
    )
    assert neutral > unknown > angry
    paid = model.answer(encoded[0], voice_of(model, encoded[1:2], ["neutral"])).probabilities["neutral"]
    assert neutral > paid > angry


def test_words_are_fused_with_what_the_voice_says_in_context(model, reader, encoded):
    voice, words = voice_of(model, encoded[1:]), "I hate you, get out of my sight!"
    prediction = model.predict(reader[0], words, voice=voice)
    assert prediction.text_only == model.predict(reader[0], words).text_only
    assert prediction.without_context == model.predict(reader[0], words).probabilities
    audio_log_p, text_log_p = (
        torch.tensor([list(side.values())]).log() for side in (prediction.audio_only, prediction.text_only)
    )
    fused = model.checkpoint.model.fusion(audio_log_p, text_log_p)[0].exp().tolist()
    assert list(prediction.probabilities.values()) == pytest.approx(fused, abs=1e-4)


def test_the_recording_itself_is_no_context(model, reader, encoded):
    without = model.answer(encoded[0], voice_of(model, encoded[1:]))
    voice = voice_of(model, encoded)
    assert model.answer(encoded[0], voice).probabilities == close(without.probabilities)
    assert model.predict(reader[0], voice=voice).context == 5
    alone = model.answer(encoded[0], voice_of(model, encoded[:1]))
    assert alone == model.answer(encoded[0])


def test_a_recording_counts_once(model, encoded, tmp_path):
    once, emotions = voice_of(model, encoded[1:4], ["neutral", None, None]), [None, None, None, "neutral", None, None]
    thrice = voice_of(model, [encoded[i] for i in (1, 2, 3)] * 3, [*emotions, None, None, None])
    prediction = model.answer(encoded[0], thrice)
    assert prediction.context == 3
    assert prediction.probabilities == close(model.answer(encoded[0], once).probabilities)
    assert "left out" not in " ".join(prediction.warnings)
    assert set(thrice.left_out) == {0, 4, 5, 6, 7, 8}
    assert set(thrice.left_out.values()) == {TWICE}
    own = model.answer(encoded[2], thrice)
    assert own.context == 2
    assert own.probabilities == close(model.answer(encoded[2], once).probabilities)
    thrice.save(tmp_path / "voice.safetensors")
    assert len(model.load_voice(tmp_path / "voice.safetensors")) == 3


def test_what_is_known_of_a_recording_has_no_part_in_its_own_answer(model, encoded):
    """Nor in whether it fits the others: two people are mixed here, so that this is close."""
    clips = encoded[:3] + [model.encode(part) for part in sentences("endgame_nagg_nell.wav", 6)[:3]]
    for own, clip in enumerate(clips):
        answers = []
        for emotion in (None, *model.checkpoint.config.classes):
            known = [emotion if number == own else None for number in range(len(clips))]
            answers.append(model.answer(clip, voice_of(model, clips, known)))
        assert {answer.context for answer in answers} == {answers[0].context}
        for answer in answers:
            assert answer.probabilities == close(answers[0].probabilities)


def test_what_is_removed_leaves_the_voice(model, encoded, stranger):
    before = model.answer(encoded[0], voice_of(model, encoded[1:4]))
    voice = voice_of(model, encoded[1:5])
    model.answer(encoded[0], voice)
    voice.remove(3)
    assert len(voice) == 3
    assert model.answer(encoded[0], voice).probabilities == close(before.probabilities)


def test_a_voice_is_kept_in_a_file_of_features(model, encoded, tmp_path):
    voice = voice_of(model, encoded[1:4], ["neutral", None, None])
    path = tmp_path / "voice.safetensors"
    voice.save(path)
    assert {name: array.shape for name, array in load_file(path).items()} == {
        "clips": (3, model.checkpoint.config.voices.dim),
        "emotions": (3,),
    }
    again = model.load_voice(path)
    assert again.emotions == ("neutral", None, None)
    assert model.answer(encoded[0], again) == model.answer(encoded[0], voice)


def test_somebody_else_is_noticed(model, encoded, stranger):
    voice = voice_of(model, encoded[1:])
    prediction = model.answer(stranger, voice)
    assert (prediction.context, prediction.probabilities) == (0, model.answer(stranger).probabilities)
    assert "This recording doesn't sound like the voice of the others; the answer is without them." in (
        prediction.warnings
    )
    voice.add(stranger.utterance, name="stranger.wav")
    assert list(voice.left_out) == [5]
    mixed = model.answer(encoded[0], voice)
    assert mixed.context == 5
    assert mixed.warnings[0] == (
        "stranger.wav was left out of the voice: it doesn't sound like the voice of the others."
    )
    assert mixed.probabilities == close(model.answer(encoded[0], voice_of(model, encoded[1:])).probabilities)


def test_too_little_to_go_by_is_left_out(model, reader, encoded, tmp_path):
    voice = voice_of(model, encoded[1:3])
    voice.add(audio.from_samples(reader[4].waveform[:9_000], audio.SAMPLE_RATE))
    assert (len(voice), list(voice.left_out)) == (3, [2])
    prediction = model.answer(encoded[0], voice)
    assert prediction.context == 2
    assert "Clip 3 of the voice was left out of the voice: there is too little to go by." in prediction.warnings
    voice.save(tmp_path / "voice.safetensors")
    assert len(model.load_voice(tmp_path / "voice.safetensors")) == 2


def test_what_can_not_be_added_or_used_is_one_sentence(model, other_model, encoded, tmp_path):
    voice = voice_of(model, encoded[1:2])
    path = tmp_path / "voice.safetensors"
    voice.save(path)
    (tmp_path / "text").write_text("no voice")
    foreign = replace(encoded[0].utterance, frontend="another")
    for mistake, sentence in (
        (lambda: voice.add(encoded[0].utterance, emotion="joyous"), "'joyous' is not an emotion of this checkpoint"),
        (lambda: voice.add(foreign), "encoded for another checkpoint"),
        (lambda: voice.remove(1), "no clip 1 in a voice of 1"),
        (lambda: other_model.answer(encoded[0], voice), "of another checkpoint"),
        (lambda: other_model.load_voice(path), "another checkpoint"),
        (lambda: model.load_voice(tmp_path / "text"), "can't be read as a voice"),
    ):
        with pytest.raises(SermiError, match=sentence) as error:
            mistake()
        assert re.fullmatch(r"[^.]*(\.\w[^.]*)*\.", str(error.value))
    assert len(voice) == 1


def test_a_checkpoint_without_a_voice_model_says_so(model):
    config = replace(model.checkpoint.config, voices=None, format=1)
    older = predictor.Predictor(replace(model.checkpoint, voices=None, config=config))
    with pytest.raises(CheckpointError, match="carries no voice model; train it again"):
        older.new_voice()


def test_samples_of_a_voice_lie_where_the_voice_is(model, encoded, stranger):
    """Nearer to other sentences of the reader than samples of new voices are, and than the reader's are to a stranger's."""
    voice = voice_of(model, encoded[:4])
    checkpoint = model.checkpoint
    mine, new = (generate(checkpoint, checkpoint.config.classes, 200, seed=0, voice=v) for v in (voice, None))
    assert (mine.voice == 0).all()
    assert len(np.unique(new.voice)) > 20
    with torch.inference_mode():
        rest, other = (
            checkpoint.model.audio_projection(torch.from_numpy(np.stack([clip.utterance.a for clip in clips]))).numpy()
            for clips in (encoded[4:], [stranger])
        )

    def distance(samples, clips):
        return np.linalg.norm(samples.h.mean(axis=0) - clips.mean(axis=0))

    assert distance(mine, rest) < distance(new, rest)
    assert distance(mine, rest) < distance(mine, other)
    again = generate(checkpoint, checkpoint.config.classes, 200, seed=0, voice=voice)
    assert np.array_equal(mine.h, again.h)


def test_samples_of_a_voice_are_refused_where_there_is_none(model, other_model, encoded):
    checkpoint = model.checkpoint
    with pytest.raises(SermiError, match="Nothing is known of this voice"):
        generate(checkpoint, ["sad"], 5, voice=model.new_voice())
    with pytest.raises(SermiError, match="another checkpoint"):
        generate(other_model.checkpoint, ["sad"], 5, voice=voice_of(model, encoded))
    with pytest.raises(SermiError, match="Words are not generated for a known voice"):
        generate(checkpoint, ["sad"], 5, voice=voice_of(model, encoded), pairs=True)
