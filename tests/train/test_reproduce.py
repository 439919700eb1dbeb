"""`python -m train reproduce` says what it would make and why, makes it, and leaves alone what is up to date."""

import shlex
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from sermi.errors import SermiError
from tests.train.ravdess import write_ravdess
from train import freshness, reproduce
from train.cli import app
from train.reproduce import RESULTS, Reproduction, Result

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "results"


def planned(out, *names):
    result = CliRunner().invoke(app, ["reproduce", *names, "--plan", "--data", "nowhere", "--out", str(out)])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_a_plan_names_every_missing_result_its_command_and_how_long_all_take(tmp_path):
    *lines, last = planned(tmp_path)
    assert [line.split()[:2] for line in lines] == [[result.file, "missing:"] for result in RESULTS]
    comparison = next(line for line in lines if line.startswith("compare/ravdess.json"))
    assert (
        f"python -m train compare ravdess --splits 20 --seeds 1 --data nowhere --out {tmp_path}/compare" in comparison
    )
    assert last.startswith(f"About {sum(result.core_minutes for result in RESULTS) / 60:.1f} h of one core")
    assert list(tmp_path.iterdir()) == []


def test_the_four_comparisons_are_one_command(tmp_path):
    *lines, _ = planned(tmp_path, "comparisons")
    assert [line.split()[0] for line in lines] == [
        f"compare/{name}.json" for name in ("ravdess", "low-resource", "imbalance", "paired")
    ]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.file)
def test_every_command_is_one_that_there_is(result, tmp_path):
    words = Reproduction(tmp_path, tmp_path, workers=2).arguments(result)
    commands = typer.main.get_command(app).commands
    commands[words[0]].make_context(words[0], words[1:])


@pytest.mark.parametrize("result", [one for one in RESULTS if (FOLDER / one.file).with_suffix(".csv").is_file()])
def test_rows_beside_a_result_are_known_by_what_they_depend_on(result):
    try:
        rows = reproduce._rows_of(result)
    except SermiError:
        pytest.skip("its encoder isn't here")
    older = freshness.older_rows((FOLDER / result.file).with_suffix(".csv"), rows)
    assert bool(older) == bool(freshness.older(FOLDER / result.file))


def test_an_unknown_result_is_one_sentence(tmp_path):
    with pytest.raises(SermiError, match=r"'ravdes' is not a result; use some of .*compare/ravdess"):
        Reproduction(tmp_path, tmp_path).run(["ravdes"])


def test_what_is_up_to_date_is_left_and_what_is_not_is_made_again(tmp_path, monkeypatch, capfd):
    write_ravdess(tmp_path / "data" / "ravdess", actors=range(1, 25))
    small = Result("recogniser", "ravdess.json", "evaluate ravdess --views 0 --seeds 1 --splits 3", 1)
    monkeypatch.setattr(reproduce, "RESULTS", (small,))
    made = Reproduction(tmp_path / "data", tmp_path)
    made.run([])
    path = tmp_path / "ravdess.json"
    assert made.reason(small) == ""
    written = path.read_bytes()
    made.run(["recogniser"])
    assert path.read_bytes() == written
    assert "up to date" in capfd.readouterr().out
    path.write_text(path.read_text().replace("--splits 3", "--splits 2"))
    assert made.reason(small) == "other options"
    path.write_text(written.decode().replace('"front end": "', '"front end": "0'))
    assert made.reason(small) == "older (front end)"


def test_options_may_stand_in_any_order_and_places_differ():
    one = Result("", "", "evaluate ravdess --seeds 3 --views 0", 1)
    for command, same in (
        ("python -m train evaluate ravdess --data 'a b' --out x --views 0 --seeds 3", True),
        ("python -m train evaluate ravdess --data x --out x --views 2 --seeds 3", False),
        ("python -m train evaluate ravdess --data x --out x --seeds 3", False),
    ):
        assert reproduce._same_run(command, one) is same
        assert shlex.split(command)[3] == one.words[0]
