"""Figures of a recording show the numbers they were given, and the sentences say them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sermi import plots
from sermi.audio import SAMPLE_RATE, Recording
from sermi.labels import EMOTIONS
from sermi.prediction import Prediction, Segment
from sermi.speech import NO_SPEECH

CLASSES = ("angry", "happy", "neutral", "sad")


def probabilities_for(winner: str, top: float = 0.7) -> dict[str, float]:
    rest = (1 - top) / (len(CLASSES) - 1)
    return {name: top if name == winner else rest for name in CLASSES}


def prediction(
    *, words: str | None = None, winners=("angry", "angry", "happy"), offset: float = 0.0, speech=None
) -> Prediction:
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
        speech_s=segments[-1].end_s - offset,
        speech=speech or [(offset, segments[-1].end_s)],
        segments=segments,
        warnings=[],
    )


def recording(seconds: float) -> Recording:
    return Recording(np.sin(np.arange(int(seconds * SAMPLE_RATE)) / 20).astype(np.float32) * 0.5, seconds)


def numbers(values) -> list[float]:
    return [value for value in values if value is not None]


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
        figure = plots.timeline(recording(4), short)
        areas = {trace.name: trace for trace in figure.data if trace.stackgroup}
        assert set(areas) == {name.capitalize() for name in CLASSES}
        assert list(areas["Happy"].x) == [0, 0, 1, 2, 3, 4, 4]
        assert areas["Happy"].y[0] is areas["Happy"].y[-1] is None
        assert numbers(areas["Happy"].y) == pytest.approx([0.1, 0.1, 0.1, 0.7, 0.7])
        assert np.sum([numbers(trace.y) for trace in areas.values()], axis=0) == pytest.approx(np.ones(5))
        assert tuple(figure.layout.xaxis.range) == (0, 4)

    def test_waveform_takes_the_colour_of_the_likeliest_emotion(self):
        figure = plots.timeline(recording(4), prediction())
        parts = [trace for trace in figure.data if trace.fill == "toself"]
        assert [part.fillcolor for part in parts] == [plots.COLOURS["angry"], plots.COLOURS["happy"]]
        assert max(parts[0].x) == pytest.approx(2.5, abs=0.02)
        assert max(max(part.y) for part in parts) == pytest.approx(1, abs=0.01)

    def test_pauses_have_no_emotion(self):
        """At either end and in between: the waveform is grey there and the areas are blank."""
        paused = prediction(offset=0.5, speech=[(0.5, 1.5), (2.5, 4.5)])
        figure = plots.timeline(recording(5), paused)
        waveforms = {trace.fillcolor: trace for trace in figure.data if trace.fill == "toself"}
        assert set(waveforms) == {plots.SILENCE, plots.COLOURS["angry"], plots.COLOURS["happy"]}
        grey = np.array(numbers(waveforms[plots.SILENCE].x))
        assert not ((grey > 0.51) & (grey < 1.49)).any()
        assert ((grey > 1.51) & (grey < 2.49)).any()
        assert grey.min() == 0
        assert grey.max() == 5
        area = next(trace for trace in figure.data if trace.stackgroup)
        assert [x for x, y in zip(area.x, area.y, strict=True) if y is None] == [0.5, 1.5, 2.5, 4.5]

    def test_nothing_said_nothing_shown(self):
        silent = replace(prediction(), segments=[], speech=[], speech_s=0.0)
        figure = plots.timeline(recording(4), silent)
        assert {trace.fillcolor for trace in figure.data if trace.fill == "toself"} == {plots.SILENCE}
        assert plots.describe_timeline(silent) == NO_SPEECH

    def test_a_single_short_window(self):
        short = prediction(winners=("sad",))
        assert plots.timeline(recording(2), short).data
        assert plots.describe_timeline(short) == "The voice sounds sad from beginning to end."

    def test_ten_minutes_stay_small(self):
        long = prediction(winners=("sad", "happy") * 300)
        assert len(plots.timeline(recording(60), long).to_json()) < 400_000

    @pytest.mark.parametrize(("seconds", "is_zoomed"), [(5, False), (30, True)])
    def test_what_is_longer_can_be_zoomed_and_reset(self, seconds, is_zoomed):
        figure = plots.timeline(recording(seconds), prediction(winners=("sad",) * (seconds - 1)))
        assert bool(figure.layout.xaxis2.rangeslider.visible) == is_zoomed
        assert figure.layout.dragmode is False  # a drag on the figure scrolls a phone's page
        assert figure.layout.xaxis.matches == "x2"
        for menu in figure.layout.updatemenus:
            assert menu.buttons[0].args == ({"xaxis.range": [0, seconds], "xaxis2.range": [0, seconds]},)
        assert len(figure.layout.updatemenus) == is_zoomed


class TestSentences:
    def test_regions_merge_and_meet(self):
        assert plots.regions(prediction()) == [plots.Region(0, 2.5, "angry"), plots.Region(2.5, 4, "happy")]

    def test_regions_end_at_pauses(self):
        paused = prediction(speech=[(0.0, 1.0), (2.0, 4.0)])
        expected = [(0.0, 1.0, "angry"), (2.0, 2.5, "angry"), (2.5, 4, "happy")]
        assert plots.regions(paused) == [plots.Region(*each) for each in expected]
        assert plots.describe_timeline(paused) == "The voice sounds angry until 2.5 s, then happy."

    def test_pauses_too_short_to_be_seen_are_bridged(self):
        assert len(plots.regions(prediction(speech=[(0.0, 1.0), (1.2, 4.0)]))) == 2

    @pytest.mark.parametrize(
        ("speech_s", "duration_s", "sentence"),
        [
            (2.1, 15, "2.1 s of speech in 15 s"),
            (9.8, 10, "10 s of speech"),
            (110.2, 180, "1 min 50 s of speech in 3 min"),
            (4_000, 7_200, "1 h 7 min of speech in 2 h 0 min"),
        ],
    )
    def test_how_much_is_speech(self, speech_s, duration_s, sentence):
        assert plots.describe_speech(replace(prediction(), speech_s=speech_s, duration_s=duration_s)) == sentence

    def test_timeline_in_order(self):
        assert plots.describe_timeline(prediction()) == "The voice sounds angry until 2.5 s, then happy."

    def test_timeline_by_share_when_restless(self):
        sentence = plots.describe_timeline(prediction(winners=("sad", "happy") * 5)).replace("\xa0", " ")
        assert sentence == "The voice changes 9 times: sad for 50 % of the time, happy for 50 % of the time."

    def test_sources(self):
        assert "the voice decides alone" in plots.describe_sources(prediction())
        sentence = plots.describe_sources(prediction(words="so sad")).replace("\xa0", " ")
        assert sentence == "The voice alone says angry (55 %), the words alone sad (85 %); together happy."
