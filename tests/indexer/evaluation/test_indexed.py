import json

import pytest

from cache.errors import ListError
from indexer.evaluation.indexed import indexed, judged_of
from search.evaluate import ablate, evaluate
from tests.conftest import run

DOCUMENTS = [
    ("a", "Introduction to attention", "How transformers weigh words.", {"kind": "tutorial"}),
    ("b", "Gardening", "Roses in spring and how to prune them.", {}),
    ("c", "强化学习入门", "从人类反馈中学习的基础。", {"rating": 5, "difficulty": 1}),
    ("d", "Database indexes", "B-trees, hashing and the cost of writes.", {"author": "Kim Lee"}),
]
QUERIES = {"1": "attention transformers", "2": "强化学习", "3": "", "4": "nobody judged this"}


@pytest.fixture
def collection(tmp_path):
    corpus = [
        {"_id": name, "title": title, "text": text, "metadata": metadata}
        for name, title, text, metadata in DOCUMENTS
    ]
    asked = [{"_id": name, "text": text} for name, text in QUERIES.items()]
    for name, rows in (("corpus", corpus), ("queries", asked)):
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    judgments = ["query-id\tcorpus-id\tscore", "1\ta\t1", "2\tc\t2", "3\tb\t1", "4\td\t0"]
    (tmp_path / "qrels.tsv").write_text("\n".join(judgments), "utf-8")
    return tmp_path


def test_questions_without_words_or_judgments_are_left_out(collection):
    assert set(judged_of(collection).queries) == {"1", "2"}


def test_what_is_no_collection_is_told(tmp_path):
    with pytest.raises(ListError, match="not a test collection"):
        judged_of(tmp_path)


def test_words_find_what_says_them_and_each_part_can_be_left_out(collection, tiny_settings):
    judged = judged_of(collection)
    with indexed(collection, tiny_settings, judged, lambda *_: None) as engine:
        whole, parts = evaluate(engine, judged), ablate(engine, judged)
    assert whole["queries"] == 2
    assert whole["documents"] == len(DOCUMENTS)
    assert parts["all"]["ndcg@10"] == whole["ndcg@10"]
    assert parts["lexical alone"]["mrr@10"] == 1
    assert {"dense alone", "fusion", "without stars", "without title", "without author"} <= set(
        parts
    )
    assert whole["recall@100"] == 1


def test_a_question_of_pages_is_measured_as_it_is_asked(collection, tiny_settings):
    pasted = {"_id": "1", "text": "attention transformers " + "and how they weigh words " * 200}
    (collection / "queries.jsonl").write_text(json.dumps(pasted), "utf-8")
    judged = judged_of(collection)
    with indexed(collection, tiny_settings, judged, lambda *_: None) as engine:
        assert evaluate(engine, judged)["queries"] == 1
        assert engine.search(pasted["text"]).query.shortened


def test_the_command_prints_the_same(collection, tiny_settings):
    asked = ["eval", str(collection), "--ablate", "--json", "--model", tiny_settings.model]
    done = run(*asked, home=tiny_settings.home)
    assert done.code == 0, done.err
    assert set(json.loads(done.out)["all"]) == {"ndcg@10", "mrr@10", "recall@100"}
