"""What a work says to the letter and who wrote it: what words of an index are too coarse to tell.

The index tells which works hold all the words; of these a few are read. Must not know how a
question is understood or an answer ranked.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

import numpy as np

from cache.records import Facts, Query, Resource
from search.arrays import Facets, Mask, Ordinals, Said
from search.ask.named import wrote
from search.collection import Collection
from search.text import fold, tokens

READ = 2000
"""Works that hold the words and are read at once; of more only those that come nearest are."""


def is_narrow(query: Query) -> bool:
    """Whether a question says who wrote, or what must or must not be said."""
    return bool(query.exact or query.without or _writers(query))


def narrowed(
    collection: Collection,
    query: Query,
    allowed: Mask,
    nearest: Callable[[Mask], Ordinals],
) -> Mask:
    """allowed, and only what says what is asked to the letter; nearest gives the first few of a
    mask, which are read where more than READ hold the words."""
    mask = _holding(collection, query) & allowed
    if not _must_be_read(query):
        return mask
    ordinals = np.flatnonzero(mask)
    if len(ordinals) > READ:
        ordinals = np.sort(nearest(mask))[:READ]
    kept = np.zeros(len(mask), np.bool_)
    read = ordinals.tolist()
    for ordinal, (resource, facts) in zip(read, collection.catalog.records(read), strict=True):
        kept[ordinal] = _fits(collection, query, ordinal, resource, facts)
    return kept


def facets(query: Query) -> Facets:
    """What postings may be asked for: the words that all must say that narrowed leaves."""
    names = _writers(query)
    every = [*query.exact, *(names if len(names) == 1 else ())]
    return tuple((Said(token),) for token in dict.fromkeys(chain(*map(tokens, every))))


def _writers(query: Query) -> tuple[str, ...]:
    return () if "authors" in query.cues else query.authors


def _must_be_read(query: Query) -> bool:
    """One word that is not wanted is no phrase: the index knows all that hold it."""
    phrases = any(len(tokens(words)) > 1 for words in query.without)
    return bool(query.exact or phrases)


def _holding(collection: Collection, query: Query) -> Mask:
    mask = np.ones(collection.catalog.count, np.bool_)
    for words in query.exact:
        mask &= _held(collection, words)
    if writers := _writers(query):
        mask &= np.logical_or.reduce([_written(collection, name) for name in writers])
    for words in query.without:
        if len(tokens(words)) == 1:
            mask &= ~_held(collection, words)
    return mask


def _held(collection: Collection, words: str) -> Mask:
    """What holds all words, anywhere."""
    find = partial(collection.lexical.holding, tokens(words))
    return collection.catalog.kept(("held", words), find).mask


def _written(collection: Collection, name: str) -> Mask:
    """What name wrote."""

    def find() -> Mask:
        mask = np.zeros(collection.catalog.count, np.bool_)
        holding = np.flatnonzero(_held(collection, name)).tolist()
        authors = (author for _, author in collection.catalog.names(holding))
        mask[[o for o, author in zip(holding, authors, strict=True) if wrote(name, author)]] = True
        return mask

    return collection.catalog.kept(("written", name), find).mask


def _fits(
    collection: Collection, query: Query, ordinal: int, resource: Resource, facts: Facts
) -> bool:
    unwanted = [words for words in query.without if len(tokens(words)) > 1]
    told = fold("\n".join(_told(collection, ordinal, resource, facts)))
    told = " ".join(told.split())
    return all(says(told, words) for words in query.exact) and not any(
        says(told, words) for words in unwanted
    )


def _told(collection: Collection, ordinal: int, resource: Resource, facts: Facts) -> Sequence[str]:
    parts = [resource.title, facts.author or ""]
    for mention in resource.mentions:
        parts += [mention.title, mention.author or "", mention.note, *mention.section]
    if facts.evidence != "list note":
        parts += [passage.text for passage in collection.catalog.passages(ordinal)]
    return parts


def says(folded: str, words: str) -> bool:
    """Whether a folded text holds words to the letter, but for case, width and traditional
    characters, and not within a longer word of the same script."""
    wanted = " ".join(fold(words).split())
    at = folded.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if not (
            _joins(folded[at - 1 : at], wanted[0]) or _joins(wanted[-1], folded[end : end + 1])
        ):
            return True
        at = folded.find(wanted, at + 1)
    return False


_WORD = re.compile(r"[a-z0-9\u00c0-\u024f\u0370-\u05ff]")


def _joins(left: str, right: str) -> bool:
    return bool(left and right and _WORD.match(left) and _WORD.match(right))
