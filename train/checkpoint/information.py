"""What real features of a checkpoint's speakers carry about the emotion, and generated ones measured alike."""

from __future__ import annotations

import numpy as np
import torch

from sermi import mi
from sermi.models.generator import Generator, Voices
from train.samples import AudioSample


def real_information(h: np.ndarray, sample: AudioSample, seed: int) -> mi.MIEstimate:
    """I(c; h) of real features h (N, d), measured on speakers that the critic never saw."""
    return mi.LabelInformation(seed=seed).estimate(h, sample.c, sample.speaker)


def generated_information(generator: Generator, sample: AudioSample, seed: int) -> mi.MIEstimate:
    """I(c; ĥ) of as many voices as the sample has, of its corpora, who say what its speakers said; measured likewise."""
    speaker, corpus = (np.unique(names, return_inverse=True)[1].ravel() for names in (sample.speaker, sample.corpus))
    voices = Voices(torch.from_numpy(speaker), torch.from_numpy(corpus))
    h = generator.sample(torch.from_numpy(sample.c), seed=seed, voices=voices)[0].numpy()
    return mi.LabelInformation(seed=seed).estimate(h, sample.c, speaker)


def sample_h(generator: Generator, c: np.ndarray, seed: int) -> np.ndarray:
    """Generated audio features (n, d) of codes c (n,), of new voices."""
    return generator.sample(torch.from_numpy(c), seed=seed)[0].numpy()
