"""Everything that a page shows about generated samples: a checkpoint and a request in, numbers and words out.

Samples come from `sermi.generate.generate` alone, so that a map, a table, a download and the command line agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import pairwise_distances

from sermi.checkpoint import Checkpoint
from sermi.errors import SermiError
from sermi.generate import Generated, data_sheet, generate
from sermi.generated_voices import training_design
from sermi.mi import LabelInformation, MIEstimate
from sermi.plots.information import bits, share
from sermi.stats.threads import single_threaded
from sermi.ui.sample_request import MAX_SHOWN, SampleRequest
from sermi.ui.voiced import known_voice

if TYPE_CHECKING:
    from sermi.predictor import Utterance

Projection = Literal["pca", "emotion", "tsne"]
"""How features become a map: principal components of real features, the directions in which the generator's classes differ
most, or t-SNE, worked out anew for each set."""
TOLERANCE = 0.15
"""Share of the real value within which a set is called as informative as real speech features."""
_TSNE_REAL, _TSNE_GENERATED = 400, 600


@dataclass(frozen=True)
class Verdict:
    """What a set's information means beside that of real features."""

    kind: Literal["alike", "over-conditioned", "blurred", "quiet"]
    title: str
    sentence: str


@dataclass(frozen=True)
class Neighbour:
    """The row of the reference that is nearest to a generated feature."""

    row: int
    emotion: str
    distance: float | None = None
    """Euclidean; None where nobody asks for it."""


