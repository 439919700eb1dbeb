"""What CONTRIBUTING.md promises of the code itself: words, and sizes that fit a screen."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path.relative_to(ROOT).as_posix() for room in ("sermi", "train") for path in (ROOT / room).rglob("*.py"))
VERBS_OF_SAYING = {"told", "found", "made", "said", "heard", "hear", "arrive", "look", "tell"}
MAX_LINES, MAX_FUNCTION_LINES = 300, 60
PLAIN_SEQUENCES = {"sermi/mi/fitting.py:fit_critic", "sermi/ui/theme.py:theme"}
"""Longer functions that are one plain sequence: a loop of training, a list of colours."""


def trees():
    for name in FILES:
        yield name, ast.parse((ROOT / name).read_text(encoding="utf-8"))


def names(tree):
    """Everything that a module gives a name to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name.lstrip("_").lower(), node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, node.lineno


def test_nothing_is_named_by_a_verb_of_saying():
    named = [
        f"{file}:{line}: {name}" for file, tree in trees() for name, line in names(tree) if name in VERBS_OF_SAYING
    ]
    assert named == []


def test_a_module_is_at_most_300_lines():
    long = {name: n for name in FILES if (n := len((ROOT / name).read_text(encoding="utf-8").splitlines())) > MAX_LINES}
    assert long == {}


def test_a_function_fits_on_a_screen():
    functions = {
        f"{file}:{node.name}": node.end_lineno - node.lineno + 1
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    assert {name for name, lines in functions.items() if lines > MAX_FUNCTION_LINES} == PLAIN_SEQUENCES


@pytest.mark.parametrize("word", ["parents[", "parent.parent"])
def test_nothing_is_found_by_walking_up_from_a_file(word):
    assert [name for name in FILES if word in (ROOT / name).read_text(encoding="utf-8")] == []
