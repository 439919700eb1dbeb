"""README and docs: their Python runs, their commands exist and the quick ones run, links and paths lead somewhere."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
import typer.main
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser
from typer.testing import CliRunner

from sermi import cli
from sermi.encoders.moonshine import assets_folder
from tests.sermi.own_features.tables import features

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    path.relative_to(ROOT).as_posix()
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    )
]
MOST_README_LINES = 150
QUICK = {"predict", "generate"}
"""Commands of sermi that need neither a corpus nor a network; and `augment`, of the table that is there, without a report."""
TOOLS = {"accelerate", "cd", "diff", "docker", "export", "git", "hf", "lint-imports", "mypy", "pytest", "ruff"}
"""Programs whose options are not this repository's."""
PLACEHOLDERS = {"PROTOCOL": "iemocap"}
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"""(?:\[[^\]]*\]\(|(?:href|src)=")([^)"\s]+)""")
REPOSITORY_PATH = re.compile(r"(sermi|train|tests|docs|benchmarks|checkpoints)/[\w./*-]*")
DOTTED_NAME = re.compile(r"((?:sermi|train|benchmarks)(?:\.\w+)+)(?:\(.*\))?", re.DOTALL)
OPTION = re.compile(r"--[a-z][a-z-]*")


class Command(NamedTuple):
    """A command of a document and, where it stands after a $, what the document shows below it."""

    document: str
    words: tuple[str, ...]
    shown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.document}: {shlex.join(self.words)}"


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def prose(document: str) -> str:
    """Without fenced blocks and comments."""
    return re.sub(r"<!--.*?-->", "", FENCED.sub("", text_of(document)), flags=re.DOTALL)


def inline_code(document: str) -> list[str]:
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(document))]


def blocks(document: str, language: str) -> list[str]:
    """Sources of the fenced blocks in a language."""
    sources: list[str] = []
    parser = CodeBlockParser(language, lambda example: sources.append(str(example.parsed)))
    for example in Sybil([parser]).parse(ROOT / document).examples():
        example.evaluate()
    return sources


def split_commands(shell: str) -> Iterator[tuple[str, ...]]:
    """Words of each command; comments, variables set in front and the folder of a virtual environment are left out."""
    for line in shell.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in {";", "&&", "|"}:
                if words:
                    yield words[0].removeprefix(".venv/bin/"), *words[1:]
                words = []
            elif words or not re.fullmatch(r"[A-Z_]+=.*", word):
                words.append(word)


def commands(document: str) -> Iterator[Command]:
    for source in blocks(document, "sh"):
        for words in split_commands(source):
            yield Command(document, words)
    for source in blocks(document, "console"):
        for part in re.split(r"^\$ ", source, flags=re.MULTILINE)[1:]:
            line, *shown = part.splitlines()
            for words in split_commands(line):
                yield Command(document, words, tuple(shown))
    for code in inline_code(document):
        if re.match(r"(python|sermi|accelerate|make|pip) \S", code):
            for words in split_commands(code):
                yield Command(document, words)


COMMANDS = list(dict.fromkeys(command for document in DOCUMENTS for command in commands(document)))


@cache
def typer_group(package: str) -> typer.core.TyperGroup:
    return typer.main.get_command(importlib.import_module(f"{package}.cli").app)


