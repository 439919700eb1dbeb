"""What the features of a result depend on, as digests, so that a result can be known to be older than the code.

A digest of code leaves out comments, docstrings and layout: what remains changes only with what the code does, or how.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sermi.encoders import load_text_encoder
from sermi.frontend import AudioFrontend, FrontendConfig
from train.protocols import RAVDESS_TEST_ACTORS, Protocol
from train.splits import stored

Fingerprints = Mapping[str, str]
"""Digest by what it is of."""


def digest(content: Any) -> str:
    """16 hexadecimal digits of what JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def of_code(*objects: Any) -> str:
    """Of the source of functions, classes or modules.

    >>> of_code(digest) == of_code(digest) != of_code(of_code)
    True
    """
    return digest([_plain_source(inspect.getsource(one)) for one in objects])


def _plain_source(source: str) -> str:
    tree = ast.parse(textwrap.dedent(source))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # constants that stand alone are docstrings
            node.body = [  # type: ignore[attr-defined]
                one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ] or [ast.Pass()]
    return ast.unparse(tree)


def of_folds(source: Protocol, n_splits: int | None) -> str:
    """Of who is tested when: a protocol's own folds, or the repeated splits that are kept of its corpus, however many ran."""
    if n_splits is not None:
        return digest(stored("+".join(source.corpora)))
    return digest([source.name, of_code(source.folds), RAVDESS_TEST_ACTORS])


def of_features(
    frontend: FrontendConfig,
    *,
    code: Sequence[Any],
    finetune: Any = None,
    text_encoder: str | None = None,
    folds: str = "",
    options: Any = None,
) -> dict[str, str]:
    """What a result depends on, part by part.

    Args:
        frontend: of the audio embeddings.
        code: functions, classes and modules that make features of them.
        finetune: a configuration of fine-tuning; None for the encoder as it is.
        text_encoder: of words; None for the voice alone.
        folds: digest of them.
        options: all else that the features depend on, as JSON can hold it.
    """
    parts = {
        "front end": AudioFrontend(frontend).fingerprint,
        "code": of_code(*code),
        "folds": folds,
        "words": "" if text_encoder is None else load_text_encoder(text_encoder).fingerprint,
        "options": digest([options, None if finetune is None else asdict(finetune)]),
    }
    return {name: part for name, part in parts.items() if part}
