"""Nothing raises, nothing grows beyond its input: arbitrary text and lists made to hurt."""

import re
import sys
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.lists.parse import CHUNK, parse

CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
MEDIA_TYPES = ("text/markdown", "text/plain", "text/html", "text/x-rst")
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "- ", "  - ", "    ", "1. ", "> ", "# ", "|", "|-|-|\n", "[a](https://a.org)",
            "[", "](", ")",
            "<td>", "</td>", "<li>", "<ul>", "</ul>", "<table>", "<tr>", "<details>", "<summary>",
            "</details>", "<a href='https://b.org'>", "</a>", "<!--", "-->", "```", "`", "**", "__",
            "![x](y)", "https://c.org", "\n", "\n\n", "⭐⭐", "2017", "【", "】", "(", "资料链接|",
            "`x <https://d.org>`_", "====\n", ".. ", "::\n", "[r]: https://r.org\n", "[r]", "\\",
            "&amp;",
            "<pre>", "<script>", "<h2>", "\t", "\x00", "\ud800", "difficulty: ", "by Ann Li",
        ]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(FRAGMENTS, st.text(max_size=300)), st.sampled_from(MEDIA_TYPES))
def test_parse_never_raises(source, media_type):
    parsed = parse(source, "x", media_type=media_type)
    lines = source.count("\n") + source.count("\r") + 1
    for number, entry in enumerate(parsed.entries):
        assert entry.position == number
        assert entry.url.lower().startswith(("http://", "https://"))
        assert entry.title == " ".join(entry.title.split())
        assert entry.note == " ".join(entry.note.split())
        assert entry.rating in {None, 1, 2, 3, 4, 5}
        assert entry.difficulty in {None, 1, 2, 3}
        assert entry.tier in {None, 1, 2, 3}
    if media_type != "text/html":
        assert all(1 <= problem.line <= lines for problem in parsed.problems)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_naughty_strings(naughty_strings, media_type):
    for text in naughty_strings:
        source = f"# {text}\n- [{text}](https://a.org) - {text}\n- {text}\n"
        for entry in parse(source, "x", media_type=media_type).entries:
            assert entry.url.startswith(("http://", "https://"))
            assert not CONTROL.search(entry.title + entry.note + "".join(entry.section))


TRAPS = {
    "[ ]": lambda n: "[" * n + "]" * n,
    "![ ](a)": lambda n: "![" * n + "](a)" * n,
    "[a](": lambda n: "[a](" * n,
    "*a **b": lambda n: "*a **b " * (n // 4),
    "<!--": lambda n: "<!--" * n,
    "a <!--": lambda n: "a <!--" * n,
    "<a": lambda n: '<a "' * n,
    "lazy": lambda n: "- x\n" + "lazy\n" * (n // 4),
    "( ": lambda n: "- [a](https://b.org) " + "( " * n,
    "【": lambda n: "【" * n + "[a](https://b.org)",
    "`a <": lambda n: "`a <" * n,
    "rows": lambda n: "|a|b|\n|-|-|\n" + "|[a](https://b.org)|" + "b|\n|" * (n // 8),
    "sentences": lambda n: "- [a](https://b.org) " + "One more. " * n,
}


def steps(work):
    """How many calls work makes, of Python's functions and of C's: the same at every run."""
    count = 0

    def counted(*_):
        nonlocal count
        count += 1

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("media_type", ["text/markdown", "text/x-rst", "text/html"])
def test_twice_a_trap_takes_twice_the_steps(trap, media_type):
    parse("- [a](https://b.org)", "x", media_type=media_type)  # what is loaded at first use
    half, whole = (
        steps(lambda n=n: parse(TRAPS[trap](n), "x", media_type=media_type))
        for n in (8_000, 16_000)
    )
    assert whole < 2.3 * half


@pytest.mark.parametrize(
    ("source", "media_type"),
    [
        (">" * 10_000 + " [a](https://b.org)", "text/markdown"),
        ("- " * 10_000 + "[a](https://b.org)", "text/markdown"),
        ("<ul><li>" * 10_000 + "<a href='https://b.org'>a</a>", "text/markdown"),
        ("<details>\n\n" * 3_000 + "</details>\n\n" * 3_000, "text/markdown"),
        ("<ul><li>" * 10_000 + "<a href='https://b.org'>a</a>", "text/html"),
        ("".join(f"{'  ' * n}* a\n\n" for n in range(500)), "text/x-rst"),
    ],
)
def test_deep_nesting_is_reported(source, media_type):
    parsed = parse(source, "x", media_type=media_type)
    assert any("deep" in problem.message for problem in parsed.problems)


def test_a_long_line_is_cut_and_reported():
    parsed = parse("# T\n- [A](https://a.org) " + "x" * 10_000_000 + "\n- [B](https://b.org)", "x")
    assert [e.title for e in parsed.entries] == ["A", "B"]
    assert parsed.problems[0].line == 2


def test_control_characters_are_spaces_and_reported():
    parsed = parse("# T\n- [A\x00B](https://a.org)\x1b \ud800c\n", "x")
    assert parsed.entries[0].title == "A B"
    assert parsed.entries[0].note == "c"
    assert [p.line for p in parsed.problems] == [2]


def test_a_long_list_is_read_in_chunks_without_losing_its_place():
    count = CHUNK + CHUNK // 4
    rows = "".join(f"|[R{n}](https://a.org/r{n})|{n % 5 + 1}|\n" for n in range(count))
    items = "".join(f"- [I{n}][ref] and [x](https://a.org/i{n})\n" for n in range(count))
    head = "# T\n|Title|Rating|\n|-|-|\n"
    tail = "```\n- [no](https://no.org)\n```\n[ref]: https://ref.org\n"
    source = f"{head}{rows}\n## I\n{items}\n{tail}"
    parsed = parse(source, "x")
    assert len(parsed.entries) == 3 * count
    assert all(entry.section == ("T",) for entry in parsed.entries[:count])
    assert all(entry.rating == n % 5 + 1 for n, entry in enumerate(parsed.entries[:count]))
    assert [e.line for e in parsed.entries[:count]] == list(range(4, 4 + count))
    assert parsed.entries[-1].url == f"https://a.org/i{count - 1}"
    assert parsed.entries[-1].section == ("T", "I")
    assert parsed.entries[-1].line == 4 + count + 1 + count
    assert parsed.problems == ()


def test_memory_is_bounded_by_the_entries():
    source = "".join(f"- [Title {n}](https://a.org/{n}) - a note\n" for n in range(6_000))
    tracemalloc.start()
    try:
        parsed = parse(source, "x")
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(parsed.entries) == 6_000
    assert peak < 4 * held
