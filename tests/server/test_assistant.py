"""The official SDK's client talks to the MCP server over stdio and over HTTP."""

import sys
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from jsonschema import Draft202012Validator
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

from cache.profile import Profile
from cache.settings import Settings
from server.assistant import NOTICE
from tests.conftest import ROOT

READING = ["search", "similar", "recommend", "path", "resource"]

GOOD: dict[str, dict[str, Any]] = {
    "search": {"query": "explain RLHF simply", "k": 3, "kinds": ["video", "article"]},
    "recommend": {"k": 3},
    "path": {"topic": "transformers", "steps": 4, "hours": 20},
}
BAD: list[tuple[str, dict[str, Any]]] = [
    ("search", {}),
    ("search", {"query": ""}),
    ("search", {"query": "x" * 20_001}),
    ("search", {"query": "x", "k": 0}),
    ("search", {"query": "x", "limit": 3}),
    ("search", {"query": "x", "k": "many"}),
    ("search", {"query": "x", "level": "expert"}),
    ("search", {"query": "x", "kinds": ["poem"]}),
    ("search", {"query": "x", "after": "soon"}),
    ("search", {"query": "   "}),
    ("similar", {"resources": []}),
    ("similar", {"resources": ["https://example.org/nowhere"]}),
    ("path", {"topic": "x", "steps": 0}),
    ("path", {"topic": "x", "hours": -1}),
    ("resource", {"key": "nothing"}),
]


def connected(kind: str, settings: Settings, live: Any, *more: str) -> Client:
    if kind == "http":
        return Client(f"{live.url}/mcp")
    arguments = ["-m", "cli", "--home", str(settings.home), "mcp", *more]
    command = StdioServerParameters(command=sys.executable, args=arguments, cwd=str(ROOT))
    return Client(stdio_client(command))


def session(work: Callable[[Client], Any], client: Client) -> None:
    async def go() -> None:
        with anyio.fail_after(60):
            async with client:
                await work(client)

    anyio.run(go)


@pytest.mark.parametrize("kind", ["stdio", "http"])
def test_a_whole_session(kind: str, built: Settings, live: Any) -> None:
    async def work(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == READING
        assert all(t.annotations and t.annotations.read_only_hint for t in tools.values())
        assert all(t.input_schema["additionalProperties"] is False for t in tools.values())
        for name, arguments in GOOD.items():
            await called(client, tools, name, arguments)
        found = (await client.call_tool("search", GOOD["search"])).structured_content
        assert found is not None
        first = found["results"][0]
        assert first["kind"] in {"video", "article"}
        await called(client, tools, "similar", {"resources": [first["id"]], "k": 2})
        await called(client, tools, "resource", {"key": first["url"]})
        for name, arguments in BAD:
            refused = await client.call_tool(name, arguments)
            assert refused.is_error, (name, arguments)
            assert "Traceback" not in refused.content[0].text
        await read(client, first)

    session(work, connected(kind, built, live))


async def called(client: Client, tools: Any, name: str, arguments: dict[str, Any]) -> None:
    answer = await client.call_tool(name, arguments)
    assert not answer.is_error, answer.content
    Draft202012Validator(tools[name].output_schema).validate(answer.structured_content)
    text = answer.content[0].text
    assert text.startswith(NOTICE)
    assert answer.structured_content["notice"] == NOTICE
    assert "<quoted-" in text
    for item in answer.structured_content.get("results", ()):
        assert 0 <= item["level_confidence"] <= 1
        assert 0 <= item["rating_confidence"] <= 1
        if item["level"] and item["level_confidence"] < 1:
            assert f"{item['level']} (estimated)" in text


async def read(client: Client, item: dict[str, Any]) -> None:
    templates = (await client.list_resource_templates()).resource_templates
    assert [t.uri_template for t in templates] == ["nextread://resource/{id}"]
    [content] = (await client.read_resource(f"nextread://resource/{item['id']}")).contents
    assert item["title"] in content.text
    with pytest.raises(MCPError):
        await client.read_resource("nextread://resource/nothing")
    assert [p.name for p in (await client.list_prompts()).prompts] == ["plan_my_reading"]
    prompt = await client.get_prompt("plan_my_reading", {"topic": "RLHF", "hours": "3"})
    assert "RLHF" in prompt.messages[0].content.text


def test_marks_only_where_they_are_allowed(copy_of: Callable[[], Settings], live: Any) -> None:
    settings = copy_of()

    async def work(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools] == [*READING, "mark"]
        found = (await client.call_tool("search", GOOD["search"])).structured_content
        assert found is not None
        key = found["results"][0]["id"]
        answer = await client.call_tool("mark", {"key": key, "how": "like"})
        assert not answer.is_error
        marks = Profile(settings.layout.profile).marks()
        assert {(one.resource_id, one.mark) for one in marks} == {(key, "like")}
        assert (await client.call_tool("mark", {"key": key, "how": "adore"})).is_error

    session(work, connected("stdio", settings, live, "--allow-marks"))


def test_without_marks_the_tool_is_unknown(built: Settings, live: Any) -> None:
    async def work(client: Client) -> None:
        answer = await client.call_tool("mark", {"key": "x", "how": "like"})
        assert answer.is_error

    session(work, connected("http", built, live))
