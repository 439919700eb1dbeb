"""New audio features of an emotion, each with the information that it carries. App and command line share it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from sermi import tables
from sermi.checkpoint import Checkpoint
from sermi.errors import SermiError
from sermi.generated_voices import voice_places
from sermi.mi.calibration import Calibration
from sermi.mi.label_critic import LabelCritic
from sermi.mi.pointwise import label_scores, shared_label_scores
from sermi.models.baseline import LastLayer
from sermi.models.generator import Generator, VoicePlaces
from sermi.recorded_voice import RecordedVoice

MAX_SAMPLES = 10_000
MAX_SEED = 2**31 - 1
_NO_MIXING = 1e-9
COLUMNS: Mapping[str, str] = {
    "id": "number of the sample in this set",
    "emotion": "what it was generated as",
    "voice": "number of the generated voice that it is of, from 0 in each set; of a known voice all are 0",
    "mi_nats": "I(c; ĥ) of this sample in nats: log q(c | ĥ) - log p(c) by the checkpoint's last "
    "layer, equal priors; at most log K, 0 says nothing, negative speaks for another emotion. Not a filter: the highest "
    "half taught a last layer no more than as many at random",
    "mi_bits": "the same in bits",
    "words_nats": "I(t; ĥ) of this sample in nats: how much it goes with the words (its own t̂ for pairs), through the emotion "
    "that both share; only where there are words",
    "nearest_real": "row of the nearest real feature in the checkpoint's reference.safetensors",
    "distance": "Euclidean distance to it",
    "nearest_real_text": "row of the real text feature nearest to t̂; pairs only",
    "h0, h1, ...": "ĥ, the generated audio feature; the array h of an .npz",
    "t0, t1, ...": "t̂, the generated text feature; the array t of an .npz; pairs only",
}
LIMITS = (
    "These are features, inputs of the checkpoint's last layer, not sound: no voice can be heard from them.",
    "They imitate acted speech, and words that were matched to it by emotion alone.",
    "They carry the errors of the generator and of the labels it learnt from; test on real recordings.",
    "Not for decisions about people.",
)


@dataclass(frozen=True)
class Critics:
    """The checkpoint's own last layers as critics: of all training speakers, calibrated on others, under equal priors."""

    audio: LabelCritic
    """q(c | h)."""
    text: LabelCritic
    """q(c | t)."""


def critics(checkpoint: Checkpoint) -> Critics:
    """Of a checkpoint. A critic of the few speakers that its reference has would hardly know another voice."""
    model = checkpoint.model
    return Critics(audio=_critic(model.last_layer), text=_critic(model.last_layer_t))


