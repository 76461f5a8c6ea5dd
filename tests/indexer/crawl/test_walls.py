import pytest

from cache.records import Page
from indexer.crawl.walls import blocked_reason


def reason(html, url="https://a.org/post", final=None, media="text/html"):
    page = Page(url, final or url, 200, media, "", "2024-01-01T00:00:00Z")
    return blocked_reason(page, html.encode() if isinstance(html, str) else html)


WALLS = [
    "<title>Just a moment...</title><body>Enable JavaScript and cookies to continue</body>",
    "<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>",
    "<title>Access Denied</title><h1>Access Denied</h1>You don't have permission to access this",
    "<title>Robot Check</title><p>Enter the characters you see below</p>",
    "<title>a.org</title><script>var dd={'host':'geo.captcha-delivery.com'}</script>",
    "<title>Pardon Our Interruption</title><p>As you were browsing something made us think</p>",
    "<body>Our systems have detected unusual traffic from your computer network.</body>",
    "<title>Log in to Example</title><form>user password</form>",
    "<title>Sign in · GitLab</title><form></form>",
    "<title>Verify you are human</title>",
    "<body>Please log in to continue reading.</body>",
    "<title>安全验证 - 知乎</title><p>系统监测到您的网络环境存在异常</p>",
    "<title>登录 - 某网站</title><form>手机号 密码</form>",
    "<body><p>请先登录后查看全文</p></body>",
    "<body><p>访问过于频繁，请稍后再试</p></body>",
    "<title>微信公众平台</title><p>环境异常 当前环境异常，完成验证后即可继续访问。</p>",
    '{"error":{"message":"您当前请求存在异常，暂时限制本次访问","code":40362}}',
    "<title>403 Forbidden</title><h1>403 Forbidden</h1>nginx",
]


@pytest.mark.parametrize("html", WALLS)
def test_walls_are_recognised(html):
    assert reason(html)


def test_a_wall_in_another_encoding_is_recognised():
    assert reason("<title>安全验证</title>".encode("gb18030"))


@pytest.mark.parametrize(
    "final",
    [
        "https://www.zhihu.com/signin?next=%2Fp%2F1",
        "https://www.zhihu.com/account/unhuman?type=S6E3V1",
        "https://a.org/login?return=/post",
        "https://sso.a.org/cas/login?service=x",
        "https://mp.weixin.qq.com/mp/wappoc_appmsgcaptcha?poc_token=1",
        "https://passport.csdn.net/login",
    ],
)
def test_redirects_to_logins_are_recognised(final):
    assert reason("<p>" + "anything " * 500, final=final)


def test_an_article_about_walls_is_an_article():
    text = "<p>" + "How captchas tell people from programs, in many words. " * 40
    for title in ("Access denied: a history", "Just a moment", "登录系统的设计", "Log in flows"):
        assert reason(f"<title>{title}</title>{text}") is None
    assert reason(text, url="https://a.org/login", final="https://a.org/login") is None
    assert reason("<title>Short note</title><p>Two lines about attention.</p>") is None
    assert reason("<title>博客</title><p>登录框的实现很简单。</p>") is None
    assert reason(b"%PDF-1.7 access denied", media="application/pdf") is None


def test_no_real_page_is_taken_for_a_wall(shared):
    pages = [*shared.glob("web/**/*.html"), *shared.glob("readability/*/source.html")]
    assert len(pages) > 100
    taken = {}
    for path in pages:
        found = reason(path.read_bytes())
        if found:
            taken[path.parent.name] = found
    assert taken == {}
