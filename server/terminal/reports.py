"""What builds, imports and checks did, for people and as JSON for their scripts.

Results go to stdout, everything else to stderr. Must not know how anything was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from server.terminal.output import (
    dim,
    in_its_language,
    print_json,
    print_line,
    print_table,
    tell,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cache.lists_toml import ListRecord
    from cache.pages import ImportReport
    from indexer.build import BuildReport
    from indexer.lists.added import AddedList
    from indexer.lists.parse import Parsed
    from indexer.save import SaveReport
    from indexer.taste_files import Imported
    from indexer.verify import Damage
    from search.index.postgres.publish import Publication
    from search.models.inventory import Listed
    from server.site import SiteReport


_LIST_COLUMNS = (
    *("list", "read", "links", "entries", "set aside", "missed"),
    *("resources", "with text", "added as"),
)


def print_parsed(parsed: "Parsed", *, json: bool) -> None:
    """The entries of a list, one a line; on stderr problems, and last what became of its links."""
    from indexer.lists.parse import entry_json, told

    for entry in parsed.entries:
        if json:
            print_json(entry_json(entry))
        else:
            print_line(entry.title)
            write("    " + dim(entry.url))
    for problem in parsed.problems:
        tell(f"line {problem.line}: {problem.message}")
    tell(told(parsed.coverage))


def print_saved(report: "SaveReport", *, json: bool) -> int:
    """What came of saving; the exit code: 1 where nothing was kept and something failed."""
    if json:
        print_json(saved_json(report))
    else:
        for kept in report.kept:
            print_line(kept.document.title)
            listed = "in your lists" if kept.resource else "in none of your lists"
            size = f"{len(kept.document.text):,} characters"
            facts = map(in_its_language, (size, kept.document.evidence, listed))
            write("    " + dim(" · ".join((kept.url, *facts))))
        if report.imported or report.known:
            tell(f"{report.imported} pages from archives, {report.known} known before")
        if report.kept or report.imported:
            tell("run nextread build to index them")
    for name, reason in report.failures.items():
        tell(f"not kept: {_named(name, reason)}")
    return int(bool(report.failures) and not (report.kept or report.imported or report.known))


def saved_json(report: "SaveReport") -> dict[str, Any]:
    """What came of saving, as plain data."""
    from indexer.save import kept_json

    return {
        "kept": [kept_json(kept) for kept in report.kept],
        "imported": report.imported,
        "known": report.known,
        "failures": dict(report.failures),
    }


def print_report(report: "BuildReport", *, json: bool) -> None:
    """What a build did."""
    if json:
        print_json(report_json(report))
        return
    counts = report.manifest.counts
    done = "published generation" if report.published else "nothing has changed since generation"
    lists = "1 list" if counts["lists"] == 1 else f"{counts['lists']} lists"
    tell(
        f"{done} {report.manifest.number}: {counts['resources']} resources of {lists}, "
        f"{counts['documents']} with text, in {report.seconds:.1f} s"
    )
    if report.no_network:
        tell("no network: answers rest on what lists say and on pages that were had before")
    new = len(report.added)
    if report.published and (new or report.removed):
        tell(f"{new} new, {len(report.removed)} gone")
    if report.published and report.held:
        tell(
            f"embedded {report.embedded}, held on to means, cells and places of the last full build"
            " (nextread build --full finds them anew)"
        )
    for list_id, problems in report.problems.items():
        for problem in problems[:5]:
            tell(f"{list_id} line {problem.line}: {problem.message}")
    for name, reason in list(report.failures.items())[:5]:
        tell(f"could not read {_named(name, reason)}")
    if len(report.failures) > 5:
        tell(f"and {len(report.failures) - 5} more: see nextread status")


def report_json(report: "BuildReport") -> dict[str, Any]:
    """A build's report as plain data."""
    return {
        "generation": report.manifest.number,
        "digest": report.manifest.digest,
        "published": report.published,
        "model": report.manifest.model_id,
        **report.manifest.counts,
        "no_network": report.no_network,
        "fetched": report.fetched,
        "unchanged": report.unchanged,
        "embedded": report.embedded,
        "held": report.held,
        "added": list(report.added),
        "removed": list(report.removed),
        "problems": {
            name: [{"line": p.line, "message": p.message} for p in problems]
            for name, problems in report.problems.items()
        },
        "failures": dict(report.failures),
        "seconds": round(report.seconds, 3),
    }


def _named(name: str, reason: str) -> str:
    return reason if name in reason else f"{name}: {reason}"


def print_publication(publication: "Publication", *, json: bool) -> None:
    """What a publish did."""
    if json:
        print_json(asdict(publication))
        return
    done = "published" if publication.published else "nothing has changed since"
    summary = (
        f"{done} {publication.schema} in {publication.address}: {publication.resources} resources, "
        f"{publication.vectors} vectors, {publication.size / 1e6:.0f} MB, "
        f"in {publication.seconds:.1f} s"
    )
    tell(summary)


def print_status(status: Mapping[str, Any], *, json: bool) -> None:
    """What is indexed, how fresh it is, and what failed."""
    if json:
        print_json(status)
        return
    for name, value in status.items():
        if not isinstance(value, Mapping):
            print_line(f"{in_its_language(name)}: {in_its_language(str(value))}")
        elif value:
            print_line(f"{in_its_language(name)}:")
            for key, inner in value.items():
                print_line(f"  {in_its_language(key)}: {_in_words(inner)}")


