"""The line of every key, in every way that TOML lets one be written."""

import tomllib

import pytest

from webapp.gateways.recipe.positions import positions_of
from webapp.gateways.recipe.problems import line_of
from webapp.gateways.registry import BUNDLED

AWKWARD = '''\
# [not] = "a table"
title = "a # no comment, = no key [x]"   # title = 2
text = """
[nor.this]
key = "x" ""\\" = """"
raw = \'\'\'
key = 'x'
\'\'\'
"quoted key" = 1
'single "key"' = 2
"esc\\u0061ped\\n" = 3
a.b . "c.d" = 4
list = [ # comment ]
  "one", "two",
  { x = 1, y = { z = [1,
    2] } },
  [], [[1], [
     2]],
]
inline = { p = "}", q.r = 'a', s = [{ t = 1979-05-27T07:32:00Z }, { u = +inf }] }
[ table . "sub.table" ]
one = 1e3
[[many]]
name = "first"
[many.child]
x = 1
[[many.grandchildren]]
[[many.grandchildren]]
y = """a
b"""
[[many]]
name = "second"
[[many.grandchildren]]
y = 0x1F
[later]
end = true'''


def paths(data, at=()):
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in items:
        yield (*at, name)
        yield from paths(value, (*at, name))


TEXTS = [AWKWARD, AWKWARD + "\n", AWKWARD.replace("\n", "\r\n"), *(path.read_text() for path in BUNDLED.glob("*.toml"))]


@pytest.mark.parametrize("text", TEXTS)
def test_every_key_of_a_text_has_a_line_and_nothing_else_has(text):
    assert set(positions_of(text)) == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("location", "words"),
    [
        (("title",), 'title = "a #'),
        (("text",), 'text = """'),
        (("raw",), "raw ="),
        (("quoted key",), '"quoted key"'),
        (('single "key"',), "'single"),
        (("escaped\n",), '"esc'),
        (("a", "b", "c.d"), "a.b ."),
        (("list", 1), '"one", "two"'),
        (("list", 2, "y", "z", 1), "2] } }"),
        (("list", 4, 1, 0), "2]],"),
        (("inline", "s", 1, "u"), "inline ="),
        (("table", "sub.table", "one"), "one = 1e3"),
        (("many", 0, "name"), 'name = "first"'),
        (("many", 0, "child", "x"), "x = 1"),
        (("many", 0, "grandchildren", 1, "y"), 'y = """a'),
        (("many", 1, "name"), 'name = "second"'),
        (("many", 1, "grandchildren", 0, "y"), "y = 0x1F"),
        (("later", "end"), "end = true"),
        (("later", "not there", "at all"), "[later]"),
        (("list", 2, "y", "nothing"), "{ x = 1, y"),
    ],
)
@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_line_is_the_one_on_which_the_key_stands(location, words, breaks):
    text = AWKWARD.replace("\n", breaks)
    assert words in text.split(breaks)[line_of(text, location) - 1]


@pytest.mark.parametrize("text", ["", "a", "a =", "[", "[a", "[[a]", 'a = "', "a = [1, {", "= 1", "a = \\", "a = [=]"])
def test_text_that_is_no_toml_ends_the_walk(text):
    assert isinstance(positions_of(text), dict)
    assert line_of(text, ("nothing",)) == 0
