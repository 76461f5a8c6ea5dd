"""What sites promise about their own addresses: which spellings name the same work.

One function a site, from pieces to pieces; None where the address has no form the site promises
anything about. Only identities that are exact belong here: an identifier that the site itself
resolves. Must not know lists or resources.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from indexer.resources.url_parts import Parts, normal_escapes, site_of


def site_form(parts: Parts) -> Parts | None:
    """The site's own form of an address, or None where no rule of the site applies."""
    rule = _HOSTS.get(parts.host) or _SITES.get(site_of(parts.host))
    if rule is None and "amazon." in parts.host:
        rule = _amazon
    return rule(parts) if rule else None


def redirect_target(parts: Parts) -> str | None:
    """Where a redirect page of a known site leads, read from its own address; else None."""
    place = _REDIRECTS.get((parts.host, parts.path.rstrip("/")))
    if place is None:
        return None
    found = next((value for name in place if (value := parts.value(name))), None)
    return unquote(found) if found else None


def _arxiv(parts: Parts) -> Parts | None:
    match = _ARXIV_PATH.fullmatch(parts.path.rstrip("/"))
    return _arxiv_abs(parts, match[1]) if match else None


def _arxiv_abs(parts: Parts, number: str) -> Parts:
    # math.GT/0309136 is math/0309136: the subject class is no part of the identifier.
    return parts.at("arxiv.org", f"/abs/{_SUBJECT_CLASS.sub('', number)}")


def _arxiv_by_id(parts: Parts, text: str) -> Parts | None:
    match = _ARXIV_ID.fullmatch(text)
    return _arxiv_abs(parts, match[1]) if match else None


def _doi(parts: Parts) -> Parts | None:
    doi = parts.path[1:].rstrip("/").lower()  # DOI Handbook 2.4: case-insensitive
    if not _DOI.fullmatch(doi):
        return None
    if doi.startswith(_ARXIV_DOI):
        paper = _arxiv_by_id(parts, doi.removeprefix(_ARXIV_DOI))
        if paper is not None:
            return paper
    return parts.at("doi.org", f"/{normal_escapes(doi)}")


def _huggingface(parts: Parts) -> Parts | None:
    segments = parts.path.rstrip("/").split("/")
    if len(segments) == 3 and segments[1] == "papers":
        paper = _arxiv_by_id(parts, segments[2])
        if paper is not None:
            return paper
    return parts._replace(host="huggingface.co") if parts.host != "huggingface.co" else None


def _youtube(parts: Parts) -> Parts | None:
    segments = parts.path.strip("/").split("/")
    found = parts.value("list")
    if found and segments in (["playlist"], ["watch"], ["embed", "videoseries"]):
        video = parts.value("v") if segments == ["watch"] else None
        if not video:
            return parts.at(_YOUTUBE, "/playlist", f"list={found}")
    if segments[0] == "watch":
        return _youtube_video(parts, parts.value("v") or "")
    if len(segments) == 2 and segments[0] in _YOUTUBE_PLAYERS:
        return _youtube_video(parts, segments[1])
    if segments[0].startswith("@"):
        segments[0] = segments[0].lower()
    query = [q for q in parts.query if q.partition("=")[0] not in _YOUTUBE_NOISE]
    return parts.at(_YOUTUBE, f"/{'/'.join(segments)}", *query)


def _youtu_be(parts: Parts) -> Parts | None:
    return _youtube_video(parts, parts.path.strip("/"))


def _youtube_video(parts: Parts, video: str) -> Parts | None:
    return parts.at(_YOUTUBE, "/watch", f"v={video}") if _YOUTUBE_ID.fullmatch(video) else None


def _bilibili(parts: Parts) -> Parts | None:
    if parts.host == "player.bilibili.com":
        number = parts.value("bvid") or f"av{parts.value('aid') or ''}"
        return _bilibili_video(parts, number)
    match = _BILIBILI_VIDEO.fullmatch(parts.path.rstrip("/"))
    if match:
        return _bilibili_video(parts, match[1])
    article = _BILIBILI_ARTICLE.fullmatch(parts.path.rstrip("/"))
    if article:
        return parts.at(_BILIBILI, f"/read/cv{article[1]}")
    return parts._replace(host=_BILIBILI)


