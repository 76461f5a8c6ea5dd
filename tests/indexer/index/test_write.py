from indexer.index.write import content_digest, work_of
from indexer.lists.parse import read_list
from indexer.resources.facts import facts_of, independent_lists
from indexer.resources.merge import merge
from tests.conftest import LISTS

DEMO = "sha256:423894d6d0a226eeaae8e0a767df59b6756dd04d45c4f80603f903cf4bf2eaa6"
"""The digest of lists/ under recipe 16. It may change with lists/; whatever else changes it makes
every index out there anew."""


def test_the_digest_of_the_example_lists_is_what_it_was():
    entries = [e for path in sorted(LISTS.glob("*.md")) for e in read_list(path).entries]
    groups = independent_lists(entries)
    works = [work_of(r, facts_of(r, None, groups=groups), None, ()) for r in merge(entries)]
    assert content_digest(works, "model@0") == DEMO
