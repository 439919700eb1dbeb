"""Voice models of recordings: which settings do best on corpora or speakers left out, and what they reach there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from tqdm import tqdm

from sermi.voice import (
    HeldOutVoices,
    ShiftFactors,
    VoiceModel,
    VoiceRecogniser,
    VoiceSettings,
    choose_fit_test,
    choose_temperatures,
    fit_voice_model,
    with_shifts,
)
from train.recogniser.contexts import CONTEXTS, NO_CONTEXT, Context, Recordings, answers, recall, summary
from train.recogniser.discriminant import AudioModel, fit_projection
from train.recogniser.layer_choice import ALL, chosen_layers, for_all_layers, layer_sets, of_layers
from train.recogniser.space import FittedSpace, SpaceConfig, fit_space, shows_voice
from train.samples import AudioSample

CHOSEN_ON = (NO_CONTEXT, Context(1), Context(8))
"""Contexts whose UA, on average, settings are chosen by."""


@dataclass(frozen=True)
class Candidate:
    """What is chosen."""

    feature_dim: int
    """d, of the space of features."""
    settings: VoiceSettings
    layers: str = ALL
    """Of the encoders, one of `layer_sets`."""

    @property
    def report(self) -> dict[str, Any]:
        """For JSON."""
        return {"layers": self.layers, "feature_dim": self.feature_dim, **asdict(self.settings)}

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Candidate:
        """From its report; older ones name neither layers nor shifts."""
        settings = dict(report)
        layers, feature_dim = settings.pop("layers", ALL), settings.pop("feature_dim")
        shifts = ShiftFactors(**settings.pop("shifts", {}))
        return cls(feature_dim, VoiceSettings(**settings, shifts=shifts), layers)


GRID = tuple(
    Candidate(120, VoiceSettings(shrinkage, interaction)) for shrinkage, interaction in product((0.2, 0.4), (0.3, 1.0))
)
"""Few, so that the choice itself doesn't overfit. Smaller spaces and smaller factors on scores gain with many clips what they
lose with one."""


Space = Callable[[AudioSample, int, int], FittedSpace]
"""From training recordings, d and a seed to a space, whose projection has narrower ones in its first directions."""


FEWEST_CROSS_FITTED = 3_000
"""Recordings and views, five times as many as components: of fewer, components show what only a fold's own recordings have, and
its features come out far too wide."""


def is_cross_fitted(sample: AudioSample) -> bool:
    """Whether these training recordings are enough for cross-fitted features."""
    return sample.a.shape[0] * sample.a.shape[1] >= FEWEST_CROSS_FITTED


def space_of_cells(sample: AudioSample, feature_dim: int, seed: int) -> FittedSpace:
    """`fit_space`, whose features are cross-fitted where that can be done."""
    fitted = fit_space(sample, SpaceConfig(feature_dim), seed)
    return fitted if is_cross_fitted(sample) else FittedSpace(fitted.projection, fitted.projection(sample.a))


def space_of_components(sample: AudioSample, feature_dim: int, seed: int) -> FittedSpace:
    """Principal components alone, as the discriminant has them. They know no labels, so that nothing is cross-fitted."""
    rows = sample.a.reshape(-1, sample.a.shape[-1])
    projection = fit_projection(rows, feature_dim, seed, emphasis=sample.emphasis)
    return FittedSpace(projection, projection(sample.a))


@dataclass(frozen=True, eq=False)
class VoiceData:
    """Recordings, embedded, that some part of is left out at a time."""

    sample: AudioSample
    scored: np.ndarray
    """(N,) bool."""
    n_classes: int
    neutral: int
    """Its emotion code."""
    space: Space = space_of_cells

    def fit_space(self, train: np.ndarray, candidates: Sequence[Candidate], seed: int) -> FittedSpace:
        """That of the training rows (N,) that show voices, as wide as the widest of candidates with the same layers."""
        layers, widest = candidates[0].layers, max(candidate.feature_dim for candidate in candidates)
        sample = of_layers(self.sample, layers).where(self._trainable(train))
        fitted = self.space(sample, widest, seed)
        return replace(fitted, projection=for_all_layers(fitted.projection, self.sample, layers))

    def with_layers(self, candidates: Sequence[Candidate]) -> dict[str, list[Candidate]]:
        """By layers, `ALL` first, the candidates with these."""
        names = [ALL, *layer_sets(self.sample.layers)]
        return {name: [replace(candidate, layers=name) for candidate in candidates] for name in names}

    def features(self, train: np.ndarray, candidates: Sequence[Candidate], seed: int) -> np.ndarray:
        """(N, 1 + V, d) features of all rows in the space of the training rows (N,), of these the space's own."""
        return self.features_in(self.fit_space(train, candidates, seed), train)

    def features_in(self, space: FittedSpace, train: np.ndarray) -> np.ndarray:
        """(N, 1 + V, d) features of all rows in a space that `fit_space` made of the training rows (N,)."""
        used = self._trainable(train)
        h = np.empty((*self.sample.a.shape[:2], space.features.shape[-1]))
        h[used] = space.features
        if not used.all():
            h[~used] = space.projection(self.sample.a[~used])
        return h

    def fit(self, h: np.ndarray, train: np.ndarray, candidate: Candidate) -> VoiceModel:
        """A model of the training rows (N,) of features; views are clips of their own."""
        used = self._trainable(train)
        rows = h[used][..., : candidate.feature_dim]
        c, speaker, corpus = (
            np.repeat(labels[used], h.shape[1]) for labels in (self.sample.c, self.sample.speaker, self.sample.corpus)
        )
        return fit_voice_model(
            rows.reshape(len(c), -1),
            c,
            speaker=speaker,
            corpus=corpus,
            n_classes=self.n_classes,
            settings=candidate.settings,
        )

    def _trainable(self, train: np.ndarray) -> np.ndarray:
        sample = self.sample.where(train)
        used = train.copy()
        used[train] = shows_voice(sample.c, sample.speaker, sample.corpus)
        return used

    def held_out(self, rows: np.ndarray, model: VoiceModel, h: np.ndarray) -> Recordings:
        """Rows (N,) that had no part in a model."""
        voices = HeldOutVoices(model, h[rows, 0, : model.dim], self.sample.c[rows], self.sample.speaker[rows])
        return Recordings(voices, self.scored[rows], self.neutral)


