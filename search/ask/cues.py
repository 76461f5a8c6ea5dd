"""The words by which a question says level, kind, language, date and nothing at all.

A readable table, English beside Chinese (traditional forms are folded to simplified before
matching). `KEPT` words say something about kind or level and about the topic too, so they steer a
prior and stay in the topic. Must not know how a cue is used.
"""

from collections.abc import Mapping, Sequence

from cache.records import Intent

# Chinese has no spaces: a cue counts only where it ends a phrase, so that 代码 in 代码模型 or 论文 in
# 论文写作 stays a topic.
_END = r"(?=$|[\s,，。.!！?？、;；:：)）】\]]|的|吗|呢|吧|讲解|解读|资料|推荐|有哪些|有没有)"
# And so that 机器学习 is not split after 器: nothing is needed before a cue.

FRAMES = (
    r"^\s*(?i:please |can you |could you |i(?:'d| would) like to |i want to |help me )+",
    r"^\s*(?i:explain(?:ed)?|explanation of|show me|find me|give me|teach me|tell me about|"
    r"recommend(?: me)?|learn(?:ing)? about|looking for|"
    r"resources? (?:on|about|for)|material(?:s)? (?:on|about|for)|something (?:on|about))\b",
    r"^\s*(?:请问|请|帮我|给我|我想|我要|想要|有没有|推荐(?:一下|一些|几个|几篇)?|找(?:一下|一些)?)+",
    r"^\s*(?:解释一下|讲解一下|介绍一下|讲一讲|讲讲|解释)|(?:相关资料|资料有哪些|的资料|资料)\s*$",
)
"""Words that frame a request and say nothing of it. Removed where something is left."""

LEVELS = {
    "beginner": (
        r"\b(?:explain(?:ed)? )?(?:very |really )?simply\b(?: explained)?",
        r"\b(?:in|with) (?:very |really )?(?:simple|plain|easy|layman'?s?|everyday) "
        r"(?:terms|words|language|english)\b",
        r"\bfor (?:absolute |complete |total )?(?:beginners?|newbies|dummies|kids|everyone|laymen|"
        r"non[- ](?:experts?|programmers?|technical (?:people|readers)))\b",
        r"\b(?:absolute |complete )?beginner(?:'?s)?(?:[- ](?:friendly|level|guide))?\b",
        r"\b(?:eli5|like i'?m (?:5|five))\b",
        r"\b(?:an? )?(?:gentle|easy|simple|quick|short|friendly|brief)[- ](?:intro(?:duction)?|start|"
        r"explanation|guide|tutorial)(?: to| of)?\b",
        r"\b(?:intro(?:duction)? to|introductory|getting started(?: with)?|basics of|"
        r"easy to (?:understand|read)|easy|easily|easiest|simple explanation(?: of)?)\b",
        r"(?:深入浅出|通俗易懂|通俗|浅显(?:易懂)?|简单(?:易懂|明了)|简明|易懂|大白话|白话)"
        r"(?:地)?(?:讲解|讲讲|讲|解释|介绍|说明|理解)?",
        r"小白(?:也)?(?:能|看得|听得)?懂?|零基础|新手(?:向)?|初学者?|初级|入门级?|扫盲|科普|快速上手",
        r"简单(?:地|的)?(?:讲讲|讲解|讲|解释|介绍|说说|说明|说|理解)|简单来说",
    ),
    "intermediate": (
        r"\bintermediate(?:[- ]level)?\b",
        r"\bbeyond (?:the )?basics\b",
        r"中级|进阶",
    ),
    "advanced": (
        r"\bin(?:[- ]| great | more )depth\b|\bdeep[- ]dives?\b(?: (?:into|on))?|\bdeeply\b",
        r"\b(?:advanced|expert|rigorous|thorough)(?:ly)?(?:[- ]level)?\b|\bfor (?:experts|researchers)\b",
        r"\bin (?:full |great |more |technical )?details?\b|\bdetailed\b|\bunder the hood\b",
        r"深入(?!浅出)(?:地|的)?(?:讲解|理解|解析|剖析|分析|了解|探讨)?|深度(?:解析|解读|剖析|讲解|分析)",
        r"高级(?!语言|程序)|高阶|硬核|专家级?|详细(?:地|的)?(?:讲解|解释|介绍|分析)?|源码级",
    ),
}

