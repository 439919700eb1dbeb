"""What happens on the tab "Generate": each function makes a handler that fills the tab's components."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder

from sermi.errors import SermiError
from sermi.ui import engine
from sermi.ui import html as results
from sermi.ui.generate import html as samples
from sermi.ui.generate import session as generating
from sermi.ui.generate.session import MAPS, NO_FILTER, Shown, at_least
from sermi.ui.uploads import Uploads

if TYPE_CHECKING:
    from sermi.ui.generate.tab import Answer

Filled = dict[Any, Any]

log = logging.getLogger(__name__)


def arrive(page: Answer, shown: gr.State, *, afresh: bool = False) -> Callable[..., Iterator[Filled]]:
    """The visitor opens the tab or turns to another checkpoint (`afresh`): real features at once, and what was made before."""

    def handle(checkpoint: str, before: Shown, view: str, threshold: float, you: Any) -> Iterator[Filled]:
        if not engine.is_ready(checkpoint):
            yield {page.says: samples.working("Waking the model up…")}
        now = (
            Shown(checkpoint)
            if afresh or before.request is None
            else Shown(before.checkpoint, before.request, before.others)
        )
        threshold = NO_FILTER if now.request is None else threshold

        def act() -> Filled:
            filled = _maps(page, shown, now, view, threshold, you)
            if now.request is None:
                filled |= {page.says: samples.invitation(you is not None), page.details: gr.update(visible=False)}
                filled |= {page.benefit_text: "", page.benefit: gr.update(value=None, visible=False)}
            most = generating.most_real(checkpoint)
            return filled | {page.real_n: gr.update(maximum=most)}

        yield told(act, lambda sentence: _problem(page, sentence))

    return handle


def generate(page: Answer, shown: gr.State) -> Callable[..., Iterator[Filled]]:
    """The samples on the map, as soon as they are made."""

    def handle(*given: Any) -> Iterator[Filled]:
        *asked, compare, view, you, before = given
        checkpoint = asked[0]
        if not engine.is_ready(checkpoint):
            yield {page.says: samples.working("Waking the model up…")}
        elif view == "tsne":
            yield {page.says: samples.working("Finding neighbours…")}

        def act() -> Filled:
            request = generating.request_of(*asked, you)
            others = [name for name in engine.carries(checkpoint).regularisers if name != request.regulariser]
            now = Shown(checkpoint, request, tuple(others[: MAPS - 1]) if compare else ())
            filled = _maps(page, shown, now, view, NO_FILTER, you)
            ceiling = engine.explorer(checkpoint).ceiling
            return filled | {
                page.says: samples.made(request),
                page.details: gr.update(visible=True),
                page.verdict: samples.verdicts({}, list(now.requests)),
                page.threshold: gr.update(value=NO_FILTER, maximum=round(ceiling, 2)),
                page.gauge_text: "",
                page.gauge: gr.update(value=None, visible=False),
                page.number: 0,
                page.quality: "",
            }

        yield told(act, lambda sentence: _problem(page, sentence) | {shown: replace(before, refused=True)})

    return handle


def list_samples(page: Answer) -> Callable[..., Filled]:
    """What each sample tells: histogram, table, pairs."""

    def handle(now: Shown, threshold: float) -> Filled:
        if now.request is None or now.refused:
            return {page.says: gr.skip()}
        from sermi import plots

        explorer = engine.explorer(now.checkpoint)
        made = explorer.generate(now.request)
        filled = _scores(page, now, threshold) | {page.pairs_block: gr.update(visible=made.t is not None)}
        filled |= {page.sample: generating.look(now, 0)}
        if made.t is None:
            return filled
        real = explorer.checkpoint.reference
        points = plots.RealPoints(explorer.project_text(real.t), real.c, explorer.classes)
        return filled | {
            page.pairs_text: results.section("Their words: t̂ of each pair", plots.describe_text_map(made), "pairs-map"),
            page.pairs_map: plots.text_map(points, made, explorer.project_text(made.t)),
        }

    return handle


def measure(page: Answer) -> Callable[..., Iterator[Filled]]:
    """The information of each set, one after the other: some seconds each."""

    def handle(now: Shown) -> Iterator[Filled]:
        if now.request is None or now.refused:
            yield {page.verdict: gr.skip()}
            return
        from sermi import plots
        from sermi.ui.explorer import TOLERANCE, verdict

        explorer = engine.explorer(now.checkpoint)
        real, found, waiting = explorer.real_information, {}, list(now.requests)
        for name, request in now.requests.items():

            def act(name: str = name, request: Any = request) -> Filled:
                found[name] = engine.information(request)
                waiting.remove(name)
                spoken = {other: verdict(one.value, real.value) for other, one in found.items()}
                caption = plots.describe_gauge(found, real, explorer.ceiling)
                return {
                    page.verdict: samples.verdicts(spoken, waiting),
                    page.gauge_text: results.section("How much the set tells about the emotion", caption, "gauge"),
                    page.gauge: gr.update(
                        value=plots.information_gauge(found, real, explorer.ceiling, TOLERANCE), visible=True
                    ),
                }

            yield told(act, lambda sentence: {page.verdict: results.problem(sentence)})

    return handle


def look_again(page: Answer, shown: gr.State) -> Callable[..., Iterator[Filled]]:
    """The same samples on another map."""

    def handle(now: Shown, view: str, threshold: float, you: Any) -> Iterator[Filled]:
        said = samples.made(now.request) if now.request else samples.invitation(you is not None)
        if view == "tsne":
            yield {page.says: samples.working("Finding neighbours…")}
        yield told(
            lambda: _maps(page, shown, now, view, threshold, you) | {page.says: said},
            lambda sentence: _problem(page, sentence),
        )

    return handle


def keep(page: Answer, shown: gr.State) -> Callable[..., Filled]:
    """The filter on the map, the histogram and the table; nothing is made again that was not the same."""

    def handle(now: Shown, view: str, threshold: float, you: Any) -> Filled:
        if now.request is None:
            return {page.says: gr.skip()}
        return told(
            lambda: _maps(page, shown, now, view, threshold, you) | _scores(page, now, threshold),
            lambda sentence: _problem(page, sentence),
        )

    return handle


def inspect(page: Answer) -> Callable[[Shown, float | None], Filled]:
    """One sample, by its number."""

    def handle(now: Shown, number: float | None) -> Filled:
        return told(
            lambda: {page.sample: generating.look(now, number)},
            lambda sentence: {page.sample: results.problem(sentence)},
        )

    return handle


def download(page: Answer, uploads: Uploads, suffix: str) -> Callable[..., str | None]:
    """A file of the samples, in place of the last one of this session."""

    def handle(now: Shown, threshold: float, request: gr.Request) -> str:
        try:
            path = generating.package(now, threshold, suffix, Path(get_upload_folder()))
        except SermiError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            log.exception("a download failed")
            raise gr.Error(results.UNEXPECTED, print_exception=False) from error
        uploads.show(download_key(request.session_hash or ""), str(path))
        return str(path)

    return handle


def download_key(session: str) -> str:
    """Under which a session's last download is kept among the uploads."""
    return f"{session} download"


