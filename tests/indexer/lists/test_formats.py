"""reStructuredText, HTML pages, files, encodings, folders."""

import json

import pytest

from cache.errors import ListError
from indexer.lists.parse import entry_json, find_lists, parse, read_list

RST = """Datasets
========

.. contents:: **Table of Contents**
.. |OK| image:: https://img.org/ok.png

See `the intro <https://prose.org>`_ in prose.

Economics
---------

* |OK| `World Bank <https://a.org/x_(y)>`_ - open data [`Meta <https://a.org/meta>`_]
* Named_ and https://bare.org/z
* Group

  * `Inner <https://a.org/inner>`__ by Ann Li

.. _Named: https://a.org/named

::

    `literal <https://literal.org>`_
"""


def test_rst():
    found = parse(RST, "x.rst", media_type="text/x-rst").entries
    assert [(e.title, e.url) for e in found] == [
        ("World Bank", "https://a.org/x_(y)"),
        ("World Bank (Meta)", "https://a.org/meta"),
        ("Named", "https://a.org/named"),
        ("Named (bare.org)", "https://bare.org/z"),
        ("Inner", "https://a.org/inner"),
    ]
    assert found[0].section == ("Datasets", "Economics")
    assert found[0].note == "open data"
    assert found[4].section == ("Datasets", "Economics", "Group")
    assert found[4].author == "Ann Li"


def test_rst_under_a_markdown_name_is_noticed():
    source = "T\n=\n\n" + "".join(f"* `A{n} <https://a.org/{n}>`_\n" for n in range(5))
    assert len(parse(source, "README.md").entries) == 5


def test_rst_includes_nothing(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("* `Secret <https://secret.org>`_\n")
    source = f".. include:: {secret}\n\n.. raw:: html\n   :file: {secret}\n"
    parsed = parse(source, "x", media_type="text/x-rst")
    assert parsed.entries == ()


def test_an_html_page():
    source = """<!doctype html><html><head><title>x</title><script>var a = "<a href='https://s.org'>s</a>"</script></head>
<body><nav><ul><li><a href="https://nav.org">Nav</a></ul></nav>
<h1>List</h1><h2>Papers</h2><ul><li><a href="https://a.org">A &amp; B</a> – note
<li>Group<ol><li><a href="//b.org/x">B</a></li></ol></ul>
<table><tr><th>Title</th><th>难度</th></tr><tr><td><a href="https://c.org">C</a></td><td>❗❗</td></tr></table>
<pre><a href="https://pre.org">p</a></pre></body></html>"""
    found = parse(source, "x.html", media_type="text/html").entries
    assert [(e.title, e.url) for e in found] == [
        ("A & B", "https://a.org"),
        ("B", "https://b.org/x"),
        ("C", "https://c.org"),
    ]
    assert found[0].note == "note"
    assert found[1].section == ("List", "Papers", "Group")
    assert found[2].difficulty == 2


def test_plain_text():
    source = "Attention Is All You Need https://a.org/1\nBERT: https://a.org/2\n"
    found = parse(source, "x.txt", media_type="text/plain").entries
    assert [(e.title, e.url) for e in found] == [
        ("Attention Is All You Need", "https://a.org/1"),
        ("BERT", "https://a.org/2"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "清单.md"
    path.write_bytes("# 技术原理\r\n- [注意力机制](https://a.org) 很好\r\n".encode(encoding))
    (entry,) = read_list(path).entries
    assert (entry.list_id, entry.title, entry.section) == ("清单.md", "注意力机制", ("技术原理",))
    assert (entry.note, entry.line) == ("很好", 2)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0", b"\xff\xff\x80\x81" * 50])
def test_what_is_not_text_is_refused(tmp_path, content):
    path = tmp_path / "list.md"
    path.write_bytes(content)
    with pytest.raises(ListError) as raised:
        read_list(path)
    assert "list.md" in raised.value.message
    assert raised.value.hint


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(ListError):
        read_list(tmp_path / "none.md")
    with pytest.raises(ListError):
        read_list(tmp_path)
    with pytest.raises(ListError):
        find_lists(tmp_path / "none")


def test_find_lists(tmp_path):
    for name in (
        "b.md",
        "a.RST",
        "sub/c.html",
        "sub/d.txt",
        "x.pdf",
        ".git/e.md",
        "CONTRIBUTING.md",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("- [A](https://a.org)")
    found = [path.relative_to(tmp_path).as_posix() for path in find_lists(tmp_path)]
    assert found == ["a.RST", "b.md", "sub/c.html", "sub/d.txt"]


def test_entry_json_is_the_contract():
    (entry,) = parse("## 第一手\n- 2017 [A](https://a.org) - 好", "x").entries
    record = entry_json(entry)
    keys = (
        "title url section note author published rating difficulty tier kind "
        "hours pages requires difficulty_said position order part_of"
    )
    assert " ".join(record) == keys
    assert json.loads(json.dumps(record))["section"] == ["第一手"]
