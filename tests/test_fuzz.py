"""Damaged files through every door of `benchmarks.fuzz`: an answer or one sentence."""

from pathlib import Path

import pytest

from benchmarks.fuzz.campaign import case, try_case
from benchmarks.fuzz.targets import TARGETS, Target
from sermi.errors import SermiError

CASES = {"audio": 900, "checkpoint": 100, "tables": 1_000}
"""2,000 of the millions that `python -m benchmarks.fuzz` makes."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_of_use_or_one_sentence(name, tmp_path):
    folder = TARGETS[name].lay_out(tmp_path)
    outcomes = [try_case(TARGETS[name], 0, number, folder) for number in range(CASES[name])]
    assert [fault for _, fault in outcomes if fault] == []
    assert 0.05 < sum(used for used, _ in outcomes) / len(outcomes) < 0.6


FOUND = {
    "audio": ((1, 86_259), (1, 139_458)),
    "checkpoint": ((1, 380), (1, 5_435)),
    "tables": ((0, 64), (0, 326), (0, 1_607), (0, 4_167), (0, 7_881), (0, 13_465), (0, 21_728), (1, 50_941), (1, 71_126),
               (7, 25_122), (8, 4_647), (8, 52_860), (8, 57_752)),
}  # fmt: skip
"""Seeds and numbers of cases that were faults: frames of 34 channels that ended the process, files that point beyond their end,
whatever parsers raise, numbers and names of any length."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_a_fault_is_none(name, tmp_path):
    folder = TARGETS[name].lay_out(tmp_path)
    for seed, number in FOUND[name]:
        assert try_case(TARGETS[name], seed, number, folder)[1] == ""


def test_a_case_is_known_by_its_number():
    target = TARGETS["tables"]
    assert case(target, 3, 14) == case(target, 3, 14)
    assert len({case(target, 0, number) for number in range(200)}) > 195


def test_a_door_that_lets_something_through_is_a_fault(tmp_path):
    """So that the tests above mean something."""

    def read(path: Path) -> None:
        if path.name == "corpus.csv":
            raise KeyError("path")
        raise SermiError("two\nlines")

    door = Target("tables", read)
    folder = door.lay_out(tmp_path)
    faults = {try_case(door, 0, number, folder)[1].split(":")[1] for number in range(40)}
    assert " KeyError" in faults
