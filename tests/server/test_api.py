"""The API says what the command line says, with an ETag, and refuses in one typed shape."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from jsonschema import Draft202012Validator, ValidationError

from cache.settings import Settings
from search.ask.retrieve import first_rows
from search.engine import Engine
from server.guard import Access, Limits
from server.holder import EngineHolder
from server.openapi import document
from server.operations import OPERATIONS
from server.packing import understood
from tests.conftest import ROOT

SPEC = document()


def schema_of(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": SPEC["components"]}


def check(name: str, body: Any) -> None:
    Draft202012Validator(schema_of(name)).validate(body)


def problem(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    check("Problem", body)
    assert body["type"] == f"urn:nextread:problem:{name}"
    assert body["status"] == status
    return body


def test_search_is_the_json_of_the_command_line(live: Any) -> None:
    question = "什么是 RLHF？"
    api = live.get("/api/search", q=question, k=5).json()
    command = [sys.executable, "-m", "cli", "--home", str(live.settings.home)]
    command += ["search", question, "-k", "5", "--json"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    said = json.loads(printed)
    del api["took_ms"], said["took_ms"]
    assert api == said
    assert len(api["results"]) == 5


@pytest.mark.parametrize("detail", ["true", "false"])
def test_answers_fit_their_schema(live: Any, detail: str) -> None:
    answer = live.get("/api/search", q="explain transformers simply", detail=detail).json()
    check("Answer", answer)
    assert ("facets" in answer) == (detail == "true")


def test_filters_filter_and_facets_count_what_they_would_leave(live: Any) -> None:
    answer = live.get("/api/search", q="GPT", k=100, lang="en", detail="true").json()
    assert {result["language"] for result in answer["results"]} == {"en"}
    everything = live.get("/api/facets").json()
    check("Facets", everything)
    for level, count in everything["levels_given"].items():
        assert count <= everything["levels"][level]
    assert answer["facets"]["languages"] == everything["languages"]
    for kind, count in answer["facets"]["kinds"].items():
        found = live.get("/api/search", q="GPT", k=100, lang="en", kind=kind).json()["results"]
        assert len(found) == count


def test_matches_say_where_the_words_stand(live: Any) -> None:
    results = live.get("/api/search", q="transformer", detail="true").json()["results"]
    marked = [
        result["title"][start:end].lower()
        for result in results
        for start, end in result["matches"]["title"]
    ]
    assert marked
    assert all(word.startswith("transformer") for word in marked)


def test_results_hold_what_the_document_names_and_nothing_else(live: Any) -> None:
    """A key that is added to answers and not to schemas, or taken from either, is seen here."""
    [plain] = live.get("/api/search", q="GPT", k=1).json()["results"]
    [shown] = live.get("/api/search", q="GPT", k=1, detail="true").json()["results"]
    [step, *_] = live.get("/api/path", topic="transformers").json()["results"]
    shape = SPEC["components"]["schemas"]["Result"]
    assert shape["required"] == list(plain)
    assert set(shape["properties"]) == set(plain) | set(shown) | set(step)
    assert {"level_confidence", "rating_confidence"} <= set(plain)
    with pytest.raises(ValidationError):
        check("Results", {"results": [plain | {"unheard_of": 1}]})


def test_a_parameter_that_is_none_is_named_with_those_there_are(live: Any) -> None:
    body = problem(live.get("/api/path", topic="x", stepz="7"), 400, "invalid-parameter")
    assert body["detail"] == "stepz: unknown; one of hours, level, steps, topic, ui"


def test_a_path_fits_the_time_there_is(live: Any) -> None:
    whole = live.get("/api/path", topic="transformers").json()["results"]
    short = live.get("/api/path", topic="transformers", hours=1).json()["results"]
    assert len(short) < len(whole)
    assert sum((step["minutes"] or 0) / 60 for step in short) <= 1


def test_similar_and_resource_know_ids_and_addresses(live: Any) -> None:
    first = live.get("/api/search", q="attention is all you need", k=1).json()["results"][0]
    by_id = live.get("/api/similar", resource=first["id"], k=3).json()
    check("Results", by_id)
    assert by_id == live.get("/api/similar", resource=first["url"], k=3).json()
    assert first["id"] not in {result["id"] for result in by_id["results"]}
    full = live.get("/api/resource", resource=first["id"][:8]).json()
    check("Resource", full)
    assert full["resource"]["title"] == first["title"]


def test_marks_are_kept_shown_and_cleared(live: Any) -> None:
    first = live.get("/api/search", q="GPT", k=1).json()["results"][0]
    asked = {"resource": first["id"], "mark": "like"}
    marked = live.client.post("/api/marks", json=asked).json()
    check("Marked", marked)
    assert marked["marks"] == ["like"]
    shown = live.get("/api/marks").json()
    check("Marks", shown)
    assert [m["mark"] for m in shown["marks"] if m["id"] == first["id"]] == ["like"]
    again = live.get("/api/search", q="GPT", k=1, detail="true").json()["results"][0]
    assert again["marks"] == ["like"]
    unread = live.get("/api/search", q="GPT", k=1, unread="true").json()["results"][0]
    assert unread["id"] != first["id"]
    cleared = live.client.post("/api/marks", json=asked | {"mark": "clear"}).json()
    assert cleared["marks"] == []


def test_an_etag_holds_until_the_question_or_a_mark_changes(live: Any) -> None:
    first = live.get("/api/search", q="GPT-3")
    tag = {"if-none-match": first.headers["etag"]}
    same = live.client.get("/api/search", params={"q": "GPT-3"}, headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    other = live.client.get("/api/search", params={"q": "GPT-4"}, headers=tag)
    assert other.status_code == 200
    key = first.json()["results"][0]["id"]
    live.client.post("/api/marks", json={"resource": key, "mark": "later"})
    after = live.client.get("/api/search", params={"q": "GPT-3"}, headers=tag)
    live.client.post("/api/marks", json={"resource": key, "mark": "clear"})
    assert after.status_code == 200


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("/api/search", {}, "invalid-parameter"),
        ("/api/search", {"q": ""}, "invalid-parameter"),
        ("/api/search", {"q": "   "}, "bad-question"),
        ("/api/search", {"q": "x" * 20_001}, "invalid-parameter"),
        ("/api/search", {"q": "x", "k": "0"}, "invalid-parameter"),
        ("/api/search", {"q": "x", "k": "101"}, "invalid-parameter"),
        ("/api/search", {"q": "x", "k": "1e1"}, "invalid-parameter"),
        ("/api/search", {"q": ["x", "y"]}, "invalid-parameter"),
        ("/api/search", {"q": "x", "kind": "poem"}, "invalid-parameter"),
        ("/api/search", {"q": "x", "after": "soon"}, "invalid-parameter"),
        ("/api/search", {"q": "x", "unread": "maybe"}, "invalid-parameter"),
        ("/api/similar", {}, "invalid-parameter"),
        ("/api/search", {"q": "x", "kinds": "book"}, "invalid-parameter"),
        ("/api/path", {"topic": "x", "steps": "51"}, "invalid-parameter"),
        ("/api/path", {"topic": "x", "hours": "0"}, "invalid-parameter"),
    ],
)
def test_bad_parameters_are_named(live: Any, path: str, params: dict[str, Any], name: str) -> None:
    body = problem(live.get(path, **params), 400, name)
    assert body["detail"]


def test_what_is_not_there_is_said(live: Any) -> None:
    unknown = {"resource": "https://example.org/nowhere"}
    problem(live.get("/api/resource", **unknown), 404, "unknown-resource")
    problem(live.get("/api/nothing"), 404, "no-such-page")
    problem(live.client.delete("/api/search"), 405, "no-such-method")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"resource=x&mark=like", "application/x-www-form-urlencoded"),
        (b'{"resource": "x", "mark": "like"}', "text/plain"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"[" * 100_000, "application/json"),
    ],
)
def test_only_json_objects_change_anything(live: Any, content: bytes, kind: str) -> None:
    sent = live.client.post("/api/marks", content=content, headers={"content-type": kind})
    problem(sent, 400, "invalid-body")


@pytest.mark.parametrize(
    "body",
    [
        {"resource": "x"},
        {"resource": 7, "mark": "like"},
        {"resource": "x", "mark": "adore"},
        {"resource": "x\ud800", "mark": "like"},
        {"resource": "x", "mark": "like", "more": 1},
    ],
)
def test_members_of_a_body_are_checked(live: Any, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    sent = live.client.post(
        "/api/marks", content=content, headers={"content-type": "application/json"}
    )
    problem(sent, 400, "invalid-parameter")


def test_health_and_status_tell_the_generation_and_no_path(live: Any) -> None:
    health, status = live.get("/health").json(), live.get("/api/status").json()
    check("Health", health)
    check("Status", status)
    assert health["generation"] == status["generation"] == 1
    assert str(live.settings.home) not in json.dumps(status)


def test_without_an_index_the_server_says_what_to_do(
    tmp_path: Path, start: Callable[..., Any]
) -> None:
    empty = start(Settings.load(tmp_path))
    body = problem(empty.get("/api/search", q="x"), 503, "no-index")
    assert body["hint"] == "nextread build LIST"
    assert empty.get("/health").json() == {"status": "empty", "generation": 0}
    page = empty.get("/")
    assert page.status_code == 503
    assert "nextread build LIST" in page.text


def test_the_map_holds_every_resource_and_is_the_same_each_time(built: Settings, live: Any) -> None:
    shown = live.get("/api/map").json()
    check("Map", shown)
    assert shown == live.get("/api/map").json()
    with Engine.open(settings=built) as engine:
        assert len(shown["points"]) == engine.collection.catalog.count
    assert all(0 <= p["x"] <= 1 and 0 <= p["y"] <= 1 for p in shown["points"])
    assert sum(topic["count"] for topic in shown["topics"]) == len(shown["points"])
    assert len({topic["name"] for topic in shown["topics"]}) > 1


def test_the_packed_map_says_what_the_other_says(live: Any) -> None:
    packed = live.get("/api/map/points").json()
    check("MapPoints", packed)
    columns = base64.b64decode(packed["points"])
    n = packed["count"]
    assert len(columns) == 8 * n
    places = np.frombuffer(columns, "<u2", 2 * n).reshape(2, n).T
    points = {point["id"]: point for point in live.get("/api/map").json()["points"]}
    at = [0, n // 2, n - 1]
    results = live.get("/api/map/resources", at=",".join(map(str, at))).json()["results"]
    for number, result in zip(at, results, strict=True):
        point = points[result["id"]]
        assert abs(places[number] / 65535 - (point["x"], point["y"])).max() < 1e-3
    lists = np.frombuffer(columns, "u1", n, 7 * n)
    assert lists.max() < len(packed["lists"])


def test_a_question_lights_up_its_answers_on_the_map(live: Any) -> None:
    asked = {"q": "explain RLHF simply"}
    lit = live.get("/api/map/find", **asked).json()["points"]
    results = live.get("/api/map/resources", at=",".join(map(str, lit[:3]))).json()["results"]
    answers = live.get("/api/search", **asked, k=3).json()["results"]
    assert [r["id"] for r in results] == [r["id"] for r in answers]


def test_near_on_the_map_is_near_in_meaning(built: Settings) -> None:
    with Engine.open(settings=built) as engine:
        drawn = engine.collection.map
        rows = first_rows(drawn.ordinals, engine.collection.catalog)
        vectors = engine.collection.dense.reconstruct(rows)
    places = drawn.places.astype(np.float64)
    distances = ((places[:, None] - places[None]) ** 2).sum(-1)
    cosines = vectors @ vectors.T
    np.fill_diagonal(distances, np.inf)
    np.fill_diagonal(cosines, -np.inf)
    nearer = (cosines > cosines[np.arange(len(rows)), distances.argmin(1)][:, None]).sum(1)
    assert nearer.mean() < len(rows) / 8  # half of all would be chance


def test_every_operation_is_described_and_the_document_is_served(live: Any) -> None:
    served = live.get("/openapi.json").json()
    assert served["openapi"] == "3.1.0"
    listed = {(m.upper(), p) for p, ops in served["paths"].items() for m in ops}
    assert listed == {(op.method, op.path) for op in OPERATIONS}


def test_the_rate_is_limited(copy_of: Callable[[], Settings], start: Callable[..., Any]) -> None:
    one = start(copy_of(), limits=Limits(rate=0.001, burst=3))
    for_others = {"x-forwarded-for": "203.0.113.7"}
    codes = [one.client.get("/health", headers=for_others).status_code for _ in range(3)]
    assert codes == [200] * 3
    refused = one.client.get("/health", headers=for_others)
    problem(refused, 429, "too-many")
    assert refused.headers["retry-after"] == "1"
    assert [one.get("/health").status_code for _ in range(9)] == [200] * 9  # the reader's own


def test_who_has_the_token_is_not_held_up_by_who_guesses_it(
    copy_of: Callable[[], Settings], start: Callable[..., Any]
) -> None:
    one = start(copy_of(), Access(token="secret"), Limits(rate=0.001, burst=3))

    def asked(token: str) -> int:
        headers = {"x-forwarded-for": "203.0.113.7", "authorization": f"Bearer {token}"}
        return int(one.client.get("/health", headers=headers).status_code)

    assert [asked(f"guess {number}") for number in range(4)] == [401, 401, 401, 429]
    assert [asked("secret") for _ in range(4)] == [200, 200, 200, 429]


def test_what_has_not_changed_is_known_without_the_engine(
    live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = live.get("/api/search", q="GPT-3")

    def leased(self: EngineHolder) -> None:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(EngineHolder, "lease", leased)
    tag = {"if-none-match": first.headers["etag"]}
    same = live.client.get("/api/search", params={"q": "GPT-3"}, headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["nextread-generation"] == first.headers["nextread-generation"]


@pytest.mark.parametrize("path", ["/", "/feed.xml"])
def test_the_page_and_the_feed_are_too(
    live: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    first = live.get(path)

    def leased(self: EngineHolder) -> None:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(EngineHolder, "lease", leased)
    same = live.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


@pytest.mark.parametrize("asked", ["br", "gzip", "identity"])
def test_answers_are_packed_where_that_is_asked_for(live: Any, asked: str) -> None:
    encoding = {"accept-encoding": asked}
    answer = live.client.get("/api/search", params={"q": "GPT", "k": 20}, headers=encoding)
    assert answer.headers.get("content-encoding", "identity") == asked
    assert len(answer.json()["results"]) == 20
    if asked != "identity":
        assert int(answer.headers["content-length"]) < len(answer.content) / 2


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("gzip, deflate, br", {"gzip", "deflate", "br"}),
        ("br;q=1.0, gzip; q=0.5", {"br", "gzip"}),
        ("br;q=0, gzip;q=0.000", set()),
        ("", {""}),
    ],
)
def test_an_encoding_is_understood_unless_it_is_refused(asked: str, names: set[str]) -> None:
    assert understood(asked) == names


def test_the_page_names_its_files_by_what_they_say(live: Any) -> None:
    page = live.get("/").text
    [script] = re.findall(r'<script type="module" src="([^"]+)"', page)
    folder = script.removesuffix("app.js")
    for name in ("app.js", "style.css", "words.js"):
        asset = live.get(folder + name)
        assert asset.status_code == 200
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert live.get("/static/0000000000000000/app.js").status_code == 404
