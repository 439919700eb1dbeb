import json
import os
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy
import torch

from sermi import checkpoint, shipped
from sermi.errors import CheckpointError, SermiError
from sermi.voice import ShiftFactors


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(shipped.resolve("open4"), tmp_path / "open4")
    return tmp_path / "open4"


@pytest.mark.parametrize("name", ["open4", "open7"])
def test_shipped_checkpoints_load_and_are_whole(name):
    loaded = checkpoint.load(name)
    assert loaded.config.classes == loaded.class_set.names
    assert set(np.unique(loaded.reference.c)) == set(range(len(loaded.config.classes)))
    assert 200 <= len(loaded.reference.c) <= 1_500
    held_out = set(loaded.config.training["held_out_speakers"])
    assert held_out == set(loaded.metrics["held_out_speakers"]["speakers"])
    assert f"{100 * loaded.metrics['other_speakers_and_corpora']['UA']:.1f} %" in loaded.card
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


def test_default_comes_first_and_all_are_under_40_mb():
    assert shipped.available()[0] == "open4"
    total = sum(path.stat().st_size for path in shipped.folders()[0].rglob("*") if path.is_file())
    assert total < 40e6
    suffixes = {path.suffix for path in shipped.folders()[0].rglob("*") if path.is_file()}
    assert suffixes == {".json", ".safetensors", ".md"}


def test_saving_and_loading_changes_nothing(tmp_path):
    original = checkpoint.load("open4")
    original.save(tmp_path / "copy")
    again = checkpoint.load(tmp_path / "copy")
    assert again.config == original.config
    assert again.metrics == original.metrics
    for name, tensor in original.model.state_dict().items():
        assert torch.equal(tensor, again.model.state_dict()[name])
    assert np.array_equal(again.reference.h, original.reference.h)


def test_reference_features_are_what_the_model_reads():
    loaded = checkpoint.load("open4")
    with torch.inference_mode():
        predicted = loaded.model.last_layer(torch.from_numpy(loaded.reference.h)).argmax(1).numpy()
    assert np.mean(predicted == loaded.reference.c) > 0.6


@pytest.mark.parametrize("file", shipped.FILES[1:])
def test_a_missing_file_is_named(folder, file):
    (folder / file).unlink()
    with pytest.raises(CheckpointError, match=file):
        checkpoint.load(folder)


@pytest.mark.parametrize("name", ["x" * 5_000, "owner/" + "x" * 300, "a\0b"])
def test_a_name_that_no_folder_has(name):
    with pytest.raises(SermiError, match=r"no (checkpoint|folder) '"):
        checkpoint.load(name)


def test_unknown_name_lists_the_shipped_ones():
    with pytest.raises(CheckpointError, match=r"no checkpoint 'open5'; use .*open4, open4-whisper, open7"):
        checkpoint.load("open5")


