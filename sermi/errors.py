"""The one family of errors that a user's input can cause.

Each message is a single sentence that says what was wrong and what to do. The app shows it as it is; the command line
prints it on one line and exits with status 2. Anything else that is raised is a bug and stays loud.
"""

import errno
import re
import textwrap

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a system says where there is no room."""
_REFUSALS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EMFILE}
)
_TOO_LONG = 1_000
"""Letters of a message, which only names of a stranger's have; their middle is left out."""


class SermiError(Exception):
    """Something about the input can be put right by the user; the message says how."""

    def __str__(self) -> str:
        r"""On one line that can be read: what isn't printable in the names of a stranger's file is shown, not obeyed.

        >>> str(SermiError("There is no 'a\nb'."))
        "There is no 'a\\nb'."
        """
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in super().__str__())
        return text if len(text) < _TOO_LONG else f"{text[: _TOO_LONG // 2]} … {text[-_TOO_LONG // 4 :]}"


class AudioError(SermiError):
    """A recording can't be used: not audio, too large, silent, damaged."""


class EncoderError(SermiError):
    """A pre-trained encoder can't be loaded or doesn't fit what it is asked for."""


class CheckpointError(SermiError):
    """A checkpoint folder is missing, incomplete or made for something else."""


class CorpusError(SermiError):
    """A corpus folder or table is missing, incomplete or has labels that nobody knows."""


class FeatureError(SermiError, ValueError):
    """A table of features, its labels or its groups can't be used; a ValueError, too, as scikit-learn's callers expect."""


class HubError(SermiError):
    """The Hugging Face hub, or the way to it, doesn't allow what was asked for."""


def reason(error: Exception) -> str:
    r"""What a library says of a failure: the first sentence of its message, or of a long one its first words.

    >>> reason(ValueError("no number. Give one.\nSee the manual"))
    'no number'
    """
    try:
        text = str(error).strip()
    except Exception:  # the library fails at its own sentence
        text = ""
    line = (text or type(error).__name__).split("\n")[0]
    return textwrap.shorten(re.split(r"\. (?=[A-Z])", line)[0], 160, placeholder=" ...").rstrip(". ")


def of_system(error: OSError) -> str:
    """The sentence for what the system refuses in the middle of work; '' where the program may be at fault.

    >>> of_system(OSError(28, "No space left on device"))
    'The disk is full; free some space and try again.'
    >>> of_system(PermissionError(13, "Permission denied", "/root/x"))
    "'/root/x' can't be used (Permission denied)."
    """
    if error.errno in FULL:
        return "The disk is full; free some space and try again."
    return (
        f"'{error.filename}' can't be used ({error.strerror})." if error.filename and error.errno in _REFUSALS else ""
    )


def needs_extra(module: str, extra: str) -> str:
    """The sentence for a module that isn't there, and the extra of the package that brings it."""
    return (
        f"This needs {module}, which the extra '{extra}' brings; run `pip install '.[{extra}]'` in SERMI's repository."
    )
