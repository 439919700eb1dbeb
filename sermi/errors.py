"""The one family of errors that a user's input can cause.

Each message is a single sentence that says what was wrong and what to do. The app shows it as it is; the command line
prints it on one line and exits with status 2. Anything else that is raised is a bug and stays loud.
"""


class SermiError(Exception):
    """Something about the input can be put right by the user; the message says how."""


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


def needs_extra(module: str, extra: str) -> str:
    """The sentence for a module that isn't there, and the extra of the package that brings it."""
    return (
        f"This needs {module}, which the extra '{extra}' brings; run `pip install '.[{extra}]'` in SERMI's repository."
    )
