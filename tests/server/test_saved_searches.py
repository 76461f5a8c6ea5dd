"""An answer kept: as a list that reads back, and as a feed of what came since."""

import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

from indexer.lists.parse import read_list
from search.engine import Engine
from tests.conftest import assert_error, run

QUESTION = "transformer"


def test_an_answer_saved_as_a_list_reads_back(two_lists: Any, tmp_path: Any) -> None:
    file = tmp_path / "saved.md"
    asked = (QUESTION, "-k", "6")
    answer = json.loads(run("search", *asked, "--json", home=two_lists.home).out)["results"]
    ran = run("export", "list", *asked, "--output", str(file), home=two_lists.home)
    assert (ran.code, ran.out, ran.err) == (0, "", f"{len(answer)} resources in {file}\n")
    entries = read_list(file).entries
    assert len(answer) == 6
    assert [entry.section for entry in entries] == [(QUESTION,)] * 6
    levels = {None: None, "beginner": 1, "intermediate": 2, "advanced": 3}
    for entry, result in zip(entries, answer, strict=True):
        assert (entry.url, entry.title) == (result["url"], result["title"])
        assert entry.note == result["lists"][0]["note"]
        assert entry.rating == result["lists"][0]["rating"] == result["rating"]
        assert entry.difficulty == levels[result["level"]] == result["lists"][0]["difficulty"]
        assert (entry.published, entry.author) == (result["published"], result["author"])
    printed = run("export", "list", *asked, home=two_lists.home)
    assert printed.out == file.read_text("utf-8")


def test_a_list_that_cannot_be_written_is_named(two_lists: Any, tmp_path: Any) -> None:
    place = str(tmp_path / "none" / "a.md")
    ran = run("export", "list", QUESTION, "--output", place, home=two_lists.home)
    assert_error(ran, place)


def titles(answer: Any) -> set[str]:
    assert answer.status_code == 200
    return {item.findtext("title") or "" for item in ET.fromstring(answer.text).iter("item")}


def test_the_feed_of_a_question_tells_what_came_and_answers_it(two: Any) -> None:
    answer = two.get("/feed.xml", q=QUESTION)
    came = {r["title"] for r in two.get("/api/search", q=QUESTION, since="30d").json()["results"]}
    assert titles(answer) == came
    assert len(came) == 2
    assert len(titles(two.get("/feed.xml", q=QUESTION, since="2000"))) > 2
    root = ET.fromstring(answer.text)
    assert root.findtext("channel/title") == f"nextread: {QUESTION}"
    assert (root.findtext("channel/link") or "").endswith(f"/?q={QUESTION}")
    tag = {"if-none-match": answer.headers["etag"]}
    same = two.client.get("/feed.xml", params={"q": QUESTION}, headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    other = two.client.get("/feed.xml", params={"q": "primer"}, headers=tag)
    assert other.status_code == 200


def test_an_item_is_dated_by_when_it_came_not_by_the_last_build(two: Any) -> None:
    root = ET.fromstring(two.get("/feed.xml", q=QUESTION).text)
    own = root.find("channel/{http://www.w3.org/2005/Atom}link")
    assert own is not None
    assert own.attrib["href"] == f"{two.url}/feed.xml?q={QUESTION}"
    with Engine.open(settings=two.settings) as engine:
        ((at, ids),) = engine.collection.arrivals
    came = datetime.fromisoformat(at).replace(microsecond=0)
    items = list(root.iter("item"))
    assert {item.findtext("guid") for item in items} <= set(ids)
    assert {parsedate_to_datetime(item.findtext("pubDate") or "") for item in items} == {came}
    older = ET.fromstring(two.get("/feed.xml", q=QUESTION, since="2000").text).iter("item")
    dated = {item.findtext("guid") for item in older if item.find("pubDate") is not None}
    assert dated == {item.findtext("guid") for item in items}


def test_a_feed_refuses_what_is_no_time(two: Any) -> None:
    answer = two.get("/feed.xml", q=QUESTION, since="soon")
    assert answer.status_code == 400
    assert "--since" in answer.text
