"""Policies: C2SP tlog-policy, read strictly, and the quorum it states."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.proof.cosignature import CosigningKey
from byline.proof.errors import MalformedError
from byline.proof.note import Signer
from byline.proof.policy import NONE, format_policy, parse_policy

LOG = Signer("harbour.example/byline", bytes(range(32))).verifier.vkey
NAMES = ("company", "union", "regulator", "auditor")
KEYS = {name: CosigningKey(f"{name}.example/w", name.encode().ljust(32)) for name in NAMES}
WITNESSES = "".join(f"witness {name} {KEYS[name].cosigner.vkey}\n" for name in NAMES)
COMPANY_AND_ANY = f"""# company AND any of (union, regulator, auditor)
log {LOG} http://localhost:8000/
{WITNESSES}
 group\toutside  any union regulator auditor
group both all company outside
quorum both
"""


def test_company_and_any_of_the_others():
    policy = parse_policy(COMPANY_AND_ANY)
    for count in range(len(NAMES) + 1):
        for signed in itertools.combinations(NAMES, count):
            expected = "company" in signed and len(signed) > 1
            assert policy.is_met(signed) == expected, signed
    assert policy.in_words() == "all of (company, any of (union, regulator, auditor))"
    assert policy.missing(["union"]) == ["company", "regulator", "auditor"]
    assert policy.logs[0].url == "http://localhost:8000/"
    assert parse_policy(format_policy(policy)) == policy


def test_no_quorum_and_one_witness():
    assert parse_policy("quorum none\n").is_met(())
    single = parse_policy(f"{WITNESSES}quorum union\n")
    assert single.is_met(["union"])
    assert not single.is_met(["company", "auditor"])
    assert single.quorum != NONE


UNION_KEY = KEYS["union"].cosigner.vkey
OTHER_NAME = CosigningKey("another.example/w", b"union".ljust(32)).cosigner.vkey
HOSTILE = [
    ("", "quorum line"),
    (f"log {LOG}\n", "quorum line"),
    ("quorum none", "newline"),
    ("quorum none\nquorum none\n", "line 2: expected one quorum"),
    ("quorum nobody\n", "line 1: 'nobody' is not defined"),
    (f"quorum union\n{WITNESSES}", "line 1: 'union' is not defined"),
    (f"{WITNESSES}witness other {OTHER_NAME}\nquorum other\n", "line 5: this key .* line 2"),
    (f"{WITNESSES}witness union {OTHER_NAME}x\nquorum union\n", "line 5"),
    (f"log {LOG}\nlog {LOG}\nquorum none\n", "line 2: this key"),
    (f"log {UNION_KEY}\nquorum none\n", "line 1: .*witness"),
    (f"witness union {LOG}\nquorum union\n", "line 1: .*type 4 or 6"),
    (f"witness none {UNION_KEY}\nquorum none\n", "line 1: the name `none`"),
    (f"{WITNESSES}group g 1 none\nquorum g\n", "line 5: 'none' is not defined"),
    (f"{WITNESSES}group g any union union\nquorum g\n", "member already"),
    (f"{WITNESSES}group a any union\ngroup b any union\nquorum b\n", "line 6: .*line 5"),
    (f"{WITNESSES}group a any a\nquorum a\n", "line 5: 'a' is not defined"),
    (f"{WITNESSES}group union any auditor\nquorum union\n", "line 5: 'union' is defined"),
    (f"{WITNESSES}group g 0 union\nquorum g\n", "line 5: expected all, any or 1 to 1"),
    (f"{WITNESSES}group g 2 union\nquorum g\n", "line 5: expected all, any or 1 to 1"),
    (f"{WITNESSES}group g 01 union\nquorum g\n", "line 5"),
    (f"{WITNESSES}group g ١ union\nquorum g\n", "line 5"),
    (f"{WITNESSES}group g any\nquorum g\n", "line 5: expected group"),
    (f"witness union {UNION_KEY} http://a b\nquorum union\n", "line 1: expected witness"),
    ("quorum none\r\n", "line 1: control character 0x0d"),
    ("# fine\n\x00\nquorum none\n", "line 2: control character"),
    ("trust everybody\nquorum none\n", "line 1: expected one of"),
    ("Quorum none\n", "line 1: expected one of"),
]


@pytest.mark.parametrize(("text", "words"), HOSTILE)
def test_what_is_refused_names_its_line(text, words):
    with pytest.raises(MalformedError, match=words):
        parse_policy(text)


def test_names_are_octets():
    kelvin = f"witness \N{KELVIN SIGN} {UNION_KEY}\n"
    with pytest.raises(MalformedError, match="'K' is not defined"):
        parse_policy(f"{kelvin}quorum K\n")
    parse_policy(f"{kelvin}quorum \N{KELVIN SIGN}\n")
    odd = b"witness \xff\xa0 " + UNION_KEY.encode() + b"\nquorum \xff\xa0\n"
    policy = parse_policy(odd)
    assert policy.is_met([policy.witnesses[0].name])
    assert parse_policy(format_policy(policy)) == policy
    with pytest.raises(MalformedError, match="not defined"):
        parse_policy(odd.replace(b"quorum \xff", b"quorum \xfe"))


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_nothing_but_a_refusal_comes_of_anything_else(text):
    try:
        policy = parse_policy(text)
    except MalformedError:
        return
    assert parse_policy(format_policy(policy)) == policy


@given(
    st.dictionaries(st.sampled_from(NAMES), st.booleans()),
    st.integers(1, 4),
)
def test_a_quorum_only_grows_with_who_signs(signed, threshold):
    policy = parse_policy(f"{WITNESSES}group g {threshold} {' '.join(NAMES)}\nquorum g\n")
    names = [name for name, is_signed in signed.items() if is_signed]
    assert policy.is_met(names) == (len(names) >= threshold)
    assert policy.is_met(NAMES)
