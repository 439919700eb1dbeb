"""The tab "Generate" in a real browser: every control, and no error in the console."""

from __future__ import annotations

import io
import json
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from sermi import checkpoint as checkpoints
from sermi.generate import generate

ANSWER_MS = 60_000
MAPS = ("#sample-map", "#sample-map-1", "#sample-map-2")


@pytest.fixture
def visit(open_page):
    """A function that opens the tab, after a recording if wanted."""

    def open_tab(*, speak: bool = False, **options) -> Page:
        page = open_page(**options)
        if speak:
            page.get_by_role("button", name=re.compile("^Beckett")).click()
            expect(page.locator("#verdict h2")).to_contain_text("%", timeout=ANSWER_MS)
        page.get_by_role("tab", name="Generate").click()
        expect(page.locator("#sample-map .scatterlayer").first).to_be_visible(timeout=ANSWER_MS)
        return page

    return open_tab


def says(page: Page, sentence: str) -> None:
    expect(page.locator("#gen-says")).to_contain_text(sentence, timeout=ANSWER_MS)


def press(page: Page) -> None:
    page.locator("#gen-go").click()


def made(page: Page, sentence: str = "500 samples") -> None:
    """Generate, and wait until the samples are on the map and in the table."""
    press(page)
    says(page, sentence)
    expect(page.locator("#gen-table tbody tr")).to_have_count(int(sentence.split()[0]))
    expect(page.locator("#gen-sample h4").first).to_be_visible()


def measured(page: Page) -> None:
    """Wait until their information is measured, too."""
    expect(page.locator("#gauge .scatterlayer")).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#gen-verdict")).not_to_contain_text("easuring", timeout=ANSWER_MS)


def drawn(page: Page, where: str = "#sample-map") -> dict[int, list]:
    """Number -> [x, y, emotion, nats] of every generated dot on a map, as the browser holds them."""
    rows = page.evaluate(
        """where => document.querySelector(where + " .js-plotly-plot").data
            .filter(trace => trace.meta === "generated")
            .flatMap(trace => trace.customdata.map((row, i) => [row[0], trace.x[i], trace.y[i], row[1], row[2]]))""",
        where,
    )
    return {number: rest for number, *rest in rows}


