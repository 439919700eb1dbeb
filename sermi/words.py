"""Which words the text side can read: English ones. Others are left out, and a warning says so.

Letters of another script need no detector. Latin ones are left to py3langid's naive Bayes classifier over short byte
sequences, among languages that people bring, and only where it is as good as certain: a name or "Yeah." looks like many
languages. `benchmarks/languages.py` measures how often it errs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from sermi.errors import SermiError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_LETTERS = 8
"""Fewer are taken for English: in "Nein!" there is too little to go by."""
MIN_RATIO = 20.0
"""Another language is that many times as likely as English, or the words count as English."""
LANGUAGES = {
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "sv": "Swedish",
    "tr": "Turkish",
    "vi": "Vietnamese",
}
"""Those that are told from English; more of them would cost English sentences."""
_LANGUAGE_OF_SCRIPT = {"CJK": "Chinese", "HANGUL": "Korean", "GREEK": "Greek", "HEBREW": "Hebrew", "THAI": "Thai"}
"""Scripts, by the first word of their letters' Unicode names, that are of one language."""
_MARKS = re.compile(r"</?[a-zA-Z][^<>]*>|\[[^\[\]]*\]")
"""<b> and [LAUGHTER] stand beside what is spoken."""


def usable_words(transcript: str | None) -> tuple[str | None, list[str]]:
    """The English words of a transcript without marks, or None; and warnings about words that were left out.

    >>> usable_words("[SIGHS] No way!")
    ('No way!', [])
    >>> usable_words("Zostaw mnie w spokoju!")
    (None, ['The words are not English (they look like Polish), so they were left out.'])
    >>> usable_words("...?!")
    (None, ['The transcript has no words, so it counts as none.'])
    """
    if transcript is None or not transcript.strip():
        return None, []
    # a console of another encoding leaves halves of letters
    whole = transcript.encode("utf-8", "replace").decode("utf-8")
    spoken = " ".join(_MARKS.sub(" ", whole).split())
    letters = [letter for letter in unicodedata.normalize("NFKC", spoken) if letter.isalpha()]
    if not letters:
        return None, ["The transcript has no words, so it counts as none."]
    language = _language_of_letters(letters) or _language_of_words(spoken, len(letters))
    if language:
        return None, [f"The words are not English (they look like {language}), so they were left out."]
    return spoken, []


def english_words(sentence: str) -> str:
    """A sentence without marks. Raises SermiError where it has no words or they aren't English."""
    spoken, warnings = usable_words(sentence)
    if spoken is None:
        reason = warnings[0].split(", so")[0] if warnings else "There are no words"
        raise SermiError(f"{reason}; give an English sentence.".replace("transcript", "sentence"))
    return spoken


def _language_of_letters(letters: list[str]) -> str | None:
    """What most letters are of, unless they are Latin."""
    scripts = Counter(unicodedata.name(letter, "LATIN").split()[0] for letter in letters)
    if 2 * scripts["LATIN"] >= len(letters):
        return None
    if scripts["HIRAGANA"] or scripts["KATAKANA"]:
        return "Japanese"  # which has Chinese letters, too
    script = scripts.most_common(1)[0][0]
    return _LANGUAGE_OF_SCRIPT.get(script, f"one with {script.title()} letters")


def _language_of_words(text: str, n_letters: int) -> str | None:
    """The likeliest language, if English is much less likely."""
    if n_letters < MIN_LETTERS:
        return None
    likelihood = dict(_detector().rank(text))
    english = likelihood.pop("en")
    likeliest = max(likelihood, key=likelihood.__getitem__)
    return LANGUAGES[likeliest] if likelihood[likeliest] > MIN_RATIO * english else None


@lru_cache(maxsize=1)
def _detector() -> LanguageIdentifier:
    """Its likelihoods, of English and `LANGUAGES`, are tempered by the text's length and sum to 1."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages(["en", *LANGUAGES])
    return detector
