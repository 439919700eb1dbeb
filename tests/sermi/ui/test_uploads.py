"""Recordings are deleted when nobody shows them any more, and nothing else ever is."""

from __future__ import annotations

from sermi.ui.uploads import Uploads


def upload(folder, name: str):
    path = folder / name / "audio.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"RIFF")
    return path


def test_replaced_recordings_are_deleted(tmp_path):
    first, second = upload(tmp_path, "a"), upload(tmp_path, "b")
    uploads = Uploads(tmp_path)
    uploads.show("me", str(first))
    uploads.show("me", str(first))
    assert first.exists()
    uploads.show("me", str(second))
    assert not first.parent.exists()
    assert second.exists()


def test_leaving_deletes(tmp_path):
    path = upload(tmp_path, "a")
    uploads = Uploads(tmp_path)
    uploads.show("me", str(path))
    uploads.show("me", None)
    assert not path.exists()


def test_a_file_that_another_page_shows_stays(tmp_path):
    path = upload(tmp_path, "a")
    uploads = Uploads(tmp_path)
    uploads.show("me", str(path))
    uploads.show("you", str(path))
    uploads.show("me", None)
    assert path.exists()
    uploads.show("you", None)
    assert not path.exists()


def test_files_elsewhere_are_not_ours_to_delete(tmp_path):
    path = upload(tmp_path, "installed")
    uploads = Uploads(tmp_path / "cache")
    uploads.show("me", str(path))
    uploads.show("me", None)
    assert path.exists()
