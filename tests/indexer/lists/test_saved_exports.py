"""Exports of read-later programs, shaped as they write them: as lists, and as what was read."""

import json
import shutil

import pytest

from cache.errors import ListError
from cache.profile import Profile
from cache.settings import Settings
from indexer.lists.parse import parse, parse_file
from indexer.lists.sources import locate, read
from indexer.taste_files import import_taste, read_saved
from search.engine import Engine
from tests.conftest import run

CSV, JSON = "text/csv", "application/json"

RAINDROP = """id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite
101,Attention Is All You Need,"read twice, see https://quoted.example/x",The transformer,https://arxiv.org/abs/1706.03762,Reading / Deep Learning,"nlp, paper",2024-01-02T03:04:05.123Z,https://covers.example/a.jpg,"Highlight:We propose a new
Note:key",true
102,注意力机制入门,从零讲起,,https://zh.example/attention,阅读 / 深度学习,"机器学习, 入门",2024-02-02T00:00:00.000Z,,,false
103,Loose end,,,https://loose.example/,Unsorted,,2024-02-03T00:00:00.000Z,,,false
104,Back again,,,https://arxiv.org/abs/1810.04805,Reading / Deep Learning,,2024-02-04T00:00:00.000Z,,,
"""  # noqa: E501
READER = """Title,URL,ID,Document tags,Saved date,Reading progress,Location,Seen
"Scaling laws, explained",https://a.example/scaling,01gm,"['ml', ""it's fine""]",2023-11-06 04:33:50+00:00,0.42,later,True
归档的文章,https://zh.example/archived,01gn,['中文'],2023-11-07 04:33:50+00:00,0.1,archive,True
Untouched,https://a.example/new,01go,[],2023-11-08 04:33:50+00:00,0,new,False
To the end,https://a.example/end,01gp,[],2023-11-08 04:33:50+00:00,1,shortlist,True
From a feed,https://feed.example/1,01gq,[],2023-11-09 04:33:50+00:00,0,feed,False
A letter,mailto:reader-forwarded-email/1,01gr,[],2023-11-09 04:33:50+00:00,0,new,False
"""  # noqa: E501
READER_API = {
    "count": 3,
    "nextPageCursor": None,
    "results": [
        {
            "id": "01a",
            "url": "https://read.readwise.io/new/read/01a",
            "source_url": "https://a.example/rlhf",
            "title": "What is RLHF?",
            "author": "Ann Bee",
            "category": "article",
            "location": "archive",
            "tags": {"rl": {"name": "rl", "type": "manual"}},
            "published_date": 1693526400000,
            "summary": "Feedback from people.",
            "image_url": "https://covers.example/r.png",
            "notes": "good start",
            "parent_id": None,
            "reading_progress": 0.3,
        },
        {
            "id": "01b",
            "url": "https://read.readwise.io/read/01b",
            "source_url": None,
            "title": None,
            "content": "a highlight",
            "category": "highlight",
            "location": None,
            "parent_id": "01a",
            "reading_progress": 0,
        },
        {
            "id": "01c",
            "url": "https://read.readwise.io/new/read/01c",
            "source_url": "https://zh.example/qianghua",
            "title": "强化学习综述",
            "author": "张三",
            "location": "later",
            "tags": None,
            "published_date": "2022-03-04",
            "summary": "",
            "notes": "",
            "parent_id": None,
            "reading_progress": 0,
        },
    ],
}
READWISE = {
    "count": 1,
    "nextPageCursor": None,
    "results": [
        {
            "user_book_id": 42,
            "title": "attention is all you need",
            "readable_title": "Attention Is All You Need",
            "author": "Vaswani et al.",
            "source": "reader",
            "unique_url": "https://read.readwise.io/read/01x",
            "source_url": "https://arxiv.org/abs/1706.03762",
            "book_tags": [{"id": 1, "name": "论文"}],
            "category": "articles",
            "document_note": "again",
            "summary": None,
            "highlights": [
                {"id": 1, "text": "We propose the Transformer", "note": "key", "tags": []},
                {"id": 2, "text": "注意力就是全部", "note": ""},
            ],
        }
    ],
}
OMNIVORE = [
    {
        "id": "4a56",
        "slug": "a-guide",
        "title": "A guide to retrieval",
        "description": "How search works",
        "author": "Cee Dee",
        "url": "https://a.example/guide",
        "state": "Active",
        "readingProgress": 37,
        "thumbnail": "https://covers.example/g.png",
        "labels": ["search", "To Read"],
        "savedAt": "2024-01-10T08:00:00.000Z",
        "updatedAt": "2024-01-10T08:00:00.000Z",
        "publishedAt": "2023-09-01T00:00:00.000Z",
    },
    {
        "id": "4a57",
        "slug": "zh",
        "title": "向量检索入门",
        "description": "",
        "author": "",
        "url": "https://zh.example/vector",
        "state": "Archived",
        "readingProgress": 0,
        "thumbnail": "",
        "labels": [],
        "savedAt": "2024-01-11T08:00:00.000Z",
        "updatedAt": "2024-01-11T08:00:00.000Z",
        "publishedAt": None,
    },
]
MATTER = """Title,Author,Publisher,URL,Tags,Word Count,In Queue,Favorited,Read,Highlight_Count,Last Interaction Date,File Id
Deep nets,Ann Bee,Blog,https://a.example/nets,ml; deep,1200,False,True,True,3,2023-05-06,
深度网络,,知乎,https://zh.example/nets,,800,True,False,False,0,2023-05-07,
"""  # noqa: E501


