"""A roster from SCIM users says the same as one from CSV, and errors name the user."""

import json
from pathlib import Path
from typing import Any

import pytest

from byline.errors import ConfigError
from byline.people.roster import read_roster

EMPLOYMENT = "urn:ietf:params:scim:schemas:extension:byline:2.0:Employment"
CSV = """id,name,emails,worker_type,country,unit,start,end
p-1,Ada Lang,ada@x.example;ada@old.example,employee,DE,Core,2020-01-01,
p-2,Bo Riis,bo@x.example,contractor,US,Web,2021-03-01,2021-12-31
p-2,Bo Riis,bo@x.example,employee,US,Web,2022-02-01,
"""


def user(
    identity: str, name: str, emails: list[str], employment: Any, **more: Any
) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", EMPLOYMENT],
        "externalId": identity,
        "displayName": name,
        "emails": [{"value": email} for email in emails],
        EMPLOYMENT: employment,
        **more,
    }


ADA = user(
    "p-1", "Ada Lang", ["Ada@x.example", "ada@old.example"],
    {"start": "2020-01-01T00:00:00Z", "workerType": "Employee"},
    addresses=[{"country": "de"}],
    **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Core"}},
)  # fmt: skip
BO = user(
    "p-2", "Bo Riis", ["bo@x.example"],
    {
        "employments": [
            {"start": "2021-03-01", "end": "2021-12-31", "workerType": "contractor",
             "country": "US", "unit": "Web"},
            {"start": "2022-02-01", "workerType": "employee", "country": "US", "unit": "Web"},
        ]
    },
)  # fmt: skip


def write(folder: Path, value: Any) -> Path:
    path = folder / "users.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize("wrap", [lambda users: {"Resources": users}, list])
def test_scim_users_are_the_same_people_as_the_csv(tmp_path, wrap):
    (tmp_path / "roster.csv").write_text(CSV)
    assert read_roster(write(tmp_path, wrap([BO, ADA]))) == read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"Resources": [{**ADA, "externalId": ""}]}, ":/Resources/0: no `externalId`"),
        ([{key: value for key, value in ADA.items() if key != EMPLOYMENT}], ":/0: 0 employment"),
        (
            [user("p", "P", ["p@x.example"], {"start": "soon", "workerType": "intern"})],
            ":/0/urn:ietf:params:scim:schemas:extension:byline:2.0:Employment: `start`",
        ),
        (
            [user("p", "P", ["p@x.example"], {"start": "2020-01-01", "workerType": "boss"})],
            "`boss'",
        ),
        ([{**ADA, "active": False}], "not active, but an employment has no `end`"),
        ([ADA, user("p-9", "X", ["ada@X.example"], ADA[EMPLOYMENT])], "p-1 on /0"),
        ([user("p", "P", [], {"employments": []})], "holds no employment"),
        (["p-1"], ":/0: not a user"),
        ("users", "neither a SCIM list response nor a list of users"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path, value, place):
    with pytest.raises(ConfigError) as caught:
        read_roster(write(tmp_path, value))
    assert place.strip("`'") in str(caught.value)


def test_broken_json_names_its_line(tmp_path):
    (tmp_path / "users.json").write_text('{"Resources": [\n{]}')
    with pytest.raises(ConfigError, match=r"users\.json:2"):
        read_roster(tmp_path / "users.json")
    with pytest.raises(ConfigError, match="there is no"):
        read_roster(tmp_path / "none.json")
