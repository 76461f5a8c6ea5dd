"""Handwritten answers in each site's own form, served over real sockets under its own name."""

import asyncio
import json

import pytest

from cache.pages import PageCache
from cache.records import Page
from indexer import sites
from indexer.crawl.crawler import Fetcher
from tests.loopback import LoopbackWeb, Reply

OEMBED = (
    "https://www.youtube.com/oembed?url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DkCc8FmEb1nY"
    "&format=json"
)
GRAPH = (
    "https://api.semanticscholar.org/graph/v1/paper/" + "0a" * 20 + "?fields=title,abstract,year,"
    "authors,publicationDate,tldr"
)
JSON = "application/json; charset=utf-8"


def read(tmp_path, pages, url):
    """(document, page, report, addresses asked) of url crawled over pages."""
    with LoopbackWeb(pages) as web, PageCache(tmp_path / "pages") as cache:
        fetcher = Fetcher(web.settings(tmp_path), cache, backoff=0.01)
        report = asyncio.run(fetcher.crawl([url]))
        page = cache.get(url)
        document = None if page.failure else sites.document_of(page, cache.body(page), "r1")
        return document, page, report, web.asked()


def as_json(value):
    return Reply(json.dumps(value, ensure_ascii=False), media_type=JSON)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://arxiv.org/pdf/1706.03762", "https://arxiv.org/abs/1706.03762"),
        ("https://arxiv.org/pdf/1706.03762v7.pdf", "https://arxiv.org/abs/1706.03762v7"),
        ("http://www.arxiv.org/abs/cs/0112017", "https://arxiv.org/abs/cs/0112017"),
        ("https://export.arxiv.org/abs/math.GT/0309136", "https://arxiv.org/abs/math.GT/0309136"),
        ("https://arxiv.org/html/2401.00001#S2", "https://arxiv.org/abs/2401.00001"),
        ("https://arxiv.org/list/cs.CL/recent", "https://arxiv.org/list/cs.CL/recent"),
        ("https://notarxiv.org/abs/1706.03762", "https://notarxiv.org/abs/1706.03762"),
        ("https://youtu.be/kCc8FmEb1nY?t=3", OEMBED),
        ("https://www.youtube.com/embed/kCc8FmEb1nY", OEMBED),
        ("https://www.youtube.com/@somebody", "https://www.youtube.com/@somebody"),
        (
            "https://m.bilibili.com/video/BV1GJ411x7h7/?p=2",
            "https://api.bilibili.com/x/web-interface/view?bvid=BV1GJ411x7h7",
        ),
        (
            "https://www.bilibili.com/video/av170001",
            "https://api.bilibili.com/x/web-interface/view?aid=170001",
        ),
        (
            "https://github.com/karpathy/nanoGPT/",
            "https://raw.githubusercontent.com/karpathy/nanoGPT/HEAD/README.md",
        ),
        (
            "https://github.com/a/b/blob/main/docs/x.md",
            "https://raw.githubusercontent.com/a/b/main/docs/x.md",
        ),
        ("https://github.com/topics/nlp", "https://github.com/topics/nlp"),
        ("https://github.com/a/b/issues/3", "https://github.com/a/b/issues/3"),
        ("https://github.com/karpathy", "https://github.com/karpathy"),
        ("https://www.semanticscholar.org/paper/A-title/" + "0a" * 20, GRAPH),
        ("https://example.com/a", "https://example.com/a"),
    ],
)
def test_what_is_asked_instead(url, asked):
    assert sites.requests_for(url)[0] == asked


def test_arxiv_gives_the_abstract(tmp_path):
    html = """<html><head><title>[1706.03762] Attention</title>
    <meta name="citation_title" content="Attention Is All You Need"/>
    <meta name="citation_author" content="Vaswani, Ashish"/>
    <meta name="citation_author" content="Shazeer, Noam"/>
    <meta name="citation_date" content="2017/06/12"/></head><body>
    <blockquote class="abstract mathjax"><span class="descriptor">Abstract:</span>The dominant
    sequence transduction models &amp; more.</blockquote></body></html>"""
    url = "https://arxiv.org/pdf/1706.03762"
    document, page, _, asked = read(tmp_path, {"arxiv.org/abs/1706.03762": html}, url)
    assert asked == ["https://arxiv.org/abs/1706.03762"]
    assert page.url == url
    assert document.title == "Attention Is All You Need"
    assert document.author == "Vaswani, Ashish; Shazeer, Noam"
    assert document.published == "2017-06-12"
    assert document.evidence == "abstract"
    assert document.text.endswith("\n\nThe dominant sequence transduction models & more.")


