from indexer.index.write import content_digest, work_of
from indexer.lists.parse import read_list
from indexer.resources.facts import facts_of, independent_lists
from indexer.resources.merge import merge
from tests.conftest import LISTS

DEMO = "sha256:2335cb9f48bd3ee9e445fcdc37869bc7deb5138e7b148c4f90855319da1ac26a"
"""The digest of lists/ under recipe 10. It may change with lists/; whatever else changes it makes
every index out there anew."""


def test_the_digest_of_the_example_lists_is_what_it_was():
    entries = [e for path in sorted(LISTS.glob("*.md")) for e in read_list(path).entries]
    groups = independent_lists(entries)
    works = [work_of(r, facts_of(r, None, groups=groups), None, ()) for r in merge(entries)]
    assert content_digest(works, "model@0") == DEMO
