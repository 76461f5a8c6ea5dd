import json
import shutil
from xml.etree import ElementTree as ET

import pytest

from cache.errors import ListError, QueryError
from cache.profile import Profile
from cache.records import Facts, Resource
from cache.settings import Settings
from indexer.taste_files import Saved, export_taste, import_taste, read_saved, written
from search.engine import Engine
from tests.conftest import run

BOOKMARKS = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE><DL><p>
<DT><H3>Reading</H3><DL><p>
<DT><A HREF="https://example.org/a?x=1&amp;y=2" ADD_DATE="1670000000">A &amp; B 中文</A>
<DT><A HREF="javascript:alert(1)">Bookmarklet</A>
<DT><A HREF="https://example.org/b"></A>
</DL><p></DL><p>"""
POCKET = 'title,url,time_added,tags,status\n"A, B",https://example.org/a,1,x|y,unread\nC,https://c.example/,2,,archive\n'
INSTAPAPER = "URL,Title,Selection,Folder,Timestamp\nhttps://example.org/a,A,,Unread,1\nhttps://s.example/,S,,Starred,2\n"
BIBTEX = """@article{one, title = {Attention Is {All} You
 Need}, url = {https://example.org/a}, year = 2017}
@misc{two, title={By number}, eprint={2203.02155}, archivePrefix={arXiv}}
@book{three, title={By name}, doi={10.1000/182}}
@misc{four, title={Nowhere}}
"""
CSL = [
    {"id": "1", "type": "webpage", "title": "A", "URL": "https://example.org/a"},
    {"id": "2", "type": "book", "title": "D", "DOI": "10.1000/182"},
    {"id": "3", "title": "Nowhere"},
]
TITLE = 'Odd "title" {} <b> & 中文🦜\x01'
ODD = Resource("id-1", "https://example.org/?a=1&b=<2>", (), TITLE, "paper", "en", ())
KNOWN = [(ODD, Facts(author="Ann & Bob", published="2022-03-04"))]


def saved(tmp_path, name, text):
    (tmp_path / name).write_text(text, "utf-8")
    return read_saved(tmp_path / name)


def test_bookmarks(tmp_path):
    assert saved(tmp_path, "b.html", BOOKMARKS) == [
        Saved("https://example.org/a?x=1&y=2", "A & B 中文"),
        Saved("https://example.org/b", "https://example.org/b"),
    ]
    assert saved(tmp_path, "empty.html", " ") == []


def test_pocket_and_instapaper(tmp_path):
    assert saved(tmp_path, "p.csv", "\ufeff" + POCKET) == [
        Saved("https://example.org/a", "A, B", ("later",)),
        Saved("https://c.example/", "C", ("read",)),
    ]
    assert [one.marks for one in saved(tmp_path, "i.csv", INSTAPAPER)] == [("later",), ("like",)]


def test_bibtex_and_csl(tmp_path):
    found = saved(tmp_path, "z.bib", BIBTEX)
    assert [one.url for one in found] == [
        "https://example.org/a",
        "https://arxiv.org/abs/2203.02155",
        "https://doi.org/10.1000/182",
    ]
    assert found[0].title == "Attention Is All You Need"
    urls = [one.url for one in saved(tmp_path, "z.json", json.dumps(CSL))]
    assert urls == ["https://example.org/a", "https://doi.org/10.1000/182"]
    assert len(saved(tmp_path, "y.json", json.dumps({"items": CSL}))) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.txt", "x"), ("a.json", "{"), ("a.json", "[1]"), ("a.csv", "name\nx\n"), ("a.json", "7")],
)
def test_a_file_of_no_known_form_is_an_error_that_names_it(tmp_path, name, text):
    with pytest.raises(ListError, match=name.replace(".", r"\.")):
        saved(tmp_path, name, text)


@pytest.mark.parametrize("form", [".html", ".csv", ".bib", ".json"])
def test_what_is_written_reads_back(tmp_path, form):
    found = saved(tmp_path, f"out{form}", written(KNOWN, form))
    assert [one.url for one in found] == [ODD.url]
    assert "中文" in found[0].title


def test_opml_is_well_formed_and_other_forms_are_refused():
    outline = ET.fromstring(written(KNOWN, ".opml")).find("body/outline")
    assert outline.get("url") == ODD.url
    with pytest.raises(QueryError, match=r"\.exe"):
        written(KNOWN, ".exe")


def test_import_marks_what_is_indexed_by_any_address(seed_home, tmp_path):
    home = shutil.copytree(seed_home, tmp_path / "home")
    with Engine.open(settings=Settings(home=home)) as engine:
        resource = engine.collection.catalog.resource(3)
        text = f"url,title,status\n{resource.mentions[0].url},T,unread\nhttps://no.example/,N,\n"
        (tmp_path / "pocket.csv").write_text(text, "utf-8")
        imported = import_taste(engine, tmp_path / "pocket.csv")
        assert (imported.marked, [one.title for one in imported.missing]) == (1, ["N"])
        profile = Profile(engine.collection.settings.layout.profile)
        assert [(one.resource_id, one.mark) for one in profile.marks()] == [(resource.id, "later")]
        assert import_taste(engine, tmp_path / "pocket.csv", "like").marked == 1
        assert export_taste(engine, tmp_path / "out.bib") == 1
        assert resource.url in (tmp_path / "out.bib").read_text("utf-8")
    ran = run("taste", "import", str(tmp_path / "pocket.csv"), home=home)
    assert ran.err.startswith("1 marked, 1 not in the index\n")
    assert run("taste", "export", str(tmp_path / "out.opml"), home=home).code == 0
