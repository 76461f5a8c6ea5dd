"""canonical_url: what must fold, what must never fold, and that nothing else can happen."""

import json
import string

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.errors import UrlError
from indexer.resources.canonical import address_of, canonical_url, host_of, resource_id
from indexer.resources.canonical_sites import bv_of
from indexer.resources.url_parts import _PLAIN as PLAIN

SAME = {
    "https://arxiv.org/abs/1706.03762": [
        "http://arxiv.org/abs/1706.03762v5",
        "https://www.arxiv.org/pdf/1706.03762",
        "https://arxiv.org/pdf/1706.03762v7.pdf",
        "https://arxiv.org/html/1706.03762v7/",
        "http://export.arxiv.org/abs/1706.03762",
        "https://ar5iv.labs.arxiv.org/html/1706.03762",
        "https://ar5iv.org/abs/1706.03762",
        "https://doi.org/10.48550/arXiv.1706.03762",
        "https://huggingface.co/papers/1706.03762",
        "https://arxiv.org/abs/1706.03762?context=cs.LG#comments",
    ],
    "https://arxiv.org/abs/math/0309136": [
        "http://arxiv.org/abs/math.GT/0309136",
        "https://arxiv.org/pdf/math/0309136v1.pdf",
    ],
    "https://www.youtube.com/watch?v=t70Bl3w7bxY": [
        "https://youtu.be/t70Bl3w7bxY?si=abc&t=10",
        "http://youtube.com/watch?v=t70Bl3w7bxY&t=24s",
        "https://m.youtube.com/watch?feature=share&v=t70Bl3w7bxY",
        "https://music.youtube.com/watch?v=t70Bl3w7bxY&list=RDAMVM",
        "https://www.youtube.com/embed/t70Bl3w7bxY?start=3",
        "https://www.youtube-nocookie.com/embed/t70Bl3w7bxY",
        "https://www.youtube.com/shorts/t70Bl3w7bxY",
        "https://www.youtube.com/live/t70Bl3w7bxY?feature=share",
        "https://www.youtube.com/watch?v=t70Bl3w7bxY&list=PLFXJ6jwg0qW&index=3",
        "https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fyoutu.be%2Ft70Bl3w7bxY",
    ],
    "https://www.youtube.com/playlist?list=PLJV_el3uVTsOePyfmkfivYZ7Rqr2nMk3W": [
        "https://youtube.com/playlist?list=PLJV_el3uVTsOePyfmkfivYZ7Rqr2nMk3W&si=x",
        "https://www.youtube.com/embed/videoseries?list=PLJV_el3uVTsOePyfmkfivYZ7Rqr2nMk3W",
    ],
    "https://www.bilibili.com/video/BV17x411w7KC": [
        "https://www.bilibili.com/video/av170001",
        "http://bilibili.com/video/AV170001/?from=search&seid=1",
        "https://m.bilibili.com/video/BV17x411w7KC?share_source=copy_web",
        "https://www.bilibili.com/video/bv17x411w7KC/?spm_id_from=333.999.0.0&vd_source=08",
        "https://www.bilibili.com/video/BV17x411w7KC?p=1",
        "https://player.bilibili.com/player.html?aid=170001&page=1",
        "https://b23.tv/BV17x411w7KC",
    ],
    "https://mp.weixin.qq.com/s?__biz=MzA3MzI4MjgzMw==&mid=2650865591&idx=4&sn=8ec5": [
        "http://mp.weixin.qq.com/s?__biz=MzA3MzI4MjgzMw==&mid=2650865591&idx=4&sn=8ec5&chksm=84&scene=21#wechat_redirect",
        "https://mp.weixin.qq.com/s?sn=8ec5&idx=4&mid=2650865591&__biz=MzA3MzI4MjgzMw%3D%3D&key=15#rd",
    ],
    "https://mp.weixin.qq.com/s/rZBEDlxFVsVXoL5YUVU3XQ": [
        "http://mp.weixin.qq.com/s/rZBEDlxFVsVXoL5YUVU3XQ?poc_token=H#rd",
    ],
    "https://zhuanlan.zhihu.com/p/597586623": [
        "http://zhuanlan.zhihu.com/p/597586623/?utm_psn=1&utm_id=0",
        "https://www.zhihu.com/tardis/zm/art/597586623?source_id=1003",
        "https://link.zhihu.com/?target=https%3A//zhuanlan.zhihu.com/p/597586623",
    ],
    "https://www.zhihu.com/question/582809884/answer/2883146417": [
        "https://zhihu.com/question/582809884/answer/2883146417?utm_oi=1",
    ],
    "https://github.com/plexpt/awesome-chatgpt-prompts-zh": [
        "https://github.com/PlexPt/awesome-chatgpt-prompts-zh",
        "http://www.github.com/PlexPt/Awesome-ChatGPT-prompts-zh/",
        "https://github.com/PlexPt/awesome-chatgpt-prompts-zh.git",
        "https://github.com/PlexPt/awesome-chatgpt-prompts-zh#readme",
        "https://github.com/PlexPt/awesome-chatgpt-prompts-zh?tab=readme-ov-file#x",
        "https://github.com/PlexPt/awesome-chatgpt-prompts-zh/tree/master",
        "https://github.com/PlexPt/awesome-chatgpt-prompts-zh/tree/main/",
        "https://github.com/PlexPt/awesome-chatgpt-prompts-zh/blob/master/README.md",
    ],
    "https://www.semanticscholar.org/paper/9405cc0d6169988371b2755e573cc28650d14dfe": [
        "https://www.semanticscholar.org/paper/Language-Models-are-Radford-Wu/9405cc0d6169988371b2755e573cc28650d14dfe",
        "https://semanticscholar.org/paper/9405cc0d6169988371b2755e573cc28650d14dfe?sort=x",
    ],
    "https://doi.org/10.1145/3097983.3098021": [
        "http://dx.doi.org/10.1145/3097983.3098021",
        "https://www.doi.org/10.1145/3097983.3098021",
    ],
    "https://doi.org/10.1002/abc.def": ["https://doi.org/10.1002/ABC.DEF"],
    "https://openreview.net/forum?id=HJWLfGWRb": [
        "https://openreview.net/pdf?id=HJWLfGWRb",
        "https://openreview.net/forum?id=HJWLfGWRb&noteId=abc",
    ],
    "https://aclanthology.org/I13-1190": [
        "https://www.aclweb.org/anthology/I13-1190.pdf",
        "https://aclanthology.org/I13-1190/",
    ],
    "https://dl.acm.org/doi/10.1145/2843948": ["https://dl.acm.org/doi/pdf/10.1145/2843948"],
    "https://medium.com/p/776db04f965b": [
        "https://medium.com/dair-ai/papers-explained-776db04f965b?source=friends_link&sk=5a",
        "https://ritvik19.medium.com/papers-explained-776db04f965b#2fe9",
    ],
    "https://x.com/i/status/1652037026705985537": [
        "https://twitter.com/lmsysorg/status/1652037026705985537?s=20",
        "https://mobile.twitter.com/lmsysorg/status/1652037026705985537",
        "https://x.com/LMSYSorg/status/1652037026705985537/photo/1",
    ],
    "https://en.wikipedia.org/wiki/Weak_supervision": [
        "http://en.m.wikipedia.org/wiki/Weak_supervision#Cluster_assumption",
        "https://en.wikipedia.org/wiki/Weak_supervision?wprov=sfla1",
    ],
    "https://zh.wikipedia.org/wiki/%E6%B7%B1%E5%BA%A6%E5%AD%A6%E4%B9%A0": [
        "https://zh.m.wikipedia.org/zh-cn/深度学习",
        "https://zh.wikipedia.org/zh-hans/%e6%b7%b1%e5%ba%a6%e5%ad%a6%e4%b9%a0",
    ],
    "https://www.amazon.com/dp/9152799727": [
        "https://www.amazon.com/Some-Book/dp/9152799727/ref=sr_1_1?keywords=x",
        "http://amazon.com/gp/product/9152799727",
    ],
    "https://example.com/a": [
        "HTTP://Example.COM:80/a/",
        "http://example.com./a",
        "https://example.com:443/b/../a?",
        "https://example.com/%61?utm_source=x&utm_medium=y&gclid=1&fbclid=2",
        "https://example.com/a?spm=1.2.3&share_source=weixin#intro",
        "  https://user:secret@example.com/a#:~:text=hello  ",
        "http://example.com/a;jsessionid=0AB?PHPSESSID=12",
        "https://example.com/a?source=post_page---------------------------",
    ],
    "https://example.com/a?b=1&c=2": ["http://example.com/a?c=2&b=1&&"],
    "https://xn--fsqu00a.xn--0zwm56d/": ["http://例子.测试", "https://例子。测试/"],
    "https://example.com/~x/%E4%BD%A0": [
        "https://example.com/%7Ex/你",
        "https://example.com/~x/%e4%bd%a0",
    ],
    "https://worrydream.com/#!/MagicInk": ["http://worrydream.com/#!/MagicInk"],
    "https://atlas.apache.org/": ["https://atlas.apache.org/#/", "https://atlas.apache.org#"],
}

