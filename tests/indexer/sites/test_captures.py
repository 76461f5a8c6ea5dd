"""What real sites really sent, as ../shared/data/captures keeps it: articles give text, walls none.

Served on loopback under their own names, so that crawler, walls and readers all have a say.
"""

import asyncio
import gzip
import json

import pytest

from cache.errors import ExtractError
from cache.pages import PageCache
from indexer import sites
from indexer.crawl.crawler import Fetcher
from indexer.extract.page import extract
from tests.loopback import LoopbackWeb, Reply

VIDEO = "https://www.youtube.com/watch?v=GJLlxj_dtq8"
BILIBILI = "https://www.bilibili.com/video/BV1ps4y1m75J"
WECHAT = "https://mp.weixin.qq.com/s/KDWh_qGpFN5Vu1TR9t30Mw"
COLUMN = "https://zhuanlan.zhihu.com/p/33105153"
PAPER = "https://www.semanticscholar.org/paper/2d5673caa9e6af3a7b82a43f19ee920992db07ad"


@pytest.fixture
def capture(shared):
    """The bytes of one capture."""

    def read(name):
        path = shared / "captures" / name
        if not path.is_file():
            pytest.skip(f"{name} is not here")
        body = path.read_bytes()
        return gzip.decompress(body) if path.suffix == ".gz" else body

    return read


@pytest.fixture
def visit(tmp_path):
    """(page, document or None) of a url answered by a body, crawled and extracted."""

    def visited(url, answer, at=None):
        with LoopbackWeb({(at or url)[8:]: answer}) as web, PageCache(tmp_path / "p") as pages:
            asyncio.run(Fetcher(web.settings(tmp_path), pages, backoff=0.01).crawl([url]))
            page = pages.get(url)
            if page.failure is not None:
                return page, None
            return page, extract(page, pages.body(page), "r1")

    return visited


def test_arxiv(capture, visit):
    _, document = visit("https://arxiv.org/abs/2106.09608", capture("arxiv/arxiv_abs.html"))
    title = "Learning Knowledge Graph-based World Models of Textual Environments"
    assert (document.title, document.published) == (title, "2021-06-17")
    assert document.author == "Ammanabrolu, Prithviraj; Riedl, Mark O."
    assert (document.evidence, len(document.text) > 1000) == ("abstract", True)
    _, document = visit("https://arxiv.org/abs/1902.02534", capture("arxiv/arxiv_abs_2026.html"))
    assert document.title.startswith("Crowdsourcing open citations with CROCI")
    assert document.published == "2019-02-07"


def test_bilibili(capture, visit):
    told = capture("bilibili/bili_view_1.json")
    state = json.dumps({"videoData": json.loads(told)["data"]}, ensure_ascii=False)
    page = f"<script>window.__INITIAL_STATE__={state};(function(){{}}());</script>"
    for answer in (page, Reply(told, media_type="application/json")):
        _, document = visit(BILIBILI, answer)
        assert document.title == "谁教你这么剪的 | Python 中的循环"
        assert (document.author, document.published) == ("英雄哪里出来", "2023-04-08")
        assert (document.evidence, round(document.minutes)) == ("abstract", 16)
        assert "循环" in document.text


def test_youtube(capture, visit):
    _, document = visit(VIDEO, capture("youtube/youtube.html.static.gz"))
    assert (document.title, document.author) == ("Surface Go Review - It’s Awesome", "Dave2D")
    assert (document.published, round(document.minutes)) == ("2018-08-02", 5)
    assert "best 2 in 1 laptop" in document.text
    assert document.text.endswith("Battery Life\nGaming Performance\nPorts")  # its chapters


@pytest.mark.parametrize(
    ("name", "title", "author", "published", "phrase", "least"),
    [
        ("普通图文_01", "AI编程害死我了", "轩辕的编程宇宙", "2025-11-10", "EasyTshark", 2000),
        ("普通图文_c02", "来聊聊我心目中近三年的仙草", "小说拾遗", "2026-04-01", "盘点", 16_000),
        ("文本分享_03", "国庆后入职了一家远程", "神光的编程秘籍", "2025-10-16", "Cursor", 300),
        ("图片分享_02", "股价才是最好的鸡血", "轩辕的编程宇宙", "2025-09-20", "百度", 800),
        ("文章分享_03", "和死神赛跑", "阮一峰的网络日志", "2019-11-25", "Vlahos", 10_000),
    ],
)
def test_wechat(capture, visit, name, title, author, published, phrase, least):
    _, document = visit(WECHAT, capture(f"wechat/{name}.html.gz"))
    assert document.title.startswith(title)
    assert "\n" not in document.title
    assert "已付费" not in document.title
    assert (document.author, document.published) == (author, published)
    assert phrase in document.text
    assert len(document.text) >= least
    assert "轻触阅读原文" not in document.text
    assert (document.evidence, document.complete) == ("full text", True)


def test_zhihu(capture, visit):
    _, document = visit(COLUMN, capture("zhihu/zhihu_article.html"))
    assert document.title == "Jupyter Notebook介绍、安装及使用教程"
    assert (document.author, document.published) == ("豆豆", "2018-01-22")
    assert "其中 $\\alpha^2$ 为系数" in document.text
    assert "pip3 install --upgrade pip\npip3 install jupyter" in document.text


def test_semantic_scholar(capture, visit):
    said = capture("semanticscholar/test_get_paper.yaml").decode()
    body = " ".join(said.split("string: '", 1)[1].split("'\n    headers", 1)[0].split())
    lookup = sites.requests_for(PAPER)[0]
    _, document = visit(PAPER, Reply(body, media_type="application/json"), at=lookup)
    assert document.title == "Computing Machinery and Intelligence"
    missing = Reply('{"error":"Paper with id 0 not found"}', 404, media_type="application/json")
    page, document = visit(PAPER[:-1] + "e", missing, at=lookup)
    assert (document, page.failure is None) == (None, False)


def test_the_new_yorker(capture, visit):
    url = "https://www.newyorker.com/magazine/2023/05/01/a-heat-shield"
    _, document = visit(url, capture("newyorker/TheNewYorker_2023_05_16.html.gz"))
    assert document.title == "A Heat Shield for the Most Important Ice on Earth"
    assert document.author == "Rachel Riederer"
    assert len(document.text) > 20_000


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("bilibili/bili_captcha.html", BILIBILI),
        ("wechat/作者已删除_01.html.gz", WECHAT),
        ("wechat/内容违规_01.html.gz", WECHAT),
        ("wechat/该内容暂时无法查看_01.html.gz", WECHAT),
        ("youtube/youtube_consent_page.html.static.gz", VIDEO),
        ("youtube/youtube_too_many_requests.html.static.gz", VIDEO),
        ("blocks/cloudflare_403.html", "https://a.org/post"),
    ],
)
def test_walls_are_never_text(capture, visit, name, url):
    body = capture(name)
    page, document = visit(url, body)
    assert document is None
    assert page.failure
    forgotten = page.__class__(url, url, 200, "text/html", "", page.fetched_at)
    with pytest.raises(ExtractError):  # also where one comes another way than by the crawl
        extract(forgotten, body, "r1")
