"""Requests signed by a person's own key, hostile ones too; what is said, said again, and when."""

import datetime as dt
import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import HostileInputError, RefusedError
from byline.proof.errors import KeyFileError, MalformedError
from byline.proof.personal import (
    MAX_REQUEST_BYTES,
    PersonalKey,
    generate_personal_key,
    load_personal_key,
    recovery_code,
    save_personal_key,
    seed_of_code,
    sign_request,
)
from byline.terms.events import BasisEvent
from byline.terms.personal_keys import counting_keys, key_row, keys_of
from byline.terms.recording import COUNTERED_BY, events_to_record, identified
from byline.terms.requests import KINDS, MOST_DAYS, accept_request, make_request
from byline.terms.sayings import fold, sayings_of

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
ADA = generate_personal_key("p-1", organisation="Harbour")
BOB = generate_personal_key("p-2", organisation="Harbour")
KEYS = [
    key_row("p-1", ADA.public_key, action="issued", at=NOW),
    key_row("p-2", BOB.public_key, action="issued", at=NOW),
]


def accept(data, *, keys=KEYS, requests=(), organisation="Harbour", person="p-1", now=NOW):
    return accept_request(
        data, kinds=("objected",), organisation=organisation, keys=keys, requests=requests,
        now=now, person=person,
    )  # fmt: skip


def content(**other):
    return {
        "kind": "objected", "person": "p-1", "organisation": "Harbour", "classes": ["*"],
        "purposes": ["*"], "at": "2026-11-24T12:00:00Z", "nonce": "0" * 32, "expires": None,
        **other,
    }  # fmt: skip


def test_a_request_is_accepted_once_and_says_what_was_signed():
    data = make_request("objected", key=ADA, at=NOW, classes=["code"], purposes=["code_review"])
    accepted = accept(data)
    event = accepted.as_event()
    assert (event.person, event.kind, event.at) == ("p-1", "objected", NOW)
    assert (event.classes, event.purposes) == (("code",), ("code_review",))
    assert event.method == "signed request"
    row = accepted.as_row()
    assert json.loads(json.dumps(row))["content"]["public_key"] == ADA.public_key
    with pytest.raises(RefusedError, match="accepted before"):
        accept(data, requests=[row])
    assert accept(json.dumps(json.loads(data), indent=7).encode()) == accepted


def resigned(change, key=ADA):
    return sign_request(content(**change), key)


def forged(change):
    value = json.loads(make_request("objected", key=ADA, at=NOW))
    change(value)
    return json.dumps(value).encode()