def _b23(parts: Parts) -> Parts | None:
    short = parts.path.strip("/")
    return _bilibili_video(parts, short) or parts.at("b23.tv", f"/{short}")


def _bilibili_video(parts: Parts, number: str) -> Parts | None:
    if _BV.fullmatch(number):
        bv = f"BV{number[2:]}"
    elif _AV.fullmatch(number) and 0 < int(number[2:]) < 1 << 51:
        bv = bv_of(int(number[2:]))
    else:
        return None
    part = parts.value("p") or parts.value("page") or "1"
    chosen = (f"p={int(part)}",) if part.isdecimal() and part.isascii() and int(part) > 1 else ()
    return parts.at(_BILIBILI, f"/video/{bv}", *chosen)


def bv_of(av: int) -> str:
    """The BV number of a Bilibili video's old av number (1 ≤ av < 2**51).

    The mapping is the site's own and public: xor, base 58, two swaps (bilibili-API-collect,
    `bvid_desc.md`).
    """
    rest, letters = ((1 << 51) | av) ^ 23442827791579, ["0"] * 9
    for place in range(8, -1, -1):
        rest, digit = divmod(rest, 58)
        letters[place] = _BASE58[digit]
    letters[0], letters[6] = letters[6], letters[0]
    letters[1], letters[4] = letters[4], letters[1]
    return f"BV1{''.join(letters)}"


def _wechat(parts: Parts) -> Parts | None:
    path = parts.path.rstrip("/")
    if path.startswith("/s/"):
        return parts.at(parts.host, path)
    if path != "/s":
        return None
    chosen = [(name, parts.value(name)) for name in _WECHAT_NAMES]
    if chosen[0][1] is None or chosen[1][1] is None:
        return None  # a search engine's signed link: the signature is the address
    query = [f"{name}={_padded(value)}" for name, value in chosen if value is not None]
    return parts.at(parts.host, "/s", *query)


def _padded(value: str) -> str:
    """Base64 padding as WeChat itself writes it."""
    return value.replace("%3D", "=")


def _zhihu(parts: Parts) -> Parts | None:
    path = parts.path.rstrip("/")
    if parts.host == "zhuanlan.zhihu.com":
        return parts.at(parts.host, path) if _ZHIHU_POST.fullmatch(path) else None
    mirrored = _ZHIHU_MIRROR.fullmatch(path)
    if mirrored:
        return parts.at("zhuanlan.zhihu.com", f"/p/{mirrored[1]}")
    if _ZHIHU_QUESTION.fullmatch(path):
        return parts.at("www.zhihu.com", path)
    return parts._replace(host="www.zhihu.com")


def _github(parts: Parts) -> Parts | None:
    owner, *rest = parts.path.strip("/").split("/")
    owner = owner.lower()
    if not owner or owner in _GITHUB_PAGES:
        return parts._replace(host="github.com", fragment="")
    if not rest:
        kept = [q for q in parts.query if q.startswith("tab=")]
        return parts.at("github.com", f"/{owner}", *kept)
    name = rest[0].lower().removesuffix(".git") or rest[0].lower()
    if _GITHUB_ROOT.fullmatch("/".join(rest[1:])):
        return parts.at("github.com", f"/{owner}/{name}")
    return parts.at("github.com", "/".join(["", owner, name, *rest[1:]]), *parts.query)


def _semantic_scholar(parts: Parts) -> Parts | None:
    match = _S2_PAPER.fullmatch(parts.path.rstrip("/"))
    return parts.at("www.semanticscholar.org", f"/paper/{match[1]}") if match else None


def _openreview(parts: Parts) -> Parts | None:
    number = parts.value("id")
    if parts.path.rstrip("/") not in {"/forum", "/pdf"} or not number:
        return None
    return parts.at("openreview.net", "/forum", f"id={number}")


def _acl(parts: Parts) -> Parts | None:
    match = _ACL_PAPER.fullmatch(parts.path.rstrip("/"))
    return parts.at("aclanthology.org", f"/{match[1]}") if match else None


