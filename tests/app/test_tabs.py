"""Evidence, Walkthrough and About in a real browser: every control, and no error in the console."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from sermi import shipped
from sermi.ui.measurement_files import gather
from tests.app.test_accessibility import serious_violations

ANSWER_MS = 60_000
expect.set_options(timeout=ANSWER_MS)


@pytest.fixture
def visit(open_page):
    """A function that opens a tab, or the page by a link."""

    def open_tab(tab: str | None, **options) -> Page:
        page = open_page(**options)
        if tab:
            page.get_by_role("tab", name=tab).click()
        return page

    return open_tab


def drawn(page: Page, figure: str) -> None:
    """The figure is there, and it has a name for those who don't see it."""
    expect(page.locator(f"#{figure} .main-svg").first).to_be_visible()
    expect(page.locator(f"#{figure}")).to_have_attribute("aria-labelledby", f"{figure}-caption")
    expect(page.locator(f"#{figure}-caption")).not_to_be_empty()


class TestEvidence:
    def test_every_setting_that_was_run_can_be_chosen_and_says_what_was_run(self, visit):
        page = visit("Evidence")
        evidence = gather({}, [], shipped.results_folder())
        for comparison in (*evidence.comparisons, *evidence.ablations):
            page.get_by_label(comparison.title, exact=True).check()
            written = f"{100 * comparison.none.ua:.1f} %"
            expect(page.locator("#ev-gains-caption")).to_contain_text(f"Real data alone reach {written}")
            expect(page.get_by_text(comparison.command).first).to_be_visible()
            drawn(page, "ev-gains")
            expect(page.locator("#ev-kept .hint")).to_have_count(0 if comparison.keeps_sets else 1)
            if comparison.keeps_sets:
                for figure in ("ev-information", "ev-quality", "ev-before", "ev-after"):
                    drawn(page, figure)
        drawn(page, "ev-learning")

    def test_voices_never_met_come_first_with_their_numbers(self, visit):
        page = visit("Evidence")
        drawn(page, "ev-new-voice")
        voices = gather({}, [], shipped.results_folder()).new_voices
        voice = voices[0]
        expect(page.locator("#ev-new-voice-caption")).to_contain_text(f"{voice.title}: {100 * voice.points[0].ua:.1f}")
        page.get_by_text("Show the numbers as a table").locator("visible=true").click()
        cells = [
            f"{100 * point.ua:.1f} ({100 * point.interval[0]:.1f} to {100 * point.interval[1]:.1f})"
            for one in voices
            for point in one.points
        ]
        for cell in set(cells):  # two points may happen to read alike
            expect(page.get_by_role("cell", name=cell, exact=True)).to_have_count(cells.count(cell))
            expect(page.get_by_role("cell", name=cell, exact=True).first).to_be_visible()

    def test_every_checkpoint_can_be_chosen(self, visit):
        page = visit("Evidence")
        for name in shipped.available():
            page.locator("#ev-checkpoint input").click()
            page.get_by_role("option", name=re.compile(rf"^{name}(?![-\w])")).click()
            metrics = json.loads((shipped.folders()[0] / name / "metrics.json").read_text())
            worst = min(group["UA"] for group in metrics["other_speakers_and_corpora"]["by_speaker"].values())
            expect(page.locator("#ev-speaker-caption")).to_contain_text(f"from {100 * worst:.0f}")
            for figure in ("ev-sources", "ev-confusion", "ev-calibration", "ev-corpora", "ev-gender", "ev-speaker"):
                drawn(page, figure)


