"""Which text of a page is taken: pages whose scripts, teasers and footers outweigh the article."""

from indexer.extract import html_text
from indexer.extract.article import _trimmed, article_text

PROSE = (
    "Attention lets every position of a sequence look at every other position, weigh what it"
    " finds there, and carry the sum of it on to the layer above without any recurrence. "
)
TEASERS = [
    f"<div><a href='/{n}'>Why the number {n} matters more than you would think today</a></div>"
    for n in range(60)
]


def text_of(source):
    tree = html_text.parse(f"<!doctype html><html><body>{source}</body></html>")
    html_text.drop_hidden(tree)
    return article_text(tree, thin=250)


def paragraphs(count):
    return "".join(f"<p>{n}. {PROSE}</p>" for n in range(count))


def test_a_script_is_no_text_beside_which_an_article_is_small():
    script = f"<script>const state = {'x' * 50_000!r}</script>"
    hidden = f"<div style='visibility:hidden'>{paragraphs(8)}</div>"
    assert "7. Attention" in text_of(f"{script}{hidden}<p>Footer.</p>")


def test_teasers_inside_the_marked_article_do_not_make_it_the_better_text():
    found = text_of(f"<article><h1>Attention</h1>{paragraphs(9)}{''.join(TEASERS)}</article>")
    assert "8. Attention" in found
    assert "matters more" not in found


def test_lines_at_the_ends_that_two_readers_leave_out_are_left_out():
    last = "<p><a href='/a'>Read also</a> <a href='/b'>ten more things about nothing</a></p>"
    tree = html_text.parse(f"<html><body>{paragraphs(6)}{last}</body></html>")
    prose = "\n\n".join(f"{n}. {PROSE}".strip() for n in range(6))
    text = f"# Attention\n\n{prose}\n\nRead also ten more things about nothing"
    assert _trimmed(text, prose, tree) == f"# Attention\n\n{prose}"
    assert _trimmed(text, "another article altogether " * 40, tree) == text


def test_chinese_paragraphs_are_prose_at_half_the_length():
    line = "注意力机制让序列中的每个位置都能看到其他所有位置，因此可以并行计算，学到远处的关系。"
    body = "".join(f"<p>第{n}段，{line * 2}</p>" for n in range(8))
    assert "第7段" in text_of(f"<article><h1>注意力</h1>{body}</article><footer>版权所有</footer>")
