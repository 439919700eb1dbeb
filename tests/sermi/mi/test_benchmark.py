import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sermi.cli import app
from sermi.mi import benchmark, tasks
from sermi.mi.benchmark import Row, Size
from sermi.plots.mi_benchmark import figure

TINY = Size(levels=(1.0, 2.0), n_pairs=80, n_labelled=48, max_steps=3, n_batches=5)


@pytest.fixture(scope="module")
def rows():
    return benchmark.run(TINY, progress=False)


def test_every_estimator_meets_every_kind_of_task(rows):
    table = pd.DataFrame(rows)
    for family in ("Gaussian", "Cubic", "Independent", "Channel", "XOR", "Independent labels"):
        assert table["task"].str.startswith(family).any()
    for name in ("InfoNCE", "SMILE", "NWJ", "MINE", "KSG", "Ross", "Barber-Agakov, linear", "Barber-Agakov, mlp"):
        assert table["estimator"].str.startswith(name).any()
    assert len(table) == 2 * 4 + (2 + 1 + 1) * 5 + 3 * 4


def test_the_table_has_a_line_for_each_measurement(rows):
    table = pd.read_csv(StringIO(benchmark.as_csv(rows)))
    assert table["value"].to_numpy() == pytest.approx([row.value for row in rows], abs=1e-4)
    assert benchmark.as_markdown(rows).count("\n| ") == len(rows)


def test_the_figure_has_a_panel_for_each_family_of_tasks(rows):
    drawn = json.loads(figure(benchmark.table(rows)).to_json())
    measured = [trace["y"] for trace in drawn["data"] if trace.get("name") == "KSG"]
    assert len(measured) == 2, "Gaussian and cubic; an optimal critic has no neighbours"
    assert [len(trace) for trace in measured] == [2, 1]


def test_the_table_leaves_cells_empty_that_an_estimator_does_not_have():
    row = Row("XOR", np.log(2), "SMILE", "estimate", -0.001, -0.1, 0.1, None, None, 10, 2000)
    assert benchmark.as_markdown([row]).endswith(
        "| XOR | 0.69 | SMILE | estimate | 0.00 | -0.10 to 0.10 |  |  | 10 | 2,000 |"
    )


def test_an_interruption_keeps_what_is_done(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmark, "_measured", interrupted)
    rows = benchmark.run(TINY, progress=False)
    assert len(rows) == 8
    assert "8 of 40 measurements are kept" in capsys.readouterr().out
    assert len(benchmark.table(rows)) == 8


def test_a_run_goes_on_where_another_was_ended(monkeypatch, tmp_path, rows):
    unfinished = tmp_path / "folder" / "rows.jsonl"
    done, measured = iter(range(30)), benchmark._measured

    def interrupted(*arguments):
        if next(done) == 6:
            raise KeyboardInterrupt
        return measured(*arguments)

    monkeypatch.setattr(benchmark, "_measured", interrupted)
    assert len(benchmark.run(TINY, progress=False, unfinished=unfinished)) == 14
    unfinished.write_text(unfinished.read_text() + '{"name": "cut off')
    monkeypatch.setattr(benchmark, "_optimal", interrupted)
    monkeypatch.setattr(benchmark, "_measured", lambda *_: rows[-1])
    assert benchmark.run(TINY, progress=False, unfinished=unfinished)[:14] == rows[:14]
    other = replace(TINY, n_pairs=90)
    assert not benchmark._kept(unfinished, other, 0), "rows of another size are not taken for these"


def test_repeated_measurements_have_a_table_of_their_own():
    row = Row("XOR", 0.69, "KSG", "estimate", 0.68, 0.6, 0.75, None, None, 0, 500, 20, 0.02, 0.9, 0.1)
    table = benchmark.as_markdown([row, replace(row, task="Other", holds=1.0, below=0.0)])
    assert "| XOR | 0.69 | KSG | estimate | 0.68 | 0.02 | 0.60 to 0.75 | 90% | 10% | 0% | 500 | 20 |" in table
    assert "| **all 2** | | KSG | estimate | | | | 95% | 5% | 0% | | 40 |" in table


def test_the_command_prints_the_table_and_writes_it(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "FAST", Size((1.0,), 40, 40, 1, 2))
    folder = tmp_path / "new" / "folder"
    done = CliRunner().invoke(app, ["mi-benchmark", "--fast", "--out", str(folder)])
    assert done.exit_code == 0, done.output
    assert "| Gaussian, 1 nats | 1.00 | InfoNCE, optimal critic |" in done.output
    names = ["mi-benchmark-fast.csv", "mi-benchmark-fast.json", "mi-benchmark-fast.md"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert (folder / "mi-benchmark-fast.md").read_text().startswith(benchmark.ABOUT)
    assert (folder / "mi-benchmark-fast.json").stat().st_size < 100_000


@pytest.mark.parametrize("level", [0.1, 2.0, 10.0])
def test_gaussian_tasks_have_the_correlation_of_their_information(level):
    x, y = tasks.gaussian(level, 4).sample(100_000, np.random.default_rng(0))
    rho = np.corrcoef(x.ravel(), y.ravel())[0, 1]
    assert -4 / 2 * np.log(1 - rho**2) == pytest.approx(level, rel=0.1)


def test_the_channel_errs_as_often_as_it_says():
    task = tasks.channel(5, 0.3)
    x, sent = task.sample(50_000, np.random.default_rng(0))
    joint = np.zeros((5, 5))
    np.add.at(joint, (sent, x.argmax(axis=1)), 1 / 50_000)
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    assert np.sum(joint * np.log(joint / independent)) == pytest.approx(task.true_mi, abs=0.01)
    assert np.mean(x.argmax(axis=1) != sent) == pytest.approx(0.3, abs=0.01)
