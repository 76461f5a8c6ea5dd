"""What short words around links say: labels, licences, badges, and what kind of thing is linked.

Why: `[pdf]`, `[代码]`, `[MIT]` and images of counters are not titles, and readers ask by kind. Must
not know lists, blocks or tables.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

_LABELS = {
    "code": "code", "codes": "code", "github": "code", "repo": "code", "repository": "code",
    "source": "code", "source code": "code", "gitlab": "code", "implementation": "code",
    "代码": "code", "代碼": "code", "源码": "code", "源碼": "code", "仓库": "code", "开源": "code",
    "official code": "code", "pytorch": "code", "tensorflow": "code", "official": "code",
    "paper": "paper", "pdf": "paper", "arxiv": "paper", "论文": "paper", "論文": "paper",
    "papers": "paper", "abs": "paper", "preprint": "paper", "原文": None, "doi": "paper",
    "video": "video", "videos": "video", "youtube": "video", "视频": "video", "視頻": "video",
    "影片": "video", "bilibili": "video", "b站": "video", "watch": "video", "recording": "video",
    "talk": "talk", "slides": "talk", "slide": "talk", "ppt": "talk", "幻灯片": "talk",
    "course": "course", "book": "book", "ebook": "book", "epub": "book", "mobi": "book",
    "dataset": "dataset", "data": "dataset", "datasets": "dataset", "数据集": "dataset",
    "demo": "tool", "online demo": "tool", "playground": "tool", "colab": "code",
    "notebook": "code", "docs": "reference", "documentation": "reference", "doc": "reference",
    "文档": "reference", "文檔": "reference", "wiki": "reference", "blog": "article",
    "blog post": "article", "article": "article", "post": "article", "博客": "article",
    "文章": "article", "tutorial": "tutorial", "教程": "tutorial", "poster": "reference",
    "link": None, "links": None, "url": None, "here": None, "website": None, "web": None,
    "site": None, "homepage": None, "home": None, "home page": None, "page": None,
    "project": None, "project page": None, "webpage": None, "official website": None,
    "链接": None, "鏈接": None, "連結": None, "地址": None, "网址": None, "網址": None,
    "官网": None, "官網": None, "主页": None, "主頁": None, "项目地址": None, "项目主页": None,
    "项目": None, "开源地址": None, "点击": None, "这里": None, "這裡": None, "html": None,
    "read": None, "read more": None, "more": None, "更多": None, "more info": None, "info": None,
    "download": None, "下载": None, "下載": None, "mirror": None, "alternative": None,
    "archive": None, "archived": None, "cache": None, "zip": None, "src": "code", "git": "code",
    "chat": None, "hn": None, "discussion": None, "讨论": None, "meta": None, "全文": None,
    "原文链接": None, "译文": None, "中文": None, "英文": None, "english": None, "view": None,
    "model": None, "models": None, "模型": None, "huggingface": None, "hugging face": None,
    "website/blog": None, "blog/website": "article", "github地址": "code", "论文地址": "paper",
    "项目链接": None, "代码地址": "code", "资料链接": None, "open": None, "review": None,
    "part 1": None, "part 2": None, "part 3": None, "part 4": None, "part i": None,
    "tweet": None, "tweets": None, "twitter thread": None, "thread": None, "paper tweet": None,
    "gist": "code", "live demo": "tool", "try it": "tool", "github repo": "code", "code repo": "code",
    "repo link": "code", "project website": None, "project site": None, "model card": None,
    "weights": None, "checkpoint": None, "checkpoints": None, "hf": None, "api": None, "app": None,
    "openreview": "paper", "source paper": "paper", "original paper": "paper", "full paper": "paper",
    "bibtex": None, "appendix": None, "supp": None, "errata": None,
    "release": None, "releases": None, "transcript": None, "solutions": None, "solution": None,
    "read online": None, "read it": None, "watch it": "video", "playlist": "video",
    "lecture videos": "video", "course website": None, "github page": "code", "github link": "code",
    "paper link": "paper", "arxiv link": "paper", "pdf link": "paper", "arxiv paper": "paper",
    "technical report": "paper", "tech report": "paper", "blogpost": "article", "ar5iv": "paper",
    "点击查看答案": None, "查看答案": None, "答案": None, "点击查看": None, "查看": None, "详情": None,
    "点我": None, "点这里": None, "點我": None, "在线阅读": None, "線上閱讀": None, "传送门": None,
    "解答": None, "图解": None, "原链接": None, "阅读原文": None, "part two": None, "part one": None,
    "part ii": None, "supplementary": None, "ppt/pdf": "talk", "web version": None,
}  # fmt: skip
_ADDRESS_LABEL = re.compile(
    r".{0,12}(?:地址|链接|鏈接|連結|网址|網址|主页|主頁)(?:为|為|是|如下)?"
    r"|(?:.{0,10}[\s:/])?(?:link|url|address)(?: is)?"
)
_LICENSE = re.compile(
    r"(?:the )?(?:(?:mit|isc|bsd|apache|[al]?gpl|mpl|unlicense|cc0|cc[- ]by|wtfpl|zlib|epl|artistic"
    r"|eupl|llgpl)(?:[- ]?(?:license|v?\d[\d.]*|clause|sa|nc|nd|or|later|only|style|expat|like|and"
    r"|\+))*|public domain|licen[sc]e|[23]-clause bsd(?: license)?|expat|proprietary"
    r"|特殊许可|许可证)\+?",
    re.IGNORECASE,
)
_BADGE = re.compile(
    r"shields\.io|badge|travis-ci|circleci|codecov|coveralls|awesome\.re/|appveyor|seeyoufarm|"
    r"visitor|star-history|contrib\.rocks|deepwiki\.com|trendshift|producthunt|opencollective\.com/|"
    r"hits\.dwyl|gitter\.im|buymeacoffee|ko-fi|/actions/workflows/|komarev|sponsor",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"https?://(?:www\.)?(?:arxiv\.org/(?:abs|pdf|html)/|ar5iv\.org/|openreview\.net/(?:forum|pdf)|aclanthology\.org/\w"
    r"|doi\.org/10|dl\.acm\.org/doi|ieeexplore\.ieee\.org/|openaccess\.thecvf\.com/|proceedings\.|papers\.n|biorxiv\.org/"
    r"|github\.com/[\w.-]+/[\w.-]+/?(?:#[\w-]*|tree/\S*)?$|gitlab\.com/[\w.-]+/[\w.-]+/?$|gitee\.com/[\w.-]+/[\w.-]+/?$"
    r"|huggingface\.co/\w|hf\.co/\w|modelscope\.cn/\w|kaggle\.com/\w|zenodo\.org/"
    r"|colab\.research\.google\.com/\w|youtube\.com/(?:watch|playlist)|youtu\.be/\w|bilibili\.com/video"
    r"|paperswithcode\.com/paper|semanticscholar\.org/paper|ai\.google\.dev/\w|[\w-]+\.github\.io/\S*)",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|ico)(?:\?[^/]*)?$", re.IGNORECASE)
_BESIDE = re.compile(
    r"(?:on )?(?:twitter|x|facebook|linkedin|discord|slack|reddit|telegram|mastodon|amazon|goodreads|leanpub"
    r"|google play|app store|wikipedia|medium|zhihu|知乎|豆瓣|微博|公众号|掘金|csdn|简书|b站|bilibili|youtube channel"
    r"|project repo(?:sitory)?|source repo(?:sitory)?|pypi|npm|crates\.io|docker ?hub|hugging ?face(?: \w+)?|modelscope|models? on [\w ]+"
    r"|twitter profile|@[\w-]+|chinese|english|japanese|中文版?|英文版?|en|zh|cn|jp|简体|繁体|繁體|original|translation|译|翻译"
    r"|v\d+|volume \d+|vol\.? ?\d+|part \w{1,4}|第.{1,3}[讲部章篇集])",
    re.IGNORECASE,
)
_SHIELD = re.compile(r"img\.shields\.io/(?:badge/)?([^?\s]+)", re.IGNORECASE)
_SECTION_KINDS = (
    ("survey", r"surveys?|综述|綜述"),
    ("paper", r"papers?|论文|論文|publications?"),
    ("course", r"courses?|moocs?|课程|課程|公开课|公開課|lectures?"),
    ("tutorial", r"tutorials?|教程|教學"),
    ("talk", r"talks?|演讲|演講|讲座|講座|访谈|訪談|keynotes?"),
    ("video", r"videos?|视频|視頻|影片"),
    ("book", r"books?|e-?books?|书籍|書籍|图书|圖書|电子书|電子書"),
    ("dataset", r"data ?sets?|数据集|數據集|corpora|corpus|语料库?|語料庫?"),
    ("article", r"articles?|blogs?|blog posts?|posts?|文章|博客|部落格|newsletters?|essays?"),
    ("tool", r"tools?|工具"),
    (
        "code",
        r"libraries|library|frameworks?|packages?|repos(?:itories)?|代码|代碼|开源项目|開源項目",
    ),
)
_KIND_WORDS = tuple(
    (kind, re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", re.IGNORECASE))
    for kind, words in _SECTION_KINDS
)
_HOST = re.compile(r"https?://(?:[^/?#@]*@)?(?:www\.)?([^/:?#]+)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def section_kind(section: tuple[str, ...]) -> str | None:
    """The kind the innermost heading names, where it names just one."""
    for heading in reversed(section):
        if len(heading) <= 40:
            found = {kind for kind, words in _KIND_WORDS if words.search(heading)}
            if len(found) == 1:
                return found.pop()
    return None


def host(url: str) -> str:
    """The host of an address, without `www.`; empty where it has none."""
    match = _HOST.match(url)
    return match[1].lower() if match else ""


def label_kind(label: str) -> str | None:
    """What a label such as `code` or `论文` says its link is."""
    return _LABELS.get(bare_label(label))


def is_label(text: str) -> bool:
    """Whether a link's text only says what sort of link it is (`pdf`, `链接`, `1`), not a title."""
    words = bare_label(text)
    if words in _LABELS or not any(c.isalpha() for c in words):
        return True
    return len(words) < 20 and _ADDRESS_LABEL.fullmatch(words) is not None


