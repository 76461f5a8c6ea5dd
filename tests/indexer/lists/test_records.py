"""CSV, JSON, YAML, bookmarks and OPML: what they say, and what hostile ones may not do."""

import random

import pytest

from indexer.lists.parse import parse
from indexer.lists.sources import locate, read

CSV, TSV = "text/csv", "text/tab-separated-values"
JSON, YAML = "application/json", "application/yaml"
OPML, ORG, HTML = "text/x-opml", "text/org", "text/html"


def entries(source, media_type):
    return parse(source, "x", media_type=media_type).entries


def test_csv_with_a_header():
    source = """Title,URL,Notes,Year,Difficulty,Hours,Prerequisites
"Deep, Learning",https://a.org,"a note
with lines",2016,hard,12,linear algebra
B,https://b.org,,,,,
"""
    first, second = entries(source, CSV)
    assert (first.title, first.note, first.published) == (
        "Deep, Learning",
        "a note with lines",
        "2016",
    )
    assert (first.difficulty, first.difficulty_said) == (3, "hard")
    assert (first.hours, first.requires, first.line) == (12.0, "linear algebra", 2)
    assert (second.title, second.line) == ("B", 4)


def test_tsv_in_chinese_and_csv_without_a_header():
    (book,) = entries("名称\t链接\t简介\n书\thttps://a.org\t好\n", TSV)
    assert (book.title, book.note) == ("书", "好")
    assert [e.title for e in entries("https://a.org,foo\nhttps://b.org,bar\n", CSV)] == [
        "foo",
        "bar",
    ]


@pytest.mark.parametrize(
    ("source", "media_type"),
    [
        ('[{"name": "A", "url": "https://a.org", "tags": ["x"], "description": "d"}]', JSON),
        ('{"name": "A", "url": "https://a.org", "tags": ["x"], "description": "d"}', JSON),
        ("- name: A\n  url: https://a.org\n  tags: [x]\n  description: d\n", YAML),
        ("name: A\nurl: https://a.org\ntags:\n- x\ndescription: d\n", YAML),
    ],
)
def test_records(source, media_type):
    (entry,) = entries(source, media_type)
    assert (entry.title, entry.url) == ("A", "https://a.org")
    assert set(entry.note.split()) == {"x", "d"}


def test_records_under_names_are_in_sections():
    source = """{"Books": [{"title": "A", "url": "https://a.org"}],
        "Links": {"C": "https://c.org"}}"""
    assert [(e.title, e.section) for e in entries(source, JSON)] == [
        ("A", ("Books",)),
        ("C", ("Links",)),
    ]


def test_a_folder_of_records_is_one_list(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.yml").write_text(f"name: {name}\nwebsite_url: https://{name}.org\n")
    (tmp_path / "package.json").write_text('{"homepage": "https://no.org"}')
    (found,) = locate(str(tmp_path))
    parsed = read(found, found.name, None)
    assert found.name == "*.yml"
    assert [e.title for e in parsed.entries] == ["a", "b", "c"]


def test_bookmarks():
    source = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<DL><p>
<DT><H3 ADD_DATE="1">ML</H3>
<DL><p>
<DT><A HREF="https://a.org/?a=1&amp;b=2" ADD_DATE="1">A &amp; B</A>
<DD>What it is
<DT><H3>Deep</H3>
<DL><p>
<DT><A HREF="https://b.org">B</A>
</DL><p>
<DT><A HREF="https://c.org">C</A>
</DL><p>
</DL>"""
    first, second, third = entries(source, HTML)
    assert (first.title, first.url, first.note) == ("A & B", "https://a.org/?a=1&b=2", "What it is")
    assert [e.section for e in (first, second, third)] == [("ML",), ("ML", "Deep"), ("ML",)]


GOOD = {
    OPML: '<outline text="G" url="https://g.org"/></body></opml>',
    YAML: "- title: G\n  url: https://g.org\n",
    CSV: "title,url\nG,https://g.org\n",
    ORG: "* H\n- [[https://g.org][G]]\n",
}
BOMB = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))


@pytest.mark.parametrize(
    ("source", "media_type"),
    [
        (f'<!DOCTYPE o [<!ENTITY a "aa">{BOMB}]><opml><body>' + GOOD[OPML], OPML),
        (
            '<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
            '<opml><body><outline text="&a;"/>' + GOOD[OPML],
            OPML,
        ),
        ("<opml><body>" + "<outline text='a'>" * 200 + GOOD[OPML], OPML),
        (
            "<opml><body><outline "
            + " ".join(f"a{n}='x'" for n in range(9999))
            + "/>"
            + GOOD[OPML],
            OPML,
        ),
        ("<opml><body><outline text='a & b <'/>" + GOOD[OPML], OPML),
        (GOOD[YAML] + "- !!python/object/apply:os.system [x]\n- [", YAML),
        (GOOD[YAML] + "- " + "[" * 50_000, YAML),
        (GOOD[CSV] + "a," * 500_000, CSV),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_is_readable_of_a_hostile_file_is_read_and_the_rest_reported(source, media_type):
    parsed = parse(source, "x", media_type=media_type)
    assert "https://g.org" in {entry.url for entry in parsed.entries}
    assert all(len(entry.title) <= 200 for entry in parsed.entries)
    assert parsed.problems
    assert "root:" not in str(parsed.entries)


def test_yaml_aliases_are_not_followed():
    bomb = "a: &a [{title: G, url: 'https://g.org'}]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
    )
    assert len(entries(bomb, YAML)) == 1


@pytest.mark.parametrize(
    ("source", "media_type"),
    [
        ("[" * 100_000, JSON),
        ('{"a":' * 100_000, JSON),
        ("<!DOCTYPE " * 20_000, OPML),
        ("<!ENTITY " * 20_000, OPML),
        ("* " + "[[" * 50_000, ORG),
        ("a *b " * 20_000, ORG),
        ("* a " + ":a" * 20_000, ORG),
        ("#+BEGIN_SRC\n" * 20_000, ORG),
        ("<!DOCTYPE NETSCAPE-Bookmark-file-1>" + "<DL><DT>" * 20_000, HTML),
        ("<!DOCTYPE NETSCAPE-Bookmark-file-1>" + '<A "' * 20_000, HTML),
    ],
    ids=lambda value: str(value)[:12],
)
def test_traps_give_nothing_and_end(source, media_type):
    assert parse(source, "x", media_type=media_type).entries == ()


NOISE = [*'<>"&;[]*|:{},\t%\n', "\0", "\ud800", "#+begin_src", "&a;", "é"]


@pytest.mark.parametrize("media_type", GOOD)
@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_file_is_still_read(media_type, seed):
    chosen = random.Random(seed)
    text = list(GOOD[media_type] * 3)
    for _ in range(chosen.randint(1, 8)):
        place = chosen.randrange(len(text))
        text[place : place + chosen.randint(0, 4)] = chosen.choice(NOISE)
    parsed = parse("".join(text), "x", media_type=media_type)
    assert all(entry.url.startswith("http") and entry.title for entry in parsed.entries)
