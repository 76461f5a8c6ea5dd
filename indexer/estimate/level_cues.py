"""The words by which a title, a note or a text gives away how hard, and how good, it is.

Why it exists: where nobody rated, wording is most of what there is. One readable table; points are
whole and half steps set by hand: what is believed of a group before labelled works are seen
(benchmarks/levels.py fits it), and all there is for texts of pages, which nobody labelled.
Questions have a table of their own (search.ask.cues): nobody titles a text "in simple terms,
please". Must not know vectors, ratings or how points become a level.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from search.text import fold


class Group(NamedTuple):
    """Words of one tendency. points are for one hit; where is any of title, note and body.

    Two patterns: han for what a text in ASCII cannot hold, latin for the rest.
    """

    name: str
    points: float
    where: str
    han: str
    latin: str

    @property
    def words(self) -> str:
        """Both patterns as one."""
        return f"{self.han}|{self.latin}"


_Words = tuple[str, tuple[str, ...], re.Pattern[str], re.Pattern[str]]
"""Name, where, and the pattern for any text and for one in ASCII."""

HARD: tuple[Group, ...] = (
    Group(
        "plain words",
        -1,
        "title note",
        r"深入浅出|通俗|浅显|易懂|简明|白话|小白|零基础|新手|初学|初级|入门|扫盲|科普|快速上手|"
        r"简要|简单|趣味|漫画|图解|故事",
        r"\b(?:beginners?|simpl(?:e|y|ified)|gentle|easy|easily|introduct(?:ion|ory)|intro|primer|"
        r"getting started|first steps|basics|dummies|eli5|kids|newbies?|laymen|illustrated|visual|"
        r"visually|comics?|stories|crash course|101)\b",
    ),
    Group(
        "depth",
        1,
        "title note",
        r"深入(?!浅出)|深度(?!学习)|高级(?!语言|程序)|高阶|硬核|专家|详细|详解|源码级|[万\d]字|"
        r"长文|精要|精读|拆解|剖析|解析|难点|技术(?:细节|要点|解读)",
        r"\b(?:in[- ]depth|deep[- ]dives?|deeper|deeply|advanced|experts?|rigorous|thorough|"
        r"detailed|under the hood|internals)\b",
    ),
    Group(
        "research",
        1,
        "title note",
        r"论文|综述|学术|定理|证明|推导|数学(?!问题)|公式推|梯度|前沿|范式|量化分析|研究成果",
        r"\b(?:papers?|proofs?|theor(?:y|em|ems|etical)|mathematic\w*|calculus|algebra|topology|"
        r"stochastic|probabilistic|formal|semantics|convergence|survey|phd|graduate|research)\b",
    ),
    Group(
        "method",
        1,
        "title note",
        r"原理|机制|算法|架构|技术|训练|微调|强化学习|优化|参数|推理(?!小说)|分布式|并行|编译|内核",
        r"rlhf|transformer|\b(?:algorithms?|architectures?|mechanisms?|training|fine-?tun\w+|"
        r"optimi[sz]\w+|distributed|concurren\w+|compilers?|kernels?|inference|cryptograph\w*|"
        r"macros?|metaprogramming|performance)\b",
    ),
    Group(
        "making",
        0.5,
        "title note",
        r"部署|复现|代码|源码|实现|调用|开发|数据集|框架|接口|从零|库",
        r"\b(?:deploy\w*|implement\w*|source code|reproduc\w*|from scratch|api|sdk|frameworks?|"
        r"production|engineering)\b",
    ),
    Group(
        "reflection",
        0.5,
        "title note",
        r"思考|演进|历程|来龙去脉|本质|分析",
        r"\b(?:lessons|analysis|thoughts on|evolution|critique|essays?)\b",
    ),
    Group(
        "news",
        -1,
        "title note",
        r"发布|宣布|推出|上线|登场|首秀|首个|首款|亮相|来了|官宣|曝光|入局|内测|开放|更新|平替|"
        r"竞品|对标",
        r"\b(?:announc\w+|launch\w*|releas\w+|unveil\w*|debuts?|available now|news)\b",
    ),
    Group(
        "money",
        -1,
        "title note",
        r"融资|投资|追资|收购|转型|盈利|亿美元|亿元|万元|[千百]亿|\d亿|市值|股价|巨头|竞争|商业化",
        r"\b(?:raises?|invest\w*|billion|acqui\w+|valuation|stock|startup funding)\b",
    ),
    Group(
        "headline",
        -1,
        "title",
        r"，|。。|…|网友|爆火|逆天|王炸|刷屏|颠覆|炸|疯狂|翻车|打败|吊打|大佬|弱爆",
        r"[!?]",
    ),
    Group(
        "society",
        -0.5,
        "title note",
        r"行业|职业|工作岗位|取代|饭碗|失业|法律|律师|法规|伦理|规范|风险|产品经理|社会|人生|访谈|"
        r"对话|创始人",
        r"ceo|\b(?:jobs?|careers?|law|legal|ethic\w*|policy|society|interview|founder)\b",
    ),
    Group(
        "use",
        -0.5,
        "title note",
        r"玩法|指南|提示词|效率|助理|插件|应用|写作|绘本|办公|体验|免费|用户",
        r"excel|\b(?:tips|tricks|cheat ?sheets?|how to use|productivity|plugins?|install\w*|setup|"
        r"hello,? world|basics?)\b",
    ),
    Group(
        "formulas",
        1,
        "body",
        r"[∑∫∂∇∈∀∃ℝ]|定理|引理|证明",
        r"\\(?:frac|sum|int|partial|math[a-z]+|theta|sigma|lambda)\b|\$[^$\n]{1,80}\$|\bet al\b|"
        r"\btheorem\b|\blemma\b|\bproof\b",
    ),
    Group(
        "assumed",
        1,
        "body",
        r"前置知识|先修|预备知识|需要(?:具备|掌握|了解|熟悉)|假[定设]读者|读者(?:应|需)",
        r"\b(?:we (?:will )?assume (?:that )?(?:you|the reader|familiarity|basic|some|knowledge)|"
        r"prerequisites?|familiar(?:ity)? with|working knowledge|background in)\b",
    ),
    Group(
        "from nothing",
        -1,
        "body",
        r"零基础|不需要(?:任何)?(?:基础|背景|编程)|没有(?:任何)?(?:基础|编程经验)|初学者|小白|新手",
        r"\b(?:no (?:prior|previous|programming) (?:knowledge|experience|background)|"
        r"(?:absolute |complete |total )?beginners?|step[- ]by[- ]step|never programmed|"
        r"without any (?:prior )?(?:knowledge|experience))\b",
    ),
)
"""What makes a text harder (+) or easier (-), and by how many points."""

GOOD: tuple[Group, ...] = (
    Group(
        "praise",
        1,
        "note",
        r"推荐|必读|必看|质量|经典|优秀|清晰|丰富|独到|干货|精华|深刻|神作",
        r"\b(?:recommend\w*|must[- ](?:read|see|watch)|excellent|best|classic|outstanding|superb|"
        r"brilliant|definitive|comprehensive|insightful)\b",
    ),
    Group(
        "substance",
        1,
        "title note",
        r"[万\d]字|长文|全面|全景|全解析|详细|系统(?:性|梳理)|深入|深度(?!学习)|思考|演进|历程|"
        r"来龙去脉|本质|未来",
        r"\b(?:in[- ]depth|thorough|complete|lessons|evolution|deep dive)\b",
    ),
    Group(
        "reserve",
        -1,
        "note",
        r"过时|一般|仅供参考",
        r"\b(?:outdated|dated|shallow|mediocre)\b",
    ),
)
"""What makes curators give more stars (+) or fewer (-)."""

_MOST = 6.0
_PLURAL = 4
"""Four hits of one group count as four, so two points (the square root); more add nothing."""

_BODY = 4000
_NOTE = 1000
"""Characters read of a text and of a note."""

_POINTS = {group.name: group.points for group in HARD}

_SPARSE = 0.5
"""Hits per thousand characters of a text below which they are by the way."""


def hits(text: str, where: str) -> Iterator[tuple[str, float]]:
    """The groups of HARD with a word in a folded text, each with the root of its hits, at most 2.

    where is title, note or body; in a body hits are counted a thousand characters.
    """
    scale = 1000 / max(1000, len(text)) if where == "body" else 1.0
    for name, places, words, ascii_words in _compiled(HARD):
        if where in places and text:
            count = scale * len((ascii_words if text.isascii() else words).findall(text))
            if count >= _SPARSE:
                yield name, min(count, _PLURAL) ** 0.5


def body_points(text: str) -> float:
    """Points of difficulty of a page's text, in [-6, 6]."""
    return _bounded(sum(_POINTS[name] * count for name, count in hits(fold(text[:_BODY]), "body")))


