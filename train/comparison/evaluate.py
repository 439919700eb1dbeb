"""`python -m train evaluate PROTOCOL`: how well the encoder and the last layer do, without generated data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from sermi.encoders import load_text_encoder
from sermi.errors import SermiError
from sermi.labels import class_set
from sermi.outputs import write_atomic
from sermi.stats.calibration import balanced_weights, log_softmax, temperature
from sermi.stats.intervals import Design
from train.comparison import known_voices, new_voice
from train.comparison.provenance import described, fingerprints
from train.embeddings.dataset import EncodingConfig, audio_sample, audio_table, fold_sample, own_words
from train.metrics import METRICS, UA, confusion, score
from train.protocols import Fold, Folds, Protocol, corpus_folders, folds, protocol, scored_rows
from train.recogniser.discriminant import Discriminant, fit
from train.recogniser.selection import inner_folds, out_of_fold_scores, select
from train.recogniser.voices import VoiceData
from train.samples import AudioSample

N_VIEWS = 2
"""Augmented views of each training recording."""
VOICE, WORDS = "voice", "words"
INTERVAL = (
    "95 %, Student's t over folds or splits, of which seeds are averaged, corrected for the speakers that splits share"
)
WORD_GRID = tuple(Discriminant(d, shrinkage) for d, shrinkage in product((64, 256), (0.1, 0.3, 0.6)))
"""What is tried for the words: sentences are short and embeddings of them noisy, so more shrinkage."""
WORD_WEIGHTS = tuple(round(0.1 * step, 1) for step in range(11))
"""Of the words' log-probabilities beside the voice's."""


def prepare(
    name: str, data: Path, *, seeds: Sequence[int], config: EncodingConfig | None = None, n_views: int = N_VIEWS
) -> None:
    """Fill the cache with the embeddings that `evaluate`, with the same arguments, needs of the recordings."""
    chosen = protocol(name)
    table = audio_table(corpus_folders(data, chosen.corpora), class_set(chosen.class_set))
    for seed in seeds:
        audio_sample(table, (config or EncodingConfig()).frontend, n_views=n_views, seed=seed)


def evaluate(
    name: str,
    data: Path,
    *,
    seeds: Sequence[int],
    config: EncodingConfig | None = None,
    n_views: int = N_VIEWS,
    text_encoder: str | None = None,
    command: str = "",
    n_splits: int | None = None,
) -> dict[str, Any]:
    """Run a protocol. Hyper-parameters are chosen anew in every fold, on training speakers or corpora, or on the corpus's
    development set.

    Args:
        name: One of `train.protocols.PROTOCOLS`.
        data: Folder that holds one folder a corpus.
        seeds: A seed draws the augmented views, the inner split and the projection's random start.
        config: How recordings become embeddings; None for the defaults.
        n_views: Augmented views of each training recording.
        text_encoder: With one, the recordings' own words are recognised too, and both sides' log-probabilities are added
            with a weight that inner validation chose.
        command: What made the result, to be kept in it.
        n_splits: How many of the corpus's repeated splits to run; None for the protocol's own folds.

    Returns:
        For JSON: what was run, means and intervals of the metrics, and every run.

    Raises:
        SermiError: An unknown protocol, missing data or words, splits that aren't kept; words, fine-tuning or splits for
            new-voice.
    """
    config = config or EncodingConfig()
    if name == new_voice.PROTOCOL:
        if config.finetune is not None or text_encoder is not None or n_splits is not None:
            options = "--finetune, --text-encoder and --splits"
            raise SermiError(f"{name} is of voices, frozen encoders and whole corpora alone; leave out {options}.")
        result = new_voice.evaluate(data, seeds=seeds, frontend=config.frontend, n_views=n_views, command=command)
        return result | {"features": fingerprints(name, config, n_views=n_views)}
    chosen = protocol(name)
    classes = class_set(chosen.class_set)
    table = audio_table(corpus_folders(data, chosen.corpora), classes)
    words = None if text_encoder is None else own_words(table, name, load_text_encoder(text_encoder))
    dealt = folds(chosen, table, n_splits)
    runs = _runs(chosen, table, dealt, config, words=words, seeds=seeds, n_views=n_views)
    return {
        "protocol": name,
        "description": chosen.description if n_splits is None else f"{chosen.corpora[0]}, {n_splits} repeated splits",
        "classes": list(classes.names),
        **described(name, config, n_views=n_views, text_encoder=text_encoder, n_splits=n_splits),
        "seeds": list(seeds),
        "recordings": len(table),
        "left_out": table.attrs.get("left_out", {}),
        "warnings": table.attrs.get("warnings", []),
        "interval": INTERVAL,
        **_summary(runs, seeds, design=_design(chosen, table, dealt), sides=() if words is None else (VOICE, WORDS)),
        "command": command,
        "runs": runs,
    }


def _design(chosen: Protocol, table: pd.DataFrame, folds: Folds) -> Design:
    """How folds lie to each other: speakers are the unit or, where several corpora are pooled, corpora."""
    unit = "speaker" if len(chosen.corpora) == 1 else "corpus"
    return Design.of([set(table.loc[fold.test, unit]) for fold in folds.values()])


def _runs(
    chosen: Protocol,
    table: pd.DataFrame,
    folds: Folds,
    config: EncodingConfig,
    *,
    words: np.ndarray | None,
    seeds: Sequence[int],
    n_views: int,
) -> list[dict[str, Any]]:
    """One run for each fold and seed. words: (N, Db) embeddings of the recordings' own words."""
    classes = class_set(chosen.class_set)
    scored = scored_rows(table, classes)
    runs = []
    with tqdm(total=len(seeds) * len(folds), desc=chosen.name, unit="fold") as progress:
        for seed in seeds:
            voice = audio_sample(table, config.frontend, n_views=n_views, seed=seed)
            for fold, rows in folds.items():
                if config.finetune is not None:
                    voice = fold_sample(table, rows.train, config, len(classes), n_views=n_views, seed=seed)
                samples = {VOICE: voice}
                if words is not None:
                    samples[WORDS] = replace(voice, a=words[:, None], emphasis=None, layers=None)
                test = replace(rows, test=rows.test & scored)
                run = _run(samples, test, len(classes), seed)
                if _has_known_voices(chosen, rows, samples):
                    recordings = VoiceData(voice, scored, len(classes), classes.names.index("neutral"))
                    run["known_voices"] = known_voices.run(recordings, rows, Discriminant(**run["chosen"]), seed)
                runs.append({"fold": fold, "seed": seed, **run})
                progress.update()
                progress.set_postfix_str(f"{fold} UA {runs[-1]['UA']:.3f}")
    return runs


