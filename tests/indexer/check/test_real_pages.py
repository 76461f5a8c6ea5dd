"""What real sites really sent, replayed: a check tells what is there, walled or gone, and no more.

Titles are such as curators write: whole, shortened, translated, with what they say of the work.
"""

import gzip
import json

import pytest

from indexer.sites import requests_for
from tests.conftest import run
from tests.loopback import LoopbackWeb, Reply

SAMPLE = "mp.weixin.qq.com/s/sample-{}"
CASES = [  # capture, address, title, state
    ("arxiv/arxiv_abs.html", "arxiv.org/abs/2106.09608", "Knowledge graph world models", "ok"),
    ("arxiv/arxiv_abs_2026.html", "arxiv.org/abs/1902.02534", "CROCI: open citations", "ok"),
    ("zhihu/zhihu_article.html", "zhuanlan.example/p/33105153", "Jupyter Notebook 教程", "ok"),
    (
        "youtube/youtube.html.static.gz",
        "www.youtube.com/watch?v=GJLlxj_dtq8",
        "Surface Go 评测（视频）",
        "ok",
    ),
    (
        "youtube/youtube_consent_page.html.static.gz",
        "www.youtube.com/watch?v=AAAAAAAAAAA",
        "A video behind consent",
        "wall",
    ),
    (
        "youtube/youtube_too_many_requests.html.static.gz",
        "www.youtube.com/watch?v=BBBBBBBBBBB",
        "A video too many asked for",
        "wall",
    ),
    ("bilibili/bili_captcha.html", "www.bilibili.com/video/BV1ps4y1m75J", "剪辑教程", "wall"),
    ("wechat/普通图文_01.html.gz", SAMPLE.format(1), "AI编程害死我了", "ok"),
    ("wechat/普通图文_c02.html.gz", SAMPLE.format(2), "近三年的仙草", "ok"),
    ("wechat/文本分享_03.html.gz", SAMPLE.format(3), "国庆后入职远程公司", "ok"),
    ("wechat/图片分享_02.html.gz", SAMPLE.format(4), "股价才是最好的鸡血", "ok"),
    ("wechat/文章分享_03.html.gz", SAMPLE.format(5), "和死神赛跑（阮一峰）", "ok"),
    ("wechat/作者已删除_01.html.gz", SAMPLE.format(6), "删了的文章", "dead"),
    ("wechat/内容违规_01.html.gz", SAMPLE.format(7), "违规的文章", "dead"),
    ("wechat/该内容暂时无法查看_01.html.gz", SAMPLE.format(8), "看不了的文章", "wall"),
    (
        "newyorker/TheNewYorker_2023_05_16.html.gz",
        "www.newyorker.com/magazine/2023/05/01/a-heat-shield",
        "A heat shield for Antarctic ice",
        "ok",
    ),
    (
        "newyorker/AnadoluAjansi_2026_04_20.html.gz",
        "www.aa.com.tr/tr/gundem/a",
        "A Turkish news story",
        "ok",
    ),
    ("blocks/cloudflare_403.html", "blocked.example/post", "A post", "wall"),
]


@pytest.fixture
def served(shared):
    """Every capture under its address; one that is not here is skipped, and said."""
    pages = {}
    for name, address, *_ in CASES:
        path = shared / "captures" / name
        if not path.is_file():
            pytest.skip(f"{name} is not here")
        body = path.read_bytes()
        body = gzip.decompress(body) if path.suffix == ".gz" else body
        pages[address] = Reply(body, 403 if "403" in name else 200)
        for asked in requests_for(
            f"https://{address}"
        ):  # who shows no page tells no more elsewhere
            pages.setdefault(asked.removeprefix("https://"), Reply("no", 401))
    return pages


def test_real_pages_are_told_for_what_they_are(served, tmp_path, monkeypatch):
    lines = [f"- [{title}](https://{address}) - Good." for _, address, title, _ in CASES]
    (tmp_path / "README.md").write_text("\n".join(["# Links", "", *lines, ""]), "utf-8")
    monkeypatch.chdir(tmp_path)
    with LoopbackWeb(served) as web:
        for name, value in web.environment().items():
            monkeypatch.setenv(name, value)
        ran = run("check", "README.md", "--json", home=tmp_path / "home")
        links = {link["url"]: link for link in json.loads(ran.out)["links"]}
    for _, address, title, state in CASES:
        link = links[f"https://{address}"]
        assert (link["state"], link["to"], link["notes"]) == (state, None, []), (title, link)