def _in_words(value: object) -> str:
    """A value, or what is not nothing of several."""
    if not isinstance(value, Mapping):
        return in_its_language(str(value))
    return ", ".join(f"{in_its_language(name)} {inner:g}" for name, inner in value.items() if inner)


def print_lists(lists: "Sequence[AddedList]", *, json: bool) -> None:
    """Which lists were added; a table for people."""
    if json:
        print_json({"lists": [asdict(one) for one in lists]})
        return
    rows = [
        (
            one.list,
            (one.read or in_its_language("never"))[:10],
            _count(one.links),
            _count(one.entries),
            _count(sum(one.set_aside.values()) if one.links is not None else None),
            _count(one.missed),
            str(one.resources),
            f"{one.text_share:.0%}",
            one.source + (in_its_language(" (gone)") if one.gone else ""),
        )
        for one in lists
    ]
    print_table(_LIST_COLUMNS, rows)


_MODEL_COLUMNS = (
    *("", "model", "for", "million", "MB", "licence", "languages"),
    *("zh", "en", "here", "on the hub"),
)


def print_models(models: "Sequence[Listed]", *, json: bool) -> None:
    """Models by name, what is known of them, and where they are on this machine."""
    if json:
        print_json({"models": [model_json(one) for one in models]})
        return
    rows = [
        (
            "*" if one.used else "",
            one.model.name,
            f"--{'model' if one.model.role == 'embed' else 'rerank'}",
            _known(one.model.millions),
            _known(one.model.megabytes),
            one.model.licence or "?",
            one.model.languages or "?",
            _figure(one.model.miracl_zh),
            _figure(one.model.miracl_en),
            _place(one),
            one.model.hub,
        )
        for one in models
    ]
    print_table(_MODEL_COLUMNS, rows)
    tell("* is what this home builds with; zh and en: nDCG@10 of MIRACL, as published")
    tell("nextread build --model NAME brings one that is not here and builds with it")


def model_json(one: "Listed") -> dict[str, Any]:
    """A model as plain data; what is not known of it is null."""
    model = one.model
    return {
        "name": model.name,
        "role": model.role,
        "hub": model.hub or None,
        "parameters": model.millions * 1_000_000 or None,
        "bytes": model.megabytes * 1_000_000 or None,
        "dimensions": model.dimensions or None,
        "licence": model.licence or None,
        "terms": model.terms,
        "languages": model.languages or None,
        "query": model.query,
        "passage": model.passage,
        "pooling": model.pooling or None,
        "miracl_zh": model.miracl_zh,
        "miracl_en": model.miracl_en,
        "here": one.here or None,
        "used": one.used,
    }


def _known(number: int) -> str:
    return f"{number:,}" if number else "?"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".lstrip("0")


def _place(one: "Listed") -> str:
    from pathlib import Path

    if not one.here:
        return "no"
    path, home = Path(one.here), Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else one.here


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)


def print_removed(records: "Sequence[ListRecord]") -> None:
    """Which lists were forgotten, and what takes them out of the index."""
    for record in records:
        tell(f"removed: {record.list_id}")
    tell("nextread build --offline takes them out of the index")


def print_figures(figures: Mapping[str, Any], *, json: bool) -> None:
    """The figures of an evaluation, or a table of them by ablation."""
    if json:
        print_json(figures)
        return
    for name, value in figures.items():
        if isinstance(value, Mapping):
            shown = "  ".join(f"{measure} {figure:.4f}" for measure, figure in value.items())
            print_line(f"{name:<20} {shown}")
        else:
            print_line(
                f"{name:<12} {value:.4f}" if isinstance(value, float) else f"{name:<12} {value}"
            )


def print_imported(imported: "Imported") -> None:
    """How much of an imported taste is in the index; a few of what is not."""
    tell(f"{imported.marked} marked, {len(imported.missing)} not in the index")
    for saved in imported.missing[:5]:
        tell(f"not in the index: {saved.title} {saved.url}")


def print_import(report: "ImportReport") -> None:
    """What came in from a WARC file."""
    tell(f"{report.pages} pages imported, {report.known} known before")
    for problem in report.problems:
        tell(f"at byte {problem.offset}: {problem.message}")


def print_damage(damage: "Sequence[Damage]") -> int:
    """What is damaged, then each way to mend it; the exit code."""
    for one in damage:
        tell(f"error: {' '.join(one.message.split())}")
    for mend in dict.fromkeys(one.mend for one in damage):
        tell(f"hint: {mend}")
    if damage:
        return 1
    tell("every file is as it was published")
    return 0


def print_exposure(home: "Path") -> None:
    """Say so where other users of this machine may look into home."""
    from cache.disk import exposure

    if exposed := exposure(home):
        tell(f"note: {exposed}; to close it: chmod 700 {home}")


def print_site(report: "SiteReport", folder: "Path") -> None:
    """What an export wrote."""
    tell(
        f"{report.resources} resources in {folder}: "
        f"{report.first_load} bytes before the first search"
    )


def print_served(address: str, token: str | None) -> None:
    """Where a server answers."""
    tell(f"nextread answers at {address}/" + (f"?token={token}" if token else ""))
