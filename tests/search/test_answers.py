import json

from cache.records import Entry, Facts, Passage, Query, Resource, Result
from search.answers import SNIPPET, Answer, answer_json, result_json, snippet

MENTIONS = (
    Entry("a.md", "http://e.org/?utm=1", "T", note="short", section=("S", "T"), rating=4),
    Entry("b.md", "https://e.org", "T2", note="a longer note", difficulty=2),
)
WORK = Resource("0123", "https://e.org", ("http://e.org/?utm=1",), "T", "paper", "en", MENTIONS)


def result(passage=None, **changes):
    parts = {"dense": 0.5, "stars": 0.25}
    return Result(WORK, 0.75, parts, passage, "list note", Facts(difficulty=2.0), **changes)


def words(text):
    return Passage("0123:0", "0123", 0, 0, len(text), text)


def test_an_answer_has_the_keys_of_the_contract():
    query = Query("explain RLHF simply", "RLHF", level="beginner", cues={"level": "simply"})
    shown = json.loads(json.dumps(answer_json(Answer(query, (result(),), 1.23456))))
    assert list(shown) == ["query", "took_ms", "fit", "little", "results"]
    assert shown["took_ms"] == 1.23
    assert shown["query"]["level"] == "beginner"
    (only,) = shown["results"]
    contract = (
        "rank id url title score parts kind level rating language published author snippet "
        "evidence lists"
    )
    assert set(contract.split()) <= only.keys()
    assert not {"why", "step"} & only.keys()
    assert only["level"] == "intermediate"
    assert [list(mention) for mention in only["lists"]] == [
        ["list", "title", "url", "section", "note", "rating", "difficulty"]
    ] * 2
    assert only["lists"][0]["url"] == "http://e.org/?utm=1"
    assert only["also_at"] == ["http://e.org/?utm=1"]


def test_why_and_step_are_there_where_known():
    shown = result_json(3, result(why="because", step=2))
    assert (shown["rank"], shown["why"], shown["step"]) == (3, "because", 2)


def test_a_snippet_is_the_passage_or_the_longest_note():
    assert snippet(result()) == "a longer note"
    assert snippet(result(words("two\n  lines\tof it"))) == "two lines of it"


def test_a_long_snippet_ends_at_a_word_or_a_character():
    english = snippet(result(words("attention " * 100)))
    assert english.endswith("attention…")
    assert len(english) <= SNIPPET + 1
    assert snippet(result(words("注意力" * 200))) == ("注意力" * 80)[:SNIPPET] + "…"