def table(page: Page) -> list[list[str]]:
    return page.locator("#gen-table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )


def slide(page: Page, where: str, value: float) -> None:
    box = page.locator(f"{where} input[type=number]")
    box.fill(str(value))
    box.press("Enter")


def test_before_anything_was_made(visit):
    page = visit()
    says(page, "Speak on the tab Recognise first")
    expect(page.locator("#sample-map-caption")).to_contain_text("800 real features of speakers")
    assert drawn(page) == {}
    expect(page.locator("#gen-table")).not_to_be_visible()


def test_map_table_and_download_say_what_the_generator_made(visit):
    page = visit()
    page.get_by_label("Seed").fill("7")
    made(page)
    checkpoint = checkpoints.load("open4")
    expected = generate(checkpoint, checkpoint.config.classes, 125, seed=7, regulariser="match")
    on_map, rows = drawn(page), table(page)
    assert len(on_map) == len(rows) == 500
    for number in (0, 131, 499):
        assert on_map[number][2] == rows[number][1] == checkpoint.config.classes[expected.c[number]]
        assert on_map[number][3] == pytest.approx(expected.score[number], abs=1e-3)
        assert float(rows[number][2]) == pytest.approx(expected.score[number], abs=1e-3)
    for name, read in {"CSV": pd.read_csv, "Parquet": pd.read_parquet}.items():
        frame, sheet = download(page, name, read)
        assert np.allclose(frame["mi_nats"], expected.score, atol=1e-3)
        assert np.allclose(frame["h0"], expected.h[:, 0], atol=1e-3)
        assert sheet["settings"]["seed"] == 7
    arrays, _ = download(page, "NPZ", lambda file: dict(np.load(file, allow_pickle=False)))
    assert np.allclose(arrays["h"], expected.h, atol=1e-3)
    measured(page)
    expect(page.locator("#gen-verdict")).to_contain_text("As informative as real speech features")
    expect(page.locator("#gauge-caption")).to_contain_text("with shuffled labels 0.0")


def download(page: Page, name: str, read):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Download {name}").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        data, sheet = archive.namelist()
        return read(io.BytesIO(archive.read(data))), json.loads(archive.read(sheet))


def test_downloads_are_replaced_and_go_when_the_visitor_goes(visit, server):
    page = visit()
    page.get_by_label("Emotion", exact=True).click()
    page.get_by_role("option", name="Sad").click()
    page.get_by_label("Seed").fill("987")
    made(page, "125 samples, sad")
    for name in ("CSV", "NPZ"):
        download(page, name, lambda file: None)
    measured(page)  # leaving while an answer is under way aborts it, which the console would tell
    left = list(server.cache.rglob("*seed987*"))
    assert [path.suffixes[-2] for path in left] == [".npz"]
    page.goto("about:blank")
    other = visit()
    for _ in range(100):
        if not list(server.cache.rglob("*seed987*")):
            return
        other.wait_for_timeout(100)
    pytest.fail("the download is still on the server")


def test_the_visitor_among_the_samples_with_their_own_words(visit):
    page = visit(speak=True)
    expect(page.locator("#sample-map-caption")).to_contain_text("The star is your last recording")
    page.get_by_label("My transcript").check()
    made(page)
    says(page, "with your transcript")
    names = page.evaluate("() => document.querySelector('#sample-map .js-plotly-plot').data.map(trace => trace.name)")
    assert names[-1] == "You"
    expect(page.locator("#gen-table thead")).to_contain_text("I(t; ĥ) nats")
    # gone with the recording
    page.get_by_role("tab", name="Recognise").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#verdict")).to_contain_text("No recording yet")
    page.get_by_role("tab", name="Generate").click()
    expect(page.locator("#sample-map-caption")).not_to_contain_text("The star", timeout=ANSWER_MS)


def test_each_mistake_is_one_sentence_and_nothing_is_lost(visit):
    page = visit()
    page.get_by_label("My transcript").check()
    press(page)
    says(page, "There is no recording yet")
    page.get_by_label("Another sentence").check()
    press(page)
    says(page, "Type the sentence that the samples should go with")
    page.get_by_label("Sentence", exact=True).fill("Leave me <b>alone</b>!")
    page.get_by_label("Make pairs").check()
    press(page)
    says(page, "words or for pairs, not both")
    page.get_by_label("Make pairs").uncheck()
    page.get_by_label("How many of each").fill("501")
    press(page)
    says(page, "Ask for 1 to 500 samples of 4 emotions at a time, not 501.")
    page.get_by_label("How many of each").fill("")
    press(page)
    says(page, "The number of samples should be a whole number")
    page.get_by_label("How many of each").fill("10")
    page.get_by_label("Seed").fill("-4")
    press(page)
    says(page, "The seed should be a whole number from 0")
    page.get_by_label("Seed").fill("1")
    press(page)
    says(page, "with “Leave me <b>alone</b>!”")
    expect(page.locator("body")).not_to_contain_text("Traceback")


def test_pointing_and_clicking_at_a_sample(visit):
    page = visit()
    made(page)
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
    # a refused request changes nothing of what is there
    page.get_by_label("How many of each").fill("9999")
    press(page)
    says(page, "Ask for 1 to 500")
    page.wait_for_timeout(1_000)
    expect(page.locator("#gen-sample h4")).to_contain_text(f"No. {number}, ")
    page.get_by_label("Number", exact=True).fill("9999")
    expect(page.locator("#gen-sample")).to_contain_text("numbered from 0 to 499")


def test_sorting_the_table_and_looking_at_a_row(visit):
    page = visit()
    made(page)
    for heading, column in (("Distance", 3), ("I(c; ĥ) nats", 2)):
        for reverse in (False, True):
            page.get_by_role("button", name=heading).click()
            values = [float(row[column]) for row in table(page)]
            assert values == sorted(values, reverse=reverse)
    first = table(page)[0][0]
    page.locator("#gen-table tbody button").first.click()
    expect(page.locator("#gen-sample h4")).to_contain_text(f"No. {first}, ")


def test_the_filter_on_map_histogram_and_table(visit):
    page = visit()
    made(page)
    slide(page, "#gen-filter", 0.4)
    expect(page.locator("#sample-map-caption")).to_contain_text("dropped by the filter")
    expect(page.locator("#scores-caption")).not_to_contain_text("keeps 500")
    kept = {int(row[0]) for row in table(page) if row[4] == "yes"}
    assert kept == {number for number, row in drawn(page).items() if row[3] >= 0.4}
    assert 0 < len(kept) < 500
    frame, sheet = download(page, "CSV", pd.read_csv)
    assert set(frame["id"][frame["kept"]]) == kept
    assert sheet["settings"]["keep_above"] == 0.4


def test_three_maps_of_the_same_samples(visit):
    page = visit()
    made(page)
    places = [drawn(page)]
    for view in ("Principal components", "t-SNE", "Emotion axes"):
        page.get_by_label(view).check()
        says(page, "500 samples")
        before = places[-1]
        page.wait_for_function(
            """before => {
                const trace = document.querySelector("#sample-map .js-plotly-plot")?.data
                    ?.find(trace => trace.meta === "generated");
                return trace && trace.x[0] !== before;
            }""",
            arg=before[0][0],
        )
        places.append(drawn(page))
    assert places[0] == places[-1]
    assert {number: row[2:] for number, row in places[1].items()} == {n: row[2:] for n, row in places[0].items()}


def test_regularisers_side_by_side(visit):
    page = visit()
    page.get_by_label("How many of each").fill("20")
    page.get_by_label("Compare all regularisers").check()
    made(page, "80 samples")
    measured(page)
    expect(page.locator("#gen-verdict")).to_contain_text("Match: as informative")
    expect(page.locator("#gen-verdict")).to_contain_text("Maximise: over-conditioned")
    expect(page.locator("#gen-verdict")).to_contain_text("Off: over-conditioned")
    for where in MAPS:
        assert len(drawn(page, where)) == 80
    assert page.locator("#gen-sample h4").count() == 3
    page.get_by_label("Compare all regularisers").uncheck()
    page.get_by_label("Off: a plain conditional GAN").check()
    made(page, "80 samples")
    expect(page.locator("#gen-verdict")).to_contain_text("Over-conditioned")
    expect(page.locator("#sample-map-1")).not_to_be_visible()


def test_pairs_show_their_words(visit):
    page = visit()
    page.get_by_label("How many of each").fill("20")
    page.get_by_label("Make pairs").check()
    slide(page, "#gen-spread", 1.5)
    made(page, "80 samples")
    says(page, "as pairs with words of their own, spread 1.5")
    expect(page.locator("#pairs-map .scatterlayer")).to_be_visible()
    assert len(drawn(page, "#pairs-map")) == 80
    expect(page.locator("#gen-sample")).to_contain_text("Real words nearest to t̂")


def test_another_checkpoint(visit):
    if len(checkpoints.available()) < 2:
        pytest.skip("only one checkpoint is shipped")
    page = visit()
    made(page)
    page.get_by_label("Checkpoint").click()
    page.get_by_role("option", name=re.compile("^open7")).click()
    expect(page.locator("#sample-map-caption")).to_contain_text("disgust", timeout=ANSWER_MS)
    expect(page.locator("#gen-table")).not_to_be_visible()
    page.get_by_label("Emotion", exact=True).click()
    page.get_by_role("option", name="Disgust").click()
    made(page, "125 samples, disgust")
    assert {row[1] for row in table(page)} == {"disgust"}


def test_quality_beside_real_features(visit):
    page = visit()
    page.get_by_label("How many of each").fill("50")
    made(page, "200 samples")
    page.get_by_role("button", name="Measure the quality").click()
    expect(page.locator("#quality")).to_contain_text("Real against real", timeout=ANSWER_MS)
    expect(page.locator("#quality tbody tr").first).to_contain_text(re.compile(r"\d"))


def test_what_it_buys(visit):
    page = visit()
    slide(page, "#gen-real", 5)
    page.get_by_role("button", name="Fit with and without").click()
    expect(page.locator("#benefit-caption")).to_contain_text("With 5 real samples of each class", timeout=ANSWER_MS)
    expect(page.locator("#benefit .scatterlayer")).to_be_visible()


def test_every_figure_is_one_image_with_a_name(visit):
    page = visit()
    page.get_by_label("How many of each").fill("20")
    made(page, "80 samples")
    measured(page)
    for figure in ("sample-map", "gauge", "scores"):
        expect(page.get_by_role("img", name=re.compile(r"\w{3}")).and_(page.locator(f"#{figure}"))).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(visit, theme):
    page = visit(width=390, theme=theme)
    page.get_by_label("Compare all regularisers").check()
    page.get_by_label("How many of each").fill("20")
    made(page, "80 samples")
    measured(page)
    page.get_by_role("button", name="Fit with and without").click()
    expect(page.locator("#benefit .scatterlayer")).to_be_visible(timeout=ANSWER_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for figure in (*MAPS, "#gauge", "#scores", "#benefit"):
        box = page.locator(f"{figure} .main-svg").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_no_traceback_was_logged(server):
    assert "Traceback" not in server.log.read_text()
