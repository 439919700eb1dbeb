"""Model cards: what the hub reads in their front matter, by its own parser, and that every figure is a measured one."""

import dataclasses
import json

import pytest
from huggingface_hub import ModelCard

from sermi import checkpoint
from tests.new_voice import CORPORA, UA, new_voice
from train.checkpoint.card import model_card


def shipped(name):
    loaded = checkpoint.load(name)
    return loaded.config, json.loads(json.dumps(loaded.metrics))


@pytest.mark.parametrize("name", ["open4", "open7"])
def test_shipped_cards_are_what_their_own_metrics_say(name):
    assert checkpoint.load(name).card == model_card(*shipped(name))


LANGUAGES = {"ravdess": "en", "tess": "en", "savee": "en", "emodb": "de", "nemo": "pl", "turev": "tr", "emotts": "ko"}


@pytest.mark.parametrize("name", ["open4", "open7"])
def test_the_hub_reads_the_metadata(name):
    loaded = checkpoint.load(name)
    audio = loaded.config.training["audio"]
    data = ModelCard(loaded.card, ignore_metadata_errors=False).data
    assert data.license == ("other" if "savee" in audio else "cc-by-nc-sa-4.0")
    assert data.language == sorted({LANGUAGES[corpus] for corpus in audio})
    assert data.library_name == "sermi"
    assert data.pipeline_tag == "audio-classification"
    assert "speech-emotion-recognition" in data.tags
    named = {"amu-cai/nEMO", "google-research-datasets/go_emotions", "meld", *audio} - {"nemo"}
    assert data.datasets == sorted(named)
    assert data.metrics == ["recall", "accuracy", "f1"]
    assert data.model_name == f"SERMI {name}"


@pytest.mark.parametrize("name", ["open4", "open7"])
def test_the_model_index_holds_what_was_measured(name):
    config, metrics = shipped(name)
    results = ModelCard(checkpoint.load(name).card).data.eval_results
    values = {(r.dataset_type, r.dataset_config, r.metric_type): r.metric_value for r in results}
    assert len(values) == len(results) >= 16
    everything = "+".join(config.training["audio"])
    other, held_out = metrics["other_speakers_and_corpora"], metrics["held_out_speakers"]
    for column, metric in {
        "UA": "recall",
        "WA": "accuracy",
        "macro_F1": "f1",
        "ECE": "expected_calibration_error",
    }.items():
        assert values[everything, "left-out", metric] == other[column]
        assert values[everything, "held-out-speakers", metric] == held_out["audio"][column]
    assert values["tess", "left-out", "recall"] == other["by_corpus"]["tess"]["UA"]
    pairs = held_out["label_matched_pairs"]
    assert values[everything, "label-matched-pairs", "recall"] == pairs["fused"]["UA"]
    assert values[everything, "label-matched-pairs", "expected_calibration_error"] == pairs["fused_ECE"]
    assert {r.task_type for r in results} == {"audio-classification"}
    flattering = [r.dataset_name for r in results if r.dataset_config == "label-matched-pairs"]
    assert all("flatter" in title for title in flattering)


def of_a_licensed_corpus():
    """open4's record, as it would be of IEMOCAP with its own transcripts."""
    config, metrics = shipped("open4")
    training = {
        **config.training,
        "audio": {"iemocap": {"recordings": 4290, "speakers": 8}},
        "text": {"iemocap": 4290},
        "pairs": "own: each recording with what was said in it",
    }
    held_out = metrics["held_out_speakers"]
    held_out["own_words"] = held_out.pop("label_matched_pairs")
    metrics["other_speakers_and_corpora"]["by_corpus"] = {"iemocap": {"n": 4290, "UA": 0.5}}
    metrics.pop("new_voice", None)
    metrics["text"] = {"iemocap": {"n": 1241, "UA": 0.5, "ECE": 0.1}}
    return dataclasses.replace(config, training=training), metrics


def test_a_corpus_with_its_own_words_and_licence_is_not_called_open_or_label_matched():
    card = model_card(*of_a_licensed_corpus())
    data = ModelCard(card).data
    assert (data.license, data.license_name) == ("other", "licences-of-the-corpora")
    assert (data.language, data.datasets) == (["en"], ["iemocap"])
    assert "label-matched" not in card
    assert "corpora left out" not in card
    assert "mostly studio recordings, English." in card
    assert {r.dataset_config for r in data.eval_results} == {"left-out", "held-out-speakers", "own-words"}


def test_words_come_with_what_they_are_worth_in_a_corpus_left_out():
    config, metrics = shipped("open4")
    metrics["text"]["left_out"] = {
        "what": "each left out",
        "goemotions": {"n": 9, "UA": 0.521, "ECE": 0.101},
        "meld": {"n": 9, "UA": 0.468, "ECE": 0.024},
    }
    card = model_card(config, metrics)
    assert "| UA on all of it, left out | ECE there |" in card
    assert "| 46.8 % | 2.4 % |" in next(line for line in card.splitlines() if line.startswith("| meld |"))


