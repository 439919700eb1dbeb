"""`python -m train compare new-voice` and `few-labels`: what a voice's own last layer is worth where no corpus of it trains.

Each corpus is left out in turn. Some clips of each of its speakers are known, without their emotions or with them, and never
scored; every method of `METHODS` fits a last layer with them, and the other clips of the speaker are recognised by it.
Settings are chosen by leaving out a second corpus of those that train, for all methods alike. What is fitted without a pair of
corpora serves both of the pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from tqdm import tqdm

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from sermi.stats.last_layer import FittedLastLayer
from train.comparison import voice_training
from train.comparison.augmenters import NONE, REGISTRY
from train.comparison.voice_contexts import CHOSEN_WITH, PROTOCOLS, Known, Voices, chosen_with
from train.comparison.voice_generators import Sermi
from train.comparison.voice_methods import Augmented, Clips, Setting, VoiceMethod
from train.comparison.voice_references import (
    ClosedForm,
    Coral,
    Discriminant,
    MeanSubtracted,
    OffsetSubtracted,
    WithClips,
)
from train.comparison.voice_training import Training, fit_training
from train.embeddings import views
from train.embeddings.dataset import audio_sample, audio_table
from train.fingerprints import of_features, of_folds
from train.protocols import corpus_folders, protocol, scored_rows
from train.recogniser import space
from train.recogniser.contexts import recall
from train.recogniser.voices import VoiceData

SOURCE = "new-voice"
"""The protocol whose corpora and classes these use."""
N_VIEWS = 2
"""Augmented views of each recording that space and voice models are fitted on, as checkpoints have them."""
N_DRAWS = 1
"""Of the known clips of a voice."""
N_INNER_VOICES = 3
"""Of a second corpus left out, on which settings of methods that use clips are chosen; one draw of each."""

NEXT = 1
"""The corpus after its own and the one before it in the alphabet: enough for a study of many runs, a third of the time."""

METHODS: tuple[VoiceMethod, ...] = (
    Augmented(NONE),
    *(Augmented(name) for name in REGISTRY if not name.startswith("sermi-")),
    Sermi("maximise"),
    Sermi("match"),
    Discriminant(),
    WithClips(),
    MeanSubtracted(),
    Coral(),
    OffsetSubtracted(),
    ClosedForm(),
)
"""In the order of tables."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A corpus left out."""

    corpus: str
    counts: dict[str, dict[str, np.ndarray]]
    """By what is known and method, (draws, V, K, K) of each speaker: rows are true classes, columns answers."""
    chosen: dict[str, dict[str, Setting]]
    """Likewise."""
    inner_ua: dict[str, dict[str, float]]
    """Of the choice, on the other corpora."""
    seconds: list[float] = field(default_factory=list)
    """Of one core, that a voice's own last layer takes with all that is generated for it, for some voices."""


def described(name: str, frontend: FrontendConfig, seeds: Sequence[int]) -> dict[str, Any]:
    """What a comparison was made with, and the fingerprints of what its features depend on, for the result to carry."""
    return {
        "classes": list(class_set(protocol(SOURCE).class_set).names),
        "frontend": asdict(frontend),
        "n_views": N_VIEWS,
        "seeds": list(seeds),
        "features": fingerprints(name, frontend),
    }


def fingerprints(name: str, frontend: FrontendConfig) -> dict[str, str]:
    """What features of a comparison depend on, part by part."""
    source = protocol(SOURCE)
    return of_features(
        frontend,
        code=[space, voice_training, scored_rows, views],
        folds=of_folds(source, None),
        options=[name, class_set(source.class_set).names, N_VIEWS],
    )


def read(data: Path, frontend: FrontendConfig, seed: int) -> VoiceData:
    """All recordings, embedded. Raises SermiError where a corpus is missing."""
    source = protocol(SOURCE)
    classes = class_set(source.class_set)
    table = audio_table(corpus_folders(data, source.corpora), classes)
    sample = audio_sample(table, frontend, n_views=N_VIEWS, seed=seed)
    return VoiceData(sample, scored_rows(table, classes), len(classes), classes.names.index("neutral"))


def run(
    name: str,
    data: VoiceData,
    seed: int,
    *,
    methods: Sequence[VoiceMethod] = METHODS,
    fit: Callable[[VoiceData, Sequence[str], int], tuple[Training, np.ndarray]] = fit_training,
    reach: int | None = NEXT,
) -> list[Outcome]:
    """Leave out each corpus of the recordings in turn.

    Args:
        name: one of `PROTOCOLS`.
        data: all recordings.
        seed: of all that is drawn.
        methods: `none` first.
        fit: space and voice models without some corpora, as `fit_training`.
        reach: how many corpora after its own, and as many before it, a corpus that is tested has its settings chosen on; None
            for all others, as `compare` has it.

    Raises:
        SermiError: fewer than three corpora.
    """
    corpora = np.unique(data.sample.corpus).tolist()
    if len(corpora) < 3:
        raise SermiError("Leaving two corpora out at a time needs three or more; add a corpus.")
    labelled = any(known.labelled for known in PROTOCOLS[name])
    kinds = [known for known in CHOSEN_WITH if known.labelled == labelled]
    tried: dict[str, dict[Known, list[_Tried]]] = {corpus: {kind: [] for kind in kinds} for corpus in corpora}
    for pair in tqdm(inner_pairs(corpora, reach), desc=f"choosing, {name}", unit="pair"):
        training, h = fit(data, pair, seed)
        for tested, inner in (pair, pair[::-1]):
            voices = _voices(data, h, inner)
            for kind in kinds:
                tried[tested][kind].append(_try(training, voices, kind, methods))
    outcomes = []
    for corpus in tqdm(corpora, desc=name, unit="corpus"):
        training, h = fit(data, (corpus,), seed)
        choices = {kind: _best(tried[corpus][kind]) for kind in kinds}
        outcomes.append(_tested(corpus, training, _voices(data, h, corpus), PROTOCOLS[name], choices, methods))
    return outcomes


