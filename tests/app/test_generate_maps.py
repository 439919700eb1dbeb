"""The maps of the tab "Generate" in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.app.generate_page import (
    ANSWER_MS,
    MAPS,
    dots,
    expect_status,
    generate,
    press,
    slide,
    wait_until_measured,
)


def test_the_visitor_among_the_samples_with_their_own_words(visit_generate):
    page = visit_generate(speak=True)
    expect(page.locator("#sample-map-caption")).to_contain_text("The star is your last recording")
    page.get_by_label("My transcript").check()
    generate(page)
    expect_status(page, "with your transcript")
    names = page.evaluate("() => document.querySelector('#sample-map .js-plotly-plot').data.map(trace => trace.name)")
    assert names[-1] == "You"
    expect(page.locator("#gen-table thead")).to_contain_text("I(t; ĥ) nats")
    # gone with the recording
    page.get_by_role("tab", name="Recognise").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#verdict")).to_contain_text("No recording yet")
    page.get_by_role("tab", name="Generate").click()
    expect(page.locator("#sample-map-caption")).not_to_contain_text("The star", timeout=ANSWER_MS)


def test_pointing_and_clicking_at_a_sample(visit_generate):
    page = visit_generate()
    generate(page)
    page.locator("#sample-map").scroll_into_view_if_needed()
    dot = page.locator("#sample-map .scatterlayer .trace").last.locator("path.point").last
    box = dot.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    hover = page.locator("#sample-map .hoverlayer")
    expect(hover).to_contain_text(re.compile(r"No\. \d+, .*nats.*bits.*nearest real"))
    number = re.search(r"No\. (\d+)", hover.text_content())[1]
    page.mouse.click(x, y)
    expect(page.get_by_label("Number", exact=True)).to_have_value(number)
    expect(page.locator("#gen-sample h4")).to_contain_text(f"No. {number}, ")
    expect(page.locator("#gen-sample dl")).to_contain_text("Nearest real")
    expect(page.locator("#gen-sample dl")).to_contain_text("Real to the nearest of another speaker")
    expect(page.locator("path.point.chosen")).to_have_count(1)
    ringed = page.locator("path.point.chosen").bounding_box()
    assert abs(ringed["x"] + ringed["width"] / 2 - x) < 2
    assert (
        page.locator("#gen-sample").bounding_box()["x"] < page.locator("#sample-map").bounding_box()["x"]
    )  # beside it
    # a refused request changes nothing of what is there
    page.get_by_label("How many of each").fill("9999")
    press(page)
    expect_status(page, "Ask for 1 to 500")
    page.wait_for_timeout(1_000)
    expect(page.locator("#gen-sample h4")).to_contain_text(f"No. {number}, ")
    page.get_by_label("Number", exact=True).fill("9999")
    expect(page.locator("#gen-sample")).to_contain_text("numbered from 0 to 499")


def test_three_maps_of_the_same_samples(visit_generate):
    page = visit_generate()
    generate(page)
    places = [dots(page)]
    for projection in ("Principal components", "t-SNE", "Emotion axes"):
        page.get_by_label(projection).check()
        expect_status(page, "500 samples")
        before = places[-1]
        page.wait_for_function(
            """before => {
                const trace = document.querySelector("#sample-map .js-plotly-plot")?.data
                    ?.find(trace => trace.meta === "generated");
                return trace && trace.x[0] !== before;
            }""",
            arg=before[0][0],
        )
        places.append(dots(page))
    assert places[0] == places[-1]
    assert {number: row[2:] for number, row in places[1].items()} == {n: row[2:] for n, row in places[0].items()}


def test_regularisers_side_by_side(visit_generate):
    page = visit_generate()
    page.get_by_label("How many of each").fill("20")
    page.get_by_label("Compare all regularisers").check()
    generate(page, "80 samples")
    wait_until_measured(page)
    expect(page.locator("#gen-verdict")).to_contain_text("Match: as informative")
    expect(page.locator("#gen-verdict")).to_contain_text("Maximise: over-conditioned")
    expect(page.locator("#gen-verdict")).to_contain_text("Off: over-conditioned")
    for where in MAPS:
        assert len(dots(page, where)) == 80
    boxes = [page.locator(f"{where} .main-svg").first.bounding_box() for where in MAPS]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes}
    assert len(sizes) == 1
    assert page.locator("#gen-sample h4").count() == 3
    page.get_by_label("Compare all regularisers").uncheck()
    page.get_by_label("Off: a plain conditional GAN").check()
    generate(page, "80 samples")
    expect(page.locator("#gen-verdict")).to_contain_text("Over-conditioned")
    expect(page.locator("#sample-map-1")).not_to_be_visible()


def test_pairs_show_their_words(visit_generate):
    page = visit_generate()
    page.get_by_label("How many of each").fill("20")
    page.get_by_label("Make pairs").check()
    slide(page, "#gen-noise-scale", 1.5)
    generate(page, "80 samples")
    expect_status(page, "as pairs with words of their own, noise scale 1.5")
    expect(page.locator("#pairs-map .scatterlayer")).to_be_visible()
    assert len(dots(page, "#pairs-map")) == 80
    expect(page.locator("#gen-sample")).to_contain_text("Real words nearest to its words")
