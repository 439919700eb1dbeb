"""Checkpoints to a stand-in of the hub and back, with the hub's own client."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from huggingface_hub import constants

from sermi import checkpoint, cli, download, hub, shipped
from sermi.errors import CheckpointError, HubError
from tests.sermi.hub_fixtures import talk_to
from tests.sermi.hub_stand_in import TOKEN, Server

ROOT = Path(__file__).resolve().parents[2]
OPEN4 = shipped.folders()[0] / "open4"


@pytest.fixture
def server():
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def online(server, monkeypatch, tmp_path):
    """This process's hub client talks to the stand-in."""
    talk_to(server, monkeypatch, tmp_path)
    return server


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def open4():
    return files_of(OPEN4)


def run(server, *arguments, **environment):
    settings = {"HF_ENDPOINT": server.url, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": TOKEN}
    return subprocess.run(
        [sys.executable, "-m", "sermi", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **settings, **environment},
    )  # fmt: skip


def test_what_the_command_line_pushes_it_pulls_back_byte_for_byte(server, open4, tmp_path):
    shutil.copytree(OPEN4, tmp_path / "mine")
    (tmp_path / "mine" / "notes.txt").write_text("not for others")
    pushed = run(server, "push", tmp_path / "mine", "someone/open4", "--private", HF_HOME=str(tmp_path / "home"))
    assert pushed.returncode == 0, pushed.stderr
    assert f"{server.url}/someone/open4/commit/" in pushed.stdout
    assert server.repositories["someone/open4"]["private"]
    assert server.files("someone/open4") == open4
    out = tmp_path / "new" / "pulled"
    pulled = run(server, "pull", "someone/open4", "--out", out, HF_HOME=str(tmp_path / "home"))
    assert pulled.returncode == 0, pulled.stderr
    assert "voice by moonshine-tiny" in pulled.stdout
    assert files_of(out) == open4
    assert [path.name for path in out.parent.iterdir()] == ["pulled"]
    assert checkpoint.load(out).config == checkpoint.load("open4").config


def test_a_revision_is_the_one_asked_for(online, open4, tmp_path):
    first = online.put("someone/open4", open4)
    online.commit(online.repositories["someone/open4"], {"README.md": b"gone"})
    hub.pull("someone/open4", tmp_path / "out", revision=first)
    assert files_of(tmp_path / "out") == open4
    with pytest.raises(HubError, match=r"^'someone/open4' has no such revision; give a branch"):
        hub.pull("someone/open4", tmp_path / "other", revision="v9")


def test_strangers_are_left_where_they_are(online, open4, tmp_path):
    strangers = {
        "model.pkl": b"\x80\x04cos\nsystem\n",
        "pytorch_model.bin": b"\x80",
        "../outside.txt": b"x",
        "../../config.json": b"x",
        "sub/config.json": b"{}",
        "/etc/x": b"x",
        "run.py": b"raise SystemExit",
    }
    online.put("someone/open4", open4 | strangers)
    hub.pull("someone/open4", tmp_path / "in" / "out")
    assert files_of(tmp_path) == {f"in/out/{name}": content for name, content in open4.items()}
    asked = {path.split("/resolve/")[1].split("/", 1)[1] for _, path in online.log if "/resolve/" in path}
    assert asked == set(shipped.FILES)


def hostile(open4, **changes):
    config = json.loads(open4["config.json"])
    del config["digests"]["config.json"]
    return open4 | {"config.json": json.dumps(config | changes).encode()}


SHAPE = {"audio_dim": 2016, "text_dim": 768, "feature_dim": 120, "text_feature_dim": 256, "n_classes": 4, "neutral": 2}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda files: {k: v for k, v in files.items() if k != "metrics.json"}, "has no metrics.json"),
        (lambda files: {"model.pkl": b"\x80"}, "is not a SERMI checkpoint"),
        (lambda files: files | {"model.safetensors": b"\x80\x04cos\nsystem\n"}, "model.safetensors is damaged"),
        (lambda files: files | {"model.safetensors": files["model.safetensors"][:-4]}, "model.safetensors is damaged"),
        (
            lambda files: files | {"reference.safetensors": files["model.safetensors"]},
            "reference.safetensors is damaged",
        ),
        (lambda files: files | {"metrics.json": b"[" * 100_000}, "metrics.json is not valid JSON"),
        (lambda files: files | {"metrics.json": b"[]"}, "metrics.json should be a JSON object"),
        (lambda files: files | {"README.md": b"\xff\xfe"}, "README.md is not UTF-8"),
        (lambda files: hostile(files, shape=SHAPE | {"audio_dim": 10**12}), "audio_projection"),
        (
            lambda files: hostile(files, shape=SHAPE | {"audio_dim": 10**19}),
            "audio_dim is 10+, which nothing can have",
        ),
        (lambda files: hostile(files, shape=SHAPE | {"audio_dim": 2**62}), "dimensions that nothing can have"),
        (lambda files: hostile(files, shape=SHAPE | {"audio_dim": "x"}), "audio_dim should be a whole number"),
        (lambda files: hostile(files, shape=SHAPE | {"neutral": 9}), "a number is out of its range"),
        (lambda files: hostile(files, text_encoder=["x"]), "text_encoder should be text"),
    ],
)
def test_what_is_no_whole_checkpoint_leaves_nothing_behind(online, open4, tmp_path, change, sentence):
    online.put("someone/bad", change(open4))
    with pytest.raises(CheckpointError, match=sentence) as raised:
        hub.pull("someone/bad", tmp_path / "out")
    assert "'someone/bad'" in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_too_large_is_refused_before_it_is_fetched(online, open4, tmp_path):
    online.put("someone/large", open4, said={"model.safetensors": 600_000_000})
    with pytest.raises(CheckpointError, match=r"model.safetensors of 'someone/large' has 600 MB; at most 500 MB"):
        hub.pull("someone/large", tmp_path / "out")
    assert not any("/resolve/" in path for _, path in online.log)
    assert set(download.MAX_BYTES) == set(shipped.FILES)