def inner_pairs(corpora: Sequence[str], reach: int | None) -> list[tuple[str, str]]:
    """Pairs to leave out while settings are chosen: each corpus with the next ones, round from the last to the first."""
    n = len(corpora)
    steps = n - 1 if reach is None else min(reach, n - 1)
    pairs = {tuple(sorted((i, (i + step) % n))) for step in range(1, steps + 1) for i in range(n)}
    return [(corpora[i], corpora[j]) for i, j in sorted(pairs)]


_Tried = Mapping[str, Mapping[Setting, float]]
"""UA by method and setting."""


def _voices(data: VoiceData, h: np.ndarray, corpus: str) -> Voices:
    rows = data.sample.corpus == corpus
    return Voices(h[rows], data.sample.c[rows], data.sample.speaker[rows], data.scored[rows])


def _try(training: Training, voices: Voices, kind: Known, methods: Sequence[VoiceMethod]) -> _Tried:
    """UA of each setting of each method on a corpus that had no part in training."""
    used = [m for m in methods if chosen_with(kind, uses_clips=m.uses_clips) == kind]
    grids = {m: m.grid(n=kind.n, labelled=kind.labelled) for m in used}
    counts = {m: np.zeros((len(grid), training.n_classes, training.n_classes)) for m, grid in grids.items()}
    most = N_INNER_VOICES if kind.n else None
    for _, _, clips, tested in voices.draws(kind, training.n_classes, n_draws=1, most=most, seed=training.seed):
        for method, grid in grids.items():
            for number, layer in enumerate(method.layers(training, clips, grid)):
                counts[method][number] += _confusion(layer, voices.h[tested], voices.c[tested])
    return {m.name: dict(zip(grids[m], recall(counts[m]).tolist(), strict=True)) for m in used if grids[m]}


def _best(tried: Sequence[_Tried]) -> dict[str, tuple[Setting, float]]:
    """By method, the setting with the best mean UA, the earlier of equals, and that UA."""
    best = {}
    for name, settings in tried[0].items():
        means = {setting: float(np.mean([one[name][setting] for one in tried])) for setting in settings}
        setting = max(means, key=lambda one: means[one])
        best[name] = (setting, means[setting])
    return best


def _tested(
    corpus: str,
    training: Training,
    voices: Voices,
    contexts: Sequence[Known],
    choices: Mapping[Known, Mapping[str, tuple[Setting, float]]],
    methods: Sequence[VoiceMethod],
) -> Outcome:
    """The corpus that was left out, by what was chosen on the others."""
    outcome = Outcome(corpus, {}, {}, {})
    for known in contexts:
        chosen = {
            m: by_method[m.name]
            for m in methods
            if m.name in (by_method := choices[chosen_with(known, uses_clips=m.uses_clips)])
        }
        counts: dict[str, dict[int, list[np.ndarray]]] = {m.name: {} for m in chosen}
        for draw, _, clips, tested in voices.draws(
            known, training.n_classes, n_draws=N_DRAWS, most=None, seed=training.seed
        ):
            for method, (setting, _) in chosen.items():
                (layer,) = method.layers(training, clips, [setting])
                if method.family == "sermi" and known.n and draw == 0:
                    outcome.seconds.append(_seconds(method, training, clips, setting))
                counts[method.name].setdefault(draw, []).append(_confusion(layer, voices.h[tested], voices.c[tested]))
        if counts[methods[0].name]:
            outcome.counts[known.name] = {name: np.array(list(by_draw.values())) for name, by_draw in counts.items()}
            outcome.chosen[known.name] = {m.name: setting for m, (setting, _) in chosen.items()}
            outcome.inner_ua[known.name] = {m.name: ua for m, (_, ua) in chosen.items()}
    return outcome


def _seconds(method: VoiceMethod, training: Training, clips: Clips, setting: Setting) -> float:
    """That a last layer takes once a generator and all that doesn't depend on the voice is there."""
    start = process_time()
    method.layers(training, replace(clips), [setting])
    return process_time() - start


def _confusion(layer: FittedLastLayer, h: np.ndarray, c: np.ndarray) -> np.ndarray:
    counts = np.zeros((len(layer.bias), len(layer.bias)))
    np.add.at(counts, (c, layer.scores(h).argmax(axis=1)), 1)
    return counts