class TestWalkthrough:
    def test_next_and_back_lead_through_all_steps_and_each_has_a_figure(self, visit):
        page = visit("Walkthrough")
        page.set_viewport_size({"width": 1280, "height": 800})
        for step in range(1, 8):
            expect(page.locator(f"#step-{step} h2")).to_contain_text(f"{step}. ")
            expect(page.locator(f"#step-{step} .sentence")).to_contain_text(".")
            drawn(page, f"step-{step}-figure")
            expect(page.locator(f"#step-{step} .busy")).to_have_count(0)
            box = page.locator(f"#step-{step}").bounding_box()
            assert box["y"] + box["height"] <= 800  # without scrolling
            expect(page).to_have_url(re.compile(f"#walkthrough-{step}$"))
            page.get_by_role("button", name="Next").click()
        expect(page.locator("#step-7")).to_be_visible()
        page.get_by_role("button", name="Back").click()
        drawn(page, "step-6-figure")

    def test_each_press_counts_before_the_last_one_is_answered(self, visit):
        page, held = visit("Walkthrough"), []
        drawn(page, "step-1-figure")
        page.route("**/run/predict*", lambda route: held.append(route) if len(held) < 2 else route.continue_())
        for _ in range(3):
            page.locator("#step-next").click()
            page.wait_for_timeout(100)
        for route in held[:]:
            held.append(None)
            route.continue_()
        expect(page.locator("#step-4")).to_be_visible()
        drawn(page, "step-4-figure")

    def test_arrow_keys_turn_the_page_but_not_while_somebody_types(self, visit):
        page = visit("Walkthrough")
        page.keyboard.press("ArrowRight")  # right after the click on the tab
        expect(page.locator("#step-2")).to_be_visible()
        page.locator("#step-2 h2").click()
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#step-1")).to_be_visible()
        page.locator("#step-number input").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#step-1")).to_be_visible()

    def test_a_link_opens_its_step_and_shows_no_other(self, open_page):
        page = open_page(path="/", link="#walkthrough-4")
        seen = set()
        while not page.locator("#step-4 h2").is_visible():
            seen |= {number for number in range(1, 8) if page.locator(f"#step-{number} h2").is_visible()}
        assert seen <= {4}
        drawn(page, "step-4-figure")
        page.get_by_role("link", name=re.compile("^6")).click()
        drawn(page, "step-6-figure")
        page.evaluate("location.hash = '#walkthrough-9'")  # there are seven
        drawn(page, "step-7-figure")
        expect(page.locator(".toast-body")).to_have_count(0)

    def test_notes_for_who_speaks_come_and_go_with_a_key(self, visit):
        page = visit("Walkthrough")
        drawn(page, "step-1-figure")
        notes, button = page.locator("#step-1-notes"), page.get_by_role("button", name="Speaker notes")
        expect(notes).to_be_hidden()
        page.keyboard.press("n")
        expect(notes).to_contain_text("Guessing reaches")
        expect(button).to_have_attribute("aria-pressed", "true")
        assert serious_violations(page) == []
        page.keyboard.press("ArrowRight")
        expect(page.locator("#step-2-notes")).to_contain_text("Choose one emotion")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#step-2-notes")).to_be_hidden()

    def test_all_slides_are_saved_as_seven_pages(self, visit, browser, tmp_path):
        page = visit("Walkthrough")
        drawn(page, "step-1-figure")
        page.get_by_label("Three classes cut to 10 %", exact=True).check()
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save all seven").click()
        saved = tmp_path / "walkthrough.html"
        waiting.value.save_as(saved)
        printed = browser.new_page(viewport={"width": 1280, "height": 800})
        printed.goto(saved.as_uri())
        expect(printed.locator(".main-svg").first).to_be_visible()
        expect(printed.locator("section").first).to_contain_text("Three classes cut to 10 %")  # as it was chosen
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed.pdf(prefer_css_page_size=True))) == 7
        printed.close()

    def test_every_slide_fits_a_phone(self, visit):
        page = visit(None, link="#walkthrough-1", width=390)
        for step in range(1, 8):
            drawn(page, f"step-{step}-figure")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.locator("#step-next").click()

    def test_a_step_can_be_typed(self, visit):
        page = visit("Walkthrough")
        drawn(page, "step-1-figure")
        page.locator("#step-number input").fill("7")
        page.keyboard.press("Enter")
        drawn(page, "step-7-figure")

    @pytest.mark.parametrize(
        ("step", "label", "text"),
        [
            (1, "Three classes cut to 10 %", "Three classes cut to 10 %"),
            (3, "MI: off", "Generated pairs, off"),
            (6, "Three classes cut to 10 %", "Three classes cut to 10 %"),
            (7, "Speaker", "by speaker"),
        ],
    )
    def test_a_choice_changes_the_slide(self, visit, step, label, text):
        page = visit(None, link=f"#walkthrough-{step}")
        drawn(page, f"step-{step}-figure")
        page.locator(f"#step-{step}").get_by_label(label, exact=True).check()
        expect(page.locator(f"#step-{step}")).to_contain_text(text)

    def test_one_emotion_alone_can_be_shown(self, visit):
        page = visit(None, link="#walkthrough-2")
        drawn(page, "step-2-figure")
        page.locator("#step-2-control input").click()
        page.get_by_role("option", name="Sad").click()
        expect(page.locator("#step-2-figure-caption")).to_contain_text(re.compile(r": \d+ sad\."))

    def test_the_generator_makes_as_many_as_are_asked_for(self, visit):
        page = visit(None, link="#walkthrough-4")
        drawn(page, "step-4-figure")
        page.locator("#step-4-control input[type=number]").fill("50")
        page.keyboard.press("Enter")
        expect(page.locator("#step-4-figure-caption")).to_contain_text("200 generated")

    def test_more_noise_means_less_information(self, visit):
        page = visit(None, link="#walkthrough-5")
        drawn(page, "step-5-figure")
        page.locator("#step-5-control input[type=number]").fill("2")
        page.keyboard.press("Enter")
        expect(page.locator("#step-5 .sentence")).to_have_text(
            re.compile("Drawing…|oo blurred")
        )  # not the figure before
        expect(page.locator("#step-5-figure-caption")).to_contain_text("Noise scale 2:")
        expect(page.locator("#step-5 .sentence")).to_contain_text("oo blurred")


class TestAbout:
    def test_it_shows_the_card_of_every_checkpoint(self, visit):
        page = visit("About")
        expect(page.get_by_text("It is deleted when you replace it")).to_be_visible()
        for name in shipped.available():
            page.locator("#about-checkpoint input").click()
            page.get_by_role("option", name=re.compile(rf"^{name}(?![-\w])")).click()
            card = (shipped.folders()[0] / name / "README.md").read_text()
            expect(page.locator("#card h1")).to_have_text(re.findall("^# (SERMI .+)$", card, re.MULTILINE))
            expect(page.locator("#card")).to_contain_text("What it was trained on")


@pytest.mark.parametrize("tab", ["Evidence", "Walkthrough", "About"])
def test_on_a_phone_nothing_sticks_out(visit, tab):
    page = visit(tab, width=390, theme="dark")
    page.wait_for_timeout(3_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
