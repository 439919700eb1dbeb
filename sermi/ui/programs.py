"""What the tab "About" says to programs: the endpoints, and snippets that run as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from sermi.ui import agents
from sermi.ui.limits import MAX_BODY

ADDRESS = "http://127.0.0.1:7860"
"""In the snippets, until the page puts its own there."""
ENDPOINTS: Mapping[str, str] = MappingProxyType(
    {
        "/predict": "a recording and, if known, its transcript in; emotion, probabilities, speech, warnings out",
        "/transcribe": "English speech in, its words out",
        "/generate": "an emotion and a number in; new features with the information that each carries out",
    }
)
PYTHON = """from gradio_client import Client, handle_file

client = Client("{address}")
answer = client.predict(handle_file("clip.wav"), api_name="/predict")
print(answer["emotion"], answer["confidence"])
print(client.predict(handle_file("clip.wav"), api_name="/transcribe"))
samples = client.predict(emotion="angry", n=5, api_name="/generate")
print(len(samples["rows"]), samples["rows"][0]["mi_nats"])
"""
CURL = """SERMI={address}/gradio_api
CLIP=$(curl -s $SERMI/upload -F files=@clip.wav | cut -d'"' -f2)
FILE='{{"path": "'$CLIP'", "meta": {{"_type": "gradio.FileData"}}}}'
CALL=$(curl -s $SERMI/call/predict -H 'Content-Type: application/json' \\
    -d '{{"data": ['"$FILE"', "", "open4", [], []]}}' | cut -d'"' -f4)
curl -sN $SERMI/call/predict/$CALL
"""

MCP = """{{"mcpServers": {{"sermi": {{"url": "{address}/gradio_api/mcp/"}}}}}}"""


def html() -> str:
    """The section. The page replaces the address by its own (programs.js)."""
    rows = "".join(f"<li><code>{name}</code>: {escape(what)}</li>" for name, what in ENDPOINTS.items())
    return (
        "<h2>For programs</h2><p>The page is a service, too; nothing but <code>pip install gradio_client</code> is needed, "
        "or curl. All parameters are under <i>Use via API</i>, at the foot of the page. What is sent is deleted when its call "
        "is over."
        f"</p><ul>{rows}</ul>{_snippet('Python', 'python', PYTHON)}{_snippet('curl', 'curl', CURL)}"
        f"{_for_agents()}"
    )


def _for_agents() -> str:
    if not agents.wanted():
        return ""
    return (
        f"{_snippet('AI agents, by the Model Context Protocol (MCP)', 'mcp', MCP)}<p>The same endpoints as an agent's tools. A "
        f"recording is given as <code>data:audio/wav;base64,…</code> in a request of at most {MAX_BODY // 10**6} MB, or as the "
        "path that <code>/gradio_api/upload</code> answered.</p>"
    )


def _snippet(title: str, name: str, source: str) -> str:
    code = f'<code id="snippet-{name}" class="own-address">{escape(source.format(address=ADDRESS))}</code>'
    return f'<h3>{title}</h3><pre tabindex="0" aria-label="{title}">{code}</pre>'
