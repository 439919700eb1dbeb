"""Which layers of which encoder count, chosen on inner speakers or corpora.

The front end lays pooled layers side by side in a. A projection that gives a layer's columns no weight does without it, so a
choice is an `emphasis` of 0 and what there was, and the checkpoint keeps its form. What is tried: all layers, every run of
neighbouring layers of an encoder (single layers are such), the best runs of several encoders together, and layers added
to the best single one as long as that helps.

Each layer is standardised and reduced to principal components once a fold, on the training rows; covariance and scatter of all
components are computed once, and those of a set of layers are parts of them. So a set costs an eigendecomposition, and
no pass over recordings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

import numpy as np
import scipy.linalg

from sermi.frontend import AudioFrontend
from train.recogniser.discriminant import Discriminant, fit_projection
from train.recogniser.scatter import Scatter, scatter
from train.recogniser.selection import inner_folds
from train.samples import AudioSample

COMPONENTS = 100
"""Of a layer."""
_PARTS = ("view", "utterance", "speaker", "corpus", "interaction")


@dataclass(frozen=True, eq=False)
class LayerBlock:
    """A layer's place in a."""

    encoder: int
    """Which of the encoders side by side."""
    layer: int
    columns: np.ndarray
    """Indices into a, for every pooling."""


@dataclass(frozen=True, eq=False)
class LayerChoice:
    """A set of layers, and what it was chosen from."""

    blocks: tuple[LayerBlock, ...]
    recall: float
    """Mean UA over the inner folds."""
    recall_of_all: float
    """The same with all layers."""
    emphasis: np.ndarray
    """(Da,) float32 for `fit_projection`: 0 for the layers that are left out."""
    n_tried: int
    """Sets of layers."""


def layer_blocks(frontend: AudioFrontend) -> list[LayerBlock]:
    """Where each layer of each encoder lies in the embeddings of a front end."""
    blocks: list[LayerBlock] = []
    start, n_poolings = 0, len(frontend.config.pooling)
    for number, encoder in enumerate(frontend.encoders):
        layers = frontend.config.layers or range(encoder.n_layers)
        places = np.arange(n_poolings * len(layers) * encoder.dim).reshape(n_poolings, len(layers), encoder.dim) + start
        blocks += [LayerBlock(number, layer, places[:, at].ravel()) for at, layer in enumerate(layers)]
        start += places.size
    return blocks


def choose_layers(sample: AudioSample, n_classes: int, blocks: Sequence[LayerBlock], seed: int) -> np.ndarray:
    """The (Da,) emphasis of `layer_choice`, to take the place of the sample's own."""
    return layer_choice(sample, n_classes, blocks, seed).emphasis


def layer_choice(
    sample: AudioSample,
    n_classes: int,
    blocks: Sequence[LayerBlock],
    seed: int,
    *,
    candidate: Discriminant | None = None,
) -> LayerChoice:
    """The smallest set of layers with the best mean UA on inner folds, or all layers where no set is better.

    What lies within a standard error, paired by speaker, counts as equal: of many sets one is always best by chance.

    Args:
        sample: of training recordings.
        n_classes: K.
        blocks: of the layers to choose from, as of `layer_blocks`; columns that are in none, such as prosody, always count.
        seed: of the folds and the projections. The same one gives the same choice.
        candidate: the discriminant that a set is measured with; None for the default.
    """
    measured = candidate or Discriminant()
    emphasis = np.ones(sample.a.shape[-1], np.float32) if sample.emphasis is None else sample.emphasis.copy()
    places = [block.columns for block in blocks]
    rest = np.setdiff1d(np.arange(len(emphasis)), np.concatenate(places))
    folds = [
        _Fold.of(sample, fold, [*places, rest] if len(rest) else places, n_classes=n_classes, seed=seed)
        for fold in inner_folds(sample, seed)
    ]
    tried = _Tried(folds, measured, sample.speaker, always=(len(blocks),) if len(rest) else ())
    everything = tuple(range(len(blocks)))
    best = _search(tried, blocks)
    for number in set(everything) - set(best):
        emphasis[places[number]] = 0
    return LayerChoice(
        blocks=tuple(blocks[number] for number in best),
        recall=tried.recall(best),
        recall_of_all=tried.recall(everything),
        emphasis=emphasis,
        n_tried=len(tried.hits),
    )


Layers = tuple[int, ...]
"""Indices of blocks, in order."""


