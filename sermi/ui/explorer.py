"""Everything that a page shows about generated samples: a checkpoint and a request in, numbers and words out.

Samples come from `sermi.generate.generate` alone, so that a map, a table, a download and the command line agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from sermi.checkpoint import Checkpoint
from sermi.errors import SermiError
from sermi.generate import Generated, data_sheet, generate
from sermi.mi import LabelInformation, MIEstimate
from sermi.stats.threads import single_threaded

if TYPE_CHECKING:
    from sermi.predictor import Utterance

View = Literal["pca", "emotion", "tsne"]
VIEWS: Mapping[View, str] = {
    "pca": "The two directions in which real features differ most (principal components)",
    "emotion": "The two directions in which the generator's classes differ most",
    "tsne": "Neighbours kept together (t-SNE, made anew for each set, at most 600 generated features)",
}
MAX_SHOWN = 2_000
"""Samples on one map, where each is still a dot to point at."""
N_MEASURED = 4_000
"""Samples a set's information is measured on: with a few hundred, the critic and not the set would be the limit."""
TOLERANCE = 0.15
"""Share of the real value within which a set is called as informative as real speech features."""
_TSNE_REAL, _TSNE_MADE = 400, 600


@dataclass(frozen=True)
class Request:
    """What a visitor asks for. n: of each emotion; text: the words, for the data sheet; t: (dt,) their feature."""

    checkpoint: str
    emotions: tuple[str, ...]
    n: int
    seed: int = 0
    spread: float = 1.0
    regulariser: str | None = None
    pairs: bool = False
    text: str | None = None
    t: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.n * len(self.emotions) <= MAX_SHOWN:
            most = MAX_SHOWN // max(1, len(self.emotions))
            of = f"{len(self.emotions)} emotions" if len(self.emotions) > 1 else "an emotion"
            raise SermiError(f"Ask for 1 to {most:,} samples of {of} at a time, not {self.n:,}.")

    def settings(self, keep_above: float | None = None) -> dict[str, Any]:
        """What makes the same samples again; the fields of the command line's data sheet."""
        names = ("checkpoint", "n", "text", "seed", "pairs", "spread", "regulariser")
        fields = {name: getattr(self, name) for name in names}
        return fields | {"emotions": list(self.emotions), "keep_above": keep_above}


@dataclass(frozen=True)
class Verdict:
    """What a set's information means beside that of real features."""

    kind: Literal["alike", "over-conditioned", "blurred"]
    title: str
    sentence: str


@dataclass(frozen=True)
class Neighbour:
    """A row of the reference: its number, its emotion, and how far it is."""

    row: int
    emotion: str
    distance: float | None = None


@dataclass(frozen=True)
class Sample:
    """One generated sample. score, words: nats; probabilities: q(c | ĥ) by class name; nearest_text: for pairs."""

    number: int
    emotion: str
    score: float
    words: float | None
    probabilities: Mapping[str, float]
    nearest: Neighbour
    nearest_text: Neighbour | None