def _has_known_voices(chosen: Protocol, rows: Fold, samples: Mapping[str, AudioSample]) -> bool:
    """Whether speakers of one corpus are left out, whose other clips may be known. new-voice is the same for corpora."""
    return len(chosen.corpora) == 1 and rows.validation is None and WORDS not in samples


def _run(samples: Mapping[str, AudioSample], rows: Fold, n_classes: int, seed: int) -> dict[str, Any]:
    """One fold. samples: of the voice, and of the words where they are recognised too."""
    true = samples[VOICE].c[rows.test]
    if WORDS in samples:
        voice = _recognise_calibrated(samples[VOICE], rows, n_classes, seed)
        words = _recognise_calibrated(samples[WORDS], rows, n_classes, seed, candidates=WORD_GRID)
        scores, details = _fuse(voice, words, n_classes)
        for name, side in ((VOICE, voice), (WORDS, words)):
            details[name] = side.details | score(true, side.test.argmax(axis=1), n_classes)
    else:
        scores, candidate, inner_ua = _recognise(samples[VOICE], rows, n_classes, seed)
        details = _details(candidate, inner_ua)
    predicted = scores.argmax(axis=1)
    return {
        "n_train": int(rows.train.sum()),
        "n_test": len(true),
        **score(true, predicted, n_classes),
        **details,
        "confusion": confusion(true, predicted, n_classes),
    }


def _recognise(
    sample: AudioSample,
    rows: Fold,
    n_classes: int,
    seed: int,
    *,
    candidates: Sequence[Discriminant] | None = None,
) -> tuple[np.ndarray, Discriminant, float]:
    """Scores (n_test, K) by the candidate that inner validation chose, that candidate, and its UA there."""
    inner, folds = _inner_rows(rows)
    candidate, inner_ua = select(sample.where(inner), n_classes, seed, candidates=candidates, folds=folds)
    model = fit(sample.where(rows.train), n_classes, candidate, seed)
    return model.scores(sample.a[rows.test, 0]), candidate, inner_ua