def names_only_kinds(heading: str) -> bool:
    """Whether a heading says nothing but sorts of things: `Papers`, `Code and data`, `相关资源`."""
    return _ONLY_KINDS.fullmatch(heading) is not None


def bare_label(text: str) -> str:
    """A label without case, brackets, colons and emoji around it."""
    if text and text[0].isalnum() and text[-1].isalnum():
        return text.lower()
    return _AROUND.sub("", text).lower()


_ONLY_KINDS = re.compile(
    rf"(?:[\W\d_]|(?:{'|'.join(words for _, words in _SECTION_KINDS)}|resources?|links?|references?|materials?"
    r"|others?|misc(?:ellaneous)?|related|useful|official|more|and|or|the|other|further|reading|overview|introduction|相关|資源|资源|链接|其他|其它|更多|参考|和|与))+",
    re.IGNORECASE,
)
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def is_license(text: str) -> bool:
    """Whether a link's text names a licence."""
    return len(text) < 60 and _LICENSE.fullmatch(text.strip(" ()[]")) is not None


def leads_to_work(url: str) -> bool:
    """Whether an address is that of a paper, a repository, a data set, a video: what a button in an
    entry may stand for, unlike counters and licences."""
    return _WORK.match(url) is not None


def button_label(source: str, alternative: str) -> str:
    """What an image in a link says: its words, or those of a shield's address."""
    words = alternative.strip()
    if match := _SHIELD.search(source):
        said = unquote(match[1]).replace("_", " ").split("-")[0].strip()
        counted = "GitHub" if match[1].startswith("github") else said
        return words if is_label(words) and any(map(str.isalpha, words)) else counted
    return words


def is_image(url: str) -> bool:
    """Whether an address is that of a picture."""
    return _PICTURE.search(url) is not None


def is_beside(text: str) -> bool:
    """Whether a link's text names a place a work is also found at: no title beside one, but one
    where nothing else is (`Twitter`, `Amazon`)."""
    return _BESIDE.fullmatch(text.strip(" []()（）【】")) is not None


def is_badge(url: str, source: str) -> bool:
    """Whether an image in a link is a badge: a status, a counter, a button."""
    return _BADGE.search(source) is not None or _BADGE.search(url) is not None