def quality(page: Answer) -> Callable[[Shown], Iterator[Filled]]:
    """The measures of `sermi.quality`, each beside what real features score."""

    def handle(now: Shown) -> Iterator[Filled]:
        if now.request is None:
            yield {page.quality: results.problem("There is nothing to measure yet; press Generate first.")}
            return
        yield {page.quality: samples.working("Measuring…"), page.quality_go: gr.update(interactive=False)}
        done = {page.quality_go: gr.update(interactive=True)}
        yield done | told(
            lambda: {page.quality: generating.quality(now)}, lambda sentence: {page.quality: results.problem(sentence)}
        )

    return handle


def benefit(page: Answer) -> Callable[..., Iterator[Filled]]:
    """The last layer with and without generated samples."""

    def handle(checkpoint: str, regulariser: str, spread: float, seed: float | None, n_real: float) -> Iterator[Filled]:
        yield {page.benefit_text: samples.working("Fitting…"), page.benefit_go: gr.update(interactive=False)}

        def act() -> Filled:
            from sermi import plots

            found, n = generating.benefit(checkpoint, regulariser, spread, seed, n_real)
            return {
                page.benefit_text: results.section(
                    f"Held-out UA: {regulariser}", plots.describe_benefit(found, n), "benefit"
                ),
                page.benefit: gr.update(value=plots.benefit_curve(found, n), visible=True),
            }

        done = {page.benefit_go: gr.update(interactive=True)}
        yield done | told(
            act,
            lambda sentence: {
                page.benefit_text: results.problem(sentence),
                page.benefit: gr.update(value=None, visible=False),
            },
        )

    return handle


def told(act: Callable[[], Filled], fail: Callable[[str], Filled]) -> Filled:
    """What `act` gives, or what `fail` makes of the one sentence that a visitor may see."""
    try:
        return act()
    except SermiError as error:
        gr.Warning(str(error))
        return fail(str(error))
    except Exception:
        log.exception("a request of the tab Generate failed")
        gr.Warning(results.UNEXPECTED)
        return fail(results.UNEXPECTED)


def _problem(page: Answer, sentence: str) -> Filled:
    """What is on the map stays there: it is still what its caption says."""
    return {page.says: results.problem(sentence)}


def _maps(page: Answer, shown: gr.State, now: Shown, view: str, threshold: float, you: Any) -> Filled:
    now, ((caption, figure), *others) = generating.maps(now, view, threshold, you)
    title = "On the map" if now.request is None else generating.title(now, 0)
    filled: Filled = {
        shown: now,
        page.map_text: results.section(title, caption, "sample-map"),
        page.map: figure,
        page.others: gr.update(visible=bool(others)),
    }
    for i, (text, plot) in enumerate(zip(page.other_texts, page.other_maps, strict=True)):
        told_of = i < len(others)
        section = results.section(generating.title(now, i + 1), others[i][0], f"sample-map-{i + 1}") if told_of else ""
        filled |= {text: section, plot: others[i][1] if told_of else None}
    return filled


def _scores(page: Answer, now: Shown, threshold: float) -> Mapping[Any, Any]:
    from sermi import plots

    made = engine.explorer(now.checkpoint).generate(now.request)
    caption = plots.describe_scores(made, made.kept(at_least(threshold)))
    return {
        page.scores_text: results.section("What each sample tells", caption, "scores"),
        page.scores: plots.score_histogram(made, at_least(threshold)),
        page.table: samples.table(generating.table(made, threshold)),
    }
