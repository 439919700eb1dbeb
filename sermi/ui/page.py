"""The page: tabs, looks, and how it is served."""

from __future__ import annotations

import os
from importlib import resources
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from sermi.ui import about, agents, api, evidence, walkthrough
from sermi.ui.engine import Engine
from sermi.ui.examples import examples
from sermi.ui.features import tab as features
from sermi.ui.generate import tab as generate
from sermi.ui.generate.card_events import download_key
from sermi.ui.generate.session import MapState
from sermi.ui.generate.studio import Studio
from sermi.ui.leftovers import Leftovers
from sermi.ui.limits import MAX_BYTES, MAX_TABLE_BYTES
from sermi.ui.recognise import tab as recognise
from sermi.ui.recognise.events import Visits
from sermi.ui.recognise.game import Game
from sermi.ui.serving import explain_errors, serve_until_asked_to_end, watch
from sermi.ui.sessions import Runs, Sessions
from sermi.ui.theme import theme
from sermi.ui.uploads import MAX_AGE_S, Uploads
from sermi.ui.voices import Voices

MOST_SESSIONS = 1_000
"""Visits that anything is kept of; who leaves is none any more."""
TITLE = "SERMI: emotion in speech"

HEADER = """
<header class="masthead">
  <svg viewBox="0 0 36 36" width="36" height="36" aria-hidden="true"><g fill="currentColor">
    <rect x="2" y="14" width="4" height="8" rx="2"/><rect x="9" y="8" width="4" height="20" rx="2"/>
    <rect x="16" y="2" width="4" height="32" rx="2"/><rect x="23" y="10" width="4" height="16" rx="2"/>
    <rect x="30" y="15" width="4" height="6" rx="2"/></g></svg>
  <div><h1>SERMI</h1><p>Hears emotion in the voice and, when it knows them, in the words</p></div>
</header>
"""

NOTICE = """
<footer class="notice"><p>Learnt from acted speech: it says how an emotion would look from outside, not what anybody
feels, and must not be used for decisions about people. A recording or a table is deleted from this server when you replace
it, remove it or leave the page, after an hour at most; nothing is passed on.</p></footer>
"""


def build(engine: Engine, uploads: Uploads) -> gr.Blocks:
    """The whole app on these checkpoints, not yet served. uploads: what visitors send."""
    voices, runs, games = Voices(), Sessions(Runs), Sessions(Game)
    studios = Sessions(lambda: Studio(MapState(engine.default)))
    with gr.Blocks(title=TITLE, analytics_enabled=False) as demo:
        gr.HTML(HEADER)
        # What is kept of the last recording, for the other tabs: its features, never its sound.
        visitor = gr.State(None, time_to_live=MAX_AGE_S)
        with gr.Tabs(overflow_behavior="wrap"):
            with gr.Tab("Recognise", id="recognise"):
                many = recognise.build(engine, Visits(uploads, voices, runs, games), visitor)
            with gr.Tab("Generate", id="generate") as tab:
                generate.build(tab, engine, uploads, studios, voices, visitor)
            with gr.Tab("Your features", id="your-features"):
                own = features.build(uploads)
            with gr.Tab("Evidence", id="evidence") as tab:
                evidence.build(tab, engine)
            with gr.Tab("Walkthrough", id="walkthrough") as tab:
                walkthrough.build(tab, engine, uploads)
            with gr.Tab("About", id="about") as tab:
                about.build(tab, engine)
        gr.HTML(NOTICE)
        api.build(engine)

        def leave(request: gr.Request) -> None:
            session = request.session_hash or ""
            for holder in (session, download_key(session), walkthrough.print_key(session)):
                uploads.let_go(holder)
            many.leave(session)
            own.leave(session)
            voices.drop(session)
            studios.drop(session)
            runs.drop(session)
            games.drop(session)
            leftovers.forget(session)

        demo.unload(leave)
    explain_errors(demo, uploads)
    leftovers = Leftovers(demo)
    return demo


def launch_options(middleware: list[Middleware]) -> dict[str, Any]:
    """Looks and limits for `demo.launch`. Address and port are left to Gradio's own environment variables.

    middleware: what stands before Gradio's app.
    """
    return {
        "theme": theme(),
        "css": "\n".join(
            _text(f"{name}.css")
            for name in ("page", "voice", "live", "many", "generate", "features", "evidence", "walkthrough")
        ),
        "head": f"<script>window.sermi = {{ maxBytes: {MAX_BYTES}, maxTableBytes: {MAX_TABLE_BYTES} }};</script>"
        + "".join(
            f"<script>{_text(f'{name}.js')}</script>"
            for name in (
                "page",
                "addresses",
                "numbers",
                "voice",
                "live",
                "many",
                "generate",
                "features",
                "walkthrough",
                "programs",
            )
        ),
        "max_file_size": f"{MAX_BYTES // 10**6}mb",
        "footer_links": ["api", "settings"],
        "run_history": False,
        "state_session_capacity": MOST_SESSIONS,
        "share": False,
        "ssr_mode": False,
        "enable_monitoring": False,
        "mcp_server": agents.wanted(),
        "show_error": False,
        "quiet": True,
        "app_kwargs": {"middleware": middleware},
    }


def _text(file: str) -> str:
    """A file that the package carries."""
    return (resources.files("sermi.ui") / file).read_text(encoding="utf-8")


def serve(demo: gr.Blocks, engine: Engine, uploads: Uploads) -> None:
    """Serve until interrupted. The models are loaded while the page is already up."""
    middleware = watch(demo, engine, uploads)
    # The example clips are served from where they are installed: these files only, not their folder.
    gr.set_static_paths([str(example.path) for example in examples()])

    if agents.wanted():
        from sermi.ui import agents_server

        agents_server.install(uploads)

    def begin() -> None:
        demo.launch(prevent_thread_lock=True, **launch_options(middleware))
        print(f"SERMI is at {demo.local_url}", flush=True)
        uploads.sweep_in_background()
        if os.environ.get("SERMI_WARM_UP", "1") != "0":
            engine.warm_up_in_background()

    serve_until_asked_to_end(demo, uploads, begin)
