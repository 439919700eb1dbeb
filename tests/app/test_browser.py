"""The real page in a real browser."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from sermi import checkpoint, shipped
from tests.app.recognise_page import ANSWER_MS, answered, button, upload, verdict


def test_before_first_use(visit):
    page = visit()
    expect(verdict(page)).to_contain_text("No recording yet")
    expect(page.locator("#timeline")).to_have_count(0)
    expect(page.get_by_text("must not be used for decisions about people")).to_be_visible()
    expect(page.locator(".examples")).to_contain_text("Nobody has labelled it with an emotion")
    expect(page.locator(".examples")).to_contain_text("Play above asks for four")


def test_upload_shows_everything(visit, speech):
    page = visit()
    upload(page, speech)
    expect(answered(page)).to_contain_text("s of speech in 10 s, from the voice alone")
    for figure in ("probabilities", "sources", "timeline"):
        expect(page.locator(f"#{figure} .main-svg").first).to_be_visible()
        expect(page.get_by_role("img", name=re.compile(".+")).and_(page.locator(f"#{figure}"))).to_be_visible()
    for name in checkpoint.load().config.classes:
        expect(page.locator("#probabilities").get_by_text(name.capitalize(), exact=True)).to_be_visible()
    expect(page.locator("#sources").get_by_text("no transcript given")).to_be_visible()
    page.get_by_text("Show the numbers as a table").click()
    expect(page.get_by_role("row")).to_have_count(1 + len(checkpoint.load().config.classes))


@pytest.mark.parametrize("extension", ["mp3", "m4a", "webm", "mp4"])
def test_upload_of_what_browsers_call_video_too(visit, encoded, extension):
    page = visit()
    upload(page, encoded(extension))
    answered(page)


def test_dropping_a_file(visit, encoded):
    page = visit()
    button(page, "Upload file").click()
    content = base64.b64encode(encoded("mp4").read_bytes()).decode()
    dropped = page.evaluate_handle(
        """content => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
            transfer.items.add(new File([bytes], "speech.mp4", { type: "video/mp4" }));
            return transfer;
        }""",
        content,
    )
    page.get_by_text("Drop Audio Here").dispatch_event("drop", {"dataTransfer": dropped})
    answered(page)


def test_recording(visit):
    page = visit()
    button(page, "Record").click()
    expect(page.locator("#recording time").last).to_have_text(re.compile("0:0[2-9]"))
    button(page, "Stop").click()
    expect(answered(page)).to_contain_text("from the voice alone")
    expect(button(page, "Play")).to_be_visible()


def test_typing_what_was_said(visit, speech):
    page = visit()
    upload(page, speech)
    answered(page)
    page.get_by_label("What was said").fill("I am so happy <b today")
    button(page, "Recognise").click()
    expect(verdict(page)).to_contain_text("from the voice and the words")
    expect(page.locator("#verdict blockquote")).to_have_text("I am so happy <b today")
    for row in ("Voice", "Words", "Together"):
        expect(page.locator("#sources").get_by_text(row, exact=True)).to_be_visible()


def test_transcribing(visit, speech):
    page = visit()
    upload(page, speech)
    answered(page)
    button(page, "Transcribe for me").click()
    expect(page.get_by_label("What was said")).to_have_value(re.compile("Ever tried"), timeout=ANSWER_MS)
    expect(verdict(page)).to_contain_text("from the voice and the words", timeout=ANSWER_MS)
    expect(button(page, "Transcribe for me")).to_be_enabled()


def test_transcribing_nothing_says_what_to_do(visit):
    page = visit()
    page.get_by_label("What was said").fill("typed before")
    button(page, "Transcribe for me").click()
    expect(verdict(page)).to_contain_text("There is no recording yet")
    expect(page.get_by_label("What was said")).to_have_value("typed before")


def test_an_example_runs_by_itself(visit):
    page = visit()
    page.get_by_role("button", name=re.compile("^Beckett")).click()
    expect(answered(page)).to_contain_text("from the voice and the words")
    expect(page.get_by_label("What was said")).to_have_value(re.compile("^Ever tried"))
    page.get_by_role("button", name=re.compile("^An unscripted remark")).click()
    expect(verdict(page)).to_contain_text("of speech in 4.1 s, from the voice alone", timeout=ANSWER_MS)


def test_switching_the_model(visit, speech):
    names = shipped.available()
    if len(names) < 2:
        pytest.skip("only one checkpoint is shipped")
    page = visit()
    upload(page, speech)
    answered(page)
    page.get_by_label("Model").click()
    page.get_by_role("option", name=re.compile(f"^{names[1]}")).click()
    for name in checkpoint.load(names[1]).config.classes:
        expect(page.locator("#probabilities").get_by_text(name.capitalize(), exact=True)).to_be_visible(
            timeout=ANSWER_MS
        )


def test_an_unreadable_file_is_one_sentence_and_loses_nothing(visit, encoded, tmp_path):
    path = tmp_path / "damaged.flac"
    path.write_bytes(b"no sound in here at all")
    page = visit()
    page.get_by_label("What was said").fill("my own words")
    upload(page, path)
    sentence = "'damaged.flac' is not an audio file that can be read"
    expect(verdict(page)).to_contain_text(sentence, timeout=ANSWER_MS)
    expect(page.get_by_test_id("toast-body")).to_contain_text(sentence)
    expect(page.get_by_label("What was said")).to_have_value("my own words")
    expect(page.locator("body")).not_to_contain_text("Traceback")


def test_a_long_recording_can_be_zoomed_and_reset(visit, long_file):
    page = visit()
    upload(page, long_file(75))
    expect(answered(page)).to_contain_text("s of speech in 1 min 15 s")
    expect(page.locator("#timeline-caption")).to_contain_text("s of speech in 1 min 15 s")
    page.locator("#timeline").scroll_into_view_if_needed()
    shown = "document.querySelector('#timeline .js-plotly-plot')._fullLayout.xaxis.range"
    assert page.evaluate(shown) == [0, 75]
    handle = page.locator("#timeline .rangeslider-grabber-max")
    handle.hover()  # once nothing above it grows any more
    slider = page.locator("#timeline .rangeslider-container").bounding_box()
    grip = handle.bounding_box()
    y = grip["y"] + grip["height"] / 2
    page.mouse.move(grip["x"] + grip["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(grip["x"] - slider["width"] / 4, y, steps=4)
    page.mouse.move(grip["x"] - slider["width"] / 2, y, steps=4)
    page.mouse.up()
    page.wait_for_function(f"{shown}[1] < 45")
    page.get_by_text("Whole recording").click()
    page.wait_for_function(f"{shown}[1] == 75")


def test_without_speech_it_says_so(visit, tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000)
    soundfile.write(tmp_path / "noise.wav", noise, 16_000)
    page = visit()
    upload(page, tmp_path / "noise.wav")
    expect(verdict(page)).to_contain_text("No speech was found; say a whole sentence.", timeout=ANSWER_MS)
    expect(page.locator("#timeline")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(visit, theme):
    page = visit(width=390, theme=theme)
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 390
    page.get_by_role("button", name=re.compile("^Beckett")).click()
    answered(page)
    expect(page.locator("#timeline .legend")).to_be_visible()
    assert page.evaluate(wide) <= 390
    for figure in ("probabilities", "sources", "timeline"):
        box = page.locator(f"#{figure} .main-svg").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_in_figures_is_legible(visit, theme):
    page = visit(theme=theme)
    page.get_by_role("button", name=re.compile("^Beckett")).click()
    answered(page)
    expect(page.locator("#timeline .legendtext").first).to_be_visible()
    ink, paper = page.evaluate(
        """() => [getComputedStyle(document.querySelector('#timeline .legendtext')).fill,
                  getComputedStyle(document.querySelector('.course')).backgroundColor]"""
    )
    assert contrast(ink, paper) >= 7, (ink, paper)


def test_by_keyboard_alone(visit):
    page = visit()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith("Beckett"):
            break
    page.keyboard.press("Enter")
    answered(page)


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two CSS colours 'rgb(r, g, b)'."""
    light = []
    for colour in (one, other):
        channels = [int(float(part)) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(light) / min(light)
