"""Who an alias is: the order of the sources, the evidence, days, and every contradiction found."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import ConfigError
from byline.people.claims import ALWAYS, EPOCH
from byline.people.handles import forge_handles
from byline.people.identities import Directory, Resolver, check_identities
from byline.people.mailmap import parse_mailmap
from byline.people.roster import Employment, Person, refuse_shared
from byline.people.rows import Dated, Place
from byline.people.rules import Rule, template_pattern

WORK = (Employment("employee", "DE", "core", dt.date(2010, 1, 1), None),)
UUID = "0f3a9c1e-2222-4333-8444-abcdefabcdef"


def person(identity, name, *addresses, handles=()):
    dated = tuple(one if isinstance(one, Dated) else Dated(one) for one in addresses)
    held = tuple(one if isinstance(one, Dated) else Dated(one) for one in handles)
    return Person(identity, name, tuple(one.alias for one in dated), WORK, dated, held)


def rule(name, address, **more):
    return Rule(name, template_pattern(address), **more)


ADA = person("p-1", "Ada Müller", "ada@corp.example", handles=("github:ada-m", "adam"))
BO = person("p-2", "Bo van der Berg", "bo@corp.example", handles=("gitlab:bo",))


def who(directory, email, *, name="x", day="2020-01-01"):
    found = Resolver(directory).resolve(name, email)
    moment = (dt.date.fromisoformat(day) - EPOCH).days
    assert found[0].day == ALWAYS
    identity = [since.identity for since in found if since.day <= moment][-1]
    return identity.key, identity.population, identity.evidence


KNOWN = Directory(
    people=(ADA, BO),
    mailmap=parse_mailmap("Ada <ada@corp.example> <ada@laptop.example>\n"),
    aliases=(("bo@home.example", "p-2"),),
    rules=(
        rule("old", "{handle}@old.example", last=dt.date(2019, 12, 31)),
        rule("svn", "{handle}@{uuid}", first=dt.date(2012, 1, 1)),
        rule("names", "{first}.{last}@names.example"),
        rule("ids", "*+{id}@ids.example"),
        rule("moved", "{local}@moved.example", becomes="{local}@corp.example"),
        rule("one", "build-of-bo@*.example", person="p-2"),
        rule("host", "{handle}@lab.example", system="gitlab"),
    ),
)


@pytest.mark.parametrize(
    ("email", "day", "key", "evidence"),
    [
        ("ADA@corp.example", "2020-01-01", "p-1", "roster address"),
        ("Ada@Laptop.example", "2020-01-01", "p-1", "mailmap to ada@corp.example, roster address"),
        ("77+ada-m@users.noreply.github.com", "2020-01-01", "p-1", "roster handle github:ada-m"),
        ("adam@users.noreply.github.com", "2020-01-01", "p-1", "roster handle adam"),
        ("9-adam@users.noreply.gitlab.com", "2020-01-01", "p-1", "roster handle adam"),
        ("9-bo@users.noreply.gitlab.com", "2020-01-01", "p-2", "roster handle gitlab:bo"),
        ("adam@old.example", "2019-12-31", "p-1", "rule old"),
        (f"adam@{UUID}", "2012-01-01", "p-1", "rule svn"),
        ("Ada.Mueller@names.example", "2020-01-01", None, None),
        ("ada.muller@names.example", "2020-01-01", "p-1", "rule names"),
        ("bo.van-der-berg@names.example", "2020-01-01", "p-2", "rule names"),
        ("bo.berg@names.example", "2020-01-01", "p-2", "rule names"),
        ("x+P-2@ids.example", "2020-01-01", "p-2", "rule ids"),
        ("bo@moved.example", "2020-01-01", "p-2", "rule moved"),
        ("build-of-bo@x.example", "2020-01-01", "p-2", "rule one"),
        ("bo@lab.example", "2020-01-01", "p-2", "rule host"),
        ("bo@home.example", "2020-01-01", "p-2", "confirmed merge"),
        # What looks alike and is not the same.
        ("adam@old.example", "2020-01-01", None, None),
        (f"adam@{UUID}", "2011-12-31", None, None),
        (f"adam@{UUID}0", "2020-01-01", None, None),
        ("12-bo@users.noreply.github.com", "2020-01-01", None, None),
        ("bo@users.noreply.gitlab.com", "2020-01-01", None, None),
        ("ada-m@users.noreply.gitlab.com", "2020-01-01", None, None),
        ("1+ada-m@users.noreply.github.com.evil.example", "2020-01-01", None, None),
        ("ada-m@lab.example", "2020-01-01", None, None),
        ("ada.muller@names.example.evil", "2020-01-01", None, None),
    ],
)
def test_sources_are_asked_in_their_order_and_named(email, day, key, evidence):
    found = who(KNOWN, email, day=day)
    if key is None:
        assert found[0] not in ("p-1", "p-2")
        assert found[1] in ("outsider", "unknown")
    else:
        assert found == (key, "roster", evidence)


def test_names_alone_decide_nothing():
    assert who(KNOWN, "am@else.example", name="Ada Müller")[1] == "outsider"
    assert who(KNOWN, "", name="Ada Müller")[1] == "unknown"


def test_an_address_is_one_persons_until_a_day_and_anothers_from_another():
    old = person("p-1", "A", Dated("team@corp.example", last=dt.date(2015, 6, 30)))
    new = person("p-2", "B", Dated("team@corp.example", first=dt.date(2016, 1, 1)))
    known = Directory(people=(old, new))
    check_identities(known)
    for day, key, population in [
        ("1969-12-31", "p-1", "roster"), ("2015-06-30", "p-1", "roster"),
        ("2015-07-01", None, "unknown"), ("2015-12-31", None, "unknown"),
        ("2016-01-01", "p-2", "roster"), ("2200-01-01", "p-2", "roster"),
    ]:  # fmt: skip
        assert who(known, "TEAM@corp.example", day=day)[:2] == (key, population), day


def test_a_rule_that_fits_two_people_gives_the_address_to_neither():
    twins = (person("p-1", "Ada Lang"), person("p-2", "Ada Lang"))
    known = Directory(people=twins, rules=(rule("names", "{first}.{last}@x.example"),))
    check_identities(known)
    assert who(known, "ada.lang@x.example") == (None, "unknown", "rule names fits p-1, p-2")
    settled = Directory(known.people, rules=known.rules, aliases=(("ada.lang@x.example", "p-2"),))
    check_identities(settled)
    assert who(settled, "ada.lang@x.example") == ("p-2", "roster", "confirmed merge")


ROSTER_AT = Place(Path("roster.csv"), 2)


@pytest.mark.parametrize(
    ("known", "here", "there"),
    [
        (
            {"aliases": (("ada@corp.example", "p-2"),),
             "merge_places": (("ada@corp.example", "ledger entry 4"),)},
            "ledger entry 4: ada@corp.example is p-2 here", "p-1 at roster.csv:2",
        ),
        (
            {"mailmap": parse_mailmap("\nBo <bo@corp.example> <ada@corp.example>\n"),
             "mailmap_file": "mailmap"},
            "roster.csv:2: ada@corp.example is p-1 here",
            "p-2 at mailmap:2 (it stands for bo@corp.example)",
        ),
        (
            {"rules": (rule("one", "ada@*", person="p-2", place=Place(Path("rules.toml"), 7)),)},
            "rules.toml:7: ada@corp.example is p-2 here", "p-1 at roster.csv:2",
        ),
        (
            {"aliases": (("1+ada@users.noreply.github.com", "p-2"),),
             "merge_places": (("1+ada@users.noreply.github.com", "ledger entry 9"),)},
            "ledger entry 9: 1+ada@users.noreply.github.com is p-2 here", "p-1 at roster.csv:2",
        ),
    ],
)  # fmt: skip
def test_one_alias_on_two_people_names_both_places(known, here, there):
    ada = person(
        "p-1", "Ada", Dated("ada@corp.example", place=ROSTER_AT),
        handles=(Dated("ada", place=ROSTER_AT),),
    )  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        check_identities(Directory(people=(ada, BO), **known))
    assert here in str(caught.value)
    assert there in str(caught.value)


def test_two_rules_that_fit_one_recorded_address_are_refused_when_it_is_met():
    known = Directory(
        people=(ADA, BO),
        rules=(
            rule("a", "dev{id}@x.example", person=""),
            rule("b", "dev*@x.example", person="p-2"),
        ),
    )
    check_identities(known)
    assert who(known, "dev@x.example")[0] == "p-2"
    with pytest.raises(ConfigError, match=r"devp-1@x\.example is p-2 here, and p-1 at"):
        Resolver(known).resolve("x", "devp-1@x.example")


IDS = ("p-1", "p-2", "p-3")
WORDS = ("a", "b", "c")
DAYS = st.none() | st.integers(0, 4).map(lambda n: dt.date(2020, 1, 1 + n))


@st.composite
def companies(draw):
    """Small rosters, handles, merges and mailmaps in which contradictions are common."""
    people = []
    for identity in IDS:
        dated = []
        for word in draw(st.lists(st.sampled_from(WORDS), max_size=2)):
            first, last = draw(DAYS), draw(DAYS)
            if first and last and last < first:
                first, last = last, first
            dated.append(Dated(f"{word}@x", first, last))
        handles = draw(st.lists(st.sampled_from(WORDS), max_size=1))
        people.append(person(identity, identity, *dated, handles=handles))
    merged = draw(st.dictionaries(
        st.sampled_from([f"{w}@x" for w in WORDS] + ["1+a@users.noreply.github.com"]),
        st.sampled_from(IDS), max_size=2,
    ))  # fmt: skip
    pairs = draw(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), max_size=1))
    text = "".join(f"<{new}@x> <{old}@x>\n" for new, old in pairs)
    return Directory(tuple(people), parse_mailmap(text), aliases=tuple(sorted(merged.items())))


def holders(directory, email, day):
    """Everyone whom any source names, by asking each person in turn."""
    found = set()
    for proper in {email, *(one.email for one in directory.mailmap if one.old_email == email)}:
        for one in directory.people:
            keys = set(forge_handles(proper))
            held = [dated for dated in one.addresses if dated.alias == proper]
            held += [dated for dated in one.handles if f"github.com:{dated.alias}" in keys]
            for dated in held:
                if (dated.first or dt.date.min) <= day <= (dated.last or dt.date.max):
                    found.add(one.id)
        found |= {identity for address, identity in directory.aliases if address == proper}
    return found


@given(companies())
def test_every_contradiction_is_found_and_nothing_else_is_refused(directory):
    emails = [f"{word}@x" for word in WORDS] + ["1+a@users.noreply.github.com"]
    days = [dt.date(2019, 1, 1), *(dt.date(2020, 1, n) for n in range(1, 7)), dt.date(2021, 1, 1)]
    clash = any(len(holders(directory, e, day)) > 1 for e in emails for day in days)
    # A handle that two people have is a fault of the roster, even where no address shows it.
    handles = [dated.alias for one in directory.people for dated in one.handles]
    clash = clash or len(handles) != len(set(handles))
    try:
        refuse_shared(directory.people)
        check_identities(directory)
    except ConfigError:
        assert clash
        return
    assert not clash
    for email in emails:
        for day in days:
            key, population, _ = who(directory, email, day=day.isoformat())
            expected = holders(directory, email, day)
            assert ({key} if population == "roster" else set()) == expected