def good_points(title: str, note: str) -> float | None:
    """Points of recommendation in [-6, 6]; None where no word of GOOD occurs."""
    texts = {"title": fold(title), "note": fold(note[:_NOTE])}
    found = [
        each * min(count, _PLURAL) ** 0.5
        for each, places, words in _praise()
        if (count := sum(len(words.findall(texts[place])) for place in places if texts[place]))
    ]
    return _bounded(sum(found)) if found else None


@lru_cache(maxsize=4096)
def section_level(sections: tuple[str, ...]) -> float | None:
    """The level that headings name (1-3), innermost first; None where none does.

    A heading names a level where the level is all it says: "Advanced", "Beginner tutorials",
    "进阶阅读"; not "Advanced Console UIs", which is a topic.
    """
    for section in reversed(sections):
        if len(section) <= _LONGEST_HEADING:
            words = fold(section)
            for level, heading in _HEADINGS:
                if heading.fullmatch(words):
                    return level
    return None


def _bounded(points: float) -> float:
    return max(-_MOST, min(_MOST, points))


@cache
def _compiled(groups: tuple[Group, ...]) -> list[_Words]:
    return [
        (group.name, tuple(group.where.split()), re.compile(group.words), re.compile(group.latin))
        for group in groups
    ]


@cache
def _praise() -> list[tuple[float, tuple[str, ...], re.Pattern[str]]]:
    return [(g.points, tuple(g.where.split()), re.compile(g.words)) for g in GOOD]


_LONGEST_HEADING = 40
_THINGS = (
    r"(?:\W*(?:level|topics?|courses?|books?|tutorials?|guides?|resources?|reading|readings|papers?|"
    r"articles?|materials?|videos?|cs|track|stuff)\b)*"
)
_BEGINNINGS = (
    r"(?:absolute )?beginners?(?:'s)?|novices?|newbies|intro(?:duction|ductory)?|basics|easy|"
    r"fundamentals|getting started|start here|elementary|for everyone"
)
_ITEMS = r"(?:级|篇|阅读|教程|资料|课程|文章|视频|书籍|读物|学习|内容|材料|知识|部分|指南)*"
_HEADINGS = tuple(
    (
        level,
        re.compile(rf"\W*(?:for )?(?:the )?(?:{english}){_THINGS}\W*|\W*(?:{chinese}){_ITEMS}\W*"),
    )
    for level, english, chinese in (
        (
            1.0,
            _BEGINNINGS,
            r"入门|初级|初学者?|新手|零基础|小白|基础|科普|扫盲",
        ),
        (2.0, r"intermediate", r"中级|进阶|提高"),
        (3.0, r"advanced|experts?|hard|deep dives?", r"高级|高阶|专家|深入|精通"),
    )
)
