"""Which addresses are parts of a work: the code, the video, the slides that a list links beside it.

A link that every list names only as part of one and the same work belongs to that work; one that
any list names for itself, or as part of two works, stands alone. Must not know how a resource is
put together.
"""

from collections.abc import Callable, Sequence

from indexer.resources.same_work import MentionGroup


def parts_of(
    works: Sequence[MentionGroup], name_of: Callable[[str], str]
) -> tuple[list[MentionGroup], dict[str, list[MentionGroup]]]:
    """The works that stand alone, in their order, and by their names the groups that are parts.

    name_of gives an address its canonical form. Linear, and the same whatever the order.
    """
    wholes = {work.name: whole for work in works if (whole := _whole(work, name_of))}
    if not wholes:
        return list(works), {}
    known = {work.name for work in works if work.name not in wholes}
    alone: list[MentionGroup] = []
    parts: dict[str, list[MentionGroup]] = {}
    for work in works:
        whole = wholes.get(work.name)
        if whole in known:
            parts.setdefault(whole, []).append(work)
        else:
            alone.append(work)
    for groups in parts.values():
        groups.sort(key=lambda group: group.name)
    return alone, parts


def _whole(work: MentionGroup, name_of: Callable[[str], str]) -> str | None:
    """The one other work that every mention names this a part of."""
    named = {entry.part_of for entry in work.mentions}
    if None in named:
        return None
    names = {name_of(address) for address in named if address}
    whole = names.pop() if len(names) == 1 else None
    return whole if whole != work.name else None
