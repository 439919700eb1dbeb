"""Whose generated samples are: a voice that is known by its recordings, or as many new ones as a checkpoint was trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from sermi.checkpoint import Checkpoint
from sermi.errors import SermiError
from sermi.models.generator import VoicePlaces, Voices
from sermi.recorded_voice import RecordedVoice
from sermi.voice import VoiceModel

N_MEASURED = 4_000
"""Samples that the information of a set is measured of, about; more change no figure."""


def training_design(checkpoint: Checkpoint) -> tuple[torch.Tensor, Voices]:
    """Codes (N,) and voices like those that the checkpoint was trained on: as many of each corpus, about as many samples each.

    What a set carries about the emotion depends on how many voices it has, so that is how generated and real are compared.
    New voices as any other set has them where the checkpoint doesn't say what it was trained on.
    """
    counts = [
        (int(entry["recordings"]), int(entry["speakers"]))
        for _, entry in sorted(checkpoint.config.training.get("audio", {}).items())
    ]
    generator = checkpoint.generator()
    if len(counts) != generator.shape.n_corpora or not all(speakers for _, speakers in counts):
        codes = torch.arange(N_MEASURED) % generator.shape.n_classes
        return codes, generator.deal(codes, torch.Generator().manual_seed(0))
    share = min(1.0, N_MEASURED / sum(recordings for recordings, _ in counts))
    emotions, index, corpus, n_voices = [], [], [], 0
    for j, (recordings, speakers) in enumerate(counts):
        classes = torch.nonzero(generator.corpus_shares[:, j])[:, 0]
        per_cell = max(1, round(share * recordings / (speakers * len(classes))))
        emotions.append(classes.repeat_interleave(per_cell).repeat(speakers))
        index.append((n_voices + torch.arange(speakers)).repeat_interleave(per_cell * len(classes)))
        corpus.append(torch.full_like(index[-1], j))
        n_voices += speakers
    return torch.cat(emotions), Voices(torch.cat(index), torch.cat(corpus))


def voice_places(checkpoint: Checkpoint, voice: RecordedVoice) -> VoicePlaces:
    """What a voice's recordings say of where its emotions lie, for a generator of the checkpoint.

    Raises SermiError where the voice is another checkpoint's, or its features are not the generator's.
    """
    if not voice.goes_with(checkpoint):
        raise SermiError("This voice was recorded with another checkpoint; use the same one, or its recordings.")
    model = checkpoint.voice_recogniser().model
    if model.dim != checkpoint.config.shape.feature_dim:
        raise SermiError("The voice model of this checkpoint sees only a part of its features; train it again.")
    return places_of(model, *voice.used_clips)


def places_of(model: VoiceModel, clips: np.ndarray, emotions: Sequence[int | None] | np.ndarray | None) -> VoicePlaces:
    """What clips (n, d) say of where their voice has its emotions, for a generator of features like them.

    Args:
        model: of voices, in the generator's features.
        clips: (n, d) features; n may be 0.
        emotions: (n,) codes, as for `VoiceModel.posterior`.

    Raises:
        SermiError: as for `VoiceModel.posterior`.
    """
    places = model.places(clips, emotions)
    return VoicePlaces(
        means=torch.from_numpy(places.means).float(),
        factors=torch.from_numpy(places.factors).float(),
        rest=torch.from_numpy(np.linalg.cholesky(model.rest)).float(),
    )
