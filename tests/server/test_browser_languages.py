"""Every state of the page, read through in both languages: none says a sentence of the other."""

import re
from typing import Any

import pytest

from tests.server.test_browser import PHONE

HAN = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){1,}")
"""Two words in a row."""

QUOTED = (
    "h1, h3 a, h3 span, .snippet, .title, bdi, code, mark, q, #ui, .choices [dir], .taken, "
    ".legend [dir], .aslist [dir], .aslist li, .understood, .tools a[href*='feed'], noscript"
)
"""Where the page quotes lists, pages and what was typed, and names what has one name."""

STATES = {
    "start": ("/", ".example", None),
    "results": ("/?q=transformer", ".result .acts", None),
    "level": ("/?q=transformer&level=advanced", ".levelgroup", None),
    "why": ("/?q=transformer", ".result .acts", ".act[aria-expanded]"),
    "marked": ("/?q=transformer", ".result .acts", ".mark >> nth=0"),
    "filters": ("/?q=transformer", ".result .acts", ".more summary"),
    "narrowed": ("/?q=transformer&kind=paper&min_stars=3&unread=true", ".taken", None),
    "nothing": ("/?q=qwxzvbnk", "h2", None),
    "no results": ("/?q=transformer&site=nowhere.example.org", ".note", None),
    "refused": ("/?q=x&after=soon", ".note", None),
    "path": ("/?view=path", ".pathform", None),
    "path drawn": ("/?view=path&topic=transformer", ".step .because", None),
    "no path": ("/?view=path&topic=qwxz", ".note", None),
    "map": ("/?view=map", ".legend", ".aslist > summary"),
    "map by level": ("/?view=map&by=level", ".legend", None),
    "map lit": ("/?view=map&q=transformer", ".chosen .result", None),
    "new": ("/?view=new", "h2", None),
    "for you": ("/?view=recommend", "h2", None),
    "tools": ("/?view=tools", ".toolcard", None),
    "similar": ("/?view=like&url=https%3A%2F%2Farxiv.org%2Fabs%2F1706.03762", ".origin", None),
    "unknown": ("/?view=like&url=https%3A%2F%2Fexample.org%2F&title=x", ".origin", None),
}

SAID = """(quoted) => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll(quoted + ", script, [hidden]").forEach((one) => one.remove());
  copy.querySelectorAll("*").forEach((one) => one.append(" | "));
  const named = [...document.querySelectorAll("[aria-label], [placeholder], [title]")]
    .filter((one) => !one.matches(quoted) && !one.matches(".chip, .map, .marks *"))
    .flatMap((one) => ["aria-label", "placeholder", "title"].map((name) => one.getAttribute(name)));
  return [copy.textContent, document.title, ...named.filter(Boolean)].join(" | ");
}"""


@pytest.mark.parametrize("ui", ["zh", "en"])
@pytest.mark.parametrize("state", STATES)
def test_a_state_of_the_page_speaks_one_language(
    two: Any, visits: Any, state: str, ui: str
) -> None:
    visits.expected = ("400", "404")
    address, ready, press = STATES[state]
    page = visits.open(two.url + address, locale={"zh": "zh-CN", "en": "en-GB"}[ui])
    page.wait_for_selector(ready)
    page.wait_for_function("() => !document.querySelector('.bone, [aria-busy]')")
    if press:
        page.locator(press).first.click()
        page.wait_for_timeout(150)
    text = page.evaluate(SAID, QUOTED + (", #status" if state == "marked" else ""))  # has a title
    if state == "marked":
        page.locator(press).first.click()
        page.wait_for_function("() => !document.querySelector('.mark[aria-pressed=true]')")
    found = (ENGLISH if ui == "zh" else HAN).findall(text)
    assert found == []
    assert ui == "en" or HAN.search(text)


def test_names_of_lists_are_as_short_as_tells_them_apart(two: Any, visits: Any) -> None:
    page = visits.open(f"{two.url}/?q=transformer", viewport=PHONE)
    page.wait_for_selector(".result .acts")
    names = page.evaluate(
        """async () => {
          const { listNames } = await import(document.querySelector('script[type=module]').src
            .replace('app.js', 'filters.js'));
          return listNames(['a__awesome-ml.md', 'b__awesome-ml.md', 'c__go.md', 'own.md']);
        }"""
    )
    assert names == ["a/awesome-ml", "b/awesome-ml", "go", "own"]
