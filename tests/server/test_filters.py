"""Each filter and operator asked by the command line, the API and MCP: one answer."""

import json
from typing import Any

import anyio
import pytest
from mcp import Client

from tests.conftest import assert_error, run
from tests.server.test_api import check, problem

ALL = {
    *("1706.03762", "illustrated-transformer", "kCc8FmEb1nY", "2201.11903", "2001.00001"),
    *("transformer.html", "frameworks", "primer"),
}
"""How the address of each work of tests/two_lists.py ends."""

FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "max_minutes": ({"max_minutes": 40}, {"1706.03762", "2201.11903", "2001.00001"}),
    "min_stars": ({"min_stars": 5}, {"illustrated-transformer", "kCc8FmEb1nY"}),
    "site": ({"site": ["arxiv.org"]}, {"1706.03762", "2201.11903", "2001.00001"}),
    "www": ({"site": ["youtube.com"]}, {"kCc8FmEb1nY"}),
    "sites": (
        {"site": ["github.io", "https://github.com/x"]},
        {"illustrated-transformer", "frameworks"},
    ),
    "no site": ({"site": ["rxiv.org"]}, set()),
    "author": ({"author": ["karpathy"]}, {"kCc8FmEb1nY"}),
    "authors": ({"author": ["李沐", "Lin Ng"]}, {"transformer.html", "primer"}),
    "list": ({"list": ["awesome-web"]}, {"frameworks", "primer"}),
    "came": ({"since": "7d"}, {"frameworks", "primer"}),
    "published": ({"since": "2022-02"}, {"frameworks", "primer", "kCc8FmEb1nY"}),
    "together": ({"site": ["arxiv.org"], "min_stars": 3, "max_minutes": 30}, {"2201.11903"}),
}
OPERATORS: dict[str, set[str]] = {
    "transformer -video": ALL - {"kCc8FmEb1nY"},
    "transformer －“chain of thought”": ALL - {"2201.11903"},
    '"chain of thought" transformer': {"2201.11903"},
    "「注意力机制」": {"transformer.html"},
    "transformer site：arxiv.org": {"1706.03762", "2201.11903", "2001.00001"},
    "transformer author:ng": {"2001.00001", "primer"},
    'author:"Jason Wei"': {"2201.11903"},
    "transformer list:web": {"frameworks", "primer"},
    "C++ - a primer": ALL,
    "state-of-the-art transformer": ALL,
    'a "transformer': ALL,
}


def endings(results: list[dict[str, Any]]) -> set[str]:
    return {next(end for end in ALL if one["url"].rstrip("/").endswith(end)) for one in results}


def by_command(home: Any, question: str, flags: dict[str, Any]) -> dict[str, Any]:
    words = [question, "-k", "50", "--json"]
    for name, value in flags.items():
        for one in value if isinstance(value, list) else [value]:
            words += [f"--{name.replace('_', '-')}", str(one)]
    ran = run("search", *words, home=home)
    assert ran.code == 0, ran.err
    answer: dict[str, Any] = json.loads(ran.out)
    return answer


def by_assistant(url: str, question: str, flags: dict[str, Any]) -> list[dict[str, Any]]:
    given = {f"{n}s" if isinstance(value, list) else n: value for n, value in flags.items()}
    found: list[dict[str, Any]] = []

    async def ask() -> None:
        with anyio.fail_after(60):
            async with Client(f"{url}/mcp") as client:
                said = await client.call_tool("search", {"query": question, "k": 50, **given})
                assert not said.is_error, said
                found.extend(said.structured_content["results"])

    anyio.run(ask)
    return found


@pytest.mark.parametrize("name", FILTERS)
def test_filters(name: str, two_lists: Any, two: Any) -> None:
    flags, expected = FILTERS[name]
    answer = two.get("/api/search", q="transformer", k=50, detail="true", **flags).json()
    check("Answer", answer)
    assert endings(answer["results"]) == expected
    said = by_command(two_lists.home, "transformer", flags)
    assert [one["id"] for one in said["results"]] == [one["id"] for one in answer["results"]]
    assert said["query"] == answer["query"]
    assert endings(by_assistant(two.url, "transformer", flags)) == expected
    assert sum(answer["facets"]["lists"].values()) >= len(expected)


@pytest.mark.parametrize("question", OPERATORS)
def test_operators(question: str, two_lists: Any, two: Any) -> None:
    answer = two.get("/api/search", q=question, k=50, detail="true").json()
    check("Answer", answer)
    assert endings(answer["results"]) == OPERATORS[question]
    said = by_command(two_lists.home, question, {})
    assert [one["id"] for one in said["results"]] == [one["id"] for one in answer["results"]]
    assert endings(by_assistant(two.url, question, {})) == OPERATORS[question]
    assert all(one["said"] in question for one in answer["query"]["operators"])


def test_the_question_says_back_what_narrowed_it(two: Any) -> None:
    asked = 'transformer -video "all you need" site:arxiv.org author:vaswani list:deep'
    flags = {"max_minutes": 60, "min_stars": 2, "since": "2017"}
    query = two.get("/api/search", q=asked, **flags).json()["query"]
    told = {"sites", "authors", "lists", "exact", "without", *flags}
    assert {name: query[name] for name in told} == {
        "sites": ["arxiv.org"], "authors": ["vaswani"], "lists": ["deep"],
        "exact": ["all you need"], "without": ["video"], **flags,
    }  # fmt: skip
    assert [one["said"] for one in query["operators"]] == [
        "-video", '"all you need"', "site:arxiv.org", "author:vaswani", "list:deep",
    ]  # fmt: skip
    assert query["topic"] == "transformer all you need"


@pytest.mark.parametrize("quoted", ["“梯度消失的梯子”", '"ladder of no gradient"'])
def test_what_nothing_says_to_the_letter_narrows_nothing(
    quoted: str, two_lists: Any, two: Any
) -> None:
    asked = f"transformer {quoted} -video"
    answer = two.get("/api/search", q=asked, k=50, detail="true").json()
    check("Answer", answer)
    assert endings(answer["results"]) == ALL - {"kCc8FmEb1nY"}
    query = answer["query"]
    assert (query["exact"], query["unsaid"]) == ([], [quoted[1:-1]])
    assert [one["said"] for one in query["operators"]] == ["-video"]
    said = run("search", asked, home=two_lists.home)
    assert f'nothing says "{quoted[1:-1]}" to the letter' in said.err
    page = two.get("/", q=asked, ui="zh").text
    assert quoted[1:-1] in page
    assert "已按不加引号搜索" in page


@pytest.mark.parametrize(
    ("flag", "value", "api"),
    [
        ("site", "no host", "bad-question"),
        ("since", "soon", "invalid-parameter"),
        ("min-stars", "6", "invalid-parameter"),
        ("max-minutes", "-1", "invalid-parameter"),
        ("list", "nowhere", "bad-question"),
    ],
)
def test_what_makes_no_sense_is_refused(
    flag: str, value: str, api: str, two_lists: Any, two: Any
) -> None:
    ran = run("search", "x", f"--{flag}={value}", home=two_lists.home)
    assert_error(ran, value)
    problem(two.get("/api/search", q="x", **{flag.replace("-", "_"): value}), 400, api)
