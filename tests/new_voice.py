"""A result of `python -m train evaluate new-voice`, as tests need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CORPORA = ("emodb", "emotts", "nemo", "ravdess", "savee", "tess", "turev")
UA = {"0": 0.69, "1": 0.71, "3": 0.74, "8": 0.78, "20": 0.81, "1 neutral": 0.72, "3 neutral": 0.75}


def new_voice(
    encoder: str = "moonshine-tiny", *, gain: float = 0.0, corpora: Sequence[str] = CORPORA
) -> dict[str, Any]:
    """Of corpora of which the first two have speakers with sentences enough for 20. gain: of this encoder in UA."""
    return {
        "protocol": "new-voice",
        "description": "train on six corpora, test on the seventh",
        "classes": ["angry", "happy", "neutral", "sad"],
        "frontend": {
            "encoder": encoder,
            "layers": None,
            "pooling": ["mean"],
            "prosody": False,
            "tempi": [1.0],
            "precision": "float32",
        },
        "n_views": 0,
        "sure_from": {f"{corpus} 0": 0.6 for corpus in corpora},
        "contexts": {
            name: _context(ua + gain, corpora[:2] if name == "20" else corpora, known=name != "0")
            for name, ua in UA.items()
        },
        "command": f"python -m train evaluate new-voice --audio-encoder {encoder}",
        "runs": [{"fold": corpus, "seed": 0} for corpus in corpora],
    }


def _context(ua: float, corpora: Sequence[str], *, known: bool) -> dict[str, Any]:
    return {
        "UA": ua,
        "WA": ua,
        "interval_95": [ua - 0.02, ua + 0.03],
        "by_corpus": {corpus: ua + 0.01 * i for i, corpus in enumerate(corpora)},
        "ECE": 0.041,
        "alone": 0.013 if known else 0.0,
        "sure": {"coverage": 0.52, "accuracy": 0.861, "ECE": 0.032},
        "speakers": 60,
        "corpora": list(corpora),
    }