def as_module(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """Module and arguments of a command that runs one of this repository's."""
    if words[0] == "sermi":
        return "sermi", words[1:]
    if words[:2] == ("python", "-m"):
        return words[2], words[3:]
    if words[:3] == ("accelerate", "launch", "-m"):
        return words[3], words[4:]
    return None


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_and_its_options_exist(command):
    words = command.words
    if module := as_module(words):
        name, arguments = module
        if name in {"sermi", "train"}:
            check_arguments(name, arguments)
        else:
            assert name in TOOLS or find_spec(name), f"there is no module {name}"
    elif words[0] == "make":
        targets = {line.split(":")[0] for line in text_of("Makefile").splitlines() if re.match(r"[a-z]+:", line)}
        assert {word for word in words[1:] if "=" not in word} <= targets
    elif words[:2] == ("pip", "install"):
        extras = tomllib.loads(text_of("pyproject.toml"))["project"]["optional-dependencies"]
        assert set(re.findall(r"\[(\w+)\]", " ".join(words))) <= extras.keys()
    elif words[:2] == ("python", "-c"):
        compile(words[2], "python -c", "exec")
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file()
    else:
        assert words[0] in TOOLS


def check_arguments(package: str, arguments: tuple[str, ...]) -> None:
    """Raises what the command line would raise for an unknown command, option or value, without running anything."""
    group = typer_group(package)
    if not arguments or "--help" in arguments:
        return
    name, *rest = arguments
    assert name in group.commands, f"{package} has no command {name}"
    if rest:  # else it is only named
        group.commands[name].make_context(name, [PLACEHOLDERS.get(word, word) for word in rest])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_options_in_the_text_exist(document):
    known = {
        option
        for package in ("sermi", "train")
        for command in (typer_group(package), *typer_group(package).commands.values())
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help"}
    used = {match[0] for code in inline_code(document) if (match := OPTION.match(code))}
    assert used <= known


@pytest.fixture(scope="module")
def desk(tmp_path_factory, checkpoints) -> Path:
    """A folder with the files that documents speak of."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "checkpoints").symlink_to(checkpoints)
    shutil.copy(assets_folder() / "beckett.wav", folder)
    shutil.copy(assets_folder() / "clone-test.wav", folder / "clip.wav")
    samples, rate = soundfile.read(folder / "clip.wav")
    soundfile.write(folder / "other.mp3", samples[:rate], rate)
    features().to_csv(folder / "features.csv", index=False)
    (folder / "speakers.csv").write_text("path,speaker\nclip.wav,A\nother.mp3,A\nbeckett.wav,B\n")
    return folder


def is_quick(words: tuple[str, ...]) -> bool:
    if words[:1] == ("augment",):
        return "features.csv" in words and "--report" not in words
    return bool(QUICK & set(words[:1]))


def quick() -> list[Command]:
    """Those that are run, each once."""
    modules = {command: as_module(command.words) or ("", ()) for command in COMMANDS}
    runs = [command for command, (name, words) in modules.items() if name == "sermi" and is_quick(words)]
    return list({as_module(run.words): run for run in sorted(runs, key=lambda run: bool(run.shown))}.values())


@pytest.mark.parametrize("command", quick(), ids=str)
def test_a_quick_command_runs_and_prints_what_is_shown(command, desk, monkeypatch):
    monkeypatch.chdir(desk)
    _, arguments = as_module(command.words)
    done = CliRunner().invoke(cli.app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    if command.shown:
        assert tuple(done.output.splitlines())[: len(command.shown)] == command.shown


def data_of_readers() -> dict[str, np.ndarray]:
    """What documents call h, t, c and speaker: four classes, eight speakers, an offset for each."""
    rng = np.random.default_rng(0)
    c, speaker = np.tile(np.arange(4), 80), np.repeat(np.arange(8), 40)
    h = 2 * np.eye(4, 12)[c] + 0.5 * rng.normal(size=(8, 12))[speaker] + rng.normal(size=(320, 12))
    t = np.eye(4, 5)[c] + rng.normal(size=(320, 5))
    return {"h": h.astype(np.float32), "t": t.astype(np.float32), "c": c, "speaker": speaker}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_runs(document, desk, monkeypatch):
    monkeypatch.chdir(desk)
    parsed = Sybil([PythonCodeBlockParser(), SkipParser()]).parse(ROOT / document)
    parsed.namespace.update(data_of_readers())
    for example in parsed.examples():
        example.evaluate()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    for target in LINK.findall(prose(document)):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(file: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", file.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_and_names_in_the_text_exist(document):
    for code in inline_code(document):
        if REPOSITORY_PATH.fullmatch(code):
            assert any(ROOT.glob(code.rstrip("/"))), code
        elif name := DOTTED_NAME.fullmatch(code):
            assert resolves(name[1]), code


def resolves(name: str) -> bool:
    """Whether a dotted name is a module or an attribute of one."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        module = ".".join(parts[:n])
        try:
            if not find_spec(module):
                continue
        except ModuleNotFoundError:
            continue
        value = None if n == len(parts) else importlib.import_module(module)
        for attribute in parts[n:]:
            value = getattr(value, attribute, None)
        return n == len(parts) or value is not None
    return False


def test_readme_fits_on_few_screens():
    assert len(text_of("README.md").splitlines()) <= MOST_README_LINES


def test_every_promise_names_tests_that_there_are():
    promises = [
        line for line in text_of("SECURITY.md").splitlines() if line.startswith("| ") and "promise |" not in line
    ]
    assert len(promises) > 15
    for promise in promises:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", promise)
        assert named, promise
        for file, test in named:
            assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (
                f"{file}::{test}"
            )
