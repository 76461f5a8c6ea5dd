"""Every command speaks the language of the terminal, and nothing of the other one."""

import json
import re
import shutil

import pytest
import typer

import cli
from benchmarks.docs_cli import commands
from tests.conftest import run
from tests.two_lists import DEEP, WEB, write

HAN = re.compile(r"[\u4e00-\u9fff]")
KNOWN = "https://arxiv.org/abs/1706.03762"

NAMES = re.compile(
    r"`[^`]*`|'[^']*'|\"[^\"]*\"|“[^”]*”|nextread [a-z]+.*|\S*[/=@|]\S*|\[[A-Z]+\]\S*|<[^>]*>"
    r"|--?[a-z][\w-]*( [A-Z|]+)?|\{[A-Z|]+\}|pip install.*|hf download.*"
)
"""What is the same in every language: commands, options, addresses, quoted words."""

COMMANDS = {
    "build": ["--offline"],
    "parse": ["{list}"],
    "save": ["{page}", "--url", "https://example.org/page"],
    "check": ["{list}", "--offline"],
    "search": ["transformer", "--explain"],
    "similar": [KNOWN],
    "path": ["transformer"],
    "recommend": [],
    "new": [],
    "digest": ["--since", "7d"],
    "mark": [KNOWN, "later"],
    "eval": ["{nothing}"],
    "status": [],
    "verify": [],
    "models": [],
    "serve": ["--host", "256.1.1.1", "--token", "x"],
    "publish": ["mysql://nowhere"],
    "mcp": ["--index", "mysql://nowhere"],
    "lists": [],
    "lists remove": ["no-such-list"],
    "cache import": ["{nothing}"],
    "cache export": ["{out}.warc.gz"],
    "export list": ["transformer", "--output", "{out}.md"],
    "export site": ["{out}"],
    "taste import": ["{nothing}"],
    "taste export": ["{out}.csv"],
}
WRONG = [
    ["search"],
    ["frobnicate"],
    ["serach", "x"],
    ["search", "x", "--frobnicate"],
    ["search", "x", "-k", "many"],
    ["search", "x", "-k", "0"],
    ["search", "x", "--level", "hard"],
    ["search", "x", "--after", "soon"],
    ["search", "x", "--since", "soon"],
    ["search", "x", "--list", "no-such-list"],
    ["search", ""],
    ["search", "qwxz vbnk"],
    ["similar", "https://nowhere.example.org/", "--index", "mysql://x"],
    ["path", "qwxz vbnk"],
    ["path", "x", "--hours", "-1"],
    ["mark", "no-such-work", "like"],
    ["build", "/no/such/list.md", "--offline"],
    ["check", "/no/such/list.md", "--offline"],
    ["parse", "/no/such/list.md"],
    ["save", "/no/such/page.html"],
    ["digest", "--since", "0d"],
]


@pytest.fixture
def places(two_home, tmp_path):
    """A home of one's own over two English lists, and files to name."""
    page = tmp_path / "page.html"
    page.write_text(f"<title>A page</title><p>{'A sentence to be read. ' * 40}</p>", "utf-8")
    return {
        "home": shutil.copytree(two_home, tmp_path / "home"),
        "list": write(tmp_path / "own.md", "Own", DEEP[:2]),
        "page": page,
        "out": tmp_path / "out",
        "nothing": tmp_path / "nothing",
    }


@pytest.fixture(scope="module")
def two_home(tiny_model, tiny_home, once):
    """Two lists without a Chinese word."""

    def filled(home):
        shutil.copytree(tiny_home / "vectors", home / "vectors")
        folder = home.with_name("english lists")
        folder.mkdir(exist_ok=True)
        rows = [row for row in DEEP if not HAN.search(row)]
        files = [write(folder / "deep.md", "Deep", rows), write(folder / "web.md", "Web", WEB)]
        (home / "settings.toml").write_text(f'model = "{tiny_model}"\n', "utf-8")
        ran = run("build", *map(str, files), "--offline", home=home)
        assert ran.code == 0, ran.err

    return once("english", filled)


def spoken(places, words, given, ui, monkeypatch):
    """What a command says; titles and notes of the lists left out."""
    monkeypatch.setenv("LC_ALL", {"en": "en_GB.UTF-8", "zh": "zh_CN.UTF-8"}[ui])
    ran = run(*words, *(text.format(**places) for text in given), home=places["home"])
    text = ran.out + ran.err
    found = run("search", "transformer", "--json", home=places["home"]).out
    titles = []
    for result in json.loads(found)["results"]:
        for mention in result["lists"]:
            titles += [result["title"], result["snippet"], mention["title"], mention["note"]]
            titles += [result["author"], *mention["section"]]
    for quoted in sorted({title for title in titles if title}, key=len, reverse=True):
        text = text.replace(quoted, "")
    return text


def english(text):
    """Sentences in English: three words in a row that are no names."""
    return re.findall(r"[A-Za-z]{2,}(?:[ ,:;]+[A-Za-z]{2,}){2,}", NAMES.sub("", text))


def test_no_command_is_left_out():
    every = {" ".join(words) for words in commands(typer.main.get_command(cli.app)) if words}
    assert set(COMMANDS) | {"cache", "export", "taste"} == every


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_speaks_one_language(words, places, monkeypatch):
    for ui in ("zh", "en"):
        text = spoken(places, words.split(), COMMANDS[words], ui, monkeypatch)
        assert not (english(text) if ui == "zh" else HAN.findall(text)), text


@pytest.mark.parametrize("words", ["", *COMMANDS])
def test_its_help_too(words, places, monkeypatch):
    for ui in ("zh", "en"):
        text = spoken(places, words.split(), ["--help"], ui, monkeypatch)
        assert not (english(text) if ui == "zh" else HAN.findall(text)), text
        assert HAN.search(text) or ui == "en"


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_goes_wrong_is_told_in_it(words, places, monkeypatch):
    for ui in ("zh", "en"):
        text = spoken(places, words, [], ui, monkeypatch)
        assert not (english(text) if ui == "zh" else HAN.findall(text)), text
        assert HAN.search(text) or ui == "en", text
