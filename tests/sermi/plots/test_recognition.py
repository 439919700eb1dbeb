"""Figures say the numbers they were given, in colours that everybody can tell apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sermi import plots
from sermi.audio import SAMPLE_RATE
from sermi.labels import EMOTIONS
from sermi.predictor import Prediction, Segment

CLASSES = ("angry", "happy", "neutral", "sad")


def spread(winner: str, top: float = 0.7) -> dict[str, float]:
    rest = (1 - top) / (len(CLASSES) - 1)
    return {name: top if name == winner else rest for name in CLASSES}


def prediction(*, words: str | None = None, winners=("angry", "angry", "happy"), offset: float = 0.0) -> Prediction:
    segments = [Segment(offset + i, offset + i + 2, spread(winner)) for i, winner in enumerate(winners)]
    return Prediction(
        emotion="happy",
        confidence=0.7,
        sure=True,
        probabilities=spread("happy"),
        audio_only=spread("angry", 0.55),
        text_only=spread("sad", 0.85) if words else None,
        transcript=words,
        duration_s=segments[-1].end_s + offset,
        segments=segments,
        warnings=[],
    )


def waveform(seconds: float) -> np.ndarray:
    return np.sin(np.arange(int(seconds * SAMPLE_RATE)) / 20).astype(np.float32) * 0.5


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
        assert set(plots.COLOURS) == set(EMOTIONS)

    @pytest.mark.parametrize("vision", VISION)
    def test_stay_apart_for_every_eye(self, vision):
        seen = {name: oklab(VISION[vision] @ linear(colour)) for name, colour in plots.COLOURS.items()}
        closest = min(combinations(seen, 2), key=lambda pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]))
        assert np.linalg.norm(seen[closest[0]] - seen[closest[1]]) >= 0.06, closest

    def test_text_is_legible_on_light_and_dark_paper(self):
        grey = plots.relative_luminance(plots.TEXT)
        assert 1.05 / (grey + 0.05) >= 3.9
        assert (grey + 0.05) / (plots.relative_luminance("#181b21") + 0.05) >= 3.9

    @pytest.mark.parametrize("colour", plots.COLOURS.values())
    def test_labels_are_legible_on_their_bar(self, colour):
        luminance = plots.relative_luminance(colour)
        ratio = 1.05 / (luminance + 0.05) if plots.ink_on(colour) == "#fff" else (luminance + 0.05) / 0.0556
        assert ratio >= 4.0


class TestProbabilityBars:
    def test_one_bar_a_class_with_its_number_and_colour(self):
        (bar,) = plots.probability_bars(spread("happy")).data
        assert list(bar.y) == ["Angry", "Happy", "Neutral", "Sad"]
        assert list(bar.x) == pytest.approx([0.1, 0.7, 0.1, 0.1])
        assert bar.text[1].replace("\xa0", " ") == "70 %"
        assert list(bar.marker.color) == [plots.COLOURS[name] for name in CLASSES]

    def test_all_emotions_at_once(self):
        (bar,) = plots.probability_bars(dict.fromkeys(EMOTIONS, 0.1)).data
        assert len(bar.x) == len(EMOTIONS)

    def test_background_is_transparent(self):
        layout = plots.probability_bars(spread("sad")).layout
        assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0, 0, 0, 0)"


class TestSources:
    def test_voice_words_and_both_side_by_side(self):
        figure = plots.sources(prediction(words="so sad"))
        by_name = {bar.name: dict(zip(bar.y, bar.x, strict=True)) for bar in figure.data}
        assert by_name["Sad"] == pytest.approx({"Voice": 0.15, "Words": 0.85, "Together": 0.1})
        assert by_name["Happy"]["Together"] == pytest.approx(0.7)
        assert not figure.layout.annotations

    def test_without_words_the_frame_is_empty_and_says_so(self):
        figure = plots.sources(prediction())
        assert all(list(bar.y) == ["Voice"] for bar in figure.data)
        assert figure.layout.annotations[0].text == "no transcript given"
        assert list(figure.layout.yaxis.categoryarray) == ["Voice", "Words"]


class TestTimeline:
    def test_probabilities_over_time(self):
        what = prediction()
        figure = plots.timeline(waveform(4), what)
        areas = {trace.name: trace for trace in figure.data if trace.stackgroup}
        assert set(areas) == {name.capitalize() for name in CLASSES}
        assert list(areas["Happy"].x) == [0, 1, 2, 3, 4]
        assert list(areas["Happy"].y) == pytest.approx([0.1, 0.1, 0.1, 0.7, 0.7])
        assert np.sum([trace.y for trace in areas.values()], axis=0) == pytest.approx(np.ones(5))
        assert tuple(figure.layout.xaxis.range) == (0, 4)

    def test_waveform_takes_the_colour_of_the_likeliest_emotion(self):
        figure = plots.timeline(waveform(4), prediction())
        parts = [trace for trace in figure.data if trace.fill == "toself"]
        assert [part.fillcolor for part in parts] == [plots.COLOURS["angry"], plots.COLOURS["happy"]]
        assert max(parts[0].x) == pytest.approx(2.5, abs=0.02)
        assert max(max(part.y) for part in parts) == pytest.approx(1, abs=0.01)

    def test_trimmed_silence_has_no_emotion(self):
        figure = plots.timeline(waveform(5), prediction(offset=0.5))
        parts = [trace for trace in figure.data if trace.fill == "toself"]
        assert [part.fillcolor for part in parts][:: len(parts) - 1] == [plots.SILENCE, plots.SILENCE]

    def test_a_single_short_window(self):
        what = prediction(winners=("sad",))
        assert plots.timeline(waveform(2), what).data
        assert plots.describe_timeline(what) == "The voice sounds sad from beginning to end."

    def test_a_minute_stays_small(self):
        what = prediction(winners=("sad", "happy") * 30)
        assert len(plots.timeline(waveform(60), what).to_json()) < 300_000


class TestSentences:
    def test_regions_merge_and_meet(self):
        found = plots.regions(prediction().segments)
        assert found == [plots.Region(0, 2.5, "angry"), plots.Region(2.5, 4, "happy")]

    def test_timeline_in_order(self):
        assert plots.describe_timeline(prediction()) == "The voice sounds angry until 2.5 s, then happy."

    def test_timeline_by_share_when_restless(self):
        said = plots.describe_timeline(prediction(winners=("sad", "happy") * 5)).replace("\xa0", " ")
        assert said == "The voice changes 9 times: sad for 50 % of the time, happy for 50 % of the time."

    def test_sources(self):
        assert "the voice decides alone" in plots.describe_sources(prediction())
        said = plots.describe_sources(prediction(words="so sad")).replace("\xa0", " ")
        assert said == "The voice alone says angry (55 %), the words alone sad (85 %); together happy."


def test_gains_show_each_interval_and_colour_only_what_is_above_zero():
    found = {"SMOTE": (0.012, -0.002, 0.023), "Gaussian": (0.031, 0.017, 0.049)}
    (trace,) = plots.gains(found).data
    assert list(trace.y) == ["SMOTE", "Gaussian"]
    assert np.allclose(trace.x, [1.2, 3.1])
    assert np.allclose(trace.x - trace.error_x.arrayminus, [-0.2, 1.7])
    assert np.allclose(trace.x + trace.error_x.array, [2.3, 4.9])
    assert list(trace.marker.color) == [plots.COLOURS["neutral"], plots.COLOURS["sad"]]
    assert plots.describe_gains(found).endswith("Gaussian +3.1 (+1.7 to +4.9), SMOTE +1.2 (-0.2 to +2.3).")


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
