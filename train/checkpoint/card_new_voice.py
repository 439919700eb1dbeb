"""The part of a model card that it leads with: voices, rooms and languages that no training met, and no choice of settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sermi.checkpoint import CheckpointConfig

NO_CONTEXT = "0"


def new_voice_section(new_voice: Mapping[str, Any]) -> str:
    """Tables by context and by corpus. new_voice: of metrics.json, as `train.checkpoint.new_voice` keeps it."""
    contexts = new_voice["contexts"]
    corpora = contexts[NO_CONTEXT]["corpora"]
    rows = "\n".join(_row(name, values) for name, values in contexts.items())
    by_corpus = "\n".join(
        f"| {corpus} | " + " | ".join(percent(values["by_corpus"].get(corpus)) for values in contexts.values()) + " |"
        for corpus in corpora
    )
    return f"""This is what to expect of a voice, room and language that it never met, without and with other
sentences of the same voice:

| sentences known of the voice | UA (95 %) | ECE | answered without them | sure: share | sure: right | sure: ECE |
|---|---|---|---|---|---|---|
{rows}

| UA when left out | {" | ".join(context_title(name) for name in contexts)} |
|---|{"---|" * len(contexts)}
{by_corpus}

Each of {len(corpora)} corpora was left out in turn, of training and of all settings that are chosen; the design itself was
tried on them. UA is the mean of the corpora, 95 % intervals are over their speakers. Where the other sentences don't seem
to be of the voice, the answer is given without them. Answers are sure from a
confidence that was chosen on other corpora, with nothing known of the voice.{_fewer_corpora(contexts)}

Made with `{new_voice["command"]}`."""


def context_title(name: str) -> str:
    """A kind of context for people.

    >>> context_title("0"), context_title("8"), context_title("1 neutral")
    ('none', '8', '1, known to be neutral')
    """
    return "none" if name == NO_CONTEXT else name.replace(" neutral", ", known to be neutral")


def percent(value: float | None) -> str:
    """Of a share, as cards write it; nothing where it wasn't measured.

    >>> percent(0.6904), percent(None)
    ('69.0 %', '')
    """
    return "" if value is None else f"{100 * value:.1f} %"


def _row(name: str, values: Mapping[str, Any]) -> str:
    (low, high), sure = values["interval_95"], values["sure"]
    cells = (
        context_title(name),
        f"{percent(values['UA'])} ({100 * low:.1f} to {100 * high:.1f})",
        percent(values["ECE"]),
        "" if name == NO_CONTEXT else percent(values["alone"]),
        *(percent(sure[key]) for key in ("coverage", "accuracy", "ECE")),
    )
    return f"| {' | '.join(cells)} |"


def _fewer_corpora(contexts: Mapping[str, Any]) -> str:
    everything = contexts[NO_CONTEXT]["corpora"]
    listed = [
        f"{context_title(name)}: {', '.join(values['corpora'])}"
        for name, values in contexts.items()
        if values["corpora"] != everything
    ]
    return (
        f"\nNot all corpora have speakers with sentences enough for every row ({'; '.join(listed)})." if listed else ""
    )


def what_answers(config: CheckpointConfig, last_layer: Mapping[str, Any]) -> str:
    """What answers with other sentences and, where it isn't what the tables above are of, without any."""
    if config.voices is None:
        return ""
    alone, chosen = "", last_layer["chosen"]
    if chosen["penalty"]:
        plain = last_layer["options"][0]["UA"]
        used = next(option for option in last_layer["options"] if all(option[key] == chosen[key] for key in chosen))
        alone = f"""
The row "none" is of its discriminant, too. The checkpoint answers a sentence alone by the last layer that is described
below: it did better on inner corpora ({percent(used["UA"])} for {percent(plain)}), and has not been measured on one
that had no part in that choice."""
    return (
        f"\nOther sentences are used by a model of voices in {config.voices.dim} components of the features.{alone}\n"
    )
