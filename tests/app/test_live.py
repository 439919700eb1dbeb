"""The emotion while somebody speaks, in a real browser whose microphone always hears the same reader."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from sermi.ui import engine as engines
from sermi.ui.recognise.live import MAX_WINDOW_S, Window, moment, parse
from tests.app import recognise_page
from tests.app.conftest import recordings

MOMENT = "#live .moment[data-emotion]"
ANSWER_MS = 60_000
expect.set_options(timeout=ANSWER_MS)


def record(page: Page) -> None:
    recognise_page.button(page, "Record").click()


def stop(page: Page) -> None:
    recognise_page.button(page, "Stop").click()
    recognise_page.answered(page)


def moments(page: Page):
    return page.locator("#live .moments li")


@pytest.fixture
def ready(visit, speech) -> Page:
    """A page whose model is loaded and has answered, so that there is an earlier answer."""
    page = visit()
    recognise_page.upload(page, speech)
    recognise_page.answered(page)
    recognise_page.button(page, "Clear").click()
    recognise_page.button(page, "Record audio").click()
    return page


def test_the_emotion_moves_while_somebody_speaks_and_nothing_of_it_is_kept(ready, server):
    page = ready
    record(page)
    expect(page.locator(MOMENT)).to_contain_text(re.compile(r"(Neutral|Happy|Sad|Angry), \d+\s%"))
    expect(page.locator("#verdict")).to_be_hidden()
    expect(page.locator("#live .stacked")).to_have_attribute("aria-label", re.compile(r"neutral \d"))
    page.wait_for_function("document.querySelectorAll('#live .moments li').length > 4")
    assert recordings(server.cache) == []
    stop(page)
    expect(page.locator("#live")).to_be_hidden()
    expect(page.locator("#voice li")).to_have_count(1)


def test_a_pause_is_no_end(ready):
    page = ready
    record(page)
    page.wait_for_function("document.querySelectorAll('#live .moments li').length > 1")
    page.locator("#recording .pause-button").click()
    expect(page.locator("#live")).to_be_hidden()
    before = moments(page).count()
    page.locator("#recording .resume-button").click()
    page.wait_for_function(f"document.querySelectorAll('#live .moments li').length > {before} + 4")
    stop(page)
    recognise_page.button(page, "Clear").click()
    record(page)
    expect(page.locator(MOMENT)).to_be_visible(timeout=ANSWER_MS)
    assert moments(page).count() <= before + 1
    stop(page)


@pytest.mark.parametrize("pauses_first", [False, True])
def test_a_take_that_is_given_up_ends_and_its_recording_is_not_sent(ready, server, pauses_first):
    page, sent = ready, []
    page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    page.evaluate("""() => {
        const media = navigator.mediaDevices, open = media.getUserMedia.bind(media);
        media.getUserMedia = async (options) => (window.microphone = await open(options));
    }""")
    record(page)
    page.wait_for_function("document.querySelectorAll('#live .moments li').length > 1")
    if pauses_first:
        page.locator("#recording .pause-button").click()
    recognise_page.button(page, "Clear").click()
    expect(recognise_page.button(page, "Record")).to_be_visible()
    expect(page.locator("#live")).to_be_hidden()
    page.wait_for_function("window.microphone.getTracks().every((track) => track.readyState === 'ended')")
    expect(recognise_page.verdict(page)).to_contain_text("No recording yet")
    assert sent == recordings(server.cache) == []


def test_it_is_seen_on_a_phone_beside_what_is_spoken_into(visit):
    page = visit(width=390, theme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    record(page)
    expect(page.locator(MOMENT)).to_be_in_viewport(ratio=1)
    expect(recognise_page.button(page, "Stop")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    stop(page)


def test_whoever_does_not_want_it_sends_nothing_before_the_end(visit):
    page = visit()
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.get_by_label("Show the emotion while I speak").uncheck()
    record(page)
    expect(page.locator("#recording time").last).to_have_text(re.compile("0:0[2-9]"))
    expect(page.locator("#live")).to_be_hidden()
    assert [body[:200] for body in sent if "pcm" in body] == []
    page.get_by_label("Show the emotion while I speak").check()
    expect(page.locator(MOMENT)).to_be_visible()
    page.get_by_label("Show the emotion while I speak").uncheck()
    expect(page.locator("#live")).to_be_hidden()
    sent.clear()
    page.wait_for_timeout(1_500)
    assert [body[:200] for body in sent if "pcm" in body] == []
    stop(page)


def test_browsers_that_do_not_resample_send_what_they_have(browser, server):
    context = browser.new_context(permissions=["microphone"])
    page = context.new_page()
    page.add_init_script(
        """window.AudioContext = class extends window.AudioContext {
            createMediaStreamSource(stream) {
                if (this.sampleRate === 16000) throw new DOMException("another rate", "NotSupportedError");
                return super.createMediaStreamSource(stream);
            }
        };"""
    )
    rates = []

    def note(request) -> None:
        if request.method == "POST" and "pcm" in (request.post_data or ""):
            rates.append(json.loads(request.post_data)["event_data"]["rate"])

    page.on("request", note)
    page.goto(server.url)
    record(page)
    expect(page.locator(MOMENT)).to_be_visible(timeout=ANSWER_MS)
    assert rates
    assert all(rate > 16_000 for rate in rates)
    stop(page)
    context.close()


def pcm(n: int) -> str:
    return base64.b64encode(np.arange(n, dtype="<i2").tobytes()).decode()


GOOD = {"take": 1, "end": 2.5, "rate": 16_000, "pcm": pcm(32_000)}


def test_a_window_is_parsed():
    window = parse(GOOD)
    assert window is not None
    assert (window.take, window.end_s, window.rate) == (1, 2.5, 16_000)
    np.testing.assert_array_equal(window.samples, np.arange(32_000).astype(np.int16))


@pytest.mark.parametrize(
    "change",
    [
        {"pcm": None},
        {"pcm": ""},
        {"pcm": "AAA"},
        {"pcm": "AA=="},
        {"pcm": "<script>"},
        {"pcm": "é" * 8},
        {"pcm": pcm(int(MAX_WINDOW_S * 16_000) + 2)},
        {"rate": 0},
        {"rate": -16_000},
        {"rate": 10**9},
        {"rate": "sixteen"},
        {"rate": [16_000]},
        {"rate": float("inf")},
        {"end": float("nan")},
        {"end": {}},
        {"take": None},
        {"take": "<b>"},
    ],
    ids=repr,
)
def test_what_no_page_sends_is_no_window(change):
    assert parse(GOOD | change) is None


@pytest.mark.parametrize("data", [None, [], "pcm", 3, {}])
def test_nor_is_what_has_no_fields(data):
    assert parse(data) is None


def test_it_draws_on_what_is_known_of_the_voice_and_adds_nothing(checkpoints, speech):
    """The same seconds are answered as `predict` answers them beside the same sentences."""
    from sermi import audio
    from sermi.ui.voices import Sentence, VisitorVoice

    engine = engines.Engine(checkpoints)
    whole = audio.read(speech)
    samples = np.round(whole.waveform[:32_000] * 32_767).astype(np.int16)
    predictor = engine.predictor(engine.default)
    voice = VisitorVoice()
    for start in (3, 5, 7):
        part = audio.Recording(whole.waveform[start * 16_000 : (start + 2) * 16_000], 2.0)
        voice = voice.with_sentence(Sentence(f"/{start}", predictor.encode(part).utterance, "neutral"))
    alone = engine.analyse_window(samples, 16_000, engine.default, ())
    known = engine.analyse_window(samples, 16_000, engine.default, voice.sentences)
    assert (alone.context, known.context) == (0, 3)
    assert known.without_context == pytest.approx(alone.probabilities)
    assert known.probabilities != pytest.approx(alone.probabilities, abs=1e-3)
    shown = moment(Window(3, 4.25, 16_000, samples), known)
    assert f'data-emotion="{known.emotion}"' in shown
    assert 'data-take="3" data-end="4.250"' in shown
