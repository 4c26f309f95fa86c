import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import ConfigError
from byline.privacy.pseudonyms import pseudonym, read_or_create_key

KEY = bytes(range(32))


def test_a_known_answer():
    import hashlib
    import hmac

    expected = hmac.new(KEY, b'["r1","p1"]', hashlib.sha256).hexdigest()[:16]
    assert pseudonym(KEY, "r1", "p1") == f"p_{expected}"


@given(
    st.tuples(st.text(max_size=9), st.text(max_size=9)),
    st.tuples(st.text(max_size=9), st.text(max_size=9)),
)
def test_pairs_have_one_name_each(left, right):
    assert (pseudonym(KEY, *left) == pseudonym(KEY, *right)) == (left == right)


def test_another_key_gives_another_name():
    assert pseudonym(KEY, "r", "p") != pseudonym(bytes(32), "r", "p")
    with pytest.raises(ConfigError):
        pseudonym(b"short", "r", "p")


def test_a_key_is_created_once_and_private(tmp_path):
    path = tmp_path / "keys" / "linkage.key"
    key = read_or_create_key(path)
    assert len(key) == 32
    assert read_or_create_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["linkage.key"]
    assert read_or_create_key(tmp_path / "other.key") != key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_open_to_others_is_refused(tmp_path, mode):
    path = tmp_path / "k"
    read_or_create_key(path)
    path.chmod(mode)
    with pytest.raises(ConfigError) as error:
        read_or_create_key(path)
    assert "chmod 600" in error.value.advice


@pytest.mark.parametrize(
    "text", [b"", b"zz" * 32, b"AB" * 32, b"ab" * 31, b"ab" * 33, b"ab" * 32 + b"\n\n"]
)
def test_a_malformed_key_is_refused(tmp_path, text):
    path = tmp_path / "k"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        read_or_create_key(path)


def test_a_link_is_refused(tmp_path):
    read_or_create_key(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigError):
        read_or_create_key(tmp_path / "link")
