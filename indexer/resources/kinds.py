"""What a resource is: paper, video, course, article …, from its mentions, address and title.

Why it exists: a curator rarely says it, yet readers ask for "a video" or "no papers". Rules, most
trusted first: a site of nothing but papers, videos or courses (a section "Articles" may hold one),
what curators said, what the site publishes only, words of the title, what the site publishes
mostly, what the list is called. None where nothing says. Must not know pages: this runs before any
is fetched.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from cache.records import KINDS, Entry
from indexer.resources.url_parts import site_of


def kind_of(mentions: Iterable[Entry], canonical: str, *, by_list: bool = True) -> str | None:
    """One of KINDS or None; canonical is the resource's canonical address.

    Curators' words win by majority (ties go to the earlier of KINDS); a paper whose title calls
    itself a survey is a survey. Without by_list the names of lists tell nothing.
    """
    host, path = _split(canonical)
    only = _publishes_only(host, site_of(host), path)
    titles, votes, lists = [], [], []
    for entry in mentions:
        titles.append(entry.title)
        if by_list:
            lists.append(entry.list_id)
        vote = _vote(entry.kind, only)
        if vote:
            votes.append(vote)
    kind = _majority(votes) or only or _from_words(host, path, titles) or _from_lists(lists)
    if kind == "paper" and any(_SURVEY.search(title) for title in titles):
        return "survey"
    return kind


def _vote(said: str | None, only: str | None) -> str | None:
    """What one mention says: words of headings and labels yield to sites of one sort."""
    allowed = _WITHIN.get(only or "")
    if said not in _KNOWN or (allowed is not None and said not in allowed):
        return None
    return said


def is_video_host(canonical: str) -> bool:
    """Whether the address is on a site that publishes nothing but videos."""
    return _SITES.get(site_of(_split(canonical)[0])) == "video"


def _from_words(host: str, path: str, titles: list[str]) -> str | None:
    named = _majority([kind for title in titles if (kind := _from_title(title))])
    if host in _BLOGS or site_of(host) in _BLOGS or _BLOG.search(f"{host}{path}"):
        return named if named in {"survey", "tutorial"} else "article"  # about courses, data sets …
    return named


def _publishes_only(host: str, site: str, path: str) -> str | None:
    if site == "youtube.com":
        return "video" if path.startswith(("/watch", "/playlist", "/shorts/", "/live/")) else None
    if host == "github.com" and _AWESOME.match(path):
        return "reference"
    found = _HOSTS.get(host) or _SITES.get(site)
    if found is None and site in _PATHS:
        return next((kind for start, kind in _PATHS[site] if path.startswith(start)), None)
    return found


def _from_title(title: str) -> str | None:
    if not _ANY_WORD.search(title.lower()):  # most titles
        return None
    return next((kind for kind, words in _WORDS if words.search(title)), None)


def _from_lists(lists: list[str]) -> str | None:
    """What lists hold by their names: `free-programming-books`, `awesome-public-datasets`."""
    return _majority([kind for name in lists if (kind := _from_list(name))])


@lru_cache(maxsize=1024)
def _from_list(name: str) -> str | None:
    named = {kind for kind, words in _OF_LISTS if words.search(name)}
    return named.pop() if len(named) == 1 else None


def _majority(kinds: list[str]) -> str | None:
    if len(kinds) < 2:
        return kinds[0] if kinds else None
    counts = Counter(kinds)
    return min(counts, key=lambda kind: (-counts[kind], KINDS.index(kind)))


def _split(canonical: str) -> tuple[str, str]:
    host, slash, path = canonical.partition("://")[2].partition("/")
    return host.partition(":")[0], slash + path


_KNOWN = frozenset(KINDS)
_WITHIN = {
    "video": frozenset({"video", "talk", "course", "tutorial"}),
    "paper": frozenset({"paper", "survey"}),
    "course": frozenset({"course"}),
}
"""What curators may call a work of a site that publishes one sort of thing."""
_SURVEY = re.compile(r"\bsurvey\b|\breview of\b|\bsystematic review\b|综述|綜述", re.IGNORECASE)
_AWESOME = re.compile(r"/[^/]+/[^/]*awesome[^/]*$")
_HOSTS = {
    "dl.acm.org": "paper",
    "doi.org": "paper",
    "proceedings.mlr.press": "paper",
    "papers.nips.cc": "paper",
    "proceedings.neurips.cc": "paper",
    "openaccess.thecvf.com": "paper",
    "www.biorxiv.org": "paper",
    "ieeexplore.ieee.org": "paper",
    "github.com": "code",
    "gist.github.com": "code",
    "gitlab.com": "code",
    "bitbucket.org": "code",
    "codeberg.org": "code",
    "gitee.com": "code",
    "colab.research.google.com": "code",
    "pypi.org": "code",
    "ocw.mit.edu": "course",
    "leanpub.com": "book",
    "www.gitbook.com": "book",
    "goalkicker.com": "book",
}
_SITES = {
    "arxiv.org": "paper",
    "openreview.net": "paper",
    "aclanthology.org": "paper",
    "jmlr.org": "paper",
    "semanticscholar.org": "paper",
    "youtube.com": "video",
    "vimeo.com": "video",
    "bilibili.com": "video",
    "b23.tv": "video",
    "youku.com": "video",
    "ted.com": "talk",
    "coursera.org": "course",
    "udacity.com": "course",
    "edx.org": "course",
    "udemy.com": "course",
    "fast.ai": "course",
    "icourse163.org": "course",
    "xuetangx.com": "course",
    "manning.com": "book",
    "packtpub.com": "book",
    "wikibooks.org": "book",
    "wikipedia.org": "reference",
    "stackoverflow.com": "reference",
}
_PATHS = {
    "huggingface.co": (
        ("/datasets/", "dataset"),
        ("/spaces/", "tool"),
        ("/papers/", "paper"),
        ("/blog/", "article"),
        ("/learn/", "course"),
    ),
    "kaggle.com": (("/datasets/", "dataset"), ("/learn/", "course")),
    "oreilly.com": (("/library/view/", "book"),),
    "deeplearning.ai": (("/short-courses/", "course"),),
    "slideshare.net": (("/", "talk"),),
    "speakerdeck.com": (("/", "talk"),),
}
_WORDS = tuple(
    (kind, re.compile(words, re.IGNORECASE))
    for kind, words in (
        ("survey", _SURVEY.pattern),
        ("course", r"\bcourses?\b|\bMOOC\b|\blectures?\b|\bCS ?\d{3}[a-z]?\b|课程|課程|公开课"),
        ("tutorial", r"\btutorials?\b|\bhow[- ]to\b|\bfrom scratch\b|\bcrash course\b"),
        (
            "tutorial",
            r"\b(?:beginner'?s?|getting started|step[- ]by[- ]step)\b|教程|入门|入門|指南",
        ),
        ("book", r"\bbook\b|\b(?:hand|cook|text)book\b|\be-?books?\b|电子书"),
        ("dataset", r"\bdata ?sets?\b|\bcorpus\b|\bcorpora\b|数据集|資料集|语料"),
        ("video", r"\bvideos?\b|视频|影片"),
        ("talk", r"\b(?:keynote|talk|podcast)\b|演讲|演講|访谈|播客"),
    )
)
_OF_LISTS = tuple(
    (kind, re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])|{chinese}", re.IGNORECASE))
    for kind, words, chinese in (
        ("book", "e?books", "书籍|書籍|书单|書單|电子书|電子書"),
        ("paper", "papers", "论文|論文"),
        ("course", "courses|moocs", "课程|課程|公开课"),
        ("tutorial", "tutorials", "教程"),
        ("dataset", "data-?sets", "数据集|數據集"),
        ("video", "videos", "视频|影片"),
        ("talk", "talks|podcasts", "演讲|播客"),
        ("article", "blogs|articles", "博客|文章"),
        ("tool", "tools", "工具"),
    )
)
"""Plurals alone: a list on book printing holds no books."""
# Without \b the engine can skip to the first letters, ten times as fast over a lower-case title.
_ANY_WORD = re.compile("|".join(words.pattern for _, words in _WORDS).replace(r"\b", "").lower())
_BLOG_HOSTS = """
    medium.com towardsdatascience.com substack.com dev.to mp.weixin.qq.com zhuanlan.zhihu.com
    juejin.cn jianshu.com cnblogs.com csdn.net infoq.com infoq.cn importnew.com jiqizhixin.com
    hackernoon.com wordpress.com blogspot.com newyorker.com nytimes.com wired.com
    lilianweng.github.io jalammar.github.io segmentfault.com ruanyifeng.com techcrunch.com
"""
_BLOGS = frozenset(_BLOG_HOSTS.split())
_BLOG = re.compile(r"^(?:[^/]*\.)?(?:blogs?|engineering|eng|tech)\.|/(?:blogs?|posts?|articles?)/")
