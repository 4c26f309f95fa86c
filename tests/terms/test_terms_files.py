"""Reading agreements, packs, notices and objections: what is accepted, and what errors say."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terms_company import AGREEMENTS, NOTICES, OBJECTIONS, WITHDRAWALS, day

from byline.errors import ConfigError, UsageError
from byline.terms.agreement_files import (
    load_pack,
    merge_agreements,
    read_agreements,
    read_pins,
)
from byline.terms.agreements import Agreement, Clause
from byline.terms.digest import terms_digest
from byline.terms.notices import Notice, earliest, read_notices, version_order
from byline.terms.objections import read_objections
from byline.terms.purposes import ORDINARY, RESTRICTED, Purpose, check_purposes
from byline.terms.quotes import faults, stands_in, text_sha256

GOOD = '''[agreement]
id = "employment"
title = "Employment agreement"
kind = "employment"
version = "2024-05"
effective = 2024-05-01

[[clause]]
id = "employment/7.2"
effect = "permit"
text = """
The words
[[clause]]
id = "not a clause"
"""
classes = ["code"]
purposes = ["assist_others"]
basis = "agreement"
needs_notice = "ai-training"
[clause.who]
countries = ["US"]
units = []

[[clause]]
id = "employment/7.3"
effect = "forbid"
text = "No."
classes = ["*"]
purposes = ["sale_transfer"]
where = { owners = ["employer"], licences = ["mit"] }
'''


def write(folder, text, name="terms.toml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_files_and_folders_in_any_order(tmp_path):
    write(tmp_path, GOOD, "a/one.toml")
    other = write(tmp_path, GOOD.replace("employment", "contract", 1).replace("employment/", "c/"))
    found = read_agreements([tmp_path / "a", other])
    assert found == read_agreements([other, tmp_path / "a", tmp_path / "a/one.toml"])
    assert [each.id for each in found] == ["contract", "employment"]
    permit, forbid = found[1].clauses
    assert permit.who.countries == ("US",)
    assert permit.who.units == ()
    assert permit.notice_before == "use"
    assert forbid.where.licences == ("MIT",)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('kind = "employment"', 'kind = "employmant"', 4, "did you mean 'employment'"),
        ('title = "Employment agreement"\n', "", 1, "`title` is missing"),
        ('version = "2024-05"', "version = 2024", 5, "`version`"),
        ("effective = 2024-05-01", 'effective = "2024-05-01"', 6, "date without quotes"),
        ("effective = 2024-05-01", "efective = 2024-05-01", 6, "did you mean 'effective'"),
        ("effective = 2024-05-01", "effective = 2024-05-01\nexpires = 2024-05-01", 1, "`expires`"),
        ('effect = "permit"', 'effect = "allow"', 10, "not one of permit, forbid, require"),
        ('["assist_others"]', '["assist_other"]', 17, "did you mean 'assist_others'"),
        ('classes = ["code"]', "classes = []", 16, "`classes`"),
        ('classes = ["code"]', 'classes = "code"', 16, "`classes` is a list"),
        ('basis = "agreement"\n', "", 8, "must state its `basis`"),
        ('countries = ["US"]', 'contries = ["US"]', 21, "did you mean 'countries'"),
        ('countries = ["US"]', 'countries = ["usa"]', 21, "`countries`"),
        ('purposes = ["sale_transfer"]', 'purposes = ["*"]\nlane = "anonymous"', 24, "`lane`"),
        ('"mit"', '"Apache-2"', 30, "did you mean 'Apache-2.0'"),
        ('"mit"', '"MIT OR ISC"', 30, "not one SPDX licence id"),
        ("where = {", "were = {", 30, "did you mean 'where'"),
        ('[[clause]]\nid = "employment/7.3"', "[clauses]\nid = 1", 24, "did you mean 'clause'"),
        ('text = "No."', "text = No.", 27, "not valid TOML"),
        ("employment/7.3", "employment/7.2", 25, "used already at"),
        ('needs_notice = "ai-training"', 'notice_version = "2"', 8, "without `needs_notice`"),
    ],
)  # fmt: skip
def test_errors_name_the_line(tmp_path, old, new, line, words):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ConfigError) as raised:
        read_agreements([path])
    message = str(raised.value)
    assert words in message
    assert f"{path}:{line}:" in message or f"at line {line}," in message


def test_every_error_is_shown_up_to_five(tmp_path):
    bad = GOOD.replace('["*"]', '["all"]').replace('"permit"', '"allow"').replace("US", "us")
    path = write(tmp_path, bad)
    with pytest.raises(ConfigError) as raised:
        read_agreements([path])
    assert [int(text.split(":")[1]) for text in str(raised.value).splitlines()] == [10, 21, 28]


def test_ids_are_unique_over_files(tmp_path):
    first = write(tmp_path, GOOD, "a.toml")
    second = write(tmp_path, GOOD.replace('id = "employment"', 'id = "other"'), "b.toml")
    with pytest.raises(ConfigError) as raised:
        read_agreements([tmp_path])
    assert f"{first}:9" in str(raised.value)
    assert f"{second}:9" in str(raised.value)
    pack = load_pack("open-source")
    with pytest.raises(ConfigError, match="used already"):
        merge_agreements(pack, pack)


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_agreements([tmp_path / "none.toml"])
    path = tmp_path / "latin.toml"
    path.write_bytes(b"[agreement]\nid = '\xe9'\n")
    with pytest.raises(ConfigError, match=r"latin\.toml:2: not UTF-8"):
        read_agreements([path])


HASHED = GOOD.replace('id = "employment"', 'id = "employment"\ndocument = "signed.md"', 1)


def test_words_that_changed_since_their_review_are_an_error(tmp_path):
    words = text_sha256('The words [[clause]] id = "not a clause"')
    pinned = GOOD.replace('classes = ["code"]', f'text_sha256 = "{words}"\nclasses = ["code"]')
    path = write(tmp_path, pinned)
    (read,) = read_agreements([path])
    assert read.clauses[0].text_sha256 == words
    path = write(tmp_path, pinned.replace("The words", "Other words"))
    with pytest.raises(ConfigError, match=r"terms\.toml:16: .*changed since they were reviewed"):
        read_agreements([path])
    assert [pin.state for pin in read_pins(path)] == ["changed", "not pinned"]


def test_a_document_beside_the_file_must_be_the_one_quoted(tmp_path):
    path = write(tmp_path, HASHED)
    assert read_pins(path)[0].state == "not here"
    document = '> **The words** [[clause]]\n> id =\n\t"not a clause"\n\nNo.\n'
    write(tmp_path, document, "signed.md")
    read_agreements([path])
    stated = read_pins(path)[0]
    assert stated.state == "not pinned"
    exact = HASHED.replace("[agreement]", f'[agreement]\ndocument_sha256 = "{stated.found}"')
    read_agreements([write(tmp_path, exact, "exact/terms.toml")])
    write(tmp_path, document + "And more.\n", "exact/signed.md")
    with pytest.raises(ConfigError, match=r"terms\.toml:2: the bytes of signed\.md changed"):
        read_agreements([tmp_path / "exact"])
    write(tmp_path, document.replace("No.", "Yes."), "signed.md")
    with pytest.raises(ConfigError, match=r"terms\.toml:28: clause employment/7\.3: its words do"):
        read_agreements([path])


@pytest.mark.parametrize("document", ["../secret.md", "/etc/hosts", "C:\\\\secret.md"])
def test_a_document_is_not_looked_for_elsewhere(tmp_path, document):
    path = write(tmp_path, HASHED.replace("signed.md", document), "terms/terms.toml")
    with pytest.raises(ConfigError, match=r"terms\.toml:3: `document` is a name, or a path below"):
        read_agreements([path])


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    path = write(tmp_path, HASHED, "terms/terms.toml")
    write(tmp_path, "Something else.", "secret.md")
    (path.parent / "signed.md").symlink_to(tmp_path / "secret.md")
    read_agreements([path])
    assert read_pins(path)[0].state == "not here"


def test_parts_left_out_of_a_quotation():
    document = "First,   the one\nthing; then another; last."
    assert stands_in("the one thing [...] last.", document)
    assert not stands_in("last. […] the one thing", document)
    assert not stands_in("[…]", document)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 20_000,
        "a = " + "9" * 20_000,
        "[" + " " * 200_000 + "x",
        GOOD.replace('"permit"', '"' + "p" * 100_000 + '"'),
        GOOD.replace("basis", "b" * 100_000),
        '[agreement]\n"\u0000" = 1\n',
        GOOD + '[[clause]]\nid = "x"\n' * 2_001,
        "#" * (4 << 20) + "\n",
    ],
)
def test_hostile_files_are_refused_in_few_words(tmp_path, text):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        read_agreements([path])
    assert str(path) in str(raised.value)
    assert len(str(raised.value)) < 2_000


WORDS = st.lists(st.sampled_from(["the", "Work", "ä", "\u2028", "«§»"]), min_size=1).map(" ".join)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    text=WORDS,
    spaces=st.sampled_from(["  ", "\n", "\t \n"]),
    effect=st.sampled_from(["permit", "forbid"]),
    regions=st.lists(st.sampled_from(["US-CA", "US-NY", "DE-BE"]), unique=True),
    expires=st.none() | st.dates(dt.date(2025, 1, 1), dt.date(2030, 1, 1)),
)
def test_an_agreement_reads_as_it_was_dumped(text, spaces, effect, regions, expires):
    clause = {
        "id": "a/1", "effect": effect, "text": text, "classes": ("code",), "purposes": ("repair",),
        "who": {"regions": regions}, "expires": expires,
        "text_sha256": text_sha256(text.replace(" ", spaces)),
        **({"basis": "agreement"} if effect == "permit" else {}),
    }  # fmt: skip
    made = Agreement(
        id="a", title="A", kind="policy", version="1", effective=day("2024-01-01"),
        clauses=(Clause.model_validate(clause),),
    )  # fmt: skip
    again = Agreement.model_validate(made.model_dump(exclude_unset=True))
    assert again == made
    assert not list(faults(again, folder=None))
    changed = made.clauses[0].model_copy(update={"text": text + "."})
    assert list(faults(made.model_copy(update={"clauses": (changed,)}), folder=None))


def test_purposes_are_a_closed_list():
    assert set(Purpose) == ORDINARY | RESTRICTED
    assert len(RESTRICTED) == 6
    assert check_purposes(["repair", "repair"]) == (Purpose.REPAIR,)
    for wrong in (["*"], [], ["assist_other"], "repair"):
        with pytest.raises(UsageError):
            check_purposes(wrong)


NOTICE_HEAD = "notice,version,person,served,channel,language\n"
OBJECTION_HEAD = "id,person,received,classes,purposes,note\n"


def test_notices_are_read_as_a_set(tmp_path):
    rows = ["ai,1,ann,2024-09-01,email,en", "ai,2,ben,2024-10-01,email,de"]
    path = write(tmp_path, "\ufeff" + NOTICE_HEAD + "\n".join([*rows, rows[0], ""]), "n.csv")
    found = read_notices(path, people={"ann", "ben"})
    assert [(each.person, each.version, each.served) for each in found] == [
        ("ann", "1", dt.date(2024, 9, 1)),
        ("ben", "2", dt.date(2024, 10, 1)),
    ]
    turned = write(tmp_path, NOTICE_HEAD + "\n".join([rows[1], "", rows[0]]), "m.csv")
    assert read_notices(turned, people={"ann", "ben"}) == found


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", 1, "empty"),
        (NOTICE_HEAD.replace("served", "serve"), 1, "did you mean 'served'"),
        ("notice,version,person,served,channel\n", 1, "'language' is missing"),
        (NOTICE_HEAD.replace("language", "notice"), 1, "given twice"),
        (NOTICE_HEAD + "ai,1,ann,2024-02-30,email,en\n", 2, "not a date"),
        (NOTICE_HEAD + "ai,1,ann,01/02/2024,email,en\n", 2, "not a date"),
        (NOTICE_HEAD + "ai,1,ann,20240201,email,en\n", 2, "not a date"),
        (NOTICE_HEAD + "\nai,1,,2024-02-01,email,en\n", 3, "`person` is empty"),
        (NOTICE_HEAD + "ai,1,anne,2024-02-01,email,en\n", 2, "not on the roster"),
        (NOTICE_HEAD + "ai,1,ann,2024-02-01,email\n", 2, "5 cells"),
        (NOTICE_HEAD + 'ai,1,ann,2024-02-01,"e"x,en\n', 2, "not valid CSV"),
    ],
)
def test_notice_errors_name_the_line(tmp_path, text, place, words):
    path = write(tmp_path, text, "notices.csv")
    with pytest.raises(ConfigError) as raised:
        read_notices(path, people={"ann"})
    assert str(raised.value).startswith(f"{path}:{place}: ")
    assert words in str(raised.value)


def test_objections_are_read_with_their_words(tmp_path):
    text = OBJECTION_HEAD + "o1,ann,2025-05-02,process; code,*,\no2,ben,2025-05-03,*,repair,why\n"
    first, second = read_objections(write(tmp_path, text, "o.csv"), people={"ann", "ben"})
    assert first.classes == ("code", "process")
    assert first.purposes == ("*",)
    assert (second.purposes, second.note) == (("repair",), "why")
    assert first.covers(work_class="code", purpose="role_replication", as_of=day("2025-05-02"))
    assert not first.covers(work_class="code", purpose="repair", as_of=day("2025-05-01"))
    assert not first.covers(work_class="design", purpose="repair", as_of=day("2026-01-01"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("o1,ann,2025-05-02,proces,*,", "did you mean 'process'"),
        ("o1,ann,2025-05-02,*,assist,", "not one of"),
        ("o1,ann,2025-05-02,,*,", "`classes` is empty"),
        ("o1,bob,2025-05-02,*,*,", "not on the roster"),
        ("o0,ann,2025-05-04,*,*,", "another objection"),
    ],
)
def test_objection_errors_name_the_line(tmp_path, row, words):
    path = write(tmp_path, OBJECTION_HEAD + "o0,ann,2025-05-02,*,*,\n" + row + "\n", "o.csv")
    with pytest.raises(ConfigError) as raised:
        read_objections(path, people={"ann"})
    assert str(raised.value).startswith(f"{path}:3: ")
    assert words in str(raised.value)


def test_versions_are_ordered_as_people_read_them():
    ordered = ["1", "1.1", "2", "10", "2024-09", "2024-10", "2025-01"]
    assert [
        each for _, each in sorted((version_order(each), each) for each in set(ordered))
    ] == ordered
    rows = [
        Notice(notice="ai", version=version, person="ann", served=day(on))
        for version, on in (("1", "2024-01-01"), ("10", "2024-03-01"), ("9", "2024-02-01"))
    ]
    assert earliest(rows, at_least="2").version == "9"
    assert earliest(rows, at_least="10").version == "10"
    assert earliest(rows, at_least="11") is None
    assert earliest(rows, before=day("2024-01-01")) is None


def test_the_digest_is_of_the_set_of_terms():
    digest = terms_digest(AGREEMENTS, NOTICES, OBJECTIONS, WITHDRAWALS)
    turned = [
        each.model_copy(update={"clauses": each.clauses[::-1]}) for each in reversed(AGREEMENTS)
    ]
    again = terms_digest(turned, NOTICES[::-1] * 2, OBJECTIONS[::-1], WITHDRAWALS)
    assert digest == again
    assert len(digest) == 64
    others = {
        terms_digest(AGREEMENTS[1:], NOTICES, OBJECTIONS, WITHDRAWALS),
        terms_digest(AGREEMENTS, NOTICES[1:], OBJECTIONS, WITHDRAWALS),
        terms_digest(AGREEMENTS, NOTICES, OBJECTIONS[1:], WITHDRAWALS),
        terms_digest(AGREEMENTS, NOTICES, OBJECTIONS),
        digest,
    }
    assert len(others) == 5
