"""Rule files: every mistake has its line, and no pattern takes more than linear time."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import ConfigError
from byline.people.claims import RuleIndex, name_keys
from byline.people.roster import Employment, Person
from byline.people.rules import compiled, read_rules, template_pattern

GOOD = """# made by people operations
[[rule]]
name = "old"
address = "{handle}@old.example"
until = 2019-12-31

[[rule]]
name = "lab"
pattern = '(?P<first>[a-z]+)[._](?P<last>[a-z-]+)@lab\\.example'
from = 2015-01-01
"""


def write(folder, text):
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_rules_are_read_in_order_with_their_days_and_places(tmp_path):
    path = write(tmp_path, GOOD)
    old, lab = read_rules(path)
    assert (old.name, old.first, old.last, str(old.place)) == (
        "old",
        None,
        dt.date(2019, 12, 31),
        f"{path}:2",
    )
    assert (lab.name, lab.first, str(lab.place)) == ("lab", dt.date(2015, 1, 1), f"{path}:7")


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("[[rules]]\n", ":1: not a list of rules", "[[rule]]"),
        ("[rule]\nname = 'x'\n", ":1: not a list of rules", "[[rule]]"),
        ("x = [\n", ": ", "toml"),
        ('[[rule]]\naddress = "{handle}@x"\n', ":1: a rule has no `name`", "evidence"),
        ('[[rule]]\nname = "a"\n', ":1: rule a needs one of `address` and `pattern`", "{handle}"),
        ('[[rule]]\nname = "a"\naddress = "{id}@x"\npattern = "x"\n', ":1: rule a needs one", "RE2"),
        ('[[rule]]\nname = "a"\nadress = "{id}@x"\n', ":3: unknown key `adress`", "`address`"),
        ('[[rule]]\nname = 3\naddress = "{id}@x"\n', ":2: `name` is no string", "quotes"),
        ('[[rule]]\nname = "a"\naddress = "{id}@x"\nfrom = "2020"\n', ":4: `from` is no date", "2019-12-31"),
        ('[[rule]]\nname = "a"\naddress = "{id}@x"\nfrom = 2020-01-02\nuntil = 2020-01-01\n',
         ":5: rule a ends before it starts", "correct"),
        ('[[rule]]\nname = "a"\npattern = "(?P<id>x"\n', ":3: rule a is no RE2 pattern", "syntax"),
        ('[[rule]]\nname = "a"\npattern = "(?P<id>x)(?=y)"\n', ":3: rule a is no RE2 pattern", "syntax"),
        ('[[rule]]\nname = "a"\naddress = "x@y"\n', ":3: rule a must say in one way who it is", "person"),
        ('[[rule]]\nname = "a"\naddress = "{first}@y"\n', ":3: rule a must say in one way", "last"),
        ('[[rule]]\nname = "a"\naddress = "{id}.{handle}@y"\n', ":3: rule a must say in one way", "last"),
        ('[[rule]]\nname = "a"\naddress = "{id}@y"\nperson = "p"\n', ":3: rule a must say in one way", "last"),
        ('[[rule]]\nname = "a"\naddress = "{Id}@y"\n', ":3: rule a has a brace that names nothing", "{uuid}"),
        ('[[rule]]\nname = "a"\naddress = "{id}@y"\nsystem = "gitlab"\n', ":3: rule a has a `system`", "remove"),
        ('[[rule]]\nname = "a"\naddress = "{x}@y"\nbecomes = "{z}@y"\n', ":3: rule a has no part {z}", "name it"),
        (GOOD + GOOD, ":12: two rules are named old, with line 2", "its own name"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_line_and_fix(tmp_path, text, message, advice):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_rules(path)
    assert f"{path}{message}" in str(caught.value)
    assert advice in caught.value.advice


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match="there is no"):
        read_rules(tmp_path / "none.toml")


@given(st.text(st.sampled_from("ab.+*?[](|)^$\\@- é"), max_size=12))
def test_a_template_means_its_own_letters(text):
    plain = text.replace("*", "")
    assert compiled(template_pattern(plain)).fullmatch(plain)
    assert compiled(template_pattern(plain + "*")).fullmatch(plain + "xyz")
    assert not compiled(template_pattern(plain)).fullmatch(plain + "x")


def test_hundreds_of_rules_and_a_hostile_address_are_answered(tmp_path):
    text = "".join(
        f"[[rule]]\nname = 'r{n}'\npattern = '(?:[a-z]+[.])+(?P<id>[a-z0-9-]+)@host{n}[.]example'\n"
        for n in range(300)
    )
    working = (Employment("employee", "DE", "u", dt.date(2020, 1, 1), None),)
    index = RuleIndex(read_rules(write(tmp_path, text)), [Person("p-7", "P", (), working)], {})
    assert [one.evidence for one in index.claims("a.p-7@host299.example")] == ["rule r299"]
    assert not list(index.claims("a." * 50_000 + "@host1.exampl"))


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Ada Müller-Lang", {("ada", "mullerlang")}),
        ("Bo van der Berg", {("bo", "berg"), ("bo", "vanderberg")}),
        ("Berg, Bo", {("bo", "berg")}),
        ("Prince", set()),
        ("", set()),
        ("Ngô Thị Ánh", {("ngo", "anh"), ("ngo", "thianh")}),
    ],
)
def test_a_full_name_has_these_first_and_last_names(name, keys):
    assert name_keys(name) == keys
