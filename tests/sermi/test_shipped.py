import shutil

import pytest

from sermi import shipped
from sermi.errors import CheckpointError


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A working folder without checkpoints, and nothing in the environment that names any."""
    monkeypatch.delenv("SERMI_CHECKPOINTS", raising=False)
    monkeypatch.delenv("SERMI_RESULTS", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shipped, "_repository", lambda: None)
    return tmp_path


@pytest.fixture(scope="module")
def open4():
    return shipped.resolve("open4").resolve()


def test_the_default_comes_first():
    assert shipped.available()[0] == shipped.DEFAULT


def test_nothing_at_hand_says_what_to_do(elsewhere):
    assert shipped.folders() == []
    assert shipped.results_folder() is None
    assert shipped.available() == []
    with pytest.raises(CheckpointError, match=r"no checkpoint 'open4'; .*SERMI_CHECKPOINTS.*sermi pull OWNER/NAME"):
        shipped.resolve("open4")


def test_a_variable_that_leads_nowhere_is_named(elsewhere, open4, monkeypatch):
    for place, why in ((elsewhere / "gone", "is no folder"), (open4, "in which there is none")):
        monkeypatch.setenv("SERMI_CHECKPOINTS", str(place))
        with pytest.raises(CheckpointError, match=f"SERMI_CHECKPOINTS is '{place}', (which )?{why}"):
            shipped.resolve("open4")


def test_the_working_folder_then_the_variable_then_a_folder_that_is_given(elsewhere, open4, monkeypatch):
    shutil.copytree(open4, elsewhere / "checkpoints" / "mine")
    assert shipped.available() == ["mine"]
    assert shipped.resolve("mine").resolve() == elsewhere / "checkpoints" / "mine"
    shutil.copytree(open4, elsewhere / "others" / "theirs")
    monkeypatch.setenv("SERMI_CHECKPOINTS", str(elsewhere / "others"))
    assert shipped.available() == ["theirs"]
    with pytest.raises(CheckpointError, match="use a checkpoint's folder or one of theirs"):
        shipped.resolve("mine")
    given = elsewhere / "checkpoints" / "mine"
    assert shipped.resolve(given) == given


def test_a_folder_of_ones_own_hides_none_of_the_others(elsewhere, open4, monkeypatch):
    """As after `sermi pull ... --out checkpoints/theirs` outside the repository."""
    monkeypatch.setattr(shipped, "_repository", lambda: open4.parents[1])
    shutil.copytree(open4, elsewhere / "checkpoints" / "theirs")
    assert {"open4", "theirs"} <= set(shipped.available())
    assert shipped.resolve("theirs").resolve() == elsewhere / "checkpoints" / "theirs"
    assert shipped.resolve("open4").resolve() == open4


def test_a_path_that_is_not_there_is_no_name_on_the_hub(elsewhere):
    (elsewhere / "runs" / "first").mkdir(parents=True)
    for name in ("runs/first", "./runs", "../x", "a/b/c"):
        with pytest.raises(CheckpointError, match="There is no checkpoint"):
            shipped.resolve(name)