def _acm(parts: Parts) -> Parts | None:
    match = _ACM_PAPER.fullmatch(parts.path.rstrip("/"))
    return parts.at("dl.acm.org", f"/doi/{match[1].lower()}") if match else None


def _medium(parts: Parts) -> Parts | None:
    match = _MEDIUM_POST.fullmatch(parts.path.rstrip("/"))
    return parts.at("medium.com", f"/p/{match[1]}") if match else None


def _twitter(parts: Parts) -> Parts | None:
    path = parts.path.rstrip("/")
    status = _TWEET.match(path)
    if status:
        return parts.at("x.com", f"/i/status/{status[1]}")
    query = [q for q in parts.query if q.partition("=")[0] not in _TWITTER_NOISE]
    return parts.at("x.com", path.lower() if _TWITTER_NAME.fullmatch(path) else path, *query)


def _wikimedia(parts: Parts) -> Parts | None:
    host = parts.host.replace(".m.", ".", 1)
    path = _ZH_VARIANT.sub("/wiki/", parts.path) if host.startswith("zh.") else parts.path
    if (host, path) == (parts.host, parts.path):
        return None
    return parts._replace(host=host, path=path)


def _amazon(parts: Parts) -> Parts | None:
    host, item = _AMAZON_HOST.fullmatch(parts.host), _AMAZON_ITEM.search(parts.path)
    return parts.at(f"www.{host[1]}", f"/dp/{item[1]}") if host and item else None


_NEW_ID, _OLD_ID = r"\d{4}\.\d{4,5}", r"[a-z-]+(?:\.[A-Z]{2})?/\d{7}"
_ARXIV_ID = re.compile(rf"({_NEW_ID}|{_OLD_ID})(?:v\d+)?", re.ASCII)
_ARXIV_PATH = re.compile(
    rf"/(?:abs|pdf|html|format|ps|src|e-print)/({_NEW_ID}|{_OLD_ID})(?:v\d+)?(?:\.pdf)?", re.ASCII
)
_SUBJECT_CLASS = re.compile(r"\.[A-Z]{2}(?=/)")
_ARXIV_DOI = "10.48550/arxiv."
_DOI = re.compile(r"10\.\d{4,9}/.+", re.ASCII)
_YOUTUBE = "www.youtube.com"
_YOUTUBES = (  # of which each is the same site, and the same page that leads elsewhere
    *("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"),
    *("gaming.youtube.com", "youtube-nocookie.com", "www.youtube-nocookie.com"),
)
_YOUTUBE_ID = re.compile(r"[\w-]{11}", re.ASCII)
_YOUTUBE_PLAYERS = frozenset({"embed", "v", "e", "shorts", "live"})
_YOUTUBE_NOISE = frozenset({"feature", "si", "pp", "ab_channel", "app"})
_BILIBILI = "www.bilibili.com"
_BILIBILI_VIDEO = re.compile(r"(?:/s)?/video/([A-Za-z0-9]+)")
_BILIBILI_ARTICLE = re.compile(r"/read/cv(\d+)", re.ASCII)
_BV = re.compile(r"[Bb][Vv]1[1-9A-HJ-NP-Za-km-z]{9}")
_AV = re.compile(r"[Aa][Vv]\d{1,16}", re.ASCII)
_BASE58 = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_WECHAT_NAMES = ("__biz", "mid", "idx", "sn")
_ZHIHU_POST = re.compile(r"/p/\d+", re.ASCII)
_ZHIHU_MIRROR = re.compile(r"/tardis/[a-z]+/art/(\d+)", re.ASCII)
_ZHIHU_QUESTION = re.compile(r"/question/\d+(?:/answer/\d+)?", re.ASCII)
_GITHUB_ROOT = re.compile(
    r"|tree/(?:master|main)|blob/(?:master|main)/readme(?:\.(?:md|markdown|rst|txt|org))?",
    re.IGNORECASE,
)
_GITHUB_PAGES_NAMES = """
    about apps codespaces collections contact customer-stories discussions enterprise events
    explore features issues login marketplace new notifications orgs pricing pulls readme search
    security settings site sponsors stars team topics trending users
"""
_GITHUB_PAGES = frozenset(_GITHUB_PAGES_NAMES.split())
_S2_PAPER = re.compile(r"/(?:paper/(?:[^/]+/)?|reader/)([0-9a-f]{40})")
_ACL_PAPER = re.compile(
    r"(?:/anthology)?/(?:papers/[A-Z]/[A-Z]\d\d/)?"
    r"([A-Z]\d\d-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+)(?:\.pdf)?",
    re.ASCII,
)
_ACM_PAPER = re.compile(
    r"/doi/(?:(?:abs|pdf|full|fullHtml|epdf|pdfplus)/)?(10\.\d{4,9}/[^/]+)", re.ASCII
)
_MEDIUM_POST = re.compile(r"/(?:(?:[^/]+/)?[^/]*-|p/)([0-9a-f]{10,12})")
_TWEET = re.compile(r"/[^/]+/(?:web/)?status(?:es)?/(\d+)(?:/|$)", re.ASCII)
_TWITTER_NAME = re.compile(r"/\w{1,15}", re.ASCII)
_TWITTER_NOISE = frozenset({"s", "t", "src", "ref_src", "ref_url", "lang"})
_ZH_VARIANT = re.compile(r"^/zh(?:-[a-z]+)?/")
_AMAZON_HOST = re.compile(r"(?:www\.|smile\.|m\.)?(amazon(?:\.[a-z]{2,3}){1,2})")
_AMAZON_ITEM = re.compile(r"/(?:dp|gp/product|exec/obidos/ASIN)/([A-Z0-9]{10})(?:/|$)")

