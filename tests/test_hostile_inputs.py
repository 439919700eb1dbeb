"""What is hostile or broken, by command line: an answer or one clear sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from sermi import shipped
from sermi.cli import app, run
from sermi.encoders.moonshine import assets_folder


def wav(samples: np.ndarray):
    return lambda path: soundfile.write(path, samples, 16_000, format="WAV", subtype="FLOAT")


def content(data: bytes):
    return lambda path: path.write_bytes(data)


WHOLE = (assets_folder() / "clone-test.wav").read_bytes()
TONE = np.sin(np.arange(16_000) * 0.1).astype(np.float32)
RECORDINGS = {
    "text.wav": content(b"this is no sound"),
    "empty.wav": content(b""),
    "riff.wav": content(b"RIFF"),
    "header-only.wav": content(WHOLE[:44]),
    "zeros.wav": content(bytes(10_000)),
    "random.mp3": content(np.random.default_rng(0).bytes(20_000)),
    "html.wav": content(b"<html><script>alert(1)</script></html>"),
    "zip.wav": content(b"PK\x03\x04" + bytes(100)),
    "nan.wav": wav(np.full(16_000, np.nan, np.float32)),
    "infinite.wav": wav(np.where(np.arange(16_000) % 2, np.inf, 0).astype(np.float32)),
    "no-samples.wav": wav(np.zeros(0, np.float32)),
    "silent.wav": wav(np.zeros(16_000, np.float32)),
    "<img src=x>.wav": content(b"nothing"),
    "folder.wav": lambda path: path.mkdir(),
    "loop.wav": lambda path: path.symlink_to(path),
    "missing.wav": lambda _: None,
    "cut-short.wav": content(WHOLE[: len(WHOLE) // 2]),
    "tone.wav": wav(TONE),
    "loud.wav": wav(TONE * 1e30),
    "louder.wav": wav(TONE * 3e38),
}
ANSWERED = {"cut-short.wav", "tone.wav", "loud.wav"}
"""There is something in them."""
NO_PATHS = ["", ".", "~/none.wav", "/dev/null", "file:///etc/passwd"]
NO_PATHS += ["http://sermi.invalid/a.wav", "https://sermi.invalid/a.wav"]


def is_sentence(text: str) -> bool:
    """One, that a visitor may see."""
    words = ("Traceback", "Error:", "Errno", "0x", " at line ")
    return (
        10 < len(text) < 500
        and text.rstrip()[-1] in ".)"
        and "\n" not in text
        and not any(word in text for word in words)
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Of all of them in one run, by name."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, make in RECORDINGS.items():
        make(folder / name)
    files = [*(str(folder / name) for name in RECORDINGS), *NO_PATHS]
    done = CliRunner().invoke(app, ["predict", "--json", *files])
    assert done.exit_code == 2, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip([*RECORDINGS, *NO_PATHS], lines, strict=True))


@pytest.mark.parametrize("name", [*RECORDINGS, *NO_PATHS])
def test_a_recording(answers, name):
    line = answers[name]
    if "error" in line:
        assert name not in ANSWERED
        assert is_sentence(line["error"]), line["error"]
    else:
        assert name in ANSWERED or not line["is_sure"]
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-4)


SHIPPED = shipped.folders()[0].resolve()
GENERATE = ["generate", "--emotion", "sad", "--n", "3", "--out", "a.csv"]
COMMANDS = [
    [*GENERATE, "--out", "."],
    [*GENERATE, "--out", "nowhere/a.csv"],
    [*GENERATE, "--out", "a.exe"],
    [*GENERATE, "--out", "file/a.csv"],
    [*GENERATE, "--emotion", "<b>joy</b>"],
    [*GENERATE, "--n", "100000000"],
    [*GENERATE, "--seed", "99999999999999999999"],
    [*GENERATE, "--emotion", "all"],
    [*GENERATE, "--spread", "0"],
    [*GENERATE, "--spread", "nan"],
    [*GENERATE, "--spread", "inf"],
    [*GENERATE, "--text", "so", "--pairs"],
    [*GENERATE, "--checkpoint", "nowhere"],
    [*GENERATE, "--checkpoint", "file"],
    [*GENERATE, "--checkpoint", "../../etc"],
    ["predict", "a.wav", "--text", "so", "--transcribe"],
    ["predict", "--speakers", "missing.csv"],
    ["predict", "--speakers", "file"],
    ["predict", "a.wav", "--voice", "file"],
    ["predict", "a.wav", "--save-voice", "."],
    ["predict", "a.wav", "--same-speaker", "--save-voice", "file"],
    ["walkthrough", "--out", "file"],
    ["predict"],
    ["pull", "no name", "--out", "new"],
    ["pull", "owner/name", "--out", "."],
    ["push", "nowhere", "owner/name"],
    ["mi-benchmark", "--fast", "--out", "file"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SERMI_CHECKPOINTS", str(SHIPPED))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("something else")
    with pytest.raises(SystemExit) as stopped:
        run(lambda: app(arguments))
    said = capsys.readouterr()
    assert stopped.value.code == 2
    assert is_sentence((said.err or said.out).strip().splitlines()[-1].removeprefix("error: ")), said
    assert (tmp_path / "file").read_text() == "something else"
