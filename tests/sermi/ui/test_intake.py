"""What of a request names files."""

from sermi.ui.intake import files_of


def test_a_file_within_a_file_is_named_too():
    hidden = {"path": "mine.wav", "more": [{"deeper": {"path": "/etc/passwd"}}]}
    assert files_of([hidden, "text", 3]) == {"mine.wav", "/etc/passwd"}
