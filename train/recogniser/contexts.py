"""Answers about a voice with some other clips of it as context, and their recall over speakers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from sermi.stats.calibration import balanced_weights
from sermi.voice import FitTest, HeldOutVoices, KnownVoice, Posterior, Temperatures, VoiceModel
from train.metrics import expected_calibration_error
from train.recogniser.calibration import sure_threshold

N_BOOTSTRAP = 2_000
N_CALIBRATION = 5_000
"""Answers about each corpus, drawn with replacement."""


@dataclass(frozen=True)
class Context:
    """How many other clips of a speaker are known beside the one that is recognised."""

    n: int
    neutral: bool = False
    """Whether they are known to be neutral; else nothing is known of their emotion."""

    @property
    def name(self) -> str:
        """In results."""
        return f"{self.n} neutral" if self.neutral else str(self.n)


NO_CONTEXT = Context(0)
CONTEXTS = (NO_CONTEXT, *(Context(n) for n in (1, 3, 8, 20)), Context(1, neutral=True), Context(3, neutral=True))


@dataclass(frozen=True, eq=False)
class Recordings:
    """Speakers whom a model never met; `scored`: (N,) bool, which recordings count, others are context alone."""

    voices: HeldOutVoices
    scored: np.ndarray
    neutral: int
    """Its code."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers with one kind of context. Speakers who have too few clips for it have no part."""

    counts: np.ndarray
    """(draws, V, K, K) of each speaker, rows are true classes, columns answers."""
    without: np.ndarray
    """(draws, V, K, K) of the same recordings without context."""
    probabilities: np.ndarray
    """(M, K), calibrated, of all draws."""
    c: np.ndarray
    """(M,) true codes."""
    n_alone: int = 0
    """Of the M, answered without their context, since they didn't seem to be of its voice."""


def answers(
    recordings: Recordings,
    context: Context,
    *,
    n_draws: int,
    temperatures: Temperatures | None = None,
    fit_test: FitTest | None = None,
    seed: int = 0,
) -> Answers | None:
    """Recognise speakers' recordings, with a context drawn anew `n_draws` times from their other ones.

    Args:
        recordings: Of speakers who had no part in the model.
        context: Its kind. An unlabelled one takes at most half of a speaker's recordings.
        n_draws: Of the context; one is enough where there is none.
        temperatures: What log-probabilities are divided by; None for 1.
        fit_test: Which clips of a context are left out of it, and which recordings are answered without, as a predictor
            does; None for all as they are.
        seed: Of the draws.

    Returns:
        None where no speaker has clips enough.
    """
    part, model = recordings.voices, recordings.voices.model
    temperatures = temperatures or Temperatures((0,), (1.0,))
    counts: list[list[np.ndarray]] = []
    without: list[list[np.ndarray]] = []
    probabilities, codes, n_alone = [], [], 0
    for draw in range(n_draws if context.n else 1):
        rng = np.random.default_rng([seed, draw, context.n])
        counts.append([])
        without.append([])
        for rows in part.voices():
            pool = rows[recordings.scored[rows] & (part.c[rows] == recordings.neutral)] if context.neutral else rows
            if len(pool) < (context.n + 1 if context.neutral else 2 * context.n):
                continue
            chosen = rng.choice(pool, context.n, replace=False)
            tested = np.setdiff1d(rows[recordings.scored[rows]], chosen)
            emotions = part.c[chosen] if context.neutral else None
            alone = model.log_probabilities(part.h[tested])
            log_p, p = alone, softmax(alone / temperatures(0), axis=1)
            if context.n:
                given, posterior, admitted = _given(model, part.h[chosen], emotions, part.h[tested], fit_test)
                p[admitted] = softmax(given[admitted] / temperatures(posterior.n, posterior.n_known), axis=1)
                log_p = np.where(admitted[:, None], given, alone)
                n_alone += int((~admitted).sum())
            counts[-1].append(_confusion(part.c[tested], log_p))
            without[-1].append(_confusion(part.c[tested], alone))
            probabilities.append(p)
            codes.append(part.c[tested])
    if not codes:
        return None
    return Answers(np.array(counts), np.array(without), np.concatenate(probabilities), np.concatenate(codes), n_alone)


def _given(
    model: VoiceModel,
    clips: np.ndarray,
    emotions: np.ndarray | None,
    tested: np.ndarray,
    fit_test: FitTest | None,
) -> tuple[np.ndarray, Posterior, np.ndarray]:
    """Log-probabilities (n, K) of clips given others of the voice, what these say, and (n,) bool, which can be of it."""
    if fit_test is None:
        posterior = model.posterior(clips, emotions)
        return model.log_probabilities(tested, posterior), posterior, np.ones(len(tested), bool)
    kept = fit_test.fitting(model, clips, emotions)
    voice = KnownVoice(model, clips[kept], None if emotions is None else emotions[kept])
    admitted = np.array([fit_test.admits(voice, clip) for clip in tested])
    return model.log_probabilities(tested, voice.posterior), voice.posterior, admitted