SELECTING = """
    p id v page sid ref source s t q lang gid tab article feed token mid idx sn list from w start
    utmost gclidx spmx my_utm_source xfbclid page_id version view branch share title
"""
DIFFERENT = [
    # A parameter that selects content must never go: courlan folded these two galleries.
    ("https://example.com/?gallery=1", "https://example.com/?gallery=2"),
    *[
        (f"https://example.com/x?{name}=1", f"https://example.com/x?{name}=2")
        for name in SELECTING.split()
    ],
    ("https://example.com/a", "https://example.com/A"),
    ("https://example.com/a", "https://www.example.com/a"),
    ("https://example.com/a", "https://example.com:8080/a"),
    ("https://example.com/a", "https://example.com/a/index.html"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com/?a", "https://example.com/?a="),
    ("https://example.com/?a=1&a=2", "https://example.com/?a=2&a=1"),
    ("https://example.com/#!/one", "https://example.com/#!/two"),
    ("https://chinesenlp.xyz/#/docs/a", "https://chinesenlp.xyz/#/docs/b"),
    ("https://space.bilibili.com/1/channel/collectiondetail?sid=1", "https://space.bilibili.com/1/channel/collectiondetail?sid=2"),
    ("https://www.bilibili.com/video/BV1U84y167i3?p=2", "https://www.bilibili.com/video/BV1U84y167i3?p=3"),
    ("https://www.bilibili.com/video/BV1U84y167i3?p=2", "https://www.bilibili.com/video/BV1U84y167i3"),
    ("https://www.bilibili.com/video/BV1U84y167i3", "https://www.bilibili.com/video/BV1U84y167I3"),
    ("https://b23.tv/abcdef", "https://b23.tv/abcdeF"),
    ("https://www.youtube.com/watch?v=t70Bl3w7bxY", "https://www.youtube.com/watch?v=t70Bl3w7bxy"),
    ("https://www.youtube.com/playlist?list=PLa", "https://www.youtube.com/playlist?list=PLb"),
    ("https://www.youtube.com/results?search_query=a", "https://www.youtube.com/results?search_query=b"),
    ("https://github.com/a/b/issues/74", "https://github.com/a/b"),
    ("https://github.com/a/b/issues/74", "https://github.com/a/b/issues/75"),
    ("https://github.com/a/b/tree/master/docs", "https://github.com/a/b"),
    ("https://github.com/a/b/tree/dev", "https://github.com/a/b"),
    ("https://github.com/a/b/blob/master/README_zh.md", "https://github.com/a/b"),
    ("https://github.com/a/b/blob/master/X.md", "https://github.com/a/b/blob/master/x.md"),
    ("https://github.com/a/b/wiki", "https://github.com/a/b"),
    ("https://github.com/a?tab=repositories", "https://github.com/a"),
    ("https://github.com/topics/nlp", "https://github.com/topics/NLP-x"),
    ("https://arxiv.org/abs/1706.03762", "https://arxiv.org/abs/1706.03763"),
    ("https://arxiv.org/list/cs.CL/recent", "https://arxiv.org/list/cs.LG/recent"),
    ("https://huggingface.co/papers/week/2024-W1", "https://huggingface.co/papers"),
    ("https://huggingface.co/Org/Model", "https://huggingface.co/org/model"),
    ("https://www.zhihu.com/question/1/answer/2", "https://www.zhihu.com/question/1"),
    ("https://www.zhihu.com/question/1/answer/2", "https://www.zhihu.com/question/1/answer/3"),
    ("https://mp.weixin.qq.com/s?__biz=A==&mid=1&idx=1&sn=a", "https://mp.weixin.qq.com/s?__biz=A==&mid=1&idx=2&sn=b"),
    ("https://mp.weixin.qq.com/s?src=11&timestamp=1&signature=a", "https://mp.weixin.qq.com/s?src=11&timestamp=1&signature=b"),
    ("https://mp.weixin.qq.com/s/abc", "https://mp.weixin.qq.com/s/abC"),
    ("https://openreview.net/forum?id=a", "https://openreview.net/forum?id=b"),
    ("https://openreview.net/group?id=a", "https://openreview.net/group?id=b"),
    ("https://doi.org/10.1145/1", "https://doi.org/10.1145/2"),
    ("https://medium.com/@a/about", "https://medium.com/@b/about"),
    ("https://twitter.com/search?q=a", "https://twitter.com/search?q=b"),
    ("https://web.archive.org/web/2015/http://a.com/", "http://a.com/"),
    ("https://en.wikipedia.org/wiki/A", "https://de.wikipedia.org/wiki/A"),
    ("https://docs.google.com/document/d/A/edit?usp=sharing", "https://docs.google.com/document/d/B/edit?usp=sharing"),
    ("https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=2"),
    ("https://www.google.com/search?q=a", "https://www.google.com/search?q=b"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("canonical", "written"), [(c, w) for c, spellings in SAME.items() for w in [c, *spellings]]
)
def test_every_spelling_of_a_work_has_one_name(canonical, written):
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_of_different_works_stay_apart(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "text",
    ["", "x", "//a.com/b", "www.example.com", "mailto:a@b.c", "javascript:alert(1)", "ftp://a.b/c",
     "file:///etc/passwd", "http://", "http://[::1", "http://a b/", "https://a:99999/", "#top",
     "../x.md", "http://1.2.3.256/", "http://a/\ud800", "data:text/html,x", "https://%zz/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_by_name(text):
    with pytest.raises(UrlError) as caught:
        canonical_url(text)
    assert caught.value.hint


def test_a_long_wrong_address_is_not_printed_whole():
    with pytest.raises(UrlError) as caught:
        canonical_url("x" * 10_000)
    assert len(caught.value.message) < 200


def test_redirect_pages_inside_each_other_are_unwrapped_to_the_end():
    url = "https://example.com/a"
    for _ in range(5):
        url = "https://link.zhihu.com/?target=" + url.replace("%", "%25").replace(":", "%3A")
    assert canonical_url(url) == "https://example.com/a"
    assert canonical_url("https://link.zhihu.com/?target=nowhere").startswith("https://link.zhihu")


def test_the_address_to_open_keeps_what_may_matter():
    assert address_of("http://a.com/x/?utm_source=q#part") == "http://a.com/x/#part"
    assert address_of(" HTTP://A.com/x ") == "http://a.com/x"
    assert (
        address_of("https://github.com/PlexPt/Prompts#readme")
        == "https://github.com/PlexPt/Prompts"
    )
    assert (
        address_of("https://arxiv.org/pdf/1706.03762v5.pdf") == "https://arxiv.org/abs/1706.03762"
    )
    short = "https://youtu.be/t70Bl3w7bxY?t=9"
    assert address_of(short) == "https://www.youtube.com/watch?v=t70Bl3w7bxY"
    written = "https://ritvik19.medium.com/papers-explained-776db04f965b"
    assert address_of(written) == written


def test_host_of():
    assert host_of("HTTPS://User@WWW.Example.COM:8443/x") == "www.example.com"
    assert host_of("http://例子.测试/") == "xn--fsqu00a.xn--0zwm56d"
    assert host_of("http://[::1]:80/") == "[::1]"
    with pytest.raises(UrlError):
        host_of("no")


def test_resource_ids_are_short_stable_and_apart():
    assert resource_id("https://arxiv.org/abs/1706.03762") == "a7468c6851652691"
    ids = {resource_id(f"https://example.com/{n}") for n in range(20_000)}
    assert len(ids) == 20_000


@pytest.mark.parametrize(
    ("av", "bv"),
    [(170001, "BV17x411w7KC"), (82054919, "BV1XJ41157tQ"), (455017605, "BV1Q541167Qg")],
)
def test_old_bilibili_numbers_name_the_same_videos(av, bv):
    assert bv_of(av) == bv


PLAIN_PATH = st.text(
    string.ascii_letters + string.digits + "/./..._~!$&'()*+,=:@-;\\%", max_size=12
)
PLAIN_HOST = st.text("ab1-.x", min_size=1, max_size=9)


@given(PLAIN_HOST, st.sampled_from(["", ".com", ".1", ".xn--p1ai", ".0x1"]), PLAIN_PATH)
@settings(max_examples=2000, deadline=None)
def test_the_short_way_through_the_parser_says_what_ada_says(host, end, path):
    url = f"http://{host}{end}/{path}"
    if not PLAIN.match(url):
        return
    assert ada_url.normalize_url(url) == url


def assert_settled(url):
    """canonical_url(url) raises UrlError and nothing else, or is a name of itself."""
    try:
        name = canonical_url(url)
    except UrlError:
        return
    assert canonical_url(name) == name
    assert name.startswith("https://")
    assert canonical_url(address_of(url)) == name
    assert host_of(name)


def test_whatwg_cases_raise_nothing_else_and_settle(shared):
    path = shared / "hostile" / "urltestdata.json"
    cases = [case for case in json.loads(path.read_text("utf-8")) if isinstance(case, dict)]
    assert len(cases) > 800
    for case in cases:
        assert_settled(case["input"])
        assert_settled(case.get("href", ""))
        assert_settled(f"https://github.com/{case['input']}")
        assert_settled(f"https://www.youtube.com/watch?v={case['input']}")


def test_naughty_strings_raise_nothing_else(naughty_strings):
    for text in naughty_strings:
        assert_settled(text)
        assert_settled(f"http://example.com/{text}")
        assert_settled(f"https://mp.weixin.qq.com/s?__biz={text}&mid={text}")


HOSTS_TEXT = (
    "example.com EXAMPLE.com. arxiv.org youtu.be www.youtube.com www.bilibili.com b23.tv doi.org "
    "mp.weixin.qq.com zhuanlan.zhihu.com www.zhihu.com github.com a.medium.com x.com hf.co "
    "zh.m.wikipedia.org www.amazon.co.uk dl.acm.org aclanthology.org openreview.net 1.2.3.4 "
    "link.zhihu.com player.bilibili.com 例子.测试 a:443 a:80 a:8080"
)
HOSTS = st.sampled_from(HOSTS_TEXT.split())
WORDS_TEXT = (
    "abs pdf watch v=t70Bl3w7bxY list=PL video BV17x411w7KC av170001 p=2 s __biz=M%3d%3d mid=1 p "
    "question 12 answer tree master blob README.md a.git .git . .. %2e %2E%2e wiki zh-cn dp "
    "9152799727 gp product doi 10.1145 10.48550 arXiv.1706.03762v2 1706.03762v3 papers forum "
    "id=x i status web %41 %%341 % %25 %zz %2f ;jsessionid=1 ;js%65ssionid=2 a;jsessionid=1;x "
    "utm_source=1 %75tm_source=1 sid=1 viewtopic.php #!/x #/ ! target=http%3A%2F%2Fa.com%2F "
    "target=https%3a//link.zhihu.com/?target=x 776db04f965b x-776db04f965b é 你 \\ \t"
)
WORDS = st.sampled_from(WORDS_TEXT.split(" "))
GLUE = st.sampled_from(["/", "/", "/", "//", "?", "&", "#", ";", "", "=", "\\"])


@given(
    st.sampled_from(["http://", "https://", "HTTP:", "https:/"]),
    HOSTS,
    st.lists(st.tuples(GLUE, st.one_of(WORDS, st.text(string.printable, max_size=4))), max_size=7),
)
@settings(max_examples=2000, deadline=None)
def test_canonical_is_idempotent_on_likely_addresses(scheme, host, pieces):
    assert_settled(scheme + host + "".join(glue + word for glue, word in pieces))


@given(st.text(max_size=60))
@settings(max_examples=800, deadline=None)
def test_canonical_is_idempotent_on_any_text(text):
    assert_settled(text)
    assert_settled(f"http://example.com/{text}")
    assert_settled(f"http://{text}")
    assert_settled(f"http://a.com/?{text}")
