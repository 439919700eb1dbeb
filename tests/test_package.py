"""The package as others install it: without the repository beside it, and without what they don't use."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sermi.errors import needs_extra
from sermi.running import EXTRAS

ROOT = Path(__file__).resolve().parents[1]
OF_EXTRAS = {module for modules in EXTRAS.values() for module in modules}


def python(code, *, cwd=ROOT, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that pip installed the package into, from a copy of the sources that is gone by then."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    for name in ("sermi", "train"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*pip, "--target", str(target), str(source)], check=True)
    shutil.rmtree(source)
    return target


def test_importing_the_library_imports_none_of_the_app(installed, tmp_path):
    code = "import sys, sermi, sermi.mi, sermi.augment, sermi.quality; print(*sorted(sys.modules))"
    modules = set(python(code, cwd=tmp_path, PYTHONPATH=str(installed)).split())
    assert not modules & OF_EXTRAS
    assert "sermi.augment" in modules


def test_the_front_door_is_lazy_and_whole():
    code = "import sys, sermi; print(*sys.modules); print(*dir(sermi))"
    modules, names = python(code).splitlines()
    assert not {"torch", "numpy", "sklearn"} & set(modules.split())
    assert {"load", "fit_generator", "mi", "quality", "augment", "__version__"} <= set(names.split())
    checked = "import sermi; print(sermi.load.__module__, sermi.fit_generator.__module__, sermi.mi.__name__)"
    assert python(checked) == "sermi.predictor sermi.augment.training sermi.mi"


def test_an_installed_package_predicts_by_a_checkpoint_that_is_named(installed, tmp_path):
    code = (
        "import sermi; from sermi import audio; from sermi.encoders.moonshine import assets_folder;"
        "print(sermi.__file__); print(sermi.load('open4').predict(audio.read(assets_folder() / 'clone-test.wav')).emotion)"
    )
    environment = {"PYTHONPATH": str(installed), "SERMI_CHECKPOINTS": str(ROOT / "checkpoints")}
    place, emotion = python(code, cwd=tmp_path, **environment).splitlines()
    assert Path(place).is_relative_to(installed)
    assert emotion in ("angry", "happy", "neutral", "sad")
    missing = "import sermi, sermi.errors\ntry: sermi.load('open4')\nexcept sermi.errors.CheckpointError as e: print(e)"
    assert "SERMI_CHECKPOINTS" in python(missing, cwd=tmp_path, PYTHONPATH=str(installed), SERMI_CHECKPOINTS="")


def test_an_installed_page_brings_its_looks_and_types(installed):
    for name in ("py.typed", "ui/page.css", "ui/page.js"):
        assert (installed / "sermi" / name).is_file(), name


def test_what_pip_recorded_leads_back_to_the_repository(tmp_path):
    """PEP 610: installed from a folder, the package finds the checkpoints in it from any working folder."""
    info = tmp_path / "sermi-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sermi\nVersion: 0\n")
    (info / "direct_url.json").write_text(json.dumps({"url": ROOT.as_uri(), "dir_info": {}}))
    code = "from sermi import shipped; print(shipped.resolve('open4'))"
    found = python(code, cwd=tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}", SERMI_CHECKPOINTS="")
    assert Path(found) == ROOT / "checkpoints" / "open4"


def test_the_version_is_written_once_and_the_pins_satisfy_the_package():
    import sermi

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" in project["dynamic"]
    done = subprocess.run([sys.executable, "-m", "sermi", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == f"sermi {sermi.__version__}\n"
    from packaging.requirements import Requirement

    lines = (ROOT / "requirements.txt").read_text().splitlines() + (
        ROOT / "requirements-dev.txt"
    ).read_text().splitlines()
    pins = [Requirement(line.split("#")[0]) for line in lines if line and not line.startswith(("#", "-r"))]
    version = {pin.name.replace("_", "-").lower(): next(iter(pin.specifier)).version for pin in pins}
    wanted = [Requirement(each) for each in sum(project["optional-dependencies"].values(), project["dependencies"])]
    for requirement in wanted:
        if requirement.name not in ("sermi", "atheris"):  # which nobody needs, and few can install
            assert requirement.specifier.contains(version[requirement.name.replace("_", "-").lower()]), requirement


def test_a_missing_extra_is_one_sentence(tmp_path):
    """As where only the core was installed: the module isn't there."""
    (tmp_path / "huggingface_hub.py").write_text("raise ModuleNotFoundError('no', name='huggingface_hub')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "sermi", "pull", "someone/open4", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.strip() == f"error: {needs_extra('huggingface_hub', 'app')}"
