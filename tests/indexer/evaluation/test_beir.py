import json

import pytest

from cache.errors import ListError
from indexer.evaluation.beir import works_of_beir


def lengths(texts):
    return [len(text.split()) for text in texts]


def written(folder, *documents):
    folder.mkdir()
    lines = "\n".join(json.dumps(document) for document in documents)
    (folder / "corpus.jsonl").write_text(lines, "utf-8")
    return folder


def test_a_document_keeps_its_id_its_text_and_what_is_known_of_it(tmp_path):
    folder = written(
        tmp_path / "bank",
        {
            "_id": "a1",
            "title": "Word vectors",
            "text": "All about vectors.",
            "metadata": {
                "url": "https://e.org/a",
                "kind": "library",
                "author": "Ann",
                "year": 2013,
            },
        },
        {"_id": "a2", "title": "", "text": "没有标题", "metadata": {"author": "Author Unknown"}},
    )
    first, second = works_of_beir(folder, lengths)
    assert (first.resource.id, first.resource.url) == ("a1", "https://e.org/a")
    assert first.resource.kind == "tool"
    assert (first.facts.author, first.facts.published) == ("Ann", "2013")
    assert [passage.text for passage in first.passages] == ["All about vectors."]
    assert second.resource.url == "https://bank.invalid/a2"
    assert second.resource.language == "zh"
    assert second.facts.author is None


def test_a_title_alone_makes_a_work_without_a_document(tmp_path):
    (work,) = works_of_beir(written(tmp_path / "b", {"_id": "1", "title": "Parsing"}), lengths)
    assert work.document is None
    assert work.texts == ("Parsing",)
    assert work.facts.evidence == "list note"


@pytest.mark.parametrize("content", ["{", "[1]", '{"title": "no id"}'])
def test_a_file_that_is_no_collection_is_an_error_that_names_it(tmp_path, content):
    (tmp_path / "corpus.jsonl").write_text(content, "utf-8")
    with pytest.raises(ListError, match=r"corpus\.jsonl"):
        works_of_beir(tmp_path, lengths)
