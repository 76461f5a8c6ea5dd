"""What the documents say holds: the API's page, the notebook's table, the feeds."""

import xml.etree.ElementTree as ET
from typing import Any

from benchmarks.docs_api import FILE, text
from cache.settings import Settings
from search.engine import Engine


def test_the_page_on_the_api_is_what_the_table_of_operations_says() -> None:
    assert FILE.read_text("utf-8") == text(), "run python -m benchmarks.docs_api"


def test_an_answer_is_a_table_in_a_notebook(built: Settings) -> None:
    with Engine.open(settings=built) as engine:
        answer = engine.search("explain RLHF simply", k=3)
        html = answer._repr_html_()
        table = ET.fromstring(html)
        links = [link.attrib["href"] for link in table.iter("a")]
        assert links == [result.resource.url for result in answer.results]
        assert len(table.findall("tbody/tr")) == 3


def test_what_is_new_is_a_feed(live: Any) -> None:
    answer = live.get("/feed.xml")
    assert answer.headers["content-type"].startswith("application/rss+xml")
    items = ET.fromstring(answer.content).findall(".//item")
    new = live.get("/api/new", k=30).json()["results"]
    assert [item.findtext("guid") for item in items] == [result["id"] for result in new]
    tag = {"if-none-match": answer.headers["etag"]}
    assert live.client.get("/feed.xml", headers=tag).status_code == 304


def test_browsers_can_add_the_search(live: Any) -> None:
    answer = live.get("/opensearch.xml")
    space = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    address = ET.fromstring(answer.content).find("o:Url", space)
    assert address is not None
    assert address.attrib["template"] == live.url + "/?q={searchTerms}"
    assert "opensearch.xml" in live.get("/").text
