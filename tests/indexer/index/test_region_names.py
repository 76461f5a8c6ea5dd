"""What regions of the map are called: topics that curators name, never their lists."""

from cache.records import Entry, Resource
from indexer.index.region_names import LONGEST, Words


def work(number, title, *mentions):
    """A resource that lists name, each mention a list and the headings above it."""
    url = f"https://example.org/{number}"
    named = tuple(Entry(lst, url, title, section=tuple(section)) for lst, section in mentions)
    return Resource(f"{number:016x}", url, (), title, None, None, named)


def named(inside, outside, **more):
    words = Words([*inside, *outside])
    return words.name(range(len(inside)), range(len(inside) + len(outside)), (), **more)


def elsewhere(start=1000, count=40):
    return [
        work(start + n, f"Thing {n}", ("other.md", ("Garden", f"Bed {n % 4}")))
        for n in range(count)
    ]


def test_a_region_is_called_by_the_topic_of_its_list_not_by_the_list():
    go = [work(n, f"lib{n}", ("go.md", ("Awesome Go", f"Part {n}"))) for n in range(30)]
    assert named(go, elsewhere()) == {"en": "Go"}
    java = [work(n, f"库{n}", ("j.md", ("Java资源大全中文版", f"第{n}节"))) for n in range(30)]
    assert named(java, elsewhere())["en"] == "Java"


def test_a_long_title_of_a_list_and_what_only_orders_it_are_no_topics():
    title = "Free books of every kind"
    inside = [
        work(n, f"x{n}", ("b.md", (title, "BY SUBJECT", "Misc", "Algebra"[: 7 * (n % 2)])))
        for n in range(30)
    ]
    assert named(inside, elsewhere()) == {"en": "Algebra"}


def test_a_topic_of_several_lists_comes_before_a_larger_section_of_one():
    inside = [work(n, f"x{n}", ("a.md", ("A", "Odds and Ends"))) for n in range(24)]
    inside += [
        work(100 + n, f"y{n}", (f"{n % 4}.md", (f"L{n % 4}", ("Databases", "Database")[n % 2])))
        for n in range(20)
    ]
    whole = [
        work(500 + n, f"z{n}", (f"{lst}.md", (f"L{lst}", f"S{n}")))
        for n, lst in enumerate("aaaaaa0123" * 6)
    ]
    assert named(inside, [*elsewhere(), *whole])["en"] in {"Databases", "Database"}


def test_titles_that_say_a_heading_of_several_words_count_for_it():
    said = [work(n, f"Notes on graph theory, part {n}") for n in range(12)]
    headed = [work(50 + n, f"w{n}", ("g.md", ("G", "Graph Theory"))) for n in range(4)]
    other = [work(80 + n, f"v{n}", ("g.md", ("G", "Knots"))) for n in range(8)]
    assert named([*said, *headed], [*other, *elsewhere()])["en"] == "Graph Theory"


def test_each_language_has_its_own_name_where_it_has_one():
    inside = [work(n, f"x{n}", ("a.md", ("A", "Machine Learning"))) for n in range(12)]
    inside += [work(50 + n, f"机器{n}", ("z.md", ("Z 目录", "机器学习"))) for n in range(8)]
    more = [work(90 + n, f"花{n}", ("z.md", ("Z 目录", "园艺"))) for n in range(20)]
    more += [work(150 + n, f"q{n}", ("a.md", ("A", "Roses"))) for n in range(20)]
    assert named(inside, more) == {"en": "Machine Learning", "zh": "机器学习"}
    assert set(named(inside[:12], more)) == {"en"}


def test_two_topics_stand_side_by_side_where_both_tell_the_region_apart():
    inside = [work(n, f"x{n}", ("a.md", ("A", ("Chess", "Sailing")[n % 2]))) for n in range(40)]
    outside = [*elsewhere(), *[work(900 + n, "w", ("a.md", ("A", f"S{n}"))) for n in range(60)]]
    assert named(inside, outside, most=2) == {"en": "Chess · Sailing"}
    assert named(inside, outside) == {"en": "Chess"}
    words = Words([*inside, *outside])
    assert words.name(range(40), range(140), ["Go · Chess"])["en"] == "Sailing"


def test_capitals_throughout_and_what_stands_in_brackets_are_style():
    inside = [work(n, f"x{n}", ("a.md", ("A", "DATA SCIENCE (see also below)"))) for n in range(9)]
    outside = [*elsewhere(), *[work(900 + n, "w", ("a.md", ("A", f"S{n}"))) for n in range(20)]]
    [name] = named(inside, outside).values()
    assert name == "Data Science"
    assert len(name) <= LONGEST
