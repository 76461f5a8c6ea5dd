from indexer import index
from indexer.facts import facts_of, independent_lists
from indexer.index import content_digest, work_of
from indexer.lists import read_list
from indexer.merge import merge
from tests.conftest import LISTS

DEMO = "sha256:edeef89bfff815e2863c70d9fbe3074e160313b2f04372b219dc6d7af43e9c01"
"""The digest of lists/ under recipe 2. It may change with lists/; whatever else changes it makes
every index out there anew."""


def test_the_digest_of_the_example_lists_is_what_it_was(monkeypatch):
    monkeypatch.setattr(index, "RECIPE", "2")
    entries = [e for path in sorted(LISTS.glob("*.md")) for e in read_list(path).entries]
    groups = independent_lists(entries)
    works = [work_of(r, facts_of(r, None, groups=groups), None, ()) for r in merge(entries)]
    assert content_digest(works, "model@0") == DEMO
