"""Answers in the shape in which each site of the seed lists sends its own today, of invented text.

Written after the captures of ../shared/data/captures, of which nothing is copied. A site that tells
robots from readers does so here by the same signs.
"""

import json
from urllib.parse import urlsplit

from tests.loopback import Reply, Request

ENGLISH = (
    "This is a stand-in for the text of the page. It explains, in the order of the original, what "
    "the work is about, why it matters to its readers and how its parts hang together. "
)
CHINESE = (
    "这里是原文的替身：它按原文的次序说明这篇文章讲了什么、为什么值得读、各部分之间有怎样的联系。"
    "文中的例子由浅入深，最后给出了可以继续读下去的材料。"
)
JSON = "application/json; charset=utf-8"


def paragraphs(title: str, times: int = 6) -> str:
    """Enough text for an article, in the title's language."""
    text = CHINESE if any("\u3400" <= c <= "\u9fff" for c in title) else ENGLISH
    return "".join(f"<p>{n}. {text * 2}</p>" for n in range(1, times + 1))


def article(title: str, head: str = "") -> str:
    """A page of a blog."""
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body><nav>Home</nav>"
        f"<article><h1>{title}</h1>{paragraphs(title)}</article></body></html>"
    )


def newspaper(title: str) -> str:
    """A page whose author's place holds the publisher, and whose by-line is linked data."""
    said = {"@type": "NewsArticle", "author": [{"@type": "Person", "name": "Ann Writer"}]}
    linked = f'<script type="application/ld+json">{json.dumps(said)}</script>'
    return article(title, '<meta name="author" content="The House">' + linked)


def preview(title: str) -> str:
    """The first part of a story for members."""
    said = {"@type": "NewsArticle", "isAccessibleForFree": False}
    return article(title, f'<script type="application/ld+json">{json.dumps(said)}</script>')


def drawn(title: str) -> str:
    """A page that scripts draw."""
    return f'<html><head><title>{title}</title></head><body><div id="app"></div></body></html>'


CHALLENGE = Reply(
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
    "<script>window._cf_chl_opt={cType:'managed'};</script>"
    "<noscript>Enable JavaScript and cookies to continue</noscript></body></html>",
    403,
)


def arxiv(title: str) -> str:
    """An abstract page."""
    return (
        f'<head><title>{title}</title><meta name="citation_title" content="{title}"/>'
        '<meta name="citation_author" content="Writer, Ann"/>'
        f'<meta name="citation_date" content="2020/01/02"/></head><body>'
        f'<blockquote class="abstract">{ENGLISH * 3}</blockquote></body>'
    )


def paper() -> Reply:
    """A PDF of one page of text."""
    lines = "".join(f"({ENGLISH[:88]}) Tj T* " for _ in range(40))
    stream = f"BT /F1 9 Tf 12 TL 40 760 Td {lines}ET".encode()
    fonts = b"/Resources << /Font << /F1 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %s >>" % fonts,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + table + trailer
    return Reply(body, media_type="application/pdf")


def youtube(title: str) -> str:
    """A watch page."""
    details = {
        "title": title,
        "author": "A Channel",
        "lengthSeconds": "1800",
        "shortDescription": f"{ENGLISH}\n\n{ENGLISH}",
    }
    about = {"playerMicroformatRenderer": {"publishDate": "2023-01-02T00:00:00-08:00"}}
    told = json.dumps({"videoDetails": details, "microformat": about})
    return f"<title>{title} - YouTube</title><script>var ytInitialPlayerResponse = {told};</script>"


def playlist(title: str) -> str:
    """A playlist's page."""
    data = {"metadata": {"playlistMetadataRenderer": {"title": title, "description": ENGLISH}}}
    return f"<title>{title}</title><script>var ytInitialData = {json.dumps(data)};</script>"


def bilibili(title: str) -> str:
    """A video's page."""
    told = {"title": title, "desc": CHINESE, "owner": {"name": "某人"}, "pubdate": 1680926400}
    state = json.dumps({"videoData": told | {"duration": 1800, "pages": []}})
    script = f"<script>window.__INITIAL_STATE__={state};(function(){{}}());</script>"
    return f"<title>{title}</title>{script}"


def wechat(title: str) -> str:
    """An article, hidden until its script runs."""
    return (
        f'<html><head><meta property="og:title" content="{title}"/></head><body>'
        f'<h1 id="activity-name">{title}</h1><a id="js_name">某公众号</a>'
        f'<div id="js_content" style="visibility: hidden;">{paragraphs(title)}</div>'
        '<script>var ct = "1680926400";</script></body></html>'
    )


SHELL = (
    "<!DOCTYPE html><html><head><title></title></head><body>"
    '<script src="//res.wx.qq.com/wappoc_appmsgcaptcha.js"></script></body></html>'
)


def wechat_as_asked(title: str, request: Request) -> Reply:
    """The article for who names itself as robots do, and for a long link with its checksum."""
    known = request.headers.get("user-agent", "").startswith("Mozilla/5.0 (compatible; ")
    whole = "__biz" not in request.path or "chksm=" in request.path
    return Reply(wechat(title) if known and whole else SHELL)


def zhihu(title: str, number: str) -> str:
    """A column's page."""
    told = {
        "title": title,
        "content": paragraphs(title),
        "author": {"name": "某人"},
        "created": 1680926400,
    }
    state = {"initialState": {"entities": {"articles": {number: told}}}}
    script = f'<script id="js-initialData" type="text/json">{json.dumps(state)}</script>'
    return f'<title>{title} - 知乎</title><body><div id="root"></div>{script}</body>'


def readme(title: str) -> Reply:
    """A README, raw."""
    return Reply(f"# {title}\n\n{ENGLISH * 4}\n", media_type="text/plain; charset=utf-8")


def graph(title: str) -> Reply:
    """An answer of Semantic Scholar's API."""
    told = {"paperId": "0", "title": title, "abstract": ENGLISH * 3, "year": 2018, "authors": []}
    return Reply(json.dumps(told), media_type=JSON)


def embedded(title: str) -> Reply:
    """An oEmbed answer."""
    told = {"title": title, "author_name": "A Channel", "type": "video"}
    return Reply(json.dumps(told), media_type=JSON)


def shape_of(url: str, title: str) -> object:
    """What the site at url answers for a page of that title; a callable where it looks at who asks.

    Hosts that nothing is known of send an article.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    if host == "mp.weixin.qq.com":
        return lambda request: wechat_as_asked(title, request)
    if host == "zhuanlan.zhihu.com":
        return zhihu(title, parts.path.rpartition("/")[2])
    if host == "youtube.com":
        return playlist(title) if parts.path == "/playlist" else youtube(title)
    if host == "api.semanticscholar.org":
        return graph(title)
    shapes = {
        "arxiv.org": arxiv,
        "bilibili.com": bilibili,
        "raw.githubusercontent.com": readme,
        "newyorker.com": newspaper,
        "towardsdatascience.com": preview,
        "hub.baai.ac.cn": drawn,
    }
    if host == "openai.com":
        return CHALLENGE
    return shapes.get(host, article)(title)