KINDS = {
    "paper": (
        r"\b(?:original |research |academic |seminal |scientific )?papers?\b|\bpreprints?\b|\barxiv\b",
        rf"(?:原始|原)?论文(?!精读|解读|讲解|阅读){_END}",
    ),
    "survey": (
        r"\bsurveys?(?: papers?)?\b|\b(?:literature )?review (?:papers?|articles?)\b",
        r"综述",
    ),
    "video": (
        r"\bvideos?\b|\byoutube\b|\bto watch\b",
        rf"(?:视频|影片|录像)(?:教程|讲解|课)?{_END}",
        r"论文(?:精读|讲解)",
    ),
    "talk": (
        r"\b(?:talks?|keynotes?|interviews?|podcasts?|lectures?)\b",
        rf"(?:演讲|访谈|采访|专访|讲座|播客|对话){_END}",
    ),
    "course": (
        r"\b(?:courses?|moocs?|bootcamps?)\b",
        rf"(?:课程|公开课|网课|慕课){_END}",
    ),
    "tutorial": (
        r"\b(?:tutorials?|guides?|walk[- ]?throughs?|how[- ]to|step[- ]by[- ]step)\b",
        rf"(?:教程|指南|教学|实战){_END}",
    ),
    "book": (
        r"\b(?:(?:text|e)?-?books?|textbooks?)\b",
        rf"(?:书籍?|教材|电子书|书单){_END}",
    ),
    "article": (
        r"\b(?:blogs?|blog posts?|articles?)\b",
        rf"(?:博客|博文|文章){_END}",
    ),
    "code": (
        r"\b(?:repos?(?:itory|itories)?|source code|github|code|implementations?)\b$",
        rf"(?:源码|代码|仓库|开源(?:项目|方案|实现|代码)){_END}",
    ),
    "dataset": (r"\bdata ?sets?\b$", rf"数据集{_END}"),
    "tool": (r"\b(?:tools?|librar(?:y|ies)|frameworks?)\b$", rf"(?:工具|框架|软件){_END}"),
}

KEPT = (
    "综述|survey|论文精读|论文讲解|guide|指南|开源|code|代码|implementation|dataset|data set|数据集|"
    "tool|工具|librar|框架|framework|interview|访谈|采访|专访|对话|lecture|实战|book|basics|entry|"
    "深入浅出|github|lecture"
)
"""Cues that name a topic too, or that titles carry: they steer and stay (regular expression)."""

LANGUAGES = {
    "zh": (
        r"\b(?:in|written in|spoken in) (?:simplified |traditional )?(?:chinese|mandarin)\b",
        r"\bchinese[- ](?:language|version|translation|video|course|tutorial|article|explanation)s?\b",
        rf"(?:用|以)?(?:中文|汉语|国语|普通话)(?:版|的|讲解|资料|教程|视频|课程|文章)?{_END}",
    ),
    "en": (
        r"\b(?:in|written in|spoken in) english\b|\benglish[- ](?:language|version|only)\b",
        rf"(?:用|以)?(?:英文|英语)(?:版|的|讲解|资料|教程|视频|课程|文章|原文)?{_END}",
    ),
    "ja": (r"\bin japanese\b", rf"(?:日文|日语|日本語)(?:版|的|资料)?{_END}"),
    "ko": (r"\bin korean\b", rf"(?:韩文|韩语)(?:版|的|资料)?{_END}"),
    "es": (r"\bin spanish\b", rf"西班牙(?:文|语)(?:版|的|资料)?{_END}"),
    "fr": (r"\bin french\b", rf"法(?:文|语)(?:版|的|资料)?{_END}"),
    "de": (r"\bin german\b", rf"德(?:文|语)(?:版|的|资料)?{_END}"),
    "ru": (r"\bin russian\b", rf"俄(?:文|语)(?:版|的|资料)?{_END}"),
}

INTENTS: Mapping[Intent, Sequence[str]] = {
    "dataset": (
        r"\b(?:data ?sets?|corpus|corpora|(?:open|public) data)\b",
        r"数据集|语料|公开数据|开放数据",
    ),
    "tool": (
        r"\b(?:frameworks?|librar(?:y|ies)|toolkits?|tools?|drivers?|servers?|engines?|clients?|"
        r"packages?|sdks?|platforms?|plugins?|apps?)\b\s*(?:\b(?:for|in|to|with)\b.*)?$",
        rf"(?:框架|工具|库|驱动|平台|引擎|软件){_END}",
    ),
    "learning": (
        r"\b(?:explain\w*|explanations?|how(?: (?:does|do|is|are|to|can))?|what (?:is|are|do)|why|"
        r"differences? between|learn|understand\w*|tutorials?|guides?|introductions?|intro|primers?|"
        r"walk-?throughs?|courses?|lectures?|books?|basics|getting started|from scratch|"
        r"for (?:a )?beginners?|roadmap|first)\b",
        r"怎么|怎样|如何|为什么|为何|什么是|是什么|什么意思|是啥|区别|原理|讲解|详解|图解|解释|解读|介绍|"
        r"入门|导论|教程|教学|指南|通俗|课程|公开课|讲座|书|零基础|从零|从头|新手|小白|路线图|手把手|"
        r"深入|技巧|案例",
    ),
}
"""What a question wants, the surest first; words that only steer, and stay in the topic."""

_YEAR = r"(?P<year>199[0-9]|20[0-9][0-9])(?:[-/.年](?P<month>[0-9]{1,2}))?月?"
DATES = {
    "after": (
        rf"\b(?:since|after|newer than|later than|from)\s+{_YEAR}(?:\s+(?:on|onwards?))?",
        rf"(?:自|从)?{_YEAR}年?(?:以后|之后|以来|后|起|至今)",
    ),
    "before": (
        rf"\b(?:before|until|up to|older than|earlier than)\s+{_YEAR}",
        rf"{_YEAR}年?(?:以前|之前|前)",
    ),
    "during": (rf"\b(?:in|during|from the year)\s+{_YEAR}\b", r"(?P<year>(?:19|20)[0-9][0-9])年的"),
}

FRESH = r"\b(?:latest|newest|most recent|recent|up[- ]to[- ]date)\b|最新的?|最近的?|近期的?"