def test_arxiv_is_asked_every_three_seconds_at_most():
    assert sites.delay_of("arxiv.org") == 3.0
    assert sites.delay_of("example.com") == 0.0


def test_youtube_gives_title_and_channel(tmp_path):
    lookup = sites.requests_for("https://youtu.be/kCc8FmEb1nY")[0].removeprefix("https://")
    answer = as_json({"title": "Let's build GPT 🎉", "author_name": "Andrej Karpathy"})
    document, *_ = read(tmp_path, {lookup: answer}, "https://youtu.be/kCc8FmEb1nY")
    assert (document.title, document.author) == ("Let's build GPT 🎉", "Andrej Karpathy")
    assert document.evidence == "list note"
    assert not document.complete


VIEW = "api.bilibili.com/x/web-interface/view?bvid=BV1GJ411x7h7"


def test_bilibili_gives_title_and_description(tmp_path):
    told = {
        "title": "【精讲】变形金刚",
        "desc": "从零讲起\n第二行",
        "owner": {"name": "李老师"},
        "pubdate": 1577836800,
        "pages": [{"part": "第一讲"}, {"part": "第二讲"}],
    }
    url = "https://www.bilibili.com/video/BV1GJ411x7h7"
    document, *_ = read(tmp_path, {VIEW: as_json({"code": 0, "data": told})}, url)
    assert (document.title, document.author) == ("【精讲】变形金刚", "李老师")
    assert document.published == "2020-01-01"
    assert document.text == "【精讲】变形金刚\n\n从零讲起\n第二行\n\n第一讲\n第二讲"
    assert document.evidence == "abstract"


def test_bilibili_refusals_are_failures(tmp_path):
    url = "https://www.bilibili.com/video/BV1GJ411x7h7"
    _, page, *_ = read(tmp_path, {VIEW: as_json({"code": -412, "message": "请求被拦截"})}, url)
    assert page.failure == "api.bilibili.com: bilibili: 请求被拦截 (-412)"


def test_wechat_gives_the_hidden_body(tmp_path):
    html = """<html><head><meta property="og:title" content="标题" /></head><body>
    <h1 id="activity-name"> 大模型 入门 </h1><a id="js_name"> 某公众号 </a>
    <div id="js_content" style="visibility: hidden;"><p>第一段。</p><section><p>第二<b>段</b>。</p>
    </section><script>var x = 1;</script></div><script>var ct = "1700000000";</script></body>"""
    document, *_ = read(
        tmp_path, {"mp.weixin.qq.com/s/abc": html}, "https://mp.weixin.qq.com/s/abc"
    )
    assert (document.title, document.author) == ("大模型 入门", "某公众号")
    assert document.text == "第一段。\n第二段。"
    assert document.published == "2023-11-14"
    assert document.evidence == "full text"


@pytest.mark.parametrize(
    "html",
    [
        "<title>微信公众平台</title><body><h2>环境异常</h2><p>当前环境异常，完成验证后即可继续访问。</p>",
        "<title></title><body><p>该内容已被发布者删除</p>",
        "<body><p>The current environment is abnormal. Complete verification to continue.</p>",
    ],
)
def test_wechat_demands_and_deletions_are_failures(tmp_path, html):
    _, page, *_ = read(tmp_path, {"mp.weixin.qq.com/s/abc": html}, "https://mp.weixin.qq.com/s/abc")
    assert page.failure


