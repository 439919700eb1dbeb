"""What a visitor removes is gone, also what is still being computed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.app.recognise_page import ANSWER_MS, answered, button, upload, verdict


def test_clearing_empties_the_page_and_deletes_the_file(visit, server, speech, tmp_path):
    own = tmp_path / "cleared.wav"
    own.write_bytes(speech.read_bytes())
    page = visit()
    upload(page, own)
    answered(page)
    assert list(server.cache.rglob("cleared.wav"))
    button(page, "Clear").click()
    expect(verdict(page)).to_contain_text("No recording yet", timeout=ANSWER_MS)
    expect(page.locator("#timeline")).to_have_count(0)
    assert not list(server.cache.rglob("cleared.wav"))


def test_leaving_deletes_the_file(visit, server, speech, tmp_path):
    own = tmp_path / "left-behind.wav"
    own.write_bytes(speech.read_bytes())
    page = visit()
    upload(page, own)
    answered(page)
    page.goto("about:blank")
    other = visit()
    for _ in range(100):
        if not list(server.cache.rglob("left-behind.wav")):
            return
        other.wait_for_timeout(100)
    pytest.fail("the recording is still on the server")


def test_a_long_recording_that_is_removed_stops(visit, server, long_file):
    page, path = visit(), long_file(420)
    upload(page, path)
    expect(verdict(page)).to_contain_text("of 7 min", timeout=ANSWER_MS)
    button(page, "Clear").click()
    expect(verdict(page)).to_contain_text("No recording yet", timeout=ANSWER_MS)
    page.wait_for_timeout(2_000)
    expect(verdict(page)).to_contain_text("No recording yet", timeout=ANSWER_MS)
    assert not list(server.cache.rglob(path.name))
    page.get_by_role("tab", name="Generate").click()
    expect(page.locator("#sample-map .scatterlayer").first).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#sample-map-caption")).not_to_contain_text("The star")


def test_one_that_is_removed_while_it_waits_for_its_turn_does_not_come_back(visit, server, speech, long_file, tmp_path):
    own = tmp_path / "only-this.wav"
    own.write_bytes(speech.read_bytes())
    busy = [visit(), visit()]  # as many as are analysed at once
    for page in busy:
        upload(page, long_file(420))
        expect(verdict(page)).to_contain_text("of 7 min", timeout=ANSWER_MS)
    page = visit()
    upload(page, own)
    expect(button(page, "Clear")).to_be_visible(timeout=ANSWER_MS)
    button(page, "Clear").click()
    for one in busy:
        button(one, "Clear").click()
    page.wait_for_timeout(2_000)
    expect(verdict(page)).to_contain_text("No recording yet", timeout=ANSWER_MS)
    assert not list(server.cache.rglob(own.name))


def test_clearing_counts_also_while_an_earlier_clearing_is_under_way(visit, server, speech, tmp_path):
    own = tmp_path / "at-once.wav"
    own.write_bytes(speech.read_bytes())
    page, held = visit(), []

    def hold_first_reply(route):
        reply = route.fetch()
        if held:
            route.fulfill(response=reply)
        else:
            held.append(lambda: route.fulfill(response=reply))

    page.route("**/run/predict*", hold_first_reply)
    upload(page, own)  # to change the source of the recorder is a clearing as well
    answered(page)
    assert held
    button(page, "Clear").click()
    expect(verdict(page)).to_contain_text("No recording yet", timeout=ANSWER_MS)
    assert not list(server.cache.rglob(own.name))
    held[0]()