def entries(source, media_type):
    return parse(source, "x", media_type=media_type).entries


def marks(tmp_path, name, source):
    (tmp_path / name).write_text(source, "utf-8")
    return {saved.url: saved.marks for saved in read_saved(tmp_path / name)}


def test_raindrop_has_folders_as_sections(tmp_path):
    parsed = parse(RAINDROP, "x", media_type=CSV)
    loose, paper, bert, chinese = parsed.entries
    assert (loose.section, loose.note) == ((), "")
    assert paper.section == bert.section == ("Reading", "Deep Learning")
    assert chinese.section == ("阅读", "深度学习")
    assert (paper.title, paper.url) == (
        "Attention Is All You Need",
        "https://arxiv.org/abs/1706.03762",
    )
    for said in ("read twice", "The transformer", "We propose a new", "#nlp #paper"):
        assert said in paper.note
    assert chinese.note == "从零讲起 #机器学习 #入门"
    assert paper.published is None  # when it was saved says nothing of that
    assert (paper.line, chinese.line) == (2, 4)
    assert parsed.coverage.set_aside == {"beside": 2}
    assert parsed.coverage.links == 6
    assert marks(tmp_path, "r.csv", RAINDROP) == {
        "https://arxiv.org/abs/1706.03762": ("like",),
        "https://zh.example/attention": ("later",),
        "https://loose.example/": ("later",),
        "https://arxiv.org/abs/1810.04805": ("later",),
    }


def test_readwise_reader_as_csv(tmp_path):
    parsed = parse(READER, "x", media_type=CSV)
    assert [(e.title, e.note) for e in parsed.entries] == [
        ("Scaling laws, explained", "#ml #it's fine"),
        ("归档的文章", "#中文"),
        ("Untouched", ""),
        ("To the end", ""),
    ]
    assert {e.published for e in parsed.entries} == {None}
    assert parsed.coverage.set_aside == {"not kept": 1}
    assert list(marks(tmp_path, "r.csv", "\ufeff" + READER).values()) == [
        ("started",),
        ("read",),
        ("later",),
        ("read",),
    ]


def test_readwise_reader_as_json(tmp_path):
    source = json.dumps(READER_API, ensure_ascii=False)
    first, second = entries(source, JSON)
    assert (first.title, first.url, first.author) == (
        "What is RLHF?",
        "https://a.example/rlhf",
        "Ann Bee",
    )
    assert (first.published, second.published) == ("2023-09-01", "2022-03-04")
    assert first.note == "good start Feedback from people. #rl"
    assert (second.title, second.author) == ("强化学习综述", "张三")
    assert list(marks(tmp_path, "r.json", source).values()) == [("read",), ("later",)]


def test_readwise_highlights(tmp_path):
    source = json.dumps(READWISE)
    (paper,) = entries(source, JSON)
    assert (paper.title, paper.author) == ("Attention Is All You Need", "Vaswani et al.")
    assert paper.url == "https://arxiv.org/abs/1706.03762"
    assert paper.note == "again key We propose the Transformer 注意力就是全部 #论文"
    assert marks(tmp_path, "r.json", source) == {paper.url: ("read",)}
    table = "Highlight,Book Title,Book Author,Note,Tags,Location,Highlighted at\nx,B,A,,,1,2024\n"
    (problem,) = parse(table, "x", media_type=CSV).problems
    assert "without addresses" in problem.message
    with pytest.raises(ListError, match="without addresses"):
        marks(tmp_path, "h.csv", table)


