"""`python -m train evaluate new-voice`: a corpus that no training met, and what other clips of a speaker are worth there.

Each corpus is left out in turn. Everything that is chosen (the encoders' layers, the model's settings, temperatures, when
clips don't fit one voice) is chosen by leaving out a second one of those that train, so that the corpus that is tested has
no part in it. Models without a pair of corpora serve both of the pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from sermi.voice import FitTest, HeldOutVoices, Temperatures, choose_fit_test, choose_temperatures
from train.embeddings.dataset import audio_sample, audio_table
from train.protocols import corpus_folders, protocol, scored_rows
from train.recogniser.contexts import (
    CONTEXTS,
    NO_CONTEXT,
    Answers,
    Recordings,
    answers,
    merged,
    summary,
    sure_summary,
    sure_thresholds,
)
from train.recogniser.layer_choice import chosen_layers
from train.recogniser.voices import CHOSEN_ON, GRID, Candidate, VoiceData, chosen_by, with_chosen_shifts

PROTOCOL = "new-voice"
N_DRAWS = 5
"""Of each context."""
N_MIXTURES = 100
"""Sets of clips that show how often a mixture of voices is noticed."""
MIXED = (6, 2)
"""Clips of one speaker and of another of the same corpus, to see whether a mixture is noticed."""


def evaluate(
    data: Path, *, seeds: Sequence[int], frontend: FrontendConfig, n_views: int, command: str = ""
) -> dict[str, Any]:
    """Leave each corpus out in turn and recognise its speakers with every kind of context.

    Args:
        data: Folder that holds one folder a corpus.
        seeds: A seed draws the augmented views, the projections' random start and the contexts.
        frontend: What an embedding is made of.
        n_views: Augmented views of each training recording.
        command: What made the result, to be kept in it.

    Returns:
        For JSON: means over corpora by context, and a run for each corpus and seed.

    Raises:
        SermiError: Missing data.
    """
    runs: list[dict[str, Any]] = []
    by_seed: dict[str, dict[str, list[Answers]]] = {context.name: {} for context in CONTEXTS}
    for seed in seeds:
        corpora = _read(data, frontend, n_views=n_views, seed=seed)
        for name, choice in _choose(corpora, seed).items():
            run, by_context = _run(corpora, name, choice, seed)
            runs.append(run)
            for context, result in by_context.items():
                if context == NO_CONTEXT.name or run["context_measured"]:
                    by_seed[context].setdefault(name, []).append(result)
    results = {
        context: {name: merged(of_seeds) for name, of_seeds in by_corpus.items()}
        for context, by_corpus in by_seed.items()
    }
    thresholds = sure_thresholds(results[NO_CONTEXT.name])
    contexts = {
        name: summary(by_corpus) | {"sure": sure_summary(by_corpus, thresholds), "corpora": sorted(by_corpus)}
        for name, by_corpus in results.items()
        if by_corpus
    }
    alone = contexts[NO_CONTEXT.name]
    return {
        "protocol": PROTOCOL,
        "description": protocol(PROTOCOL).description,
        "classes": list(class_set(protocol(PROTOCOL).class_set).names),
        "frontend": asdict(frontend),
        "n_views": n_views,
        "seeds": list(seeds),
        "draws": N_DRAWS,
        "chosen_on": [context.name for context in CHOSEN_ON],
        "mean": {"UA": alone["UA"], "WA": alone["WA"]},
        "interval_95": {"UA": alone["interval_95"]},
        "sure_from": {name: round(value, 4) for name, value in thresholds.items()},
        "contexts": contexts,
        "command": command,
        "runs": runs,
    }


@dataclass(frozen=True, eq=False)
class _Choice:
    """What was chosen for a corpus, on the others."""

    candidate: Candidate
    inner_ua: float
    by_layers: dict[str, float]
    """UA on the others by layers that were tried, with the best settings of each."""
    held_out: list[HeldOutVoices]
    """The other corpora, each left out as well."""


def _run(corpora: VoiceData, name: str, choice: _Choice, seed: int) -> tuple[dict[str, Any], dict[str, Answers]]:
    """One corpus left out: what was chosen and measured, for JSON; and its answers by context."""
    train = corpora.sample.corpus != name
    h = corpora.features(train, [choice.candidate], seed)
    recordings = corpora.held_out(~train, corpora.fit(h, train, choice.candidate), h)
    temperatures = choose_temperatures(choice.held_out, neutral=corpora.neutral, seed=seed)
    fit_test = choose_fit_test(choice.held_out, n_draws=2, seed=seed)
    by_context = _answers(recordings, temperatures, fit_test, seed)
    run = {
        "fold": name,
        "seed": seed,
        "inner_UA": round(choice.inner_ua, 4),
        "chosen": choice.candidate.report,
        "inner_UA_by_layers": choice.by_layers,
        "temperatures": asdict(temperatures),
        "fit_test": asdict(fit_test) | _mixtures(recordings, fit_test, seed),
        "context_measured": recordings.voices.tells_emotions,
        "contexts": {context: summary({name: result}) for context, result in by_context.items()},
    }
    return run, by_context


def _read(data: Path, frontend: FrontendConfig, *, n_views: int, seed: int) -> VoiceData:
    chosen = protocol(PROTOCOL)
    classes = class_set(chosen.class_set)
    table = audio_table(corpus_folders(data, chosen.corpora), classes)
    sample = audio_sample(table, frontend, n_views=n_views, seed=seed)
    return VoiceData(sample, scored_rows(table, classes), len(classes), classes.names.index("neutral"))


def _choose(corpora: VoiceData, seed: int) -> dict[str, _Choice]:
    """For each corpus, the candidate that does best on the others, each left out as well."""
    names = np.unique(corpora.sample.corpus).tolist()
    if len(names) < 3:
        raise SermiError("Leaving two corpora out at a time needs three or more; add a corpus.")
    tried: dict[str, dict[str, list[list[Recordings]]]] = {name: {} for name in names}
    for layers, candidates in corpora.with_layers(GRID).items():
        for name in names:
            tried[name][layers] = []
        for pair in tqdm(list(combinations(names, 2)), desc=f"choosing, {layers}", unit="pair"):
            train = ~np.isin(corpora.sample.corpus, pair)
            h = corpora.features(train, candidates, seed)
            models = [corpora.fit(h, train, candidate) for candidate in candidates]
            for tested, inner in (pair, pair[::-1]):
                rows = corpora.sample.corpus == inner
                tried[tested][layers].append([corpora.held_out(rows, model, h) for model in models])
    return {name: _chosen(by_layers, seed) for name, by_layers in tried.items()}


def _chosen(tried: Mapping[str, list[list[Recordings]]], seed: int) -> _Choice:
    """tried: by layers, for each of the other corpora its recordings beside a model by each of `GRID`."""
    recalls = {
        layers: np.array([[chosen_by(recordings, seed) for recordings in one] for one in by_corpus])
        for layers, by_corpus in tried.items()
    }
    means = {layers: table.mean(axis=0) for layers, table in recalls.items()}
    layers = chosen_layers(recalls)
    number = int(means[layers].argmax())
    candidate, held_out = with_chosen_shifts(
        replace(GRID[number], layers=layers), [by_candidate[number] for by_candidate in tried[layers]], seed
    )
    return _Choice(
        candidate,
        float(means[layers].max()),
        {name: round(float(mean.max()), 4) for name, mean in means.items()},
        [recordings.voices for recordings in held_out],
    )


def _answers(recordings: Recordings, temperatures: Temperatures, fit_test: FitTest, seed: int) -> dict[str, Answers]:
    """By kind of context, where some speaker has clips enough; as a predictor answers."""
    results = {
        context.name: answers(
            recordings, context, n_draws=N_DRAWS, temperatures=temperatures, fit_test=fit_test, seed=seed
        )
        for context in CONTEXTS
    }
    return {name: result for name, result in results.items() if result}


def _mixtures(recordings: Recordings, fit_test: FitTest, seed: int) -> dict[str, float]:
    """How often clips of one voice, and of two of the same corpus, are taken for more than one voice."""
    part, rng = recordings.voices, np.random.default_rng(seed)
    voices = [rows for rows in part.voices() if len(rows) >= sum(MIXED)]
    one, two = [], []
    for _ in range(N_MIXTURES):
        own, other = rng.permutation(len(voices))[:2]
        one.append(fit_test.fits(part.model, part.h[rng.choice(voices[own], sum(MIXED), replace=False)]))
        rows = [rng.choice(voices[v], n, replace=False) for v, n in zip((own, other), MIXED, strict=True)]
        two.append(fit_test.fits(part.model, part.h[np.concatenate(rows)]))
    return {
        "one_voice_rejected": round(1 - float(np.mean(one)), 3),
        "mixture_rejected": round(1 - float(np.mean(two)), 3),
    }
