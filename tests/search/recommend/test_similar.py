from dataclasses import replace

import pytest

from cache.errors import FetchError, QueryError, UnknownResource
from cache.settings import Settings
from indexer.build import build
from indexer.preview import examples
from search.engine import Engine
from search.recommend.examples import named
from search.title_words import TitleWords, new_words, shared_phrase
from tests.loopback import LoopbackWeb

LISTS = {
    "a": {
        "Rewards": ["Reward models from scratch", "Preference data", "Learning to summarise"],
        "Gardens": ["Tomato plants in pots", "Growing roses", "Pruning apple trees"],
    },
    "b": {
        "Alignment": ["Reward models from scratch", "Learning to summarise"],
        "Kitchen": ["Bread at home", "Tomato plants in pots"],
    },
    "c": {
        "Feedback": ["Reward models from scratch", "Learning to summarise", "Bread at home"],
        "More": ["Reward models in practice"],
        "Other": [f"Chess opening {n}" for n in range(9)],
    },
}


def address(title):
    return f"https://example.org/{title.replace(' ', '-').lower()}"


@pytest.fixture(scope="module")
def engine(tiny_model, tmp_path_factory):
    """Three small lists."""
    folder = tmp_path_factory.mktemp("lists")
    for name, sections in LISTS.items():
        lines = [f"# {name}"]
        for heading, titles in sections.items():
            lines += ["", f"## {heading}", "", *(f"- [{t}]({address(t)})" for t in titles)]
        (folder / f"{name}.md").write_text("\n".join(lines), "utf-8")
    settings = Settings(home=tmp_path_factory.mktemp("home"), model=str(tiny_model))
    build([str(folder)], settings, offline=True)
    with Engine.open(settings=settings) as opened:
        yield opened


def titles(results):
    return [result.resource.title for result in results]


def stored(engine):
    """Every file of pages, vectors and generations with its size."""
    folders = [
        engine.collection.settings.home / name for name in ("pages", "vectors", "generations")
    ]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted((path, path.stat().st_size) for path in files)


def test_company_in_independent_lists_comes_first_and_is_said(engine):
    first, *rest = engine.similar([address("Reward models from scratch")], k=20)
    assert first.resource.title == "Learning to summarise"
    assert first.why.startswith("same section in 3 lists")
    assert first.parts["company"] > max(result.parts.get("company", 0) for result in rest)
    assert {result.why.split(";")[0] for result in rest} >= {"same section of a list"}


def test_shared_words_are_named_as_the_title_writes_them(engine):
    found = engine.similar([address("Reward models from scratch")], k=20)
    practice = next(r for r in found if r.resource.title == "Reward models in practice")
    assert practice.why == "both on Reward models"


def test_inputs_are_never_answers_and_scores_are_sums(engine):
    asked = [address("Growing roses"), address("Bread at home") + "#top"]
    found = engine.similar(asked, without=[address("Preference data")], k=50)
    assert len(found) >= 10
    assert not {*titles(found)} & {"Growing roses", "Bread at home", "Preference data"}
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)
    for result in found:
        assert sum(result.parts.values()) == result.score


def test_what_it_should_not_be_like_falls(engine):
    asked = [address("Tomato plants in pots")]
    plain = titles(engine.similar(asked, k=20))
    against = titles(engine.similar(asked, without=[address("Pruning apple trees")], k=20))
    assert against.index("Growing roses") > plain.index("Growing roses")


def test_nothing_to_be_like_is_an_error(engine):
    with pytest.raises(QueryError):
        engine.similar([])
    with pytest.raises(UnknownResource, match="nothing-here"):
        examples(engine, ["nothing-here"])


def test_a_page_that_is_not_indexed_is_compared_and_forgotten(engine):
    text = "<p>Reward models learn from preference data what people want.</p>" * 9
    page = f"<html><head><title>Reward models explained</title></head><body>{text}</body></html>"
    kept = stored(engine)
    with LoopbackWeb({"blog.example.net/post": page}) as web:
        reached = web.settings(
            engine.collection.settings.home, model=engine.collection.settings.model
        )
        with Engine(engine.collection.generation, reached) as asked:
            outside = examples(asked, ["https://blog.example.net/post"])
            found = asked.similar(outside, k=3)
            with pytest.raises(FetchError, match="missing"):
                examples(asked, ["https://blog.example.net/missing"])
    assert outside[0].title == "Reward models explained"
    assert {"Reward models from scratch", "Reward models in practice"} & {*titles(found)}
    assert stored(engine) == kept


def test_copies_under_one_title_are_given_once(tiny_settings, tmp_path):
    source = tmp_path / "copies.md"
    links = [("One thing", "a"), ("Same title", "b"), ("Same Title!", "c"), ("One  thing", "d")]
    lines = [f"- [{title}](https://{host}.example.org/)" for title, host in links]
    source.write_text("\n".join(lines), "utf-8")
    build([str(source)], tiny_settings, offline=True)
    with Engine.open(settings=tiny_settings) as opened:
        assert len(opened.similar(["https://a.example.org/"], k=9)) == 1


class _Counted:
    """A collection of a thousand texts in which these words are common."""

    count = 1000
    common = frozenset({"the", "of", "and"})

    def document_frequency(self, token):
        return 400 if token in self.common else 3


@pytest.mark.parametrize(
    ("title", "other", "shared"),
    [
        ("A tour of Reward Models", "Reward models, explained", "Reward Models"),
        ("强化学习入门", "深度强化学习", "强化学习"),
        ("The of", "the of", None),
        ("的", "的", None),
        ("", "x", None),
        ("🦜🔗", "🦜🔗", None),
    ],
)
def test_a_shared_phrase_tells_something(title, other, shared):
    assert shared_phrase(title, [other], TitleWords(_Counted())) == shared


def test_new_words_are_those_no_title_before_had():
    title_words = TitleWords(_Counted())
    assert new_words("Reward models and PPO", frozenset({"reward"}), title_words) == "models, PPO"
    assert new_words("the and", frozenset(), title_words) is None


def test_an_example_outside_the_index_excludes_nothing(engine):
    (inside,) = named(engine.collection, [address("Growing roses")])
    found = engine.similar([replace(inside, ordinal=None, title="")], k=20)
    assert "Growing roses" in titles(found)