def _confusion(c: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    counts = np.zeros((log_p.shape[1], log_p.shape[1]))
    np.add.at(counts, (c, log_p.argmax(axis=1)), 1)
    return counts


def recall(counts: np.ndarray) -> np.ndarray:
    """UA of tables of counts (..., K, K), over the classes that they have: (...)."""
    total = counts.sum(axis=-1)
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    return (right / np.maximum(total, 1e-12)).sum(axis=-1) / (total > 0).sum(axis=-1)


def pooled_ece(results: Sequence[Answers]) -> float:
    """Expected calibration error of answers about several corpora together, as many of each."""
    rng = np.random.default_rng(0)
    drawn = [(result, rng.integers(len(result.c), size=N_CALIBRATION)) for result in results]
    probabilities = np.concatenate([result.probabilities[rows] for result, rows in drawn])
    return expected_calibration_error(probabilities, np.concatenate([result.c[rows] for result, rows in drawn]))


def sure_thresholds(by_corpus: Mapping[str, Answers]) -> dict[str, float]:
    """For each corpus the confidence from which answers are sure, chosen on the others' answers without context."""
    thresholds = {}
    for name in by_corpus:
        others = {key: result for key, result in by_corpus.items() if key != name}
        corpus = np.repeat(list(others), [len(result.c) for result in others.values()])
        p, c = (np.concatenate([getattr(result, key) for result in others.values()]) for key in ("probabilities", "c"))
        thresholds[name] = sure_threshold(p, c, balanced_weights(c, corpus)).confidence
    return thresholds


def sure_summary(by_corpus: Mapping[str, Answers], thresholds: Mapping[str, float]) -> dict[str, float]:
    """Share, accuracy and ECE of answers that are sure; corpora count equally. thresholds: of each corpus."""
    rng = np.random.default_rng(0)
    coverage, accuracy, kept = [], [], []
    for name, result in by_corpus.items():
        sure = np.flatnonzero(result.probabilities.max(axis=1) >= thresholds[name])
        coverage.append(len(sure) / len(result.c))
        if len(sure):
            accuracy.append(np.mean(result.probabilities[sure].argmax(axis=1) == result.c[sure]))
            rows = rng.choice(sure, round(N_CALIBRATION * coverage[-1]))
            kept.append((result.probabilities[rows], result.c[rows]))
    p, c = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return {
        "coverage": _rounded(np.mean(coverage)),
        "accuracy": _rounded(np.mean(accuracy)),
        "ECE": _rounded(expected_calibration_error(p, c)),
    }


def merged(of_seeds: Sequence[Answers]) -> Answers:
    """Answers about the same speakers with several seeds, which are further draws: more seeds are not more speakers."""
    return Answers(
        np.concatenate([one.counts for one in of_seeds]),
        np.concatenate([one.without for one in of_seeds]),
        np.concatenate([one.probabilities for one in of_seeds]),
        np.concatenate([one.c for one in of_seeds]),
        n_alone=sum(one.n_alone for one in of_seeds),
    )


def _accuracy(counts: np.ndarray) -> float:
    return float(np.trace(counts) / counts.sum())


def summary(by_corpus: Mapping[str, Answers], seed: int = 0) -> dict[str, Any]:
    """UA and its gain over no context, means over corpora with 95 % bootstrap intervals over their speakers; ECE of all."""
    rng = np.random.default_rng(seed)
    values, gains, drawn_values, drawn_gains = [], [], [], []
    for result in by_corpus.values():
        pooled, alone = result.counts.sum(axis=0), result.without.sum(axis=0)
        drawn, drawn_alone = resampled_recalls((pooled, alone), rng)
        values.append(float(recall(pooled.sum(axis=0))))
        gains.append(values[-1] - recall(alone.sum(axis=0)))
        drawn_values.append(drawn)
        drawn_gains.append(drawn - drawn_alone)
    by_draw = [recall(result.counts.sum(axis=1)) for result in by_corpus.values()]
    return {
        "UA": _rounded(np.mean(values)),
        "WA": _rounded(np.mean([_accuracy(result.counts.sum(axis=(0, 1))) for result in by_corpus.values()])),
        "interval_95": percentile_interval(np.mean(drawn_values, axis=0)),
        "by_corpus": {name: _rounded(value) for name, value in zip(by_corpus, values, strict=True)},
        "sd_over_draws": _rounded(np.std(np.mean(by_draw, axis=0))),
        "gain": _rounded(np.mean(gains)),
        "gain_interval_95": percentile_interval(np.mean(drawn_gains, axis=0)),
        "ECE": _rounded(pooled_ece(list(by_corpus.values()))),
        "alone": _rounded(np.mean([result.n_alone / len(result.c) for result in by_corpus.values()])),
        "speakers": sum(result.counts.shape[1] for result in by_corpus.values()),
    }


def resampled_recalls(tables: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """UA (M, B) of each of M tables (V, K, K) of the same speakers, who are drawn with replacement for all tables alike."""
    n = len(tables[0])
    weights = rng.multinomial(n, np.full(n, 1 / n), N_BOOTSTRAP)
    return np.array([recall(np.tensordot(weights, table, axes=1)) for table in tables])


def percentile_interval(drawn: np.ndarray) -> list[float]:
    """The 95 % in the middle of what was drawn (B,)."""
    return [_rounded(end) for end in np.percentile(drawn, [2.5, 97.5])]


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
