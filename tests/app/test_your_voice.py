"""The card "Your voice" in a real browser, whose microphone always hears the same reader."""

from __future__ import annotations

import re
from functools import partial

from playwright.sync_api import Page, expect

from tests.app import generate_page

ANSWER_MS = 60_000
ANSWER = "#verdict .sure, #verdict .unsure"
expect.set_options(timeout=ANSWER_MS)


def speak(page: Page, from_s: int = 2) -> int:
    """So many seconds and more, of a minute, into the recorder that a button has started. How many."""
    shown = page.locator("#recording time").last
    expect(shown).to_have_text(re.compile("|".join(f"0:{second:02}" for second in range(from_s, 60))))
    expect(page.locator("#say-another, #read-calm").last).to_be_disabled()
    seconds = int(shown.inner_text().split(":")[1])
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(ANSWER)).to_be_visible()
    return seconds


def sentences(page: Page):
    return page.locator("#voice li")


def press(page: Page, button: str) -> None:
    """As people in a hurry do."""
    page.locator(button).dblclick()


def test_sentences_come_and_leave(visit):
    page = visit(width=390, theme="dark")
    shown_before = page.locator("#voice blockquote").inner_text()
    press(page, "#read-calm")
    expect(page.locator(".to-read blockquote")).to_have_text(shown_before)
    seconds = speak(page)
    expect(page.locator(".to-read")).to_be_hidden()
    expect(page.locator("#voice")).to_contain_text("Heard once, read calmly")
    press(page, "#say-another")
    expect(page.locator("#verdict")).to_contain_text("No recording yet")
    speak(
        page, seconds + 3
    )  # the microphone's file begins anew: no longer than the first it could be the same recording
    expect(page.locator("#voice")).to_contain_text("heard twice")
    bars = page.locator("#voice-change .stacked")
    expect(bars).to_have_count(2)
    expect(bars.last).to_have_attribute("aria-label", re.compile(r"neutral \d"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_role("button", name="Remove sentence 1").click()
    expect(sentences(page)).to_have_count(1)
    expect(bars).to_have_count(0)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("#voice")).to_contain_text("has left your voice")
    expect(sentences(page)).to_have_count(0)
    expect(page.locator("#say-another")).to_be_hidden()


def test_nobody_else_is_taken_for_the_visitor(open_page, speech):
    page = open_page()
    page.get_by_role("button", name=re.compile("^Beckett")).click()
    expect(page.locator(ANSWER)).to_be_visible()
    expect(sentences(page)).to_have_count(0)
    page.get_by_role("button", name="Upload file", exact=True).click()
    page.locator("#recording input[type=file]").set_input_files(speech)
    expect(sentences(page)).to_have_count(1)
    page.get_by_label("What was said").fill("ever tried")
    page.get_by_role("button", name="Recognise", exact=True).click()
    expect(page.locator("#verdict")).to_contain_text("from the voice and the words")
    expect(sentences(page)).to_have_count(1)
    other = open_page()
    expect(other.locator("#read-calm")).to_be_visible()
    expect(sentences(other)).to_have_count(0)

    page.locator("#say-another").click()
    expect(page.locator("#recording input[type=file]")).to_be_attached()
    page.locator("#read-calm").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.get_by_role("button", name="Not now", exact=True).click()
    expect(page.locator(".to-read")).to_be_hidden()
    speak(page)
    page.locator("#someone-else").click()
    expect(page.locator("#voice")).to_contain_text("A new voice begins")
    expect(page.locator("#verdict")).to_contain_text("No recording yet")
    expect(sentences(page)).to_have_count(0)


def test_a_late_answer_does_not_ask_to_read_again(open_page):
    page, late = open_page(), []
    with page.expect_response("**/run/predict*"):
        page.get_by_role("button", name="Upload file", exact=True).click()

    def hold_the_second(route):
        """The first answers the button; to record is a change of the recorder's source, which asks as well."""
        late.append(partial(route.fulfill, response=route.fetch()))
        if len(late) != 2:
            late[-1]()

    page.route("**/run/predict*", hold_the_second)
    page.locator("#read-calm").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    while len(late) < 2:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Not now", exact=True).click()
    expect(page.locator(".to-read")).to_be_hidden()
    with page.expect_request_finished(lambda request: "run/predict" in request.url):
        late[1]()
    page.wait_for_timeout(500)
    expect(page.locator(".to-read")).to_be_hidden(timeout=1)
    speak(page)
    expect(page.locator("#voice")).to_contain_text("Heard once")
    expect(page.locator("#voice")).not_to_contain_text("read calmly")


def test_a_recording_that_is_still_being_sent_is_not_taken_for_what_is_asked_for_next(open_page):
    page, held = open_page(), []
    page.route("**/upload*", lambda route: held.append(route))
    page.get_by_role("button", name="Record", exact=True).click()
    shown = page.locator("#recording time").last
    expect(shown).to_have_text("0:04")
    page.get_by_role("button", name="Stop", exact=True).click()
    while not held:
        page.wait_for_timeout(50)
    for asks in ("#read-calm", "#game-play"):
        expect(page.locator(asks)).to_be_disabled()
    held[0].continue_()
    expect(page.locator(ANSWER)).to_be_visible()
    expect(page.locator("#voice")).to_contain_text("Heard once")
    expect(page.locator("#voice")).not_to_contain_text("read calmly")
    expect(page.locator("#read-calm")).to_be_enabled()


def test_the_game_counts_what_is_recognised(open_page):
    page = open_page()
    game = page.locator("#game")
    expect(game).to_contain_text("say this angrily")
    press(page, "#game-play")
    expect(game).to_contain_text("1 of 4: say it angrily")
    speak(page)
    expect(game).to_contain_text(re.compile("[01] of 1 recognised as it was meant"))
    expect(page.locator("#voice")).to_contain_text("Said angrily")
    expect(page.locator("#game-play")).to_have_text("Next: say it happily")
    page.get_by_role("button", name="End the game").click()
    expect(game).to_contain_text("Try it")
    # an answer that isn't sure says from where on it would be
    if page.locator("#verdict .unsure").count():
        expect(page.locator("#verdict .why")).to_contain_text("An answer counts as sure from")


def test_the_visitors_own_samples_go_with_their_voice(visit):
    page = visit()
    page.get_by_role("tab", name="Generate").click()
    page.get_by_label("My voice").check()
    generate_page.press(page)
    generate_page.expect_status(page, "Nothing is known of your voice")
    page.get_by_role("tab", name="Recognise").click()
    press(page, "#read-calm")
    speak(page)
    page.get_by_role("tab", name="Generate").click()
    generate_page.generate(page)
    generate_page.expect_status(page, "by your voice as 1 sentence let it be known")
    generate_page.wait_until_measured(page)
    expect(page.locator("#gen-verdict")).to_contain_text("Of your voice alone")
    page.get_by_role("tab", name="Recognise").click()
    page.get_by_role("button", name="Remove sentence 1").click()
    expect(sentences(page)).to_have_count(0)
    page.get_by_role("tab", name="Generate").click()
    expect(page.locator("#gen-status")).not_to_contain_text("your voice as")
    assert generate_page.dots(page) == {}
