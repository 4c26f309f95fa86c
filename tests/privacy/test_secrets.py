import multiprocessing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import planted

from byline.errors import BylineError
from byline.privacy.findings import find_in_text
from byline.privacy.secrets import find_secrets
from byline.privacy.spans import Finding, merged

PLANTED = planted()


def covered(text, findings):
    return "".join(text[one.start : one.end] for one in findings)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("kind", sorted(PLANTED))
def test_every_planted_secret_is_found_whole(kind, ending):
    line, value = (one.replace("\n", ending) for one in PLANTED[kind])
    text = ending.join(["é first", "# note ☃ 𝛼", line, "end = 1", ""])
    [found] = find_secrets([text])
    start = text.index(value)
    assert any(one.start <= start and one.end >= start + len(value) for one in found), found
    assert "end = 1" not in covered(text, found)
    assert all(one.category == "secret" for one in found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_draws_are_found_too(seed):
    missed = []
    for kind, (line, value) in planted(seed).items():
        [found] = find_secrets([line])
        if value not in covered(line, found):
            missed.append(kind)
    assert not missed


@pytest.mark.parametrize(
    "text",
    [
        'password = "changeme"',
        'password = "your-password-here"',
        'password = os.environ["PASSWORD"]',
        'password = "example"',
        'PASSWORD = "<password>"',
        "password = get_password(user)",
        "def __init__(self, username: bytes, password: bytes) -> None:",
        'password_hasher = "pbkdf2_sha256"',
        "'password': 'Enter a valid password 1'",
        'token = vault_client.read_secret("x/y")',
        'token = "<token>"',
        'token_type = "Bearer"',
        'api_key = "${API_KEY}"',
        'api_key = "xxxxxxxxxxxxxxxxxxxxxxxx"',
        'secret_name = "projects/foo/secrets/bar1"',
        'SECRET_KEY = env("SECRET_KEY")',
        "https://user:pass@example.com/",
        "http://user:password@localhost/",
        "postgres://user:${DB_PASSWORD}@db/app",
        'f"postgres://user:{password}@db/app"',
        'id = "550e8400-e29b-41d4-a716-446655440000"',
        'sha = "da39a3ee5e6b4b0d3255bfef95601890afd80709"',
        "tokens = tokenizer.encode(text)",
        "max_tokens: 4096",
        'HEADER = "-----BEGIN PRIVATE ' + 'KEY-----"',
        "for key in sorted(keys): print(key)",
    ],
)
def test_code_and_stand_ins_are_no_secrets(text):
    assert find_secrets([text]) == [[]]


def test_marks_that_tell_scanners_to_look_away_are_not_obeyed():
    line, value = PLANTED["github"]
    for mark in ("gitleaks:allow", "betterleaks:allow", "GITLEAKS:ALLOW"):
        text = f"{line}  # {mark}"
        assert value in covered(text, find_secrets([text])[0])


def test_a_null_byte_hides_nothing():
    line, value = PLANTED["slack"]
    text = f"a\0b\n{line}"
    assert value in covered(text, find_secrets([text])[0])


def test_an_unfinished_private_key_is_found_to_its_last_line():
    block = PLANTED["pem-rsa"][1]
    cut = block[: block.index("-----END")].rstrip("\n")
    text = f"x = 1\n{cut}\n\nname: value\n"
    [found] = find_secrets([text])
    assert cut in covered(text, found)
    assert "name: value" not in covered(text, found)


def test_secrets_far_into_a_long_text_and_at_chunk_borders_are_found():
    line, value = PLANTED["gitlab"]
    for filler in (32_700, 32_768 - len(line), 65_500, 200_000):
        text = "é" + "x y\n" * (filler // 4) + line + "\n" + "z\n" * 2000
        [found] = find_secrets([text])
        assert covered(text, found) == value


def test_a_long_line_without_breaks_is_searched():
    _, value = PLANTED["stripe"]
    text = "a=1;" * 20_000 + f'k="{value}";' + "b=2;" * 20_000
    assert value in covered(text, find_secrets([text])[0])


def test_every_further_place_of_a_value_is_found():
    line, value = PLANTED["password"]
    text = f"{line}\nprint('{value}')\n# {value}\n"
    [found] = find_secrets([text])
    assert sum(text[one.start : one.end] == value for one in found) == 3


def test_findings_never_hold_the_value():
    line, value = PLANTED["password"]
    assert value not in repr(find_secrets([line]))


def test_nothing_in_nothing():
    assert find_secrets(["", "x = 1\n"]) == [[], []]


def _child(queue):
    try:
        find_secrets(["x = 1"])
    except BylineError as error:
        queue.put(error.advice)
    else:
        queue.put("scanned")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_refuses_instead_of_hanging():
    find_secrets(["x = 1"])
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_child, args=(queue,))
    child.start()
    assert "spawn" in queue.get(timeout=30)
    child.join(30)


finding = st.builds(
    lambda start, length, category, kind: Finding(start, start + length, category, kind, "d", "1"),
    st.integers(0, 40),
    st.integers(1, 12),
    st.sampled_from(["secret", "personal"]),
    st.sampled_from(["a", "b"]),
)


@given(st.lists(finding, max_size=12), st.randoms())
def test_merging_covers_the_same_places_without_overlap_in_any_order(findings, dice):
    result = merged(findings)
    shuffled = list(findings)
    dice.shuffle(shuffled)
    assert merged(shuffled) == result
    assert all(left.end <= right.start for left, right in pairwise(result))

    def places(many):
        return {at for one in many for at in range(one.start, one.end)}

    assert places(result) == places(findings)
    secret = places([one for one in findings if one.category == "secret"])
    assert secret <= places([one for one in result if one.category == "secret"])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_scanned_and_spans_lie_inside_it(text):
    for one in find_in_text(text):
        assert 0 <= one.start < one.end <= len(text)


@pytest.mark.parametrize(
    "value", ["AefYVMJapDDMFuuc", "theBRtkWqPoLmZx", "$ecr3t!Pass", "myXk29fLq", "inQ7keyZ2x"]
)
def test_a_value_is_not_a_stand_in_for_how_it_begins(value):
    assert find_secrets([f"https://bob:{value}@git.corp.net/x.git"])[0]
    if not value.isalpha():
        assert find_secrets([f"connect(user='y', password='{value}')"])[0]
