"""Login walls, captchas and block pages, recognised so that their words are never indexed.

A wall is short: a long text that speaks of captchas is an article. Must not know how a page was
fetched or what it would have held.
"""

import re
from urllib.parse import urlsplit

from cache.records import Page

_HEAD = 512 << 10  # bytes of a page that are looked at
_SHORT = 1200  # visible characters: more than this is an article whatever its title says
_TINY = 500  # visible characters of a page whose words alone give it away

_MARKUP = {
    b"cf_chl_opt": "Cloudflare challenge",
    b"/cdn-cgi/challenge-platform/h/": "Cloudflare challenge",
    b"captcha-delivery.com": "DataDome captcha",
    b"px-captcha": "PerimeterX captcha",
    b"_incapsula_resource": "Imperva block page",
    b"awswafcookiedomainlist": "AWS captcha",
    b"wappoc_appmsgcaptcha": "WeChat captcha",
    b"authwall": "login wall",
    b'action="https://consent.': "consent page",
    b"/das_captcha": "YouTube captcha",
    b"risk-captcha": "Bilibili captcha",
}
_TITLES = re.compile(
    r"just a moment|attention required|access denied|access to this page has been denied"
    r"|are you a robot|robot check|pardon our interruption|security check|human verification"
    r"|verify(?:ing)? (?:that )?you are (?:a )?human|captcha|ddos-guard|403 forbidden|blocked"
    r"|(?:please )?(?:log|sign) in\b|login\b|sign up\b"
    r"|安全验证|安全驗證|人机验证|環境異常|环境异常|访问受限|访问被拒绝|访问异常|滑动验证|验证码"
    r"|登录|登入|請登入|请登录",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"enable javascript and cookies to continue|checking your browser|unusual traffic"
    r"|verify (?:that )?you are (?:a )?human|complete the (?:captcha|security check)"
    r"|you have been blocked|you don't have permission to access|access denied"
    r"|(?:log|sign) in to (?:continue|view|see|read)|environment (?:is )?abnormal"
    r"|completing verification|request could not be satisfied"
    r"|当前环境异常|環境異常|环境异常|完成验证后即可继续|安全验证|请求存在异常|访问过于频繁"
    r"|系统检测到|请先登录|登录后(?:查看|继续|即可)|登录即可查看|请登录后|請先登入|拖动滑块|输入验证码"
    r"|该内容已被发布者删除|此内容因违规无法查看|此内容被投诉|该公众号已迁移|内容不存在|该内容暂时无法查看"
    r"|此(?:帐|账)号已(?:被屏蔽|自主注销)",
    re.IGNORECASE,
)
_LOGIN_PATH = re.compile(
    r"/(?:login|log-in|signin|sign-in|sign_in|sign_up|signup|authwall|unhuman|captcha|passport"
    r"|wappoc_appmsgcaptcha|challenge|sso|cas/login)(?:[/.]|$)",
    re.IGNORECASE,
)
_CONSENT = re.compile(r"consent\.(?:youtube|google|yahoo)\.|(?:www\.)?google\.[a-z.]+/sorry/")
# Both take time linear in the page: nothing is searched for twice from the same open bracket.
_TITLE = re.compile(r"<title[^<>]*>(.*?)(?:</title>|\Z)", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(
    r"<(script|style|template|svg|head)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)


def blocked_reason(page: Page, body: bytes) -> str | None:
    """Why page is a wall rather than what was asked for, or None."""
    asked, answered = urlsplit(page.url), urlsplit(page.final_url)
    if _LOGIN_PATH.search(answered.path) and not _LOGIN_PATH.search(asked.path):
        return "redirected to a login or captcha page"
    if _CONSENT.match(f"{answered.hostname}{answered.path}"):
        return "redirected to a consent or captcha page"
    if page.media_type.startswith("application/pdf"):
        return None
    text = _decoded(body[:_HEAD])
    visible = " ".join(_UNSEEN.sub(" ", text).split())
    if len(visible) > _SHORT or len(body) > _HEAD:
        return None
    lowered = body.lower()
    for mark, name in _MARKUP.items():
        if mark in lowered:
            return name
    title = _TITLE.search(text)
    named = title and _TITLES.match(" ".join(title.group(1).split()))
    if named:
        return f"block page titled {named.group(0)!r}"
    words = _WORDS.search(visible) if len(visible) <= _TINY else None
    return f"block page that says {words.group(0)!r}" if words else None


def _decoded(data: bytes) -> str:
    """Enough to recognise words: UTF-8, else GB 18030, which holds every Chinese page left."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