def test_a_size_that_the_listing_lied_about_is_refused(online, open4, tmp_path):
    online.put("someone/liar", open4 | {"README.md": b"x" * 1_000_001}, said={"README.md": 10})
    with pytest.raises(CheckpointError, match=r"README.md of 'someone/liar' has 1 MB"):
        hub.pull("someone/liar", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(online, open4, tmp_path):
    online.put("someone/open4", open4)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(HubError, match="There is something in"):
        hub.pull("someone/open4", tmp_path)
    assert files_of(tmp_path) == {"mine.txt": b"mine"}
    (tmp_path / "empty").mkdir()
    hub.pull("someone/open4", tmp_path / "empty")
    assert files_of(tmp_path / "empty") == open4


@pytest.mark.parametrize("name", ["open4", "a/b/c", "../x/y", "a/../b", "a b/c", "http://x/y", "/a", "a/", ""])
def test_a_name_that_no_repository_has_is_refused(server, tmp_path, name):
    for ask in (lambda: hub.pull(name, tmp_path / "out"), lambda: hub.push("open4", name)):
        with pytest.raises(HubError, match="give OWNER/NAME"):
            ask()
    assert server.log == []


def test_private_never_goes_to_a_public_repository(online):
    online.put("someone/open4", {})
    with pytest.raises(HubError, match="'someone/open4' exists already and is public"):
        hub.push("open4", "someone/open4", private=True)
    assert online.files("someone/open4") == {}


def test_a_folder_that_is_no_checkpoint_is_not_pushed(online, tmp_path):
    shutil.copytree(OPEN4, tmp_path / "half")
    (tmp_path / "half" / "metrics.json").unlink()
    with pytest.raises(CheckpointError, match=r"lacks metrics.json"):
        hub.push(tmp_path / "half", "someone/half")
    assert online.log == []


def test_who_may_not_gets_one_sentence(online, open4, tmp_path, monkeypatch):
    online.put("someone/secret", open4, private=True)
    with pytest.raises(HubError, match=r"^Your token may not do that with 'else/open4'"):
        hub.push("open4", "else/open4")
    with pytest.raises(HubError, match=rf"^There is no 'someone/none' on {online.url}, or it is private"):
        hub.pull("someone/none", tmp_path / "out")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match="There is no Hugging Face token"):
        hub.push("open4", "someone/open4")
    with pytest.raises(HubError, match="it is private and your token doesn't reach it"):
        hub.pull("someone/secret", tmp_path / "out")


def test_without_a_network_it_says_so(online, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match=r"^http://127.0.0.1:9 can't be reached \(.*\); check the network.$"):
        hub.pull("someone/open4", tmp_path / "out")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
        hub.pull("someone/open4", tmp_path / "out")


def test_a_mistake_is_one_line_and_status_2(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["sermi", "pull", "nonsense", "--out", "x"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert capsys.readouterr().err == f"error: 'nonsense' should be OWNER/NAME; {download._NAME}.\n"


class TestByName:
    """A checkpoint is used by its OWNER/NAME without being pulled."""

    @pytest.fixture(autouse=True)
    def client_cache(self, monkeypatch, tmp_path):
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    def test_it_is_fetched_once_and_serves_when_the_hub_is_away(self, online, open4, monkeypatch):
        online.put("someone/open4", open4)
        first = shipped.resolve("someone/open4")
        assert {name: (first / name).read_bytes() for name in shipped.FILES} == open4
        assert checkpoint.load("someone/open4").config == checkpoint.load("open4").config
        fetched = len(online.log)
        assert shipped.resolve("someone/open4") == first
        assert not any(method == "GET" and "/resolve/" in path for method, path in online.log[fetched:])
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
        assert shipped.resolve("someone/open4") == first

    def test_what_was_pushed_since_is_fetched(self, online, open4):
        online.put("someone/open4", open4)
        first = shipped.resolve("someone/open4")
        online.commit(online.repositories["someone/open4"], open4 | {"README.md": b"another card"})
        assert shipped.resolve("someone/open4") != first
        assert checkpoint.load("someone/open4").card == "another card"

    def test_a_repository_with_something_else_is_refused(self, online):
        online.put("someone/else", {"weights.bin": b"x"})
        with pytest.raises(CheckpointError, match="'someone/else' is not a SERMI checkpoint"):
            shipped.resolve("someone/else")

    def test_one_that_is_nowhere_is_one_sentence_about_both_places(self, online):
        with pytest.raises(HubError, match=r"^There is no folder 'someone/none' with a checkpoint here\. There is no"):
            shipped.resolve("someone/none")