def _search(tried: _Tried, blocks: Sequence[LayerBlock]) -> Layers:
    """The smallest set that is as good as the best of all that are tried, or all layers where none is better."""
    everything = tuple(range(len(blocks)))
    best_runs: list[Layers] = []
    for encoder in dict.fromkeys(block.encoder for block in blocks):
        runs = list(_runs([number for number in everything if blocks[number].encoder == encoder]))
        best_runs.append(max(runs, key=tried.recall))
    tried.recall(everything)
    tried.recall(tuple(sorted(number for run in best_runs for number in run)))
    chosen: Layers = max([(number,) for number in everything], key=tried.recall)
    while len(chosen) < len(everything):
        larger = [tuple(sorted((*chosen, number))) for number in everything if number not in chosen]
        shorter, chosen = chosen, max(larger, key=tried.recall)
        if not tried.is_better(chosen, shorter):
            break
    best = max(tried.hits, key=tried.recall)
    if not tried.is_better(best, everything):
        return everything
    as_good = [layers for layers in tried.hits if not tried.is_better(best, layers)]
    return min(as_good, key=lambda layers: (len(layers), -tried.recall(layers), layers))


def _runs(numbers: Sequence[int]) -> Iterator[Layers]:
    """Neighbours: (0,), (0, 1), (0, 1, 2), (1,), ..."""
    for first, last in combinations_with_replacement(range(len(numbers)), 2):
        yield tuple(numbers[first : last + 1])


@dataclass(frozen=True, eq=False)
class _Tried:
    """Sets of layers, each measured once."""

    folds: Sequence[_Fold]
    candidate: Discriminant
    speaker: np.ndarray
    """(N,) names."""
    always: Layers
    """Further blocks that every set comes with."""
    hits: dict[Layers, np.ndarray] = field(default_factory=dict)
    """(N,) of each set: what a recording adds to the mean UA, 0 where it was not recognised."""

    def recall(self, layers: Layers) -> float:
        """Mean UA over the folds."""
        if layers not in self.hits:
            hits = np.zeros(len(self.speaker))
            for fold in self.folds:
                hits[fold.rows] = fold.hits((*layers, *self.always), self.candidate) / len(self.folds)
            self.hits[layers] = hits
        return float(self.hits[layers].sum())

    def is_better(self, layers: Layers, others: Layers) -> bool:
        """By more than a standard error of the difference, paired by speaker."""
        gain = self.recall(layers) - self.recall(others)
        by_speaker = np.unique(self.speaker, return_inverse=True)[1]
        gains = np.bincount(by_speaker, self.hits[layers] - self.hits[others])
        return gain > float(np.sqrt(len(gains)) * gains.std(ddof=1))


@dataclass(frozen=True, eq=False)
class _Fold:
    """Principal components of every block side by side, (n, J), of an inner fold: what they are like, and what is held out."""

    rows: np.ndarray
    """(N,) bool, those held out."""
    spans: list[np.ndarray]
    """Of each block, indices into the J components."""
    covariance: np.ndarray
    """(J, J), of the training rows."""
    parts: Scatter
    """Of the training rows."""
    x: np.ndarray
    """(n, J), of the held-out recordings."""
    c: np.ndarray
    """(n,) their emotion codes."""

    @classmethod
    def of(
        cls, sample: AudioSample, validation: np.ndarray, places: Sequence[np.ndarray], *, n_classes: int, seed: int
    ) -> _Fold:
        """Of the validation rows (N,) bool and of blocks with these columns."""
        train = ~validation
        learnt, held_out, spans, start = [], [], [], 0
        for columns in places:
            a = sample.a[train][..., columns]
            emphasis = None if sample.emphasis is None else sample.emphasis[columns]
            project = fit_projection(a.reshape(-1, len(columns)), COMPONENTS, seed, emphasis=emphasis)
            learnt.append(project(a))
            held_out.append(project(sample.a[validation, 0][:, columns]))
            spans.append(np.arange(start, start + held_out[-1].shape[1]))
            start += len(spans[-1])
        h = np.concatenate(learnt, axis=-1).astype(np.float64)
        parts = scatter(
            h, sample.c[train], speaker=sample.speaker[train], corpus=sample.corpus[train], n_classes=n_classes
        )
        covariance = np.cov(h.reshape(-1, h.shape[-1]), rowvar=False)
        return cls(validation, spans, covariance, parts, np.concatenate(held_out, axis=-1), sample.c[validation])

    def hits(self, layers: Layers, candidate: Discriminant) -> np.ndarray:
        """(n,) what each held-out recording adds to the UA of a set of blocks."""
        at = np.concatenate([self.spans[number] for number in layers])
        square = np.ix_(at, at)
        dim = min(candidate.feature_dim, len(at))
        _, axes = scipy.linalg.eigh(self.covariance[square], subset_by_index=[len(at) - dim, len(at) - 1])
        axes = axes[:, ::-1]
        projected = {name: axes.T @ getattr(self.parts, name)[square] @ axes for name in _PARTS}
        means, within = candidate.gaussians(Scatter(means=self.parts.means[:, at] @ axes, **projected))
        weights = scipy.linalg.solve(within, means.T, assume_a="pos")
        scores = self.x[:, at] @ (axes @ weights) - 0.5 * np.sum(weights.T * means, axis=1)
        is_right = scores.argmax(axis=1) == self.c
        classes, at, counts = np.unique(self.c, return_inverse=True, return_counts=True)
        return is_right / (len(classes) * counts[at])