def edit_config(folder, **changes):
    """By somebody who means it."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["digests"].pop("config.json", None)
    path.write_text(json.dumps(config | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 99}, "format 99"),
        ({"classes": ["angry", "sad"]}, "lists other classes"),
        ({"class_set": "open9"}, "can't be used"),
        ({"shape": {"audio_dim": 3}}, "can't be used"),
        ({"surprise": 1}, "surprise is nothing that this version knows"),
        ({"classes": 3}, "classes should be a list, not 3"),
        ({"text_encoder": ["minilm"]}, "text_encoder should be text, not"),
        ({"text_fingerprint": None}, "text_fingerprint should be text, not None"),
        ({"training": "long"}, "training should be an object with names, not 'long'"),
        ({"not_sure_below": "high"}, "not_sure_below should be a number, not 'high'"),
        ({"not_sure_below": float("nan")}, "not_sure_below should be a number, not nan"),
        ({"not_sure_below": 7}, "out of its range"),
        ({"digests": {"model.safetensors": 5}}, "digests.model.safetensors should be text, not 5"),
        ({"generators": {"match": {"feature_dim": 120}}}, "generators.match.text_feature_dim is missing"),
    ],
)
def test_a_foreign_configuration_is_one_sentence(folder, changes, sentence):
    edit_config(folder, **changes)
    with pytest.raises(CheckpointError, match=sentence):
        checkpoint.load(folder)


def test_tensors_of_another_shape_are_named(folder):
    reference = safetensors.numpy.load_file(folder / "reference.safetensors")
    reference["h"] = reference["h"][:, :5].copy()
    safetensors.numpy.save_file(reference, folder / "reference.safetensors")
    edit_config(folder, digests={})
    with pytest.raises(CheckpointError, match="tensor 'h'"):
        checkpoint.load(folder)


@pytest.fixture
def with_voices(checkpoints, tmp_path):
    shutil.copytree(checkpoints / "open4", tmp_path / "voices")
    return tmp_path / "voices"


def test_what_answers_with_context_is_saved_and_loaded(with_voices, tmp_path):
    edit_config(
        with_voices,
        voices=json.loads((with_voices / "config.json").read_text())["voices"]
        | {"shifts": {"unknown": 0.25, "known": 0.5, "penalty": 2.0}},
    )
    original = checkpoint.load(with_voices)
    assert original.voices.model.shifts == ShiftFactors(0.25, 0.5, 2.0)
    assert original.voices.config == original.config.voices
    original.save(tmp_path / "copy")
    again = checkpoint.load(tmp_path / "copy")
    assert replace(again.config, digests={}) == replace(original.config, digests={})
    h = original.reference.h[:20, : original.voices.model.dim].astype(float)
    posterior = original.voices.model.posterior(h[:5])
    assert np.array_equal(again.voices.answers(posterior)(h), original.voices.answers(posterior)(h))


def test_format_1_is_read_as_a_checkpoint_without_voices(with_voices):
    config = json.loads((with_voices / "config.json").read_text())
    del config["voices"]
    (with_voices / "config.json").write_text(json.dumps(config | {"format": 1}))
    edit_tensors(with_voices, lambda tensors: [tensors.pop(name) for name in list(tensors) if "voices." in name])
    older = checkpoint.load(with_voices)
    assert older.voices is None
    with pytest.raises(CheckpointError, match="train it again"):
        older.voice_recogniser()


@pytest.mark.parametrize(
    ("part", "changes", "sentence"),
    [
        ("shape", {"text_feature_dim": ["a"]}, r"shape.text_feature_dim should be a whole number, not \['a'\]"),
        ("shape", {"neutral": True}, "shape.neutral should be a whole number, not True"),
        ("shape", {"neutral": 9}, "out of its range"),
        ("shape", {"feature_dim": 120.0}, "shape.feature_dim should be a whole number, not 120.0"),
        ("frontend", {"layers": "minilm"}, "frontend.layers should be a list, not 'minilm'"),
        ("shape", {"text_dim": 10**30}, "shape.text_dim is 10{30}, which nothing can have"),
        ("frontend", {"tempi": [10**400]}, r"frontend.tempi\[0\] is 10{39}…, which nothing can have"),
        ("frontend", {"layers": [True]}, r"frontend.layers\[0\] should be a whole number"),
        ("frontend", {"encoder": ["moonshine-tiny"]}, "frontend.encoder should be text"),
        ("frontend", {"pooling": ["most"]}, "Unknown pooling"),
        ("frontend", {"tempi": [0]}, "should be one or more numbers from 0.5 to 2"),
    ],
)
def test_a_value_of_another_kind_is_one_sentence(folder, part, changes, sentence):
    edit_config(folder, **{part: json.loads((folder / "config.json").read_text())[part] | changes})
    with pytest.raises(CheckpointError, match=sentence):
        checkpoint.load(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "reference.safetensors"])
def test_a_flipped_bit_is_noticed(folder, file):
    checkpoint.load(folder).save(folder)
    content = bytearray((folder / file).read_bytes())
    content[-5] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{file} is damaged; copy it again"):
        checkpoint.load(folder)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("config.json", "config.json of the checkpoint '.*' is not as it was written .*take its own checksum out"),
        ("metrics.json", "metrics.json is damaged; copy it again"),
    ],
)
def test_another_digit_is_noticed(folder, file, sentence):
    checkpoint.load(folder).save(folder)
    content = (folder / file).read_text()
    digit = re.search(r"0\.\d*([1-8])", content)
    other = str(int(digit[1]) + 1)
    (folder / file).write_text(content[: digit.start(1)] + other + content[digit.end(1) :])
    with pytest.raises(CheckpointError, match=sentence):
        checkpoint.load(folder)


def test_another_layout_of_the_configuration_is_the_same(folder):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    checkpoint.load(folder)


def test_a_checkpoint_of_before_checksums_is_read(folder):
    edit_config(folder, digests={})
    assert checkpoint.load(folder).config.digests == {}


def test_saving_replaces_the_folder_whole_and_leaves_other_files(folder):
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("keep")
    loaded = checkpoint.load(folder)
    loaded.save(folder)
    assert (folder / "notes" / "mine.txt").read_text() == "keep"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()} == {0o666 & ~umask()}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def edit_tensors(folder, edit):
    tensors = safetensors.numpy.load_file(folder / "model.safetensors")
    edit(tensors)
    safetensors.numpy.save_file(tensors, folder / "model.safetensors")
    edit_config(folder, digests={})


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda t: t.pop("voices.rest"), "tensor 'voices.rest' is missing"),
        (lambda t: t.update({"voices.means": t["voices.means"][:, :3].copy()}), "tensor 'voices.means'"),
        (lambda t: t["voices.speaker"].fill(np.nan), "finite float32"),
        (lambda t: t.update({"voices.rest": -t["voices.rest"]}), "rest is no covariance"),
        (lambda t: t["voices.speaker"].__setitem__((0, 1), 9), "speaker is no covariance"),
        (lambda t: [t[f"voices.{part}"].fill(0) for part in ("corpus", "speaker")], "no definite sum"),
    ],
)
def test_a_damaged_voice_model_is_one_sentence(with_voices, edit, sentence):
    edit_tensors(with_voices, edit)
    with pytest.raises(CheckpointError, match=sentence):
        checkpoint.load(with_voices)


@pytest.mark.parametrize(
    "change",
    [
        {"dim": 10**9},
        {"dim": 0},
        {"dim": 2.5},
        {"score_factor": None},
        {"shifts": {"unknown": 1.5}},
        {"shifts": {"known": True}},
        {"shifts": {"penalty": -1.0}},
        {"temperatures": {"sizes": [0, 3], "values": [1.0]}},
        {"temperatures": {"sizes": [3, 0], "values": [1.0, 1.0]}},
        {"temperatures": {"sizes": [0], "values": [0.0]}},
        {"temperatures": {"sizes": [0], "values": [1.0], "known_sizes": [1, 3], "known_values": [1.0]}},
        {"temperatures": {"sizes": [0], "values": [1.0], "known_sizes": [1], "known_values": [-1.0]}},
        {"fit_test": {"sizes": [2], "thresholds": ["low"], "clip_thresholds": [0.0]}},
        {"fit_test": {"sizes": [], "thresholds": [], "clip_thresholds": []}},
        {"surprise": 1},
    ],
)
def test_settings_of_a_voice_model_that_nothing_can_have_are_one_sentence(with_voices, change):
    config = json.loads((with_voices / "config.json").read_text())
    edit_config(with_voices, voices=config["voices"] | change)
    with pytest.raises(CheckpointError, match="can't be used"):
        checkpoint.load(with_voices)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "metrics.json"])
def test_a_damaged_file_is_one_sentence(folder, file):
    (folder / file).write_bytes(b"\x80garbage")
    with pytest.raises(CheckpointError, match=file):
        checkpoint.load(folder)
