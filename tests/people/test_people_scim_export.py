"""SCIM exports: pages, attributes of the standards, our extension, and hostile documents."""

import datetime as dt
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import ConfigError
from byline.people.roster import Person, read_roster
from byline.people.rows import Dated

EMPLOYMENT = "urn:ietf:params:scim:schemas:extension:byline:2.0:Employment"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def user(identity, **more):
    return {
        "id": f"idp-{identity}", "externalId": identity, "userName": f"{identity}@x.example",
        EMPLOYMENT: {"start": "2020-01-01", "workerType": "employee"}, **more,
    }  # fmt: skip


def page(*users, total=None, start=1):
    return {"schemas": [LIST], "totalResults": len(users) if total is None else total,
            "startIndex": start, "itemsPerPage": len(users), "Resources": list(users)}  # fmt: skip


def write(folder, value, name="users.json"):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def read(folder, value):
    return read_roster(write(folder, value))


FULL = user(
    "p-1",
    name={"givenName": "Ada", "familyName": "Lang"},
    emails=[{"value": "Ada@x.example", "primary": True}, {"value": "a@old.example"}],
    addresses=[{"type": "home", "country": "FR"}, {"type": "work", "country": "DE"}],
    active="True",
    userType="FTE",
    meta={"lastModified": "2026-01-02T03:04:05Z"},
    **{
        ENTERPRISE: {"department": "Core", "organization": "Corp GmbH", "employeeNumber": "7"},
        EMPLOYMENT: {
            "employments": [
                {"start": "2017-05-01", "end": "2019-12-31", "workerType": "CW", "country": "FR",
                 "legalEntity": "Startup SAS", "separationType": "transfer",
                 "separationBatchId": "b-1", "collectiveAgreement": "Syntec", "unit": "Lab"},
                {"start": "2020-01-01"},
            ],
            "handles": ["ada", {"system": "github", "value": "Ada-L", "end": "2021-01-01"}],
            "addresses": [{"value": "a@old.example", "end": "2019-12-31"}],
        },
    },
)  # fmt: skip


def test_standard_enterprise_and_employment_attributes_are_read(tmp_path):
    (ada,) = read(tmp_path, page(FULL))
    old, new = ada.employments
    assert (ada.id, ada.name) == ("p-1", "Ada Lang")
    assert (old.worker_type, old.country, old.unit, old.legal_entity, old.separation_type) == (
        "contractor", "FR", "Lab", "Startup SAS", "transfer",
    )  # fmt: skip
    assert (old.separation_batch, old.collective_agreement, old.end) == (
        "b-1",
        "Syntec",
        dt.date(2019, 12, 31),
    )
    # What somebody is today describes the employment that goes on.
    assert (new.worker_type, new.country, new.unit, new.legal_entity) == (
        "employee",
        "DE",
        "Core",
        "Corp GmbH",
    )
    assert set(ada.addresses) == {
        Dated("ada@x.example"), Dated("p-1@x.example"), Dated("a@old.example", None, dt.date(2019, 12, 31)),
    }  # fmt: skip
    assert ada.handles == (Dated("ada"), Dated("github:ada-l", None, dt.date(2021, 1, 1)))


def test_today_is_not_said_of_an_employment_that_ended(tmp_path):
    ended = {"employments": [{"start": "2017-01-01", "end": "2018-01-01", "workerType": "intern"},
                             {"start": "2020-01-01", "workerType": "employee"}]}  # fmt: skip
    one = user("p", **{EMPLOYMENT: ended, ENTERPRISE: {"department": "Core"}},
               addresses=[{"country": "DE"}])  # fmt: skip
    (person,) = read(tmp_path, [one])
    assert [(e.unit, e.country) for e in person.employments] == [("", ""), ("Core", "DE")]


def test_names_of_attributes_have_no_case(tmp_path):
    text = json.dumps(page(FULL))
    for name in ("externalId", "displayName", "emails", "value", "employments", "workerType",
                 "legalEntity", "Resources", "totalResults"):  # fmt: skip
        text = text.replace(f'"{name}"', f'"{name.upper()}"')
    (tmp_path / "upper.json").write_text(text.replace(EMPLOYMENT, EMPLOYMENT.upper()))
    assert read_roster(tmp_path / "upper.json") == read(tmp_path, page(FULL))


def test_pages_in_one_file_or_in_a_folder_are_one_roster(tmp_path):
    pages = [page(user("a"), user("b"), total=3), page(user("c"), total=3, start=3)]
    expected = ["a", "b", "c"]
    assert [one.id for one in read(tmp_path, pages)] == expected
    for number, one in enumerate(pages):
        write(tmp_path / "pages", one, f"{number}.json")
    assert [one.id for one in read_roster(tmp_path / "pages")] == expected
    assert read(tmp_path, {"schemas": [LIST], "totalResults": 0}) == ()


def test_of_a_user_that_changed_while_paged_the_later_one_counts(tmp_path):
    earlier = user("a", displayName="Old", meta={"lastModified": "2026-01-01T10:00:00Z"})
    later = user("a", displayName="New", meta={"lastModified": "2026-01-01T12:00:00+01:00"})
    for pages in ([page(earlier, later)], [page(later, earlier)]):
        assert [one.name for one in read(tmp_path, pages)] == ["New"]
    assert len(read(tmp_path, page(earlier, earlier))) == 1