@dataclass(frozen=True)
class SampleDetails:
    """One generated sample, in full."""

    number: int
    emotion: str
    score: float
    """I(c; ĥ) of this sample, nats."""
    words: float | None
    """I(t; ĥ) of this sample, nats; None where there are no words."""
    probabilities: Mapping[str, float]
    """q(c | ĥ) by class name."""
    nearest: Neighbour
    yardstick: float
    """How far real features lie from the nearest one of another speaker; the median."""
    nearest_text: Neighbour | None
    """Of t̂, for pairs."""


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
            self.generate(SampleRequest("", self.classes, 1, pairs=True))
            _ = self.real_map("pca")

    def generate(self, request: SampleRequest) -> Generated:
        """The samples. Raises SermiError for what can't be generated."""
        return generate(
            self.checkpoint,
            request.emotions,
            request.n,
            seed=request.seed,
            t=request.t,
            pairs=request.pairs,
            noise_scale=request.noise_scale,
            regulariser=request.regulariser,
            voice=known_voice(self.checkpoint, request.voice) if request.voice else None,
        )

    def data_sheet(self, request: SampleRequest, generated: Generated) -> dict[str, Any]:
        """What goes beside a download."""
        return data_sheet(self.checkpoint, request.settings(), generated)

    def project_recording(self, utterance: Utterance) -> tuple[np.ndarray, np.ndarray | None]:
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

    def project(self, h: np.ndarray, projection: Projection) -> np.ndarray:
        """(N, d) -> (N, 2), the same for every set; t-SNE has no such map, see `tsne`."""
        if projection == "pca":
            return self._pca.transform(h)
        generator = self.checkpoint.generator()
        means = generator.means @ generator.class_directions.T
        centre = means.mean(dim=0)
        axes = torch.linalg.svd(means - centre)[2][:2]
        x = generator.whiten(torch.from_numpy(np.asarray(h, np.float32))) @ generator.class_directions.T
        return ((x - centre) @ axes.T).numpy()

    def real_map(self, projection: Projection) -> np.ndarray:
        """The reference's features on a map: (R, 2)."""
        return self.project(self.checkpoint.reference.h, projection)

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
        shares = [_TSNE_REAL / len(sets[0]), *[_TSNE_GENERATED / max(1, others)] * (len(sets) - 1)]
        rows = [
            np.unique(np.linspace(0, len(x) - 1, max(1, min(len(x), round(share * len(x))))).astype(int))
            for x, share in zip(sets, shares, strict=True)
        ]
        stacked = np.concatenate([x[picked] for x, picked in zip(sets, rows, strict=True)])
        start = PCA(min(30, *stacked.shape), random_state=0).fit_transform(stacked)
        flat = TSNE(2, init="pca", perplexity=min(30, (len(stacked) - 1) / 3), max_iter=500, random_state=0)
        placed = np.split(flat.fit_transform(start), np.cumsum([len(picked) for picked in rows])[:-1])
        maps = [np.full((len(x), 2), np.nan) for x in sets]
        for xy, picked, points in zip(maps, rows, placed, strict=True):
            xy[picked] = points
        return maps

    def details(self, generated: Generated, number: int) -> SampleDetails:
        """One sample in full. Raises SermiError for a number that isn't there."""
        if not 0 <= number < len(generated.c):
            raise SermiError(
                f"The samples are numbered from 0 to {len(generated.c) - 1:,}; there is no number {number:,}."
            )
        nearest_text = None if generated.nearest_text is None else self._neighbour(generated.nearest_text[number])
        return SampleDetails(
            number=number,
            emotion=self.classes[generated.c[number]],
            score=float(generated.score[number]),
            words=None if generated.words is None else float(generated.words[number]),
            probabilities=dict(zip(self.classes, np.exp(generated.log_q[number]).tolist(), strict=True)),
            nearest=self._neighbour(generated.nearest[number], float(generated.distance[number])),
            yardstick=self.real_distance,
            nearest_text=nearest_text,
        )

    @cached_property
    def real_distance(self) -> float:
        """Median distance of the reference's features to the nearest one of another speaker."""
        real = self.checkpoint.reference
        distances = pairwise_distances(real.h)
        distances[real.speaker[:, None] == real.speaker[None]] = np.inf
        return float(np.median(distances.min(axis=1)))

    @cached_property
    def real_information(self) -> MIEstimate:
        """I(c; h) of real features, on speakers that the critic never met: those of the training, or the reference's few."""
        real = self.checkpoint.reference
        return self._on_the_card("real") or LabelInformation().estimate(real.h, real.c, real.speaker)

    def _on_the_card(self, name: str) -> MIEstimate | None:
        """The information that the checkpoint's metrics have of a generator, or of real features; None where they lack it."""
        measured = self.checkpoint.metrics.get("generators", {}).get(name, {}).get("information")
        if measured is None:
            return None
        fields = {key: value for key, value in measured.items() if key != "bits"}
        return MIEstimate(**fields | {"interval": tuple(measured["interval"])})

    def information(self, request: SampleRequest) -> MIEstimate:
        """I(c; ĥ) of what the generator makes with these settings, of all emotions alike, by a critic of its own.

        One emotion alone carries nothing about which it is, so thousands are drawn, of as many voices as the real ones are of,
        and measured on voices that the critic never met. A generator as it was trained has the figure of its card.
        """
        name = request.regulariser or next(iter(self.checkpoint.generators), "")
        as_trained = request.noise_scale == 1 and request.t is None and not request.pairs and not request.voice
        if as_trained and (known := self._on_the_card(name)):
            return known
        if request.voice:
            return self._information_of_one_voice(request)
        codes, voices = training_design(self.checkpoint)
        t = None if request.t is None else torch.from_numpy(np.asarray(request.t, np.float32))
        drawn: dict[str, Any] = {"seed": request.seed, "pairs": request.pairs, "noise_scale": request.noise_scale}
        h, _ = self.checkpoint.generator(request.regulariser).sample(codes, t=t, voices=voices, **drawn)
        return LabelInformation(seed=request.seed).estimate(h.numpy(), codes.numpy(), voices.number.numpy())

    def _information_of_one_voice(self, request: SampleRequest) -> MIEstimate:
        """The same of a known voice: the critic learns from some of its samples and reads others."""
        drawn = replace(request, emotions=self.classes, n=MAX_SHOWN // len(self.classes))
        generated = self.generate(drawn)
        return LabelInformation(seed=request.seed).estimate(generated.h, generated.c)

    def _neighbour(self, row: int, distance: float | None = None) -> Neighbour:
        return Neighbour(int(row), self.classes[self.checkpoint.reference.c[row]], distance)

    @cached_property
    def _pca(self) -> PCA:
        return PCA(2, random_state=0).fit(self.checkpoint.reference.h)

    @cached_property
    def _text_pca(self) -> PCA:
        return PCA(2, random_state=0).fit(self.checkpoint.reference.text)


def verdict(generated: float, real: float, ceiling: float) -> Verdict:
    """What I(c; ĥ) = `generated` means where real features carry `real`, of at most `ceiling`; all nats.

    >>> verdict(0.70, 0.75, 1.39).title, verdict(1.36, 0.75, 1.39).kind, verdict(0.4, 0.75, 1.39).kind
    ('As informative as real speech features', 'over-conditioned', 'blurred')
    """
    comparison = (
        f"They carry {share(generated, ceiling)} of all there is to know about the emotion "
        f"({bits(generated)} of {bits(ceiling)} bits). Real features of the training speakers carry {share(real, ceiling)}, "
        "read by a critic that never met the speaker."
    )
    if generated > (1 + TOLERANCE) * real:
        return Verdict(
            "over-conditioned", "Over-conditioned", f"{comparison} These are plainer than real voices on average."
        )
    if generated < (1 - TOLERANCE) * real:
        return Verdict(
            "blurred", "Too blurred", f"{comparison} The emotion is harder to read from these than from a real voice."
        )
    return Verdict("alike", "As informative as real speech features", comparison)


def of_one_voice(generated: float, ceiling: float) -> Verdict:
    """The same where all samples are of one known voice, for which there is no real figure to hold it against."""
    carried = f"{share(generated, ceiling)} of all there is to know ({bits(generated)} of {bits(ceiling)} bits)"
    return Verdict(
        "quiet",
        "Of your voice alone",
        f"A critic that has learnt how you sound reads the emotion from them: they carry {carried}.",
    )
