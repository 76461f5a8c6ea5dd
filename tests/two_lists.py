"""Two small lists that know of each work its author, stars, time and level: the second came later.

For tests of filters and of the page over several lists.
"""

from pathlib import Path

from cache.settings import Settings
from indexer.build import build

HEAD = "| Resource | Author | Date | Time | Stars | Level | Note |\n|" + " --- |" * 7 + "\n"

DEEP = [
    (
        "[Attention is all you need](https://arxiv.org/abs/1706.03762) | Ashish Vaswani"
        " | 2017-06-12 | 40 min | ⭐⭐⭐⭐ | advanced | The paper that names the transformer"
    ),
    (
        "[The illustrated transformer](https://jalammar.github.io/illustrated-transformer/)"
        " | Jay Alammar | 2018 | 1 hour | ⭐⭐⭐⭐⭐ | beginner | A transformer in pictures"
    ),
    (
        "[Let us build a transformer](https://www.youtube.com/watch?v=kCc8FmEb1nY)"
        " | Andrej Karpathy | 2023-01-17 | 2 hours | ⭐⭐⭐⭐⭐ | intermediate | A video"
    ),
    (
        "[Chain of thought prompting](https://arxiv.org/abs/2201.11903) | Jason Wei | 2022-01"
        " | 30 min | ⭐⭐⭐ | intermediate | A chain of thought helps a transformer"
    ),
    (
        "[Thoughts on a chain of transformers](https://export.arxiv.org/abs/2001.00001) | Ann Ng"
        " | 2020 | 20 min | ⭐ | advanced | Long chains, and a thought"
    ),
    (
        "[动手学深度学习：transformer](https://zh.d2l.ai/chapter_attention/transformer.html) | 李沐"
        " | 2021 | 3 hours | ⭐⭐⭐⭐ | beginner | 注意力机制的中文教程"
    ),
]
WEB = [
    (
        "[State-of-the-art web frameworks](https://github.com/example/frameworks) | Ada Byron"
        " | 2019 | | | | Frameworks for the web, beside a transformer of templates"
    ),
    (
        "[C++ - a primer](https://cpp.example.org/primer) | Lin Ng | 2015 | 10 hours | ⭐⭐ |"
        " beginner | Nothing about a transformer"
    ),
]


def write(path: Path, title: str, rows: list[str]) -> Path:
    """A list of rows in a table."""
    path.write_text(f"# {title}\n\n{HEAD}" + "".join(f"| {row} |\n" for row in rows), "utf-8")
    return path


def fill(home: Path, model: Path) -> None:
    """Build the two lists into home, by model, one build after the other."""
    folder = home.with_name("two lists")
    folder.mkdir(exist_ok=True)
    settings = Settings(home=home, model=str(model))
    build([str(write(folder / "awesome-deep.md", "Deep learning", DEEP))], settings, offline=True)
    build([str(write(folder / "awesome-web.md", "The web", WEB))], settings, offline=True)
