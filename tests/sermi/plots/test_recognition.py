"""Figures of a recording show the numbers they were given, and the sentences say them."""

from __future__ import annotations

import numpy as np
import pytest

from sermi import plots
from sermi.audio import SAMPLE_RATE
from sermi.labels import EMOTIONS
from sermi.predictor import Prediction, Segment

CLASSES = ("angry", "happy", "neutral", "sad")


def probabilities_for(winner: str, top: float = 0.7) -> dict[str, float]:
    rest = (1 - top) / (len(CLASSES) - 1)
    return {name: top if name == winner else rest for name in CLASSES}


def prediction(*, words: str | None = None, winners=("angry", "angry", "happy"), offset: float = 0.0) -> Prediction:
    segments = [Segment(offset + i, offset + i + 2, probabilities_for(winner)) for i, winner in enumerate(winners)]
    return Prediction(
        emotion="happy",
        confidence=0.7,
        sure=True,
        probabilities=probabilities_for("happy"),
        audio_only=probabilities_for("angry", 0.55),
        text_only=probabilities_for("sad", 0.85) if words else None,
        transcript=words,
        duration_s=segments[-1].end_s + offset,
        segments=segments,
        warnings=[],
    )


def waveform(seconds: float) -> np.ndarray:
    return np.sin(np.arange(int(seconds * SAMPLE_RATE)) / 20).astype(np.float32) * 0.5


class TestProbabilityBars:
    def test_one_bar_a_class_with_its_number_and_colour(self):
        (bar,) = plots.probability_bars(probabilities_for("happy")).data
        assert list(bar.y) == ["Angry", "Happy", "Neutral", "Sad"]
        assert list(bar.x) == pytest.approx([0.1, 0.7, 0.1, 0.1])
        assert bar.text[1].replace("\xa0", " ") == "70 %"
        assert list(bar.marker.color) == [plots.COLOURS[name] for name in CLASSES]

    def test_all_emotions_at_once(self):
        (bar,) = plots.probability_bars(dict.fromkeys(EMOTIONS, 0.1)).data
        assert len(bar.x) == len(EMOTIONS)

    def test_background_is_transparent(self):
        layout = plots.probability_bars(probabilities_for("sad")).layout
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
        short = prediction()
        figure = plots.timeline(waveform(4), short)
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
        short = prediction(winners=("sad",))
        assert plots.timeline(waveform(2), short).data
        assert plots.describe_timeline(short) == "The voice sounds sad from beginning to end."

    def test_a_minute_stays_small(self):
        short = prediction(winners=("sad", "happy") * 30)
        assert len(plots.timeline(waveform(60), short).to_json()) < 300_000


class TestSentences:
    def test_regions_merge_and_meet(self):
        assert plots.regions(prediction().segments) == [plots.Region(0, 2.5, "angry"), plots.Region(2.5, 4, "happy")]

    def test_timeline_in_order(self):
        assert plots.describe_timeline(prediction()) == "The voice sounds angry until 2.5 s, then happy."

    def test_timeline_by_share_when_restless(self):
        sentence = plots.describe_timeline(prediction(winners=("sad", "happy") * 5)).replace("\xa0", " ")
        assert sentence == "The voice changes 9 times: sad for 50 % of the time, happy for 50 % of the time."

    def test_sources(self):
        assert "the voice decides alone" in plots.describe_sources(prediction())
        sentence = plots.describe_sources(prediction(words="so sad")).replace("\xa0", " ")
        assert sentence == "The voice alone says angry (55 %), the words alone sad (85 %); together happy."