REFUSED = {
    "another person's key": (
        resigned({}, BOB), {}, "not issued to this person",
    ),
    "a key nobody issued": (
        resigned({}, generate_personal_key("p-1", organisation="Harbour")), {}, "not issued",
    ),
    "a key that was revoked": (
        resigned({}),
        {"keys": [*KEYS, key_row("p-1", ADA.public_key, action="revoked", at=NOW)]},
        "counts no more",
    ),
    "another organisation": (resigned({}), {"organisation": "Pier"}, "another organisation"),
    "somebody else's": (resigned({}), {"person": "p-2"}, "somebody else"),
    "another kind": (resigned({"kind": "erase"}), {}, "not asked here"),
    "from the future": (resigned({"at": "2026-11-24T13:00:00Z"}), {}, "in the future"),
    "too old": (resigned({}), {"now": NOW + dt.timedelta(days=MOST_DAYS, seconds=1)}, "days ago"),
    "no date": (resigned({"at": "2026-13-41T12:00:00Z"}), {}, "request's"),
    "a class unknown": (resigned({"classes": ["poetry"]}), {}, "poetry"),
    "no purposes": (resigned({"purposes": []}), {}, "purposes"),
    "a purpose twice": (resigned({"purposes": ["repair", "repair"]}), {}, "twice"),
    "a key too many": (resigned({"manager": "m"}), {}, "manager"),
    "an objection that expires": (resigned({"expires": "2027-01-01"}), {}, "only a consent"),
    "a word changed": (
        forged(lambda value: value["request"].update(kind="consent_given")), {}, "does not hold",
    ),
    "another key put in": (
        forged(lambda value: value.update(public_key=BOB.public_key)), {}, "does not hold",
    ),
    "a key of small order": (
        forged(lambda value: value.update(public_key="01" + "00" * 31, signature="01" + "00" * 63)),
        {}, "not hold|not issued",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_count_is_refused_with_its_reason(case):
    data, others, words = REFUSED[case]
    with pytest.raises(RefusedError, match=words):
        accept(data, **others)


WHOLE = make_request("objected", key=ADA, at=NOW)
HOSTILE = {
    "nothing": b"",
    "cut short": WHOLE[:-40],
    "huge": WHOLE + b" " * MAX_REQUEST_BYTES,
    "deep": b'{"request":' * 1000 + b"1" + b"}" * 1000,
    "deep brackets": b"[" * 16_000,
    "no text": b"\xff\xfe\x00",
    "no object": b"[1]",
    "a number of many digits": b'{"form": ' + b"9" * 10_000 + b"}",
    "a key twice": b'{"form": 1, ' + WHOLE[1:],
    "not a number": json.dumps(json.loads(WHOLE) | {"request": {"a": float("nan")}}).encode(),
    "a lone surrogate": json.dumps(json.loads(WHOLE) | {"request": {"a": "\ud800"}}).encode(),
    "nested content": forged(lambda value: value["request"].update(a=json.loads("[" * 90 + "]" * 90))),
    "capital digits": WHOLE.replace(ADA.public_key.encode(), ADA.public_key.upper().encode()),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_request_is_refused_as_such(case):
    with pytest.raises(HostileInputError, match="no signed request") as caught:
        accept(HOSTILE[case])
    assert len(str(caught.value)) < 500


@given(st.binary(max_size=60), st.integers(0, len(WHOLE)))
def test_no_bytes_pass_for_a_request(noise, at):
    data = WHOLE[:at] + noise + WHOLE[at + len(noise) :]
    try:
        accepted = accept(data)
    except (HostileInputError, RefusedError):
        return
    assert accepted == accept(WHOLE)


def test_a_key_file_is_private_written_once_and_read_back(tmp_path):
    place = tmp_path / "ada.key"
    save_personal_key(place, ADA)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert load_personal_key(place) == ADA
    with pytest.raises(KeyFileError, match="there is one"):
        save_personal_key(place, BOB)
    place.chmod(0o644)
    with pytest.raises(KeyFileError, match="0600"):
        load_personal_key(place)
    place.chmod(0o600)
    place.write_text("{}")
    with pytest.raises(KeyFileError, match="personal key"):
        load_personal_key(place)
    assert ADA.seed.hex() not in repr(ADA)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 55), st.sampled_from("ABCDEFGHJ234567"))
def test_a_recovery_code_gives_the_seed_back_and_knows_a_wrong_sign(seed, at, sign):
    code = recovery_code(seed)
    assert seed_of_code(f" {code.lower().replace('-', ' ')}\n") == seed
    signs = code.replace("-", "")
    wrong = signs[:at] + sign + signs[at + 1 :]
    for bad in (*([wrong] if wrong != signs else []), signs[:-1], signs + "A", "é" + signs[1:]):
        with pytest.raises(MalformedError, match="recovery code"):
            seed_of_code(bad)
    assert PersonalKey("p", "o", seed).public_key == PersonalKey("p", "o", seed).public_key


def test_a_key_that_ended_never_counts_again():
    rows = [
        key_row("p-1", "a", action="issued", at=NOW),
        key_row("p-1", "a", action="replaced", at=NOW),
        key_row("p-1", "b", action="issued", at=NOW),
        key_row("p-1", "a", action="issued", at=NOW),
        key_row("p-1", "c", action="revoked", at=NOW),
        key_row("p-2", "d", action="issued", at=NOW),
    ]
    assert counting_keys(rows, "p-1") == ("b",)
    assert [(one.public_key, one.action) for one in keys_of(rows, "p-1")] == [
        ("a", "replaced"), ("b", "issued"),
    ]  # fmt: skip


AS_OF = dt.date(2026, 11, 24)
RESTRICTS = ("withdrawn", "objected", "paused")


def said(kind, at, **other):
    return BasisEvent(id="", person="p-1", at=at, kind=kind, **other)


def stands(held, kind, as_of):
    sayings = sayings_of(held, as_of=as_of).get("p-1", ())
    return fold([one for one in sayings if one.covers(work_class="code", purpose="repair")]).stands(
        kind
    )


@given(
    st.sampled_from(RESTRICTS),
    st.lists(st.booleans(), max_size=6),
    st.sampled_from([AS_OF, AS_OF - dt.timedelta(days=90)]),
)
def test_the_last_word_stands_and_saying_it_again_adds_nothing(kind, words, as_of):
    held: list[BasisEvent] = []
    [lifting] = COUNTERED_BY[kind]
    for number, restricts in enumerate(words):
        now = NOW + dt.timedelta(minutes=number)
        word = said(kind if restricts else lifting, now)
        held += events_to_record(word, held=held, as_of=as_of)
        again = said(word.kind, now + dt.timedelta(seconds=5))
        assert events_to_record(again, held=held, as_of=as_of) == ()
        assert stands(held, kind, AS_OF) == restricts
        if restricts:
            assert stands(held, kind, as_of)
    if as_of < AS_OF and True in words:
        assert stands(held, kind, as_of)  # what permits is never dated back


def test_what_lifts_a_day_begins_after_it():
    [event] = events_to_record(said("reinstated", NOW), held=[], as_of=AS_OF, whole_days={AS_OF})
    assert event.at == dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def test_consent_to_another_day_is_another_consent():
    first = said("consent_given", NOW, expires=dt.date(2027, 1, 1))
    held = list(events_to_record(first, held=[], as_of=AS_OF))
    later = said("consent_given", NOW + dt.timedelta(days=1), expires=dt.date(2028, 1, 1))
    [event] = events_to_record(later, held=held, as_of=AS_OF)
    assert event.at == later.at


def test_an_id_is_the_hash_of_what_is_said():
    one = identified(said("objected", NOW, classes=("code", "design"), note="a"))
    other = identified(said("objected", NOW, classes=("design", "code"), note="b"))
    assert one.id == other.id
    assert one.id != identified(said("objected", NOW, classes=("code",))).id


def test_every_kind_of_request_can_be_made_and_is_known():
    for kind in KINDS:
        data = make_request(kind, key=ADA, at=NOW)
        accepted = accept_request(
            data, kinds=KINDS, organisation="Harbour", keys=KEYS, requests=(), now=NOW
        )
        if kind in COUNTERED_BY:
            assert accepted.as_event().kind == kind
        else:
            with pytest.raises(RefusedError, match="no saying"):
                accepted.as_event()