def test_zhihu_gives_the_state_of_the_page(tmp_path):
    article = {
        "title": "注意力机制",
        "author": {"name": "某人"},
        "content": "<p>第一段 <b>重点</b></p><p>第二段</p>",
        "created": 1577836800,
    }
    state = {"initialState": {"entities": {"articles": {"123": article}}}}
    html = (
        f'<body><p>{"x" * 2000}</p><script id="js-initialData">{json.dumps(state)}</script></body>'
    )
    url = "https://zhuanlan.zhihu.com/p/123"
    document, *_ = read(tmp_path, {"zhuanlan.zhihu.com/p/123": html}, url)
    assert (document.title, document.author) == ("注意力机制", "某人")
    assert document.text == "第一段 重点\n第二段"
    assert document.published == "2020-01-01"


def test_zhihu_walls_are_failures(tmp_path):
    url = "https://zhuanlan.zhihu.com/p/123"
    pages = {
        "zhuanlan.zhihu.com/p/123": Reply(
            "", 302, {"Location": "https://www.zhihu.com/signin?next=%2Fp%2F123"}
        ),
        "www.zhihu.com/signin?next=%2Fp%2F123": "<title>知乎 - 有问题，就会有答案</title>",
    }
    _, page, *_ = read(tmp_path, pages, url)
    assert "login" in page.failure
    pages = {"zhuanlan.zhihu.com/p/123": as_json({"error": {"message": "您当前请求存在异常"}})}
    _, page, *_ = read(tmp_path / "two", pages, url)
    assert "请求存在异常" in page.failure


def test_github_gives_the_readme(tmp_path):
    readme = (
        "# nano**GPT** 中文\n\nThe *simplest* repo.\n\n- one\n- two\n\n```python\nprint(1)\n```\n"
    )
    raw = Reply(readme, media_type="text/plain; charset=utf-8")
    pages = {"raw.githubusercontent.com/a/b/HEAD/README.md": raw}
    document, *_ = read(tmp_path, pages, "https://github.com/a/b")
    assert (document.title, document.author) == ("nanoGPT 中文", "a")
    assert document.text == "nanoGPT 中文\nThe simplest repo.\none\ntwo\nprint(1)"


def test_github_without_a_readme_is_read_as_a_page(tmp_path):
    document, page, report, asked = read(
        tmp_path,
        {"github.com/a/b": "<p>" + "about this repository " * 90},
        "https://github.com/a/b",
    )
    assert report.fetched == 1
    assert document is None
    assert page.final_url == "https://github.com/a/b"
    assert len(asked) == 2


def test_semantic_scholar_gives_the_abstract(tmp_path):
    url = "https://www.semanticscholar.org/paper/" + "0a" * 20
    lookup = sites.requests_for(url)[0].removeprefix("https://")
    told = {
        "title": "BERT",
        "abstract": "We introduce.",
        "year": 2019,
        "authors": [{"name": "J. D."}],
    }
    document, *_ = read(tmp_path, {lookup: as_json(told)}, url)
    assert (document.title, document.author, document.published) == ("BERT", "J. D.", "2019")
    assert document.text == "BERT\n\nWe introduce."
    assert document.evidence == "abstract"


@pytest.mark.parametrize("module", sorted(sites._SITES, key=lambda m: m.__name__))
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'{"data": [1]}', b"<", b"\xff\xfe\0", b"[" * 20_000]
)
def test_no_answer_breaks_a_reader(module, body):
    urls = {
        "arxiv": "https://arxiv.org/abs/1706.03762",
        "bilibili": "https://www.bilibili.com/video/BV1GJ411x7h7",
        "github": "https://github.com/a/b",
        "semantic_scholar": "https://www.semanticscholar.org/paper/" + "0a" * 20,
        "wechat": "https://mp.weixin.qq.com/s/abc",
        "youtube": "https://youtu.be/kCc8FmEb1nY",
        "zhihu": "https://zhuanlan.zhihu.com/p/123",
    }
    url = urls[module.__name__.rpartition(".")[2]]
    asked = sites.requests_for(url)[0]
    page = Page(url, asked, 200, "text/html", "", "2024-01-01T00:00:00Z")
    document = sites.document_of(page, body, "r1")
    assert document is None or (module.__name__.endswith("github") and document.text)
    assert sites.failure_of(page, body) is None or isinstance(sites.failure_of(page, body), str)