BAD = "/Resources/0"
EXTENSION = f"{BAD}/{EMPLOYMENT}"


@pytest.mark.parametrize(
    ("value", "place", "advice"),
    [
        (page(user("a"), total=2), ":/totalResults: the export has 2 users, but 1 are here", "every page"),
        (page(user("a"), user("a", displayName="B")), ":/Resources/1: a is also /Resources/0", "one resource"),
        (page(user("a", emails=[{"value": 7}])), f":{BAD}/emails/0/value: 7 is no string", "quotes"),
        (page(user("a", emails="a@x")), f':{BAD}/emails: "a@x" is no list', "a list"),
        (page(user("a", emails=["a@x"])), f':{BAD}/emails/0: "a@x" is no object', "attributes"),
        (page(user("a", active="maybe")), f':{BAD}/active: "maybe" is not true or false', "boolean"),
        (page(user("a", active=False)), f":{EXTENSION}: not active, but an employment has no `end`", "last day"),
        (page(user("a", meta={"lastModified": "soon"}), user("a", meta={"lastModified": "later"})),
         f":{BAD}/meta/lastModified: 'soon' is no date", "T09:30"),
        (page(user("a", **{EMPLOYMENT: {"start": "2020-01-01", "seperationType": "x"}})),
         f':{EXTENSION}/seperationType: unknown attribute "seperationType"', "`separationType`"),
        (page(user("a", **{EMPLOYMENT: {"start": "2020-01-01", "employments": [{}]}})),
         f":{EXTENSION}: `start` stands beside `employments`", "in the employment"),
        (page(user("a", **{EMPLOYMENT: []})), f":{EXTENSION}: a list is no object", "attributes"),
        (page(user("a", **{EMPLOYMENT: {"employments": [{"start": "2020-01-01", "workerType": "intern"},
                                                        {"start": "2021-01-01", "workerType": "intern"}]}})),
         f":{EXTENSION}/employments/1: with {EXTENSION}/employments/0, a has two", "end the earlier"),
        (page(user("a", userName="s@x"), user("b", userName="s@x")),
         f":/Resources/1/userName: s@x belongs to b here and to a on {BAD}/userName", "one person's"),
        (page(user("a", displayName="\ud800")), f":{BAD}/displayName: half of a surrogate", "whole"),
        (page(user("a", EXTERNALID="b")), f":{BAD}: one attribute is given twice", "without case"),
        ({"totalResults": 3}, ": neither a SCIM list response", "export"),
    ],
)  # fmt: skip
def test_mistakes_are_named_by_file_resource_and_attribute(tmp_path, value, place, advice):
    path = write(tmp_path, value)
    with pytest.raises(ConfigError) as caught:
        read_roster(path)
    assert f"{path}{place}" in str(caught.value)
    assert advice in caught.value.advice


def test_a_conflict_between_two_pages_names_both_files(tmp_path):
    one = write(tmp_path / "pages", page(user("a", userName="s@x")), "1.json")
    two = write(tmp_path / "pages", page(user("b", userName="s@x")), "2.json")
    with pytest.raises(ConfigError) as caught:
        read_roster(tmp_path / "pages")
    assert str(caught.value) == (
        f"{two}:/Resources/0/userName: s@x belongs to b here and to a on {one}:/Resources/0/userName"
    )


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "[" + "9" * 5_000 + "]", "nan", '{"Resources": NaN}', '"\\ud800"']
)
def test_a_hostile_document_ends_in_a_clear_error(tmp_path, text):
    (tmp_path / "u.json").write_text(text)
    with pytest.raises(ConfigError):
        read_roster(tmp_path / "u.json")


def test_an_empty_folder_is_said(tmp_path):
    with pytest.raises(ConfigError, match="holds no"):
        read_roster(tmp_path)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6),
    st.sampled_from(["2020-01-01", "2020-01-01T00:00:00Z", "employee", "DE", "a@x", "github:a", "\ud800"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["id", "externalId", "userName", "active", "emails", "value", "addresses", "country", "meta",
     "lastModified", "name", "givenName", "start", "end", "workerType", "employments", "handles",
     "system", "Resources", "totalResults", "separationType", EMPLOYMENT, ENTERPRISE, "department"]
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=12,
)


@st.composite
def nearly_right(draw):
    """A right export in which one value, somewhere, was replaced."""
    value = json.loads(json.dumps(page(FULL, user("p-2"))))
    at = value
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = draw(st.sampled_from(keys))
        inner = at[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            at[key] = draw(VALUES)
            return value
        at = inner


@given(VALUES | nearly_right())
def test_no_document_gives_anything_but_people_or_a_clear_error(value):
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), value)
        try:
            people = read_roster(path)
        except ConfigError as error:
            people, said = (), (str(error), error.advice)
        else:
            said = (str(path), "-")
    assert str(path) in said[0]
    assert said[1]
    assert all(isinstance(one, Person) and one.id and one.employments for one in people)
    repr(people).encode()