class Explorer:
    """A checkpoint, ready to be asked. What is the same for all visitors is worked out once and kept."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    @property
    def classes(self) -> tuple[str, ...]:
        return self.checkpoint.config.classes

    @property
    def ceiling(self) -> float:
        """log K, nats."""
        return math.log(len(self.classes))

    def warm_up(self) -> None:
        """Work out what the first visitor would wait for."""
        if self.checkpoint.generators:
            self.generate(Request("", self.classes, 1, pairs=True))
            _ = self.real_map("pca")

    def generate(self, request: Request) -> Generated:
        """The samples. Raises SermiError for what can't be made."""
        return self._make(request, request.emotions, request.n)

    def data_sheet(self, request: Request, made: Generated, keep_above: float | None) -> dict[str, Any]:
        """What goes beside a download."""
        return data_sheet(self.checkpoint, request.settings(keep_above), made)

    def place(self, utterance: Utterance) -> tuple[np.ndarray, np.ndarray | None]:
        """h: (d,) of somebody's recording, and t: (dt,) of its words if it had any, in this checkpoint's own coordinates.

        Raises SermiError when the recording was heard through another front end than the checkpoint's.
        """
        config = self.checkpoint.config
        if utterance.frontend != config.frontend_fingerprint:
            raise SermiError("Your recording was heard by another kind of model; recognise it again with this one.")
        with torch.inference_mode():
            h = self.checkpoint.model.audio_projection(torch.from_numpy(utterance.a)[None])[0].numpy()
            t = None
            if utterance.b is not None:
                t = self.checkpoint.model.text_projection(torch.from_numpy(utterance.b)[None])[0].numpy()
        return h, t

    def project(self, h: np.ndarray, view: View) -> np.ndarray:
        """(N, d) -> (N, 2), the same for every set; t-SNE has no such map, see `tsne`."""
        if view == "pca":
            return self._pca.transform(h)
        generator = self.checkpoint.generator()
        means = generator.means @ generator.class_directions.T
        centre = means.mean(dim=0)
        axes = torch.linalg.svd(means - centre)[2][:2]
        x = generator.whiten(torch.from_numpy(np.asarray(h, np.float32))) @ generator.class_directions.T
        return ((x - centre) @ axes.T).numpy()

    def real_map(self, view: View) -> np.ndarray:
        """The reference's features on a map: (R, 2)."""
        return self.project(self.checkpoint.reference.h, view)

    def project_text(self, t: np.ndarray) -> np.ndarray:
        """(N, dt) -> (N, 2), principal components of the reference's sentences."""
        return self._text_pca.transform(t)

    @single_threaded
    def tsne(self, sets: Sequence[np.ndarray]) -> list[np.ndarray]:
        """t-SNE of several sets at once, real ones first: [(N_i, d)] -> [(N_i, 2)], rows left out are NaN.

        van der Maaten and Hinton 2008. Some seconds for a thousand rows, so at most 400 real rows and 600 of all others
        are placed, evenly taken.
        """
        others = sum(map(len, sets[1:]))
        shares = [_TSNE_REAL / len(sets[0]), *[_TSNE_MADE / max(1, others)] * (len(sets) - 1)]
        rows = [
            np.unique(np.linspace(0, len(x) - 1, max(1, min(len(x), round(share * len(x))))).astype(int))
            for x, share in zip(sets, shares, strict=True)
        ]
        stacked = np.concatenate([x[picked] for x, picked in zip(sets, rows, strict=True)])
        start = PCA(min(30, *stacked.shape), random_state=0).fit_transform(stacked)
        flat = TSNE(2, init="pca", perplexity=min(30, (len(stacked) - 1) / 3), max_iter=500, random_state=0)
        placed = np.split(flat.fit_transform(start), np.cumsum([len(picked) for picked in rows])[:-1])
        found = []
        for x, picked, points in zip(sets, rows, placed, strict=True):
            found.append(np.full((len(x), 2), np.nan))
            found[-1][picked] = points
        return found

    def sample(self, made: Generated, number: int) -> Sample:
        """One sample, looked at closely. Raises SermiError for a number that isn't there."""
        if not 0 <= number < len(made.c):
            raise SermiError(f"The samples are numbered from 0 to {len(made.c) - 1:,}; there is no number {number:,}.")
        text = None if made.nearest_text is None else Neighbour(*self._reference(made.nearest_text[number]))
        return Sample(
            number=number,
            emotion=self.classes[made.c[number]],
            score=float(made.score[number]),
            words=None if made.words is None else float(made.words[number]),
            probabilities=dict(zip(self.classes, np.exp(made.log_q[number]).tolist(), strict=True)),
            nearest=Neighbour(*self._reference(made.nearest[number]), distance=float(made.distance[number])),
            nearest_text=text,
        )

    @cached_property
    def real_information(self) -> MIEstimate:
        """I(c; h) of real features, on speakers that the critic never met.

        As measured when the checkpoint was made, on all its training speakers; of the few speakers of the reference where
        that is not told.
        """
        told = self.checkpoint.metrics.get("generators", {}).get("real", {}).get("information")
        if told is None:
            real = self.checkpoint.reference
            return LabelInformation().estimate(real.h, real.c, real.speaker)
        told = {key: value for key, value in told.items() if key != "bits"}
        return MIEstimate(**told | {"interval": tuple(told["interval"])})

    def information(self, request: Request) -> MIEstimate:
        """I(c; ĥ) of what the generator makes with these settings, of all emotions alike, by a critic of its own.

        One emotion alone tells nothing about which it is, and few samples would measure the critic, so 4,000 are drawn.
        """
        made = self._make(request, self.classes, N_MEASURED // len(self.classes))
        return LabelInformation(seed=request.seed).estimate(made.h, made.c)

    def _make(self, request: Request, emotions: Sequence[str], n: int) -> Generated:
        options = {name: getattr(request, name) for name in ("seed", "t", "pairs", "spread", "regulariser")}
        return generate(self.checkpoint, emotions, n, **options)

    def _reference(self, row: int) -> tuple[int, str]:
        return int(row), self.classes[self.checkpoint.reference.c[row]]

    @cached_property
    def _pca(self) -> PCA:
        return PCA(2, random_state=0).fit(self.checkpoint.reference.h)

    @cached_property
    def _text_pca(self) -> PCA:
        return PCA(2, random_state=0).fit(self.checkpoint.reference.t)


def verdict(made: float, real: float) -> Verdict:
    """What I(c; ĥ) = `made` means where real features tell `real`, both nats.

    >>> verdict(0.70, 0.75).title, verdict(1.36, 0.75).kind, verdict(0.4, 0.75).kind
    ('As informative as real speech features', 'over-conditioned', 'blurred')
    """
    share = f"They tell {made:.2f} nats about the emotion; real features tell {real:.2f} about a speaker never heard."
    if made > (1 + TOLERANCE) * real:
        return Verdict("over-conditioned", "Over-conditioned", f"{share} No real voice is as plain as these.")
    if made < (1 - TOLERANCE) * real:
        return Verdict(
            "blurred", "Too blurred", f"{share} The emotion is harder to read from these than from a real voice."
        )
    return Verdict("alike", "As informative as real speech features", share)