def chosen_by(recordings: Recordings, seed: int) -> float:
    """Mean UA over the contexts that settings are chosen by."""
    results = [answers(recordings, context, n_draws=1, seed=seed) for context in CHOSEN_ON]
    return float(np.mean([recall(result.counts.sum(axis=(0, 1))) for result in results if result]))


def with_chosen_shifts(
    candidate: Candidate, held_out: Sequence[Recordings], seed: int
) -> tuple[Candidate, list[Recordings]]:
    """A candidate, and its models of all but those left out, with how far clips of a voice move classes chosen on these."""
    shifted = with_shifts([one.voices for one in held_out], neutral=held_out[0].neutral, seed=seed)
    settings = replace(candidate.settings, shifts=shifted[0].model.shifts)
    return replace(candidate, settings=settings), [
        replace(one, voices=voices) for one, voices in zip(held_out, shifted, strict=True)
    ]


def fit_audio_model(
    sample: AudioSample, n_classes: int, candidate: Candidate, seed: int
) -> tuple[AudioModel, np.ndarray]:
    """The space of a sample's recordings, the discriminant of voices of which nothing is known, and the recordings' features.

    Args:
        sample: of N training recordings.
        n_classes: K.
        candidate: what was chosen.
        seed: of the space.

    Returns:
        The model, and features (N, d) float32 to learn from, cross-fitted where recordings are enough.
    """
    data = VoiceData(
        sample, np.ones(len(sample), bool), n_classes, neutral=0
    )  # no context of neutral clips is asked for
    audio, _, h = _fit_all(data, candidate, seed)
    return audio, h


