"""What the tab "Recognise" says of a visitor's voice: pure functions to HTML. Whatever may come from a visitor is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from sermi.known_sentences import KnownSentences, worth
from sermi.ui.voiced import CALM

if TYPE_CHECKING:
    from sermi.prediction import Prediction
    from sermi.ui.voices import Sentence

CALM_SENTENCES = (
    "The bus leaves at ten, and the shop is on the left.",
    "There are two chairs in the kitchen and one in the hall.",
    "On Tuesday the library opens at nine and closes at five.",
)
"""To be read calmly, one after the other."""
PRIVACY = (
    "Kept as numbers, for this visit only: nothing of your sound is kept, and all is gone when you close the page."
)
ANEW = "A new voice begins."
TOO_LITTLE = "That was too little speech to know a voice by."
LEFT = "The recording that you removed has left your voice. To keep one and go on, press Say another sentence."
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LABELLED = 0.16
"""Share of a bar from which there is room for a label, on a phone too."""


def times(n: int) -> str:
    """How often.

    >>> times(1), times(3), times(12)
    ('once', 'three times', '12 times')
    """
    return ("never", "once", "twice")[n] if n < 3 else f"{_number(n)} times"


def sentences_of(n: int) -> str:
    """How many, in words.

    >>> sentences_of(1), sentences_of(2), sentences_of(25)
    ('one other sentence', 'two other sentences', '25 other sentences')
    """
    return f"{_number(n)} other sentence{'' if n == 1 else 's'}"


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


def voice(
    sentences: Sequence[Sentence],
    *,
    left_out: frozenset[int],
    shown: str,
    news: str,
    knows_voices: bool,
    new_voices: Sequence[KnownSentences] = (),
    is_read: bool = False,
) -> str:
    """What the card says.

    Args:
        sentences: that are known, oldest first.
        left_out: numbers of those that don't sound like the others.
        shown: path of the recording on the page.
        news: what has just changed, '' for nothing.
        knows_voices: whether the chosen model can make anything of them.
        new_voices: what it reached on voices that no training met, by what was known of them.
        is_read: whether a calm sentence is being read elsewhere on the page.
    """
    head = f"<h3>Your voice</h3>{_count(len(sentences))}"
    left_out = left_out if len(sentences) > 1 else frozenset()
    chips = "".join(_chip(one, one.number in left_out, one.path == shown) for one in sentences)
    chips = f'<ul class="sentences" aria-label="Sentences">{chips}</ul>' if chips else ""
    latest = f'<p class="news" role="status">{escape(news)}</p>' if news else ""
    used = [one for one in sentences if one.number not in left_out]
    text = "This model answers every sentence by itself; others know your voice."
    if knows_voices:
        text = f"{_known(sentences)}{_worth(used, new_voices)}"
    quote = "" if sentences or is_read or not knows_voices else f"<blockquote>{escape(CALM_SENTENCES[0])}</blockquote>"
    return f'<div class="voice-head">{head}</div><p class="caption">{escape(text)}</p>{chips}{latest}{quote}'


def _known(sentences: Sequence[Sentence]) -> str:
    if not sentences:
        return (
            "With every sentence that you say, the answers know better how you sound otherwise. "
            "One that is read calmly tells most."
        )
    n, asked = len(sentences), [one.asked for one in sentences if one.asked]
    if n == 1:
        read = f", {_manner(asked[0]).lower()}" if asked else ""
        return f"Heard once{read}. From the next sentence on, the answers draw on how you sound otherwise."
    how = ("calm", "read calmly") if {*asked} == {CALM} else ("as told", "as told")
    read = "" if not asked else f", each time {how[0]}" if len(asked) == n else f", {times(len(asked))} {how[1]}"
    return f"Now that you have been heard {times(n)}{read}, each answer draws on how you sound in the others."


def _worth(sentences: Sequence[Sentence], new_voices: Sequence[KnownSentences]) -> str:
    """What as many are worth, as it was measured."""
    measured = worth(new_voices, len(sentences), sum(one.asked == CALM for one in sentences))
    if not measured:
        return ""
    nothing, known = measured
    what = f"{_number(known.n)} {'calm ' if known.neutral else ''}sentence{'' if known.n == 1 else 's'}"
    return (
        f" On voices that no training met, to know {what} raised what was heard right from {100 * nothing.ua:.0f} to "
        f"{100 * known.ua:.0f} of 100."
    )


def _count(n: int) -> str:
    return f'<span class="count">{n} sentence{"" if n == 1 else "s"}</span>' if n else ""


def _chip(sentence: Sentence, is_left_out: bool, is_shown: bool) -> str:
    from sermi.plots import COLOURS

    name = _manner(sentence.asked) if sentence.asked else sentence.emotion.capitalize()
    colour = COLOURS[sentence.asked or sentence.emotion]
    at = sentence.at.isoformat(timespec="seconds")
    current = " aria-current=true" if is_shown else ""
    why = ' title="Doesn’t sound like the others, so it isn’t used"' if is_left_out else ""
    note = '<span class="unseen">, not used: it doesn’t sound like the others</span>' if is_left_out else ""
    return (
        f'<li class="{"out" if is_left_out else ""}" style="--emotion: {colour}"{current}{why}>'
        f'<i aria-hidden="true"></i><b>{escape(name)}</b> <time datetime="{at}">{sentence.at:%H:%M} UTC</time>{note}'
        f'<button type="button" data-number="{sentence.number}" aria-label="Remove sentence {sentence.number}">'
        '<span aria-hidden="true">×</span></button></li>'
    )


def _manner(asked: str) -> str:
    return {CALM: "Read calmly", "angry": "Said angrily", "happy": "Said happily", "sad": "Said sadly"}[asked]


def gained(before: Sequence[Sentence], emotions: Mapping[int, str], asked: str | None) -> str:
    """What a further sentence changed: the answers to those before it, by number. asked: how it was to be said."""
    changed = [
        (one.emotion, emotions[one.number])
        for one in before
        if one.asked is None and emotions.get(one.number, one.emotion) != one.emotion
    ]
    start = f"Now it is known how you sound when {'calm' if asked == CALM else asked}" if asked else ""
    change = ""
    if len(changed) == 1:
        change = f"an earlier answer changes with it: not {changed[0][0]} but {changed[0][1]}"
    elif changed:
        change = f"{_number(len(changed))} earlier answers change with it"
    text = "; ".join(part for part in (start, change) if part)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def change(prediction: Prediction) -> str:
    """The answer without the other sentences and with them, as two bars; '' where there are none."""
    if prediction.without_context is None:
        return ""
    rows = (("Without your voice", prediction.without_context), ("With your voice", prediction.probabilities))
    bars = "".join(f"<dt>{label}</dt><dd>{bar(values, rows[0][1])}</dd>" for label, values in rows)
    text = escape(describe_change(prediction))
    return f'<h3>What knowing your voice changes</h3><p class="caption">{text}</p><dl class="change">{bars}</dl>'


def describe_change(prediction: Prediction) -> str:
    """The two bars in words."""
    from sermi.plots import percent, ranked

    without, emotion = prediction.without_context or {}, prediction.emotion
    first, p = ranked(without)[0]
    others = sentences_of(prediction.context)
    now = percent(prediction.probabilities[emotion])
    if first == emotion:
        if percent(p) == now:
            return f"{emotion.capitalize()} ({now}) by itself, and the same beside {others} of yours."
        return f"{emotion.capitalize()} either way: {percent(p)} by itself, {now} beside {others} of yours."
    return f"By itself this sentence sounds {first} ({percent(p)}); beside {others} of yours, {emotion} ({now})."


def bar(values: Mapping[str, float], before: Mapping[str, float] | None = None) -> str:
    """Every class a share; each grows from what it was before, where that is given."""
    from sermi.plots import COLOURS, ink_on, percent

    before = before or values
    parts = "".join(
        f'<span style="--from: {before[name]:.4f}; --to: {p:.4f}; --emotion: {COLOURS[name]}; color: {ink_on(COLOURS[name])}"'
        f' title="{escape(name.capitalize())} {percent(p)}">'
        + (f"<b>{escape(name.capitalize())}</b> {percent(p)}" if p >= _LABELLED else "")
        + "</span>"
        for name, p in values.items()
    )
    text = ", ".join(f"{name} {percent(p)}" for name, p in values.items())
    return f'<div class="stacked" role="img" aria-label="{escape(text)}">{parts}</div>'


def mismatch() -> str:
    """Beside the button that starts anew."""
    return "<p>This sounds like someone else: answered without your voice.</p>"


def to_read(number: int) -> str:
    """A sentence to be read calmly, by its place among them; they begin again when all are through."""
    return (
        "<h3>Read this calmly, then press Stop</h3>"
        f"<blockquote>{escape(CALM_SENTENCES[number % len(CALM_SENTENCES)])}</blockquote>"
        '<p class="caption">Any plain sentence in your own language is as good.</p>'
    )
