"""Recordings are deleted when their session lets go of them, and nothing else ever is."""

from __future__ import annotations

import os
import time

import pytest

from sermi.ui.uploads import MAX_AGE_S, UNUSED_AGE_S, Uploads


@pytest.fixture
def uploads(tmp_path):
    return Uploads(tmp_path / "own")


def send(uploads, session: str | None = "me", *, for_call: bool = False):
    """A file that was sent, and claimed where there is a session."""
    path = uploads.new_place() / "audio.wav"
    path.write_bytes(b"RIFF")
    uploads.add([path])
    assert session is None or uploads.claim(session, str(path), for_call=for_call)
    return path


def test_replaced_recordings_are_deleted(uploads):
    first, second = send(uploads), send(uploads)
    assert uploads.show("me", str(first))
    assert uploads.show("me", str(first))
    assert first.exists()
    assert uploads.show("me", str(second))
    assert not first.parent.exists()
    assert second.exists()


def test_equal_clips_of_two_sessions_have_nothing_to_do_with_each_other(uploads):
    mine, yours = send(uploads, "me"), send(uploads, "you")
    uploads.show("me", str(mine))
    uploads.show("you", str(yours))
    uploads.let_go("me")
    assert not mine.exists()
    assert yours.exists()


def test_a_file_of_another_session_is_never_ones_own(uploads):
    yours = send(uploads, "you")
    assert not uploads.claim("me", str(yours))
    assert not uploads.show("me", str(yours))
    assert not uploads.holds("me", str(yours))
    uploads.finish([str(yours)])
    uploads.let_go("me")
    assert yours.exists()
    assert uploads.shown("me") == ""


def test_only_what_was_sent_can_be_claimed(uploads, tmp_path):
    other = uploads.new_place() / "made by nobody"
    other.touch()
    assert not any(
        uploads.claim("me", path) for path in (str(other), str(tmp_path), "", "/etc/passwd", uploads.nowhere)
    )


def test_letting_go_takes_what_is_queued_too(uploads):
    """Cleared while it waits for its turn: the handler that comes then must not show it again."""
    path = send(uploads)
    uploads.let_go("me")
    assert not path.exists()
    assert not uploads.show("me", str(path))
    assert uploads.shown("me") == ""


def test_what_was_removed_before_its_request_came_is_gone(uploads):
    removed = send(uploads, session=None)
    uploads.let_go("me")
    assert uploads.claim("me", str(removed))
    assert not removed.exists()
    assert not uploads.show("me", str(removed))
    assert uploads.show("me", str(send(uploads)))


def test_letting_go_spares_what_came_after_it_was_asked_for(uploads):
    before, at = send(uploads), time.monotonic()
    after = send(uploads)
    uploads.show("me", str(after))
    assert uploads.let_go("me", at=at)
    assert not before.exists()
    assert after.exists()
    assert uploads.is_shown("me", str(after))


def test_a_file_stays_until_the_last_call_with_it_is_over(uploads):
    path = send(uploads, "", for_call=True)
    assert uploads.claim("", str(path), for_call=True)
    uploads.finish([str(path)])
    assert path.exists()
    uploads.finish([str(path), str(path)])
    assert not path.exists()


def test_what_the_app_gives_is_replaced_by_the_next(uploads):
    for _ in range(2):
        last = uploads.new_place() / "samples.zip"
        last.touch()
        uploads.keep("me download", last)
    assert [path.name for path in uploads.folder.rglob("*.zip")] == ["samples.zip"]
    assert last.exists()
    uploads.let_go("me download")
    assert not last.exists()


def test_sweeping_goes_by_the_age_of_the_file(uploads):
    held, unused = send(uploads), send(uploads, None)
    stray = uploads.new_place() / "half an upload"
    stray.touch()
    uploads.show("me", str(held))

    def age(path, seconds: float) -> None:
        os.utime(path, (time.time() - seconds, time.time() - seconds))

    for path in (held, unused, stray):
        age(path, UNUSED_AGE_S - 5)
    uploads.sweep()
    assert held.exists()
    assert unused.exists()
    for path in (held, unused, stray):
        age(path, UNUSED_AGE_S + 5)
    uploads.sweep()
    assert held.exists()
    assert not unused.exists()
    assert not stray.parent.exists()
    age(held, MAX_AGE_S + 5)
    uploads.sweep()
    assert not held.exists()


def test_files_elsewhere_are_not_ours_to_delete(uploads, tmp_path):
    path = tmp_path / "installed.wav"
    path.touch()
    assert uploads.show("me", str(path))
    uploads.show("me", None)
    uploads.let_go("me")
    uploads.sweep()
    assert path.exists()