def _critic(layer: LastLayer) -> LabelCritic:
    n_classes, n_features = layer.linear.weight.shape

    def log_p(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return layer(torch.from_numpy(x.astype(np.float32))).numpy().astype(np.float64)

    as_it_is = Calibration(candidate=0, scale=1.0, mixing=_NO_MIXING)
    equal = np.full(n_classes, -np.log(n_classes))
    return LabelCritic((log_p,), as_it_is, equal, n_features=n_features, n_train=0)


@dataclass(frozen=True)
class Generated:
    """N generated samples, and the information that each carries."""

    h: np.ndarray
    """ĥ: (N, d)."""
    c: np.ndarray
    """(N,) codes that they were generated as."""
    t: np.ndarray | None
    """t̂: (N, dt) for pairs, else None."""
    voice: np.ndarray
    """(N,) number of the voice that each is of."""
    log_q: np.ndarray
    """(N, K) log q(c | ĥ) of every class, by `critics`."""
    score: np.ndarray
    """(N,) nats, log q(c | ĥ) - log p(c) of the sample's own class; at most log K."""
    words: np.ndarray | None
    """(N,) nats, the same for the words it was generated with or from; None without any."""
    nearest: np.ndarray
    """(N,) row of the nearest real feature of the reference."""
    distance: np.ndarray
    """(N,) Euclidean distance to it."""
    nearest_text: np.ndarray | None
    """(N,) row of the nearest real text feature; None where there is no t̂."""
    classes: Sequence[str]

    def summary(self) -> pd.DataFrame:
        """A row for each sample without its features; the columns are those of COLUMNS that apply."""
        columns: dict[str, Any] = {
            "id": np.arange(len(self.c)),
            "emotion": [self.classes[k] for k in self.c],
            "voice": self.voice,
            "mi_nats": self.score.round(4),
            "mi_bits": (self.score / np.log(2)).round(4),
        }
        if self.words is not None:
            columns["words_nats"] = self.words.round(4)
        columns |= {"nearest_real": self.nearest, "distance": self.distance.astype(np.float64).round(4)}
        if self.nearest_text is not None:
            columns["nearest_real_text"] = self.nearest_text
        return pd.DataFrame(columns)

    def table(self) -> pd.DataFrame:
        """`summary` and the features h0, h1, ... (t0, ... for pairs)."""
        sides = [("h", self.h)] if self.t is None else [("h", self.h), ("t", self.t)]
        features = [pd.DataFrame(x, columns=[f"{side}{i}" for i in range(x.shape[1])]) for side, x in sides]
        return pd.concat([self.summary(), *features], axis=1)


def generate(
    checkpoint: Checkpoint,
    emotions: Sequence[str] | str,
    n: int,
    *,
    seed: int = 0,
    t: np.ndarray | None = None,
    pairs: bool = False,
    noise_scale: float = 1.0,
    regulariser: str | None = None,
    voice: RecordedVoice | None = None,
) -> Generated:
    """n samples of each emotion, by new voices or by a known one. The same arguments give the same samples.

    Args:
        checkpoint: carries the generators and the reference.
        emotions: names of its classes, each counted once; a single one may be given as it is.
        n: samples of each emotion; at most 10,000 in all.
        seed: 0 to 2³¹ - 1.
        t: (dt,) text feature to condition on.
        pairs: make text features t̂, too.
        noise_scale: factor on the generator's noise, over 0 and at most 5; 1 is what was trained.
        regulariser: of the generator to use, None for the checkpoint's first.
        voice: whose samples to make, known by some of its recordings; None for new voices.

    Raises:
        SermiError: an unknown emotion, a number out of range, words for pairs, pairs of a known voice, or a checkpoint without
            a generator.
    """
    emotions = [emotions] if isinstance(emotions, str) else list(dict.fromkeys(emotions))
    _check_request(checkpoint, emotions, n, seed=seed, noise_scale=noise_scale, with_words=t is not None, pairs=pairs)
    if voice is not None and pairs:
        raise SermiError("Words are not generated for a known voice; leave out either pairs or the voice.")
    c = np.repeat([checkpoint.config.classes.index(emotion) for emotion in emotions], n)
    places = None if voice is None else voice_places(checkpoint, voice)
    draw = {"t": None if t is None else torch.from_numpy(np.asarray(t, np.float32)), "noise_scale": noise_scale}
    h, generated_t, index = _drawn(checkpoint.generator(regulariser), c, places, seed=seed, pairs=pairs, **draw)
    by = critics(checkpoint)
    with_words = generated_t if t is None else np.asarray(t, np.float32)[None]
    words = None if with_words is None else shared_label_scores(h, with_words, by.audio, by.text)
    nearest, distance = _nearest(h, checkpoint.reference.h)
    return Generated(
        h=h,
        c=c,
        t=generated_t,
        voice=index,
        log_q=by.audio.log_prob(h),
        score=label_scores(h, c, by.audio),
        words=words,
        nearest=nearest,
        distance=distance,
        nearest_text=None if generated_t is None else _nearest(generated_t, checkpoint.reference.text)[0],
        classes=checkpoint.config.classes,
    )


def _drawn(
    generator: Generator, c: np.ndarray, places: VoicePlaces | None, *, seed: int, pairs: bool, **conditions: Any
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """ĥ, t̂ of pairs, and the number of the voice (N,) of each: of new voices, or of the one whose places are given."""
    codes = torch.from_numpy(c)
    if places is not None:
        known = generator.sample_voice(codes, places, seed=seed, **conditions)
        return known.numpy(), None, np.zeros(len(c), int)
    voices = generator.deal(codes, torch.Generator().manual_seed(seed))
    h, t = generator.sample(codes, seed=seed, pairs=pairs, voices=voices, **conditions)
    return h.numpy(), None if t is None else t.numpy(), voices.number.unique(return_inverse=True)[1].numpy()


def _check_request(
    checkpoint: Checkpoint,
    emotions: Sequence[str],
    n: int,
    *,
    seed: int,
    noise_scale: float,
    with_words: bool,
    pairs: bool,
) -> None:
    classes = checkpoint.config.classes
    if not emotions:
        raise SermiError(f"Name at least one emotion; this checkpoint has {', '.join(classes)}.")
    unknown = [emotion for emotion in emotions if emotion not in classes]
    if unknown:
        raise SermiError(f"'{', '.join(unknown)}' is not an emotion of this checkpoint; use {', '.join(classes)}.")
    if not 1 <= n * len(emotions) <= MAX_SAMPLES:
        raise SermiError(f"Ask for 1 to {MAX_SAMPLES} samples in all, not {n * len(emotions)}.")
    if not 0 < noise_scale <= 5:
        raise SermiError(f"The noise scale should be over 0 and at most 5, not {noise_scale}.")
    if not 0 <= seed <= MAX_SEED:
        raise SermiError(f"The seed should be a whole number from 0 to {MAX_SEED}, not {seed}.")
    if pairs and with_words:
        raise SermiError("Ask for words or for pairs, not both: pairs make their own text features.")


def _nearest(h: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row of, and Euclidean distance to, the nearest real feature: (N, d), (R, d) -> (N,), (N,)."""
    squared = (h**2).sum(axis=1)[:, None] - 2 * h @ real.T + (real**2).sum(axis=1)
    nearest = squared.argmin(axis=1)
    return nearest, np.sqrt(np.maximum(squared[np.arange(len(h)), nearest], 0))


def data_sheet(checkpoint: Checkpoint, settings: Mapping[str, Any], generated: Generated) -> dict[str, Any]:
    """What goes beside a file of samples: what they are, how they were made, what the columns mean, what they are not.

    settings: the arguments that make them again.
    """
    voice = " and the same recordings of the voice" if "context" in settings else ""
    columns = set(generated.summary())
    columns |= {"h0, h1, ..."} | ({"t0, t1, ..."} if generated.t is not None else set())
    return {
        "what": f"{len(generated.c)} generated audio features ĥ of emotional speech, {generated.h.shape[1]} numbers each",
        "made_by": f"SERMI: `python -m sermi generate` with these settings{voice} makes the same samples again",
        "settings": dict(settings),
        "classes": list(generated.classes),
        "trained_on": checkpoint.config.training.get("audio", {}),
        "versions": dict(checkpoint.config.versions),
        "licence": f"{_licence(checkpoint.card)}, like the checkpoint: the recordings that it learnt from allow no more",
        "columns": {name: meaning for name, meaning in COLUMNS.items() if name in columns},
        "limits": list(LIMITS),
    }


def _licence(card: str) -> str:
    """The licence that a model card's header names."""
    named = re.search(r"^license: *(\S+)", card, re.MULTILINE)
    return named[1] if named else "unknown"


def write(generated: Generated, path: Path, *, about: Mapping[str, Any]) -> None:
    """Save samples as .npz, .csv or .parquet; `about` says how they came about and goes into a .json beside the file.

    Raises SermiError for another ending or a folder that isn't there.
    """

    def arrays() -> dict[str, np.ndarray]:
        rows = generated.summary()
        columns = {str(name): rows[name].to_numpy() for name in rows}
        columns["emotion"] = np.array(columns["emotion"], str)  # not as objects, which would need a pickle
        columns |= {"h": generated.h, "c": generated.c, "classes": np.array(generated.classes)}
        return columns if generated.t is None else columns | {"t": generated.t}

    tables.write(path, table=generated.table, arrays=arrays, data_sheet=about)
