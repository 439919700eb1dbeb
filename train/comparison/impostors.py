"""`python -m train impostors`: the gallery of impostors on real features, with the verdict on each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sermi.features import Features
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from sermi.quality import judge
from sermi.quality.impostors import gallery
from train.embeddings.dataset import audio_sample, audio_table
from train.fingerprints import Fingerprints, of_features
from train.protocols import corpus_folders, protocol
from train.recogniser import space
from train.recogniser.space import SpaceConfig, fit_space, shows_voice

PROTOCOL = "impostors"
"""What results are called by."""
_CORPORA = "new-voice"
"""The protocol whose corpora and classes are taken."""
_KEPT = ("precision", "recall", "density", "coverage", "copies")
"""Figures that the result keeps of each run."""


def run(data: Path, *, seeds: Sequence[int], frontend: FrontendConfig, command: str = "") -> dict[str, Any]:
    """Verdicts on all impostors in the space of features that checkpoints have.

    Args:
        data: Folder that holds one folder a corpus.
        seeds: A seed draws who is set apart, the impostors, and the deals.
        frontend: What an embedding is made of.
        command: What made the result, to be kept in it.

    Raises:
        SermiError: Missing data.
    """
    chosen = protocol(_CORPORA)
    table = audio_table(corpus_folders(data, chosen.corpora), class_set(chosen.class_set))
    keep = shows_voice(*(table[name].to_numpy() for name in ("c", "speaker", "corpus")))
    table = table[keep].reset_index(drop=True)
    sample = audio_sample(table, frontend, n_views=0, seed=0)
    h = fit_space(sample, SpaceConfig(), seed=0).features[:, 0].astype(np.float64)
    speech = Features(h, sample.c, sample.speaker)
    runs = [run for seed in seeds for run in _runs(speech, sample.corpus, table["gender"].to_numpy(str), seed)]
    return {
        "what": "sets that are wrong in one way each, made from real features: of a third of the speakers, or of means, "
        "covariances and copies of those who judge; measures as [set, real against real]",
        "protocol": PROTOCOL,
        "frontend": asdict(frontend),
        "features": fingerprints(frontend),
        "seeds": list(seeds),
        "right": f"{sum(run['right'] for run in runs)} of {len(runs)}",
        "command": command,
        "runs": runs,
    }


def fingerprints(frontend: FrontendConfig) -> Fingerprints:
    """What the features depend on, part by part."""
    chosen = protocol(_CORPORA)
    return of_features(frontend, code=[space], options=[chosen.corpora, class_set(chosen.class_set).names])


def _runs(speech: Features, corpus: np.ndarray, gender: np.ndarray, seed: int) -> Iterator[dict[str, Any]]:
    """One run for each impostor of a seed. corpus, gender: (N,) names."""
    with_seed = gallery(speech.h, speech.c, speech.speaker, corpus, seed=seed)
    rows = with_seed.reference
    known = speech.where(rows)
    for name, impostor in tqdm(with_seed.impostors.items(), desc=f"impostors, seed {seed}"):
        x = impostor.features
        verdict = judge(
            x.h,
            x.c,
            known.h,
            known.c,
            known.speaker,
            corpora=corpus[rows],
            genders=gender[rows],
            classifiers=False,  # they decide nothing here, and take most of the time
            seed=seed,
        )
        content = verdict.as_dict()
        yield {
            "set": name,
            "seed": seed,
            **{key: content[key] for key in ("word", "headline", "headline_of_real", "n_components", "reason")},
            "right": verdict.word in impostor.right,
            **{key: [content["figures"][key][side] for side in ("value", "real")] for key in _KEPT},
        }


def table(result: Mapping[str, Any]) -> str:
    """A Markdown row for each set: its verdicts, headlines and the reason of the first seed."""
    by_set: dict[str, list[Mapping[str, Any]]] = {}
    for one in result["runs"]:
        by_set.setdefault(one["set"], []).append(one)
    lines = ["| set | verdict | headline | the figure that decided (first seed) |", "|---|---|---|---|"]
    for name, runs in by_set.items():
        words = ", ".join(dict.fromkeys(run["word"] for run in runs))
        headlines = ", ".join(f"{run['headline']:.2f}" for run in runs)
        lines.append(f"| {name} | {words} | {headlines} | {runs[0]['reason']} |")
    return "\n".join(lines)