def _inner_rows(rows: Fold) -> tuple[np.ndarray, list[np.ndarray] | None]:
    """Rows (N,) bool that hyper-parameters are chosen on, and masks within them of what to validate on; None: to be dealt."""
    if rows.validation is None:
        return rows.train, None
    inner = rows.train | rows.validation
    return inner, [rows.validation[inner]]


def _details(candidate: Discriminant, inner_ua: float) -> dict[str, Any]:
    return {"inner_UA": round(inner_ua, 4), "chosen": asdict(candidate)}


@dataclass(frozen=True)
class _Side:
    """Voice or words recognised alone, calibrated by one temperature."""

    test: np.ndarray
    """(n_test, K) log-probabilities."""
    validated: np.ndarray
    """(n, K) log-probabilities of the rows that inner validation held out, by models that didn't see them."""
    c: np.ndarray
    """(n,) codes of those rows."""
    details: dict[str, Any]


def _recognise_calibrated(
    sample: AudioSample,
    rows: Fold,
    n_classes: int,
    seed: int,
    *,
    candidates: Sequence[Discriminant] | None = None,
) -> _Side:
    scores, candidate, inner_ua = _recognise(sample, rows, n_classes, seed, candidates=candidates)
    inner_rows, folds = _inner_rows(rows)
    inner = sample.where(inner_rows)
    folds = folds or inner_folds(inner, seed)
    validated = np.any(folds, axis=0)
    out_of_fold = out_of_fold_scores(inner, n_classes, candidate, seed, folds=folds)[validated]
    c = inner.c[validated]
    divisor = temperature(out_of_fold, c, balanced_weights(c))
    return _Side(log_softmax(scores / divisor), log_softmax(out_of_fold / divisor), c, _details(candidate, inner_ua))


def _fuse(voice: _Side, words: _Side, n_classes: int) -> tuple[np.ndarray, dict[str, Any]]:
    """The weighted sum (n_test, K) of both sides' log-probabilities, with the weight that does best on the validated rows."""
    recalls = [
        UA(voice.c, ((1 - weight) * voice.validated + weight * words.validated).argmax(axis=1), n_classes)
        for weight in WORD_WEIGHTS
    ]
    weight = WORD_WEIGHTS[int(np.argmax(recalls))]
    details = {"inner_UA": round(max(recalls), 4), "chosen": {"weight of words": weight}}
    return (1 - weight) * voice.test + weight * words.test, details


def _summary(
    runs: Sequence[Mapping[str, Any]], seeds: Sequence[int], *, design: Design, sides: Sequence[str]
) -> dict[str, Any]:
    """Means of each metric over all runs, by side and by seed, with intervals.

    design: how folds lie to each other; sides: those recognised alone as well.
    """
    by_fold = pd.DataFrame(runs).groupby("fold", sort=False)
    names = [metric.name for metric in METRICS]
    voices = [run["known_voices"] for run in runs if run.get("known_voices")]
    return {
        "mean": _means(runs),
        "interval_95": {name: design.interval(by_fold[name].mean().to_numpy()).ends(0.0) for name in names},
        **{f"mean_{side}": _means([run[side] for run in runs]) for side in sides},
        "by_seed": {str(seed): _means([run for run in runs if run["seed"] == seed]) for seed in seeds},
        **({"known_voices": known_voices.summary(voices, by_fold.groups, design)} if len(voices) == len(runs) else {}),
    }


def _means(runs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {metric.name: round(float(np.mean([run[metric.name] for run in runs])), 4) for metric in METRICS}


def write(result: Mapping[str, Any], path: Path) -> None:
    """Write a result as JSON, one run a line so that a change of it can be read."""
    runs = ",\n    ".join(json.dumps(run, ensure_ascii=False) for run in result["runs"])
    head = json.dumps({key: value for key, value in result.items() if key != "runs"}, indent=2, ensure_ascii=False)
    write_atomic(path, f'{head[:-2]},\n  "runs": [\n    {runs}\n  ]\n}}\n'.encode())