def _fit_all(data: VoiceData, candidate: Candidate, seed: int) -> tuple[AudioModel, VoiceModel, np.ndarray]:
    """Space and discriminant of all N rows, the voice model in that space, and the rows' features (N, d) float32."""
    everything = np.ones(len(data.sample), bool)
    space = data.fit_space(everything, [candidate], seed)
    h = data.features_in(space, everything)
    model = data.fit(h, everything, candidate)
    audio = AudioModel(space.projection, model.means, model.rest + model.class_offset + model.offset)
    return audio, model, h[:, 0].astype(np.float32)


@dataclass(frozen=True, eq=False)
class FittedVoices:
    """What answers with context, and what it reached on voices that its inner models did not see."""

    candidate: Candidate
    """That did best."""
    audio: AudioModel
    """Of all training speakers, without context."""
    h: np.ndarray
    """(N, d) float32 features of the training recordings, cross-fitted where these are enough."""
    recogniser: VoiceRecogniser
    """Of all training speakers, calibrated out of fold."""
    contexts: dict[str, Any]
    """By kind of context: UA, its gain and ECE, out of fold."""
    layers: dict[str, float]
    """UA out of fold by layers that were tried, with the best settings of each."""

    @property
    def report(self) -> dict[str, Any]:
        """For metrics.json."""
        return {
            "what": "training recordings with other clips of their speaker as context, by models that saw neither the "
            "speaker nor, with several corpora, the corpus",
            "chosen": self.candidate.report,
            "layers": self.layers,
            "contexts": self.contexts,
        }


def fit_voices(
    data: VoiceData, folds: Sequence[np.ndarray], *, seed: int, candidates: Sequence[Candidate] = GRID
) -> FittedVoices:
    """Choose and calibrate on rows left out, then fit on all.

    Args:
        data: N recordings to train on.
        folds: masks (N,) of what is left out at a time.
        seed: of projections and contexts.
        candidates: what is tried, with all layers and with each set of them; of equals the earlier one.

    Raises:
        SermiError: The recordings don't determine a model, or no voice has two clips.
    """
    tried = {
        layers: [_left_out(data, rows, of_layers, seed) for rows in tqdm(folds, desc=f"voices, {layers}", unit="fold")]
        for layers, of_layers in data.with_layers(candidates).items()
    }
    recalls = {
        layers: np.array([[chosen_by(recordings, seed) for recordings in fold] for fold in by_fold])
        for layers, by_fold in tried.items()
    }
    layers = chosen_layers(recalls)
    number = int(recalls[layers].mean(axis=0).argmax())
    candidate, held_out = with_chosen_shifts(
        replace(candidates[number], layers=layers), [fold[number] for fold in tried[layers]], seed
    )
    voices = [recordings.voices for recordings in held_out]
    temperatures = choose_temperatures(voices, neutral=data.neutral, seed=seed)
    contexts = {}
    for context in CONTEXTS:
        results = {
            str(fold): answers(recordings, context, n_draws=1, temperatures=temperatures, seed=seed)
            for fold, recordings in enumerate(held_out)
            if recordings.voices.tells_emotions or not context.n
        }
        if kept := {fold: result for fold, result in results.items() if result}:
            contexts[context.name] = summary(kept, seed)
    audio, model, h = _fit_all(data, candidate, seed)
    return FittedVoices(
        candidate,
        audio,
        h,
        VoiceRecogniser(model, temperatures, choose_fit_test(voices, seed=seed)),
        contexts,
        {name: round(float(table.mean(axis=0).max()), 4) for name, table in recalls.items()},
    )


def _left_out(data: VoiceData, rows: np.ndarray, candidates: Sequence[Candidate], seed: int) -> list[Recordings]:
    """Rows (N,) beside a model of the others by each of some candidates with the same layers."""
    h = data.features(~rows, candidates, seed)
    return [data.held_out(rows, data.fit(h, ~rows, candidate), h) for candidate in candidates]
