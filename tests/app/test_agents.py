"""The MCP server, by the official client, as an agent uses it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, Tool

from sermi import audio
from sermi.ui.agents_server import NO_RECORDING
from tests.app.conftest import recordings


@pytest.fixture(scope="module")
def with_agents(start_server, checkpoints, tmp_path_factory):
    with start_server(tmp_path_factory.mktemp("agents"), checkpoints, SERMI_MCP="1") as running:
        yield running


class Agent:
    def __init__(self, server) -> None:
        self.address = f"{server.url}/gradio_api/mcp/"

    def tools(self) -> dict[str, Tool]:
        async def ask(session: ClientSession) -> dict[str, Tool]:
            return {tool.name: tool for tool in (await session.list_tools()).tools}

        return self._in_session(ask)

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        async def ask(session: ClientSession) -> CallToolResult:
            return await session.call_tool(tool, arguments)

        return self._in_session(ask)

    def refusal(self, tool: str, **arguments: Any) -> str:
        answer = self.call(tool, **arguments)
        assert answer.isError
        return answer.content[0].text

    def _in_session(self, ask) -> Any:
        async def run() -> Any:
            async with (
                httpx.AsyncClient(trust_env=False, timeout=120) as client,
                streamable_http_client(self.address, http_client=client) as (read, write, _),
                ClientSession(read, write) as session,
            ):
                await session.initialize()
                return await ask(session)

        with ThreadPoolExecutor(1) as thread:  # where a browser is driven, this thread has a loop that runs already
            return thread.submit(asyncio.run, run()).result()


@pytest.fixture
def agent(with_agents) -> Agent:
    return Agent(with_agents)


def as_address(sound: bytes) -> str:
    return "data:audio/wav;base64," + base64.b64encode(sound).decode()


@pytest.fixture
def sound(speech) -> str:
    return as_address(speech.read_bytes())


@pytest.fixture
def parts(speech) -> list[str]:
    """Three recordings of one voice."""
    written = [io.BytesIO() for _ in range(3)]
    for part, file in zip(np.array_split(audio.read(speech).waveform, 3), written, strict=True):
        soundfile.write(file, part, audio.SAMPLE_RATE, format="WAV")
    return [as_address(file.getvalue()) for file in written]


def content(answer: CallToolResult) -> Mapping[str, Any]:
    assert not answer.isError, answer.content
    return json.loads(answer.content[0].text)


def test_an_agent_finds_the_endpoints_as_tools(agent):
    tools = agent.tools()
    assert set(tools) == {"predict", "transcribe", "generate"}
    schema = tools["predict"].inputSchema
    assert schema["required"] == ["audio"]
    assert schema["properties"]["audio"]["type"] == schema["properties"]["context"]["items"]["type"] == "string"
    assert "base64" in schema["properties"]["audio"]["description"]


def test_an_agent_gets_emotion_words_and_samples(agent, sound, with_agents):
    emotion = content(agent.call("predict", audio=sound))
    assert emotion["emotion"] in emotion["probabilities"]
    assert emotion["context"] == 0
    assert "tried" in agent.call("transcribe", audio=sound).content[0].text
    assert len(content(agent.call("generate", emotion="angry", n=2))["rows"]) == 2
    assert recordings(with_agents.cache) == []


def test_an_agent_gives_other_recordings_of_the_voice(agent, parts, with_agents):
    recording, context, neutral = parts
    assert content(agent.call("predict", audio=recording, context=[context], neutral=[neutral]))["context"] == 2
    assert recordings(with_agents.cache) == []


def test_what_was_sent_before_is_named_by_its_path_or_its_address(agent, speech, with_agents):
    for prefix in ("", f"{with_agents.url}/gradio_api/file="):
        files = {"files": ("clip.wav", speech.read_bytes())}
        (path,) = httpx.post(f"{with_agents.url}/gradio_api/upload", files=files, timeout=60, trust_env=False).json()
        assert "tried" in agent.call("transcribe", audio=prefix + path).content[0].text
    assert recordings(with_agents.cache) == []


@pytest.mark.parametrize(
    "given", ["http://127.0.0.1:9/a.wav", "https://example.org/a.wav", "data:audio/wav;base64,@@", "data:,"]
)
def test_what_is_no_recording_is_refused_before_the_queue(agent, given, with_agents):
    assert agent.refusal("transcribe", audio=given) == NO_RECORDING
    assert recordings(with_agents.cache) == []


@pytest.mark.parametrize("mistake", [{"context": ["https://example.org/a.wav"]}, {"nothing": "x"}])
def test_of_what_is_refused_nothing_stays(agent, sound, with_agents, mistake):
    assert agent.refusal("predict", audio=sound, **mistake)
    assert recordings(with_agents.cache) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "http://127.0.0.1:9/gradio_api/file=/etc/passwd"])
def test_other_files_of_the_server_are_not_read(agent, path):
    assert "no such upload" in agent.refusal("transcribe", audio=path)


def test_a_mistake_gets_the_sentence_that_the_page_has(agent):
    assert agent.refusal("generate", emotion="bored").startswith("'bored' is not an emotion of this checkpoint")
    assert "'audio' is a required property" in agent.refusal("predict")


@pytest.mark.parametrize("path", ["sse", "messages/"])
def test_the_older_transport_is_closed(with_agents, path):
    assert httpx.get(f"{with_agents.url}/gradio_api/mcp/{path}", timeout=30, trust_env=False).status_code == 404


def test_without_the_flag_there_is_none(server):
    for path in ("", "/", "/schema"):
        assert httpx.post(f"{server.url}/gradio_api/mcp{path}", json={}, timeout=30, trust_env=False).status_code == 404
