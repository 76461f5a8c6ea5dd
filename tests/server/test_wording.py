"""Everything nextread says, it says in Chinese too."""

import re
from typing import Any

import httpx
import pytest
import typer

import cli
from server import problem
from server.wording import chinese, page_words, said
from tests.sentences import is_sentence, sentences

HAN = re.compile(r"[\u4e00-\u9fff]")
COMPOSED = {
    "{} {} in {}: {} resources, {} vectors, {} MB, in {} s",
    "{} {}: {} resources of {}, {} with text, in {} s",
}
"""Sentences whose first words are themselves a value; each way to begin them is in chinese.json."""

NAMES = {"busy", "forbidden", "failed", "postgres", "ray", *re.findall(r"\S+", """
    too-large too-long too-many no-token too-slow invalid-parameter invalid-body
""")}  # fmt: skip
"""What is no sentence but the name of a problem or of an extra."""

PARTS = {"is needed", "given twice", "unknown; one of {}", "should look like {}"}
"""Said of a parameter, which stands before them."""


def told() -> list[str]:
    """Sentences of the source, of the commands' help and of refusals."""
    found = [text for text in sentences() if text not in NAMES]
    found = [f"{{}}: {text}" if text in PARTS else text for text in found]
    waiting: list[Any] = [typer.main.get_command(cli.app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        found += [command.help, *(getattr(option, "help", None) for option in command.params)]
    found += [title for *_, title in problem._STATUS]
    return sorted({text for text in found if text and is_sentence(text)} - COMPOSED)


def values_of(template: str) -> list[str]:
    return [f"⟨{place}⟩" for place in range(template.count("{}"))]


def test_each_sentence_is_said_in_chinese() -> None:
    """Where this is red, server/chinese.json lacks what it names."""
    missing = []
    for sentence in told():
        spoken = said(sentence.format(*values_of(sentence)), "zh")
        if spoken == sentence.format(*values_of(sentence)):
            missing.append(sentence)
    assert missing == []


def test_a_sentence_keeps_its_values() -> None:
    for english, text in chinese().items():
        values = values_of(english)
        spoken = said(english.format(*values), "zh")
        kept = [value for value in values if value in text.format(*values)]
        assert [value for value in kept if value not in spoken] == [], english
        # pydantic names one type twice
        assert len(kept) == len(values) or "should be a valid" in english, english


def test_english_is_left_as_it_is_and_what_is_not_ours_too() -> None:
    assert said("the question is empty", "en") == "the question is empty"
    assert said("Attention is all you need", "zh") == "Attention is all you need"
    assert said("", "zh") == ""


def test_a_sentence_within_a_sentence_is_said_as_well() -> None:
    why = said("could not read a.md: no such file or folder", "zh")
    assert why == "无法读取 a.md：没有这个文件或文件夹"
    line = "45 links: 40 read as 42 entries; 5 set aside (5 badge)"
    assert said(line, "zh") == "45 个链接：40 个读成 42 个条目；5 个搁置（5 badge）"


def test_a_hostile_sentence_costs_no_more_than_its_length() -> None:
    text = "a: " * 20_000
    assert said(text + "gone", "zh") == text.removesuffix(": ") + "：已不存在"


def test_the_page_has_the_same_words_in_both_languages() -> None:
    english, both = page_words()["en"], page_words()["zh"]
    assert english.keys() == both.keys()
    for name, text in english.items():
        slots = re.findall(r"\{\w+\}", text)
        assert sorted(slots) == sorted(re.findall(r"\{\w+\}", both[name])), name
        assert not HAN.search(text) or name.startswith("toLanguage"), name


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/api/search", {"params": {"q": " "}}),
    ("GET", "/api/search", {}),
    ("GET", "/api/search", {"params": {"q": "x", "poem": "y"}}),
    ("GET", "/api/search", {"params": [("q", "x"), ("q", "y")]}),
    ("GET", "/api/search", {"params": {"q": "x", "after": "soon"}}),
    ("GET", "/api/search", {"params": {"q": "x", "after": "2023-13"}}),
    ("GET", "/api/search", {"params": {"q": "x", "since": "long ago"}}),
    ("GET", "/api/search", {"params": {"q": "x", "lang": "klingon"}}),
    ("GET", "/api/search", {"params": {"q": "x", "k": "many"}}),
    ("GET", "/api/search", {"params": {"q": "x", "k": "0"}}),
    ("GET", "/api/search", {"params": {"q": "x", "k": "1000"}}),
    ("GET", "/api/search", {"params": {"q": "x", "kind": "poem"}}),
    ("GET", "/api/search", {"params": {"q": "x", "level": "hard"}}),
    ("GET", "/api/search", {"params": {"q": "x", "unread": "maybe"}}),
    ("GET", "/api/search", {"params": {"q": "x", "min_stars": "six"}}),
    ("GET", "/api/search", {"params": {"q": "x", "max_minutes": "-1"}}),
    ("GET", "/api/search", {"params": {"q": "x", "list": "y" * 500}}),
    ("GET", "/api/search", {"params": {"q": "x", "list": ["a"] * 30}}),
    ("GET", "/api/search", {"params": {"q": "x", "list": "no such list"}}),
    ("GET", "/api/search", {"params": {"q": "x", "site": "not a site"}}),
    ("GET", "/api/similar", {"params": {"resource": "https://nowhere.example/"}}),
    ("GET", "/api/path", {"params": {"topic": "x", "steps": "99"}}),
    ("GET", "/api/map/resources", {"params": {"at": "x"}}),
    ("GET", "/api/nothing", {}),
    ("GET", "/feed.xml", {"params": {"q": "x", "since": "ever"}}),
    ("POST", "/api/marks", {"content": "x"}),
    ("POST", "/api/marks", {"json": []}),
    ("POST", "/api/marks", {"json": {"resource": "x"}}),
    ("POST", "/api/marks", {"json": {"resource": "x", "mark": "love"}}),
    ("POST", "/api/added", {"json": {"url": "no address"}}),
    ("POST", "/api/search", {}),
    ("GET", "/api/search", {"headers": {"origin": "https://elsewhere.example"}}),
]


@pytest.mark.parametrize(("method", "path", "sent"), REFUSED)
def test_a_refusal_is_in_the_readers_language(
    two: Any, method: str, path: str, sent: dict[str, Any]
) -> None:
    for ui, ranges in (("en", "fr, en;q=0.8"), ("zh", "zh-CN,zh;q=0.9,en;q=0.8")):
        headers = {"accept-language": ranges, **sent.get("headers", {})}
        answer = two.client.request(method, path, **{**sent, "headers": headers})
        assert answer.status_code >= 400
        assert answer.headers["content-language"] == ui
        body = answer.json()
        for name in ("title", "detail", "hint"):
            text = body.get(name, "")
            foreign = HAN.search(text) if ui == "en" else english_left(text)
            assert not foreign, (name, text)
        assert ui == "en" or HAN.search(body["title"])


def english_left(text: str) -> list[str]:
    """What is left in English but commands, addresses and other people's words in quotes."""
    text = re.sub(r"nextread [a-z]+.*|'[^']*'|\"[^\"]*\"|\S*[/=.]\S*|Authorization: .*", "", text)
    text = re.sub(r"可选：.*", "", text)  # names of parameters and of marks
    return re.findall(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}", text)


def test_the_language_asked_for_comes_before_the_remembered_one_and_the_browsers(two: Any) -> None:
    def title(query: dict[str, str], headers: dict[str, str]) -> str:
        client = httpx.Client(base_url=two.url)
        text: str = client.get("/", params=query, headers=headers).text
        return "zh" if 'lang="zh-CN" data-ui="zh"' in text else "en"

    zh, kept = {"accept-language": "zh"}, {"cookie": "nextread_ui=zh"}
    assert title({}, zh) == title({}, kept) == title({"ui": "zh"}, {}) == "zh"
    assert title({"ui": "en"}, zh) == title({}, {"accept-language": "de"}) == "en"
    assert title({}, {"accept-language": "de, zh;q=0.5, en;q=0.1"}) == "zh"


def test_why_a_result_is_there_is_said_in_the_readers_language(two: Any) -> None:
    asked = {"/api/recommend": {}, "/api/new": {}, "/api/path": {"topic": "transformer"}}
    for path, query in asked.items():
        for ui in ("en", "zh"):
            answer = two.client.get(path, params=query, headers={"accept-language": ui})
            for result in answer.json()["results"]:
                why = result.get("why") or ""
                assert bool(HAN.search(why)) == (ui == "zh" and bool(why)), why