_Rule = Callable[[Parts], Parts | None]
_HOSTS: dict[str, _Rule] = {
    **dict.fromkeys(("arxiv.org", "www.arxiv.org", "export.arxiv.org", "browse.arxiv.org"), _arxiv),
    **dict.fromkeys(("cn.arxiv.org", "ar5iv.org", "www.ar5iv.org", "ar5iv.labs.arxiv.org"), _arxiv),
    **dict.fromkeys(("doi.org", "www.doi.org", "dx.doi.org"), _doi),
    **dict.fromkeys(("huggingface.co", "www.huggingface.co", "hf.co"), _huggingface),
    **dict.fromkeys(_YOUTUBES, _youtube),
    **dict.fromkeys(("youtu.be", "www.youtu.be"), _youtu_be),
    **dict.fromkeys(("bilibili.com", "www.bilibili.com", "m.bilibili.com"), _bilibili),
    "player.bilibili.com": _bilibili,
    "b23.tv": _b23,
    "mp.weixin.qq.com": _wechat,
    **dict.fromkeys(("zhihu.com", "www.zhihu.com", "m.zhihu.com", "zhuanlan.zhihu.com"), _zhihu),
    **dict.fromkeys(("github.com", "www.github.com", "m.github.com"), _github),
    **dict.fromkeys(("semanticscholar.org", "www.semanticscholar.org"), _semantic_scholar),
    **dict.fromkeys(("openreview.net", "www.openreview.net"), _openreview),
    **dict.fromkeys(("aclanthology.org", "www.aclanthology.org", "www.aclweb.org"), _acl),
    **dict.fromkeys(("aclweb.org", "aclanthology.info"), _acl),
    "dl.acm.org": _acm,
    **dict.fromkeys(("twitter.com", "www.twitter.com", "mobile.twitter.com"), _twitter),
    **dict.fromkeys(("x.com", "www.x.com", "mobile.x.com"), _twitter),
}
_SITES: dict[str, _Rule] = {
    "medium.com": _medium,
    **dict.fromkeys(("wikipedia.org", "wikibooks.org", "wikiversity.org"), _wikimedia),
    **dict.fromkeys(("wikisource.org", "wiktionary.org", "wikiquote.org"), _wikimedia),
}
_REDIRECTS = {
    ("link.zhihu.com", ""): ("target",),
    ("link.juejin.cn", ""): ("target",),
    ("link.csdn.net", ""): ("target",),
    ("www.google.com", "/url"): ("q", "url"),
    **dict.fromkeys(((host, "/redirect") for host in _YOUTUBES), ("q",)),
    ("l.facebook.com", "/l.php"): ("u",),
}
