"""`python -m benchmarks.languages --data DIR`: how often English words are left out as another language's, and others are not.

English sentences are those of MELD and GoEmotions, by number of words, and what is spoken in RAVDESS and TESS; others are
what is spoken in EmoDB, nEMO, EmotionTTS and TurEV-DB (single words), and everyday sentences of sixteen languages. Printed
as one JSON object, with what the detector costs.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sermi.words import LANGUAGES, MIN_LETTERS, MIN_RATIO, usable_words
from train.corpora import read_text

LENGTHS = {"1": (1, 1), "2": (2, 2), "3": (3, 3), "4 to 5": (4, 5), "6 to 8": (6, 8), "9 and more": (9, 10_000)}
"""Least and most words."""
EVERYDAY = {
    "cs": ("Nech mě na pokoji!", "Tak rád tě vidím.", "Odešla bez jediného slova.", "Co to děláš?"),
    "da": ("Lad mig være i fred!", "Jeg er så glad for at se dig.", "Hun gik uden at sige et ord.", "Hvad laver du?"),
    "de": ("Lass mich in Ruhe!", "Ich freue mich so, dich zu sehen.", "Sie ging ohne ein Wort.", "Was machst du da?"),
    "es": ("¡Déjame en paz!", "Estoy muy contento de verte.", "Se fue sin decir nada.", "¿Pero qué haces?"),
    "fi": ("Jätä minut rauhaan!", "Olen iloinen nähdessäni sinut.", "Hän lähti sanomatta sanaakaan.", "Mitä sinä teet?"),
    "fr": ("Laisse-moi tranquille !", "Je suis heureux de te voir.", "Elle est partie sans dire un mot.", "Que fais-tu ?"),
    "hu": ("Hagyj békén!", "Úgy örülök, hogy látlak.", "Egy szó nélkül elment.", "Mit csinálsz?"),
    "id": ("Jangan ganggu aku!", "Aku senang melihatmu.", "Dia pergi tanpa berkata apa-apa.", "Apa yang kamu lakukan?"),
    "it": ("Lasciami in pace!", "Sono così felice di vederti.", "È andata via senza dire niente.", "Ma che cosa fai?"),
    "nl": ("Laat me met rust!", "Ik ben zo blij je te zien.", "Ze ging weg zonder iets te zeggen.", "Wat doe je daar?"),
    "pl": ("Zostaw mnie w spokoju!", "Tak się cieszę, że cię widzę.", "Wyszła bez słowa.", "Co ty robisz?"),
    "pt": ("Deixa-me em paz!", "Estou muito feliz por te ver.", "Ela foi embora sem dizer nada.", "O que está fazendo?"),
    "ro": ("Lasă-mă în pace!", "Mă bucur atât de mult să te văd.", "A plecat fără să spună un cuvânt.", "Ce faci acolo?"),
    "sv": ("Lämna mig i fred!", "Jag är så glad att se dig.", "Hon gick utan att säga ett ord.", "Vad håller du på med?"),
    "tr": ("Beni rahat bırak!", "Seni gördüğüme çok sevindim.", "Bir şey söylemeden gitti.", "Ne yapıyorsun sen?"),
    "vi": ("Để tôi yên!", "Tôi rất vui được gặp bạn.", "Cô ấy bỏ đi mà không nói gì.", "Bạn đang làm gì vậy?"),
}  # fmt: skip
"""Leave me alone! I am so glad to see you. She left without a word. What are you doing?"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds one folder a corpus")
    data = parser.parse_args().data
    cost = _cost()
    texts = {name: _distinct(read_text(name, data / "text" / name)["text"]) for name in ("meld", "goemotions")}
    start = time.perf_counter()
    english = {name: _by_length(sentences) for name, sentences in texts.items()}
    english |= {name: {"all": _left_out(_spoken(data, name))} for name in ("ravdess", "tess")}
    cost["ms_a_sentence"] = round(1e3 * (time.perf_counter() - start) / sum(map(len, texts.values())) / 2, 3)
    other = {name: _left_out(_spoken(data, name)) for name in ("emodb", "nemo", "emotts", "turev")}
    other["everyday"] = _left_out([sentence for sentences in EVERYDAY.values() for sentence in sentences])
    settings = {"languages": list(LANGUAGES), "min_letters": MIN_LETTERS, "min_ratio": MIN_RATIO}
    report = {"command": "python -m benchmarks.languages --data ../shared/data", **settings, "cost": cost}
    print(json.dumps(report | {"english": english, "other": other}, indent=2))


def _cost() -> dict[str, float]:
    """Of the first sentence, which loads the detector."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    usable_words("This is the first sentence.")
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"load_s": round(seconds, 2), "load_mb": round((after - before) / 1024)}


def _distinct(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text.strip()))


def _spoken(data: Path, corpus: str) -> list[str]:
    """The distinct texts of a corpus's table."""
    with (data / corpus / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return _distinct([row["text"] for row in csv.DictReader(file)])


def _by_length(sentences: Sequence[str]) -> dict[str, dict[str, float]]:
    n_words = np.array([len(sentence.split()) for sentence in sentences])
    groups = {"all": np.ones(len(sentences), bool)}
    groups |= {name: (n_words >= least) & (n_words <= most) for name, (least, most) in LENGTHS.items()}
    return {name: _left_out([sentences[i] for i in np.flatnonzero(rows)]) for name, rows in groups.items()}


def _left_out(sentences: Sequence[str]) -> dict[str, float]:
    """How many sentences, and how many of them count as words of another language (not as no words)."""
    warnings = [usable_words(sentence)[1] for sentence in sentences]
    return {"n": len(sentences), "left_out": sum("not English" in warning for lines in warnings for warning in lines)}


if __name__ == "__main__":
    main()
