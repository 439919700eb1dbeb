"""The guides' notebook runs from its first cell to its last, in a kernel of its own."""

import sys
from pathlib import Path

import papermill
import pytest

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "guides" / "own-features.ipynb"


@pytest.fixture
def kernel(tmp_path, monkeypatch) -> str:
    """This interpreter, whether or not a kernel of it is registered."""
    from ipykernel.kernelspec import write_kernel_spec

    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parents[2]))
    write_kernel_spec(
        tmp_path / "kernels" / "here",
        overrides={"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]},
    )
    return "here"


def test_the_notebook_runs(kernel, tmp_path):
    parameters = {"steps": 2, "folds": 2}
    done = papermill.execute_notebook(
        NOTEBOOK, tmp_path / "done.ipynb", parameters=parameters, kernel_name=kernel, cwd=tmp_path, progress_bar=False
    )
    outputs = [str(output) for cell in done.cells for output in cell.get("outputs", [])]
    assert any(
        "features.csv: 160 rows; label emotion (3 classes); groups speaker (8); 8 features" in text for text in outputs
    )
    assert any("nats about the label" in text for text in outputs)
    assert (tmp_path / "report.html").stat().st_size > 4_000_000


def test_what_is_committed_holds_no_output():
    import nbformat

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert "colab-badge.svg" in notebook.cells[0].source