@pytest.mark.parametrize(
    ("audio", "language", "licence"),
    [(("turev", "emotts"), ["ko", "tr"], "cc-by-nc-sa-4.0"), (("ravdess", "savee"), ["en"], "other")],
)
def test_a_corpus_that_needs_a_registration_is_not_passed_on_under_the_open_ones_licence(audio, language, licence):
    config, metrics = shipped("open4")
    training = {**config.training, "audio": {name: {"recordings": 300, "speakers": 15} for name in audio}, "text": {}}
    metrics["other_speakers_and_corpora"]["by_corpus"] = {name: {"n": 300, "UA": 0.5} for name in audio}
    metrics.pop("new_voice", None)
    data = ModelCard(model_card(dataclasses.replace(config, training=training), metrics)).data
    assert (data.language, data.license) == (language, licence)


def test_a_card_says_what_other_recordings_are_worth(checkpoints):
    config, metrics = shipped(checkpoints / "open4")
    metrics.pop("new_voice", None)
    figures = {"0": 0.651, "8": 0.783, "20": 0.8, "3 neutral": 0.712}
    contexts = {name: {"UA": ua, "ECE": 0.05} for name, ua in figures.items()}
    card = model_card(config, metrics | {"voices": {"contexts": contexts}})
    assert "## With other recordings of the speaker" in card
    for row in (
        "| none | 65.1 % |",
        "| 8 | 78.3 % |",
        "| 20 | 80.0 % |",
        "| 3, known to be neutral | 71.2 % | 5.0 % |",
    ):
        assert row in card
    assert "other recordings" not in model_card(config, {k: v for k, v in metrics.items() if k != "voices"})


def with_new_voice(folder):
    """open4's record, as it would be of seven corpora that were left out one by one."""
    config, metrics = shipped(folder)
    training = {**config.training, "audio": {name: {"recordings": 300, "speakers": 6} for name in CORPORA}}
    metrics["other_speakers_and_corpora"]["by_corpus"] = {name: {"n": 300, "UA": 0.5} for name in CORPORA}
    contexts = {name: {"UA": 0.9, "ECE": 0.05} for name in UA}
    metrics |= {"new_voice": new_voice(), "voices": {"contexts": contexts}}
    return dataclasses.replace(config, training=training), metrics


def test_a_card_leads_with_voices_that_nothing_was_chosen_on(checkpoints):
    card = model_card(*with_new_voice(checkpoints / "open4"))
    figures = card[card.index("## How good it is") :]
    first = next(line for line in figures.splitlines() if line.startswith("|"))
    assert first.startswith("| sentences known of the voice | UA (95 %) |")
    for row in (
        "| none | 69.0 % (67.0 to 72.0) | 4.1 % |  | 52.0 % | 86.1 % | 3.2 % |",
        "| 8 | 78.0 % (76.0 to 81.0) | 4.1 % | 1.3 % | 52.0 % | 86.1 % | 3.2 % |",
        "| 3, known to be neutral | 75.0 % (73.0 to 78.0) | 4.1 % | 1.3 % | 52.0 % | 86.1 % | 3.2 % |",
        "| turev | 75.0 % | 77.0 % | 80.0 % | 84.0 % |  | 78.0 % | 81.0 % |",
        "| turev | 300 | 6 | 75.0 % |",
    ):
        assert row in card
    assert "(20: emodb, emotts)" in card
    assert "voice, room and language that it never met" in card
    assert "## With other recordings of the speaker" not in card
    assert new_voice()["command"] in card


def test_the_model_index_leads_with_voices_that_nothing_was_chosen_on(checkpoints):
    results = ModelCard(model_card(*with_new_voice(checkpoints / "open4"))).data.eval_results
    assert (results[0].dataset_config, results[0].metric_type, results[0].metric_value) == (
        "new-voice-0",
        "recall",
        0.69,
    )
    values = {(r.dataset_type, r.dataset_config, r.metric_type): r.metric_value for r in results}
    assert len(values) == len(results)
    for name, ua in UA.items():
        corpora = "+".join(CORPORA[:2] if name == "20" else CORPORA)
        part = f"new-voice-{name.replace(' ', '-')}"
        assert values[corpora, part, "recall"] == ua
        assert values[corpora, part, "expected_calibration_error"] == 0.041
    assert values["emotts", "new-voice-0", "recall"] == pytest.approx(0.7)


def test_a_card_without_them_says_that_choices_were_made_on_its_figures(checkpoints):
    card = model_card(*shipped(checkpoints / "open7"))
    assert "expect less of a voice,\nroom and language that it never met" in card
    titles = {r.dataset_name for r in ModelCard(card).data.eval_results if r.dataset_config == "left-out"}
    assert all("choices" in title for title in titles)