def test_omnivore_is_a_folder_of_which_the_texts_are_no_lists(tmp_path):
    home = tmp_path / "omnivore"
    (home / "content").mkdir(parents=True)
    (home / "highlights").mkdir()
    (home / "content" / "a-guide.html").write_text("<a href='https://inside.example/'>x</a>")
    (home / "highlights" / "a-guide.md").write_text("> [said](https://inside.example/)")
    for start in range(3):
        records = [{**each, "url": f"{each['url']}/{start}"} for each in OMNIVORE]
        name = f"metadata_{20 * start}_to_{20 * start + 20}.json"
        (home / name).write_text(json.dumps(records, ensure_ascii=False, indent=2), "utf-8")
    (found,) = locate(str(home))
    parsed = read(found, found.name, None)
    assert parsed.problems == ()
    assert [e.url for e in parsed.entries] == [
        f"{each['url']}/{start}" for start in range(3) for each in OMNIVORE
    ]
    guide, chinese, *_ = parsed.entries
    assert (guide.author, guide.published) == ("Cee Dee", "2023-09-01")
    assert guide.note == "How search works #search #To Read"
    assert (chinese.title, chinese.author, chinese.published) == ("向量检索入门", None, None)
    assert [saved.marks for saved in read_saved(home)] == [("started",), ("read",)] * 3


def test_matter(tmp_path):
    first, second = entries(MATTER, CSV)
    assert (first.author, first.note) == ("Ann Bee", "#ml #deep")
    assert (second.title, second.author, second.note) == ("深度网络", "知乎", "")
    assert list(marks(tmp_path, "m.csv", MATTER).values()) == [("read", "like"), ("later",)]


@pytest.mark.parametrize(
    ("source", "media_type"),
    [
        (RAINDROP.replace("true", "true,too,many"), CSV),
        (RAINDROP + "105\n\n106,,,,not an address,,,,,,\n", CSV),
        (READER.replace("0.42", "half"), CSV),
        (json.dumps({"results": [*READER_API["results"], 7, None, {}]}), JSON),
        (json.dumps([{**OMNIVORE[0], "labels": {"a": 1}, "author": ["x"], "title": None}]), JSON),
        (json.dumps([{**OMNIVORE[0], "publishedAt": 1e300, "readingProgress": "x"}]), JSON),
        (json.dumps([{**READWISE["results"][0], "highlights": "none"}]), JSON),
    ],
)
def test_what_is_odd_in_an_export_costs_no_other_record(source, media_type, tmp_path):
    assert entries(source, media_type)
    ending = "csv" if media_type == CSV else "json"
    assert marks(tmp_path, f"odd.{ending}", source)


@pytest.mark.parametrize("source", [RAINDROP, READER, MATTER], ids=["raindrop", "reader", "matter"])
def test_how_lines_end_and_what_stands_before_them_changes_nothing(source, tmp_path):
    source = source.replace("A", "“A” 🦜", 1)
    written = source.replace("\n", "\r\n").encode("utf-8-sig")
    found = parse_file(written, tmp_path / "windows.csv", "x").entries
    assert [(e.url, e.title, e.note, e.section) for e in found] == [
        (e.url, e.title, e.note, e.section) for e in entries(source, CSV)
    ]
    (tmp_path / "windows.csv").write_bytes(written)
    assert [(one.url, one.marks) for one in read_saved(tmp_path / "windows.csv")] == list(
        marks(tmp_path, "unix.csv", source).items()
    )


def test_other_tables_and_records_are_read_as_before():
    source = "title,url,folder,tags\nA,https://a.org,F,x\n"
    (entry,) = entries(source, CSV)
    assert (entry.section, entry.published) == ((), None)
    (one,) = entries('{"results": [{"title": "A", "url": "https://a.org"}]}', JSON)
    assert one.section == ("results",)
    lines = '[{"title": "A", "url": "https://a.org"}]\n{"title": "B", "url": "https://b.org"}\n'
    assert [e.title for e in entries(lines, JSON)] == ["A", "B"]


def test_what_was_read_elsewhere_is_marked_here(seed_home, tmp_path):
    home = shutil.copytree(seed_home, tmp_path / "home")
    with Engine.open(settings=Settings(home=home)) as engine:
        works = [engine.collection.catalog.resource(n) for n in (3, 4)]
    rows = [f"T,A,P,{work.url},,1,False,True,True,0,2023-05-06," for work in works]
    (tmp_path / "m.csv").write_text("\n".join([MATTER.splitlines()[0], *rows, ""]), "utf-8")
    with Engine.open(settings=Settings(home=home)) as engine:
        assert import_taste(engine, tmp_path / "m.csv").marked == 2
        kept = Profile(engine.collection.settings.layout.profile).marks()
    assert {(one.resource_id, one.mark) for one in kept} == {
        (work.id, mark) for work in works for mark in ("read", "like")
    }
    ran = run("taste", "import", str(tmp_path / "m.csv"), "--as", "later", home=home)
    assert ran.err.startswith("2 marked, 0 not in the index\n")
