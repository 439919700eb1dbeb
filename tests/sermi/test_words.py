"""Which words count: English ones, in the module, through `predict` and for generated features."""

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi.cli import app
from sermi.encoders.moonshine import assets_folder
from sermi.errors import SermiError
from sermi.words import english_words, usable_words

NO_WORDS = ["The transcript has no words, so it counts as none."]
ENGLISH = [
    "Yeah.",
    "Ok",
    "No way!",
    "Oh my God!",
    "Hahahahahaha",
    "Nooooooooooo!",
    "Kids are talking by the door",
    "Dogs are sitting by the door",
    "Say the word bean",
    "LEAVE ME ALONE!",
    "Congratulations!",
    "Chandler Muriel Bing",
    "I can't, I gotta go.",
    "He said: “Guten Tag” to me in the café.",
    "I <3 you",
    "\N{MATHEMATICAL BOLD CAPITAL H}ello there, my friend",
]


def left_out(language):
    return [f"The words are not English (they look like {language}), so they were left out."]


@pytest.mark.parametrize("sentence", ENGLISH)
def test_english_words_are_used_as_they_are(sentence):
    assert usable_words(sentence) == (sentence, [])


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Ich bin so wütend, das ist eine Frechheit!", "German"),
        ("Entschuldigung!", "German"),
        ("LASST MICH IN RUHE!", "German"),
        ("Estoy muy triste, mi perro ha muerto", "Spanish"),
        ("Nie zachowuj się jak żigolak.", "Polish"),
        ("Seni gördüğüme çok sevindim.", "Turkish"),
        ("Laisse-moi tranquille !", "French"),
        ("Je suis furieux. [LAUGHTER]", "French"),
        ("심폐소생술", "Korean"),
        ("我非常生气！你走开！ OK", "Chinese"),
        ("とても悲しい", "Japanese"),
        ("悲しい", "Japanese"),
        ("Оставь меня в покое!", "one with Cyrillic letters"),
    ],
)
def test_words_of_another_language_are_left_out(sentence, language):
    assert usable_words(sentence) == (None, left_out(language))


@pytest.mark.parametrize(
    "transcript", ["...?!", "—", "😡", "<b></b>", "[LAUGHTER]", "911", "[SIGHS] ... <i>", "\ud83d", "\x00"]
)
def test_a_transcript_without_words_counts_as_none(transcript):
    assert usable_words(transcript) == (None, NO_WORDS)


@pytest.mark.parametrize("transcript", [None, "", " \n\t"])
def test_nothing_needs_no_warning(transcript):
    assert usable_words(transcript) == (None, [])


def test_halves_of_letters_are_question_marks():
    assert usable_words("I am so angry about the caf\udce9") == ("I am so angry about the caf?", [])


def test_marks_are_not_spoken():
    assert usable_words("<b>[SIGHS]</b> That's [pause] great <br/>") == ("That's great", [])


@pytest.mark.parametrize(
    ("transcript", "warnings"), [("Zostaw mnie w spokoju!", left_out("Polish")), ("[LAUGHTER] 😡", NO_WORDS)]
)
def test_the_voice_decides_alone_and_the_prediction_says_why(model, recording, transcript, warnings):
    alone, (prediction, utterance) = model.predict(recording), model.predict_with_embeddings(recording, transcript)
    assert prediction.probabilities == alone.probabilities
    assert prediction.text_only is prediction.transcript is utterance.b is None
    assert [warning for warning in prediction.warnings if warning not in alone.warnings] == warnings


def test_only_what_is_spoken_is_read(model, recording):
    marked, plain = (model.predict(recording, words) for words in ("<i>I hate you!</i> [LAUGHTER]", "I hate you!"))
    assert marked == plain
    assert np.array_equal(model.text_feature("[SOBS] I hate you!"), model.text_feature("I hate you!"))


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Lass mich in Ruhe!", "The words are not English (they look like German); give an English sentence."),
        ("?!", "The sentence has no words; give an English sentence."),
        (" ", "There are no words; give an English sentence."),
    ],
)
def test_a_sentence_to_generate_from_has_to_be_english(model, sentence, reason):
    for read in (english_words, model.text_feature):
        with pytest.raises(SermiError) as error:
            read(sentence)
        assert str(error.value) == reason


def test_the_commands_say_so(tmp_path):
    recording = str(assets_folder() / "beckett.wav")
    printed = CliRunner().invoke(app, ["predict", recording, "--text", "Lass mich in Ruhe!"]).output
    assert f"! {left_out('German')[0]}" in printed
    assert "Ruhe" not in printed
    asked = ["generate", "--emotion", "sad", "--n", "2", "--text", "?!", "--out", str(tmp_path / "samples.csv")]
    assert "has no words" in str(CliRunner().invoke(app, asked).exception)
    assert not list(tmp_path.iterdir())
