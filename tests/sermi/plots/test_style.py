"""Colours that everybody can tell apart, and text that everybody can read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sermi.labels import EMOTIONS
from sermi.plots import COLOURS, TEXT, ink_on, relative_luminance

# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


class TestColours:
    def test_every_emotion_has_one(self):
        assert set(COLOURS) == set(EMOTIONS)

    @pytest.mark.parametrize("vision", VISION)
    def test_stay_apart_for_every_eye(self, vision):
        seen = {name: oklab(VISION[vision] @ linear(colour)) for name, colour in COLOURS.items()}
        closest = min(combinations(seen, 2), key=lambda pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]))
        assert np.linalg.norm(seen[closest[0]] - seen[closest[1]]) >= 0.06, closest

    def test_text_is_legible_on_light_and_dark_paper(self):
        grey = relative_luminance(TEXT)
        assert 1.05 / (grey + 0.05) >= 3.9
        assert (grey + 0.05) / (relative_luminance("#181b21") + 0.05) >= 3.9

    @pytest.mark.parametrize("colour", COLOURS.values())
    def test_labels_are_legible_on_their_bar(self, colour):
        luminance = relative_luminance(colour)
        ratio = 1.05 / (luminance + 0.05) if ink_on(colour) == "#fff" else (luminance + 0.05) / 0.0556
        assert ratio >= 4.0


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson (2020), https://bottosson.github.io/posts/oklab/."""
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.clip(np.array(to_lms) @ np.clip(rgb, 0, 1), 0, None))
