import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merkle_vectors import SPEC_CHECKPOINT, SPEC_NOTE, SPEC_VKEY

from byline.proof import checkpoint, keys, note
from byline.proof.errors import KeyFileError, MalformedError, ProofError, SignatureError
from byline.proof.merkle import EMPTY_ROOT

SIGNER = note.Signer("example.com/log", bytes(range(32)))
OTHER = note.Signer("union.example/witness", bytes(32))
TEXT = "A text.\n\nWith an empty line.\n"


def test_the_example_of_the_specification():
    verifier = note.parse_vkey(SPEC_VKEY)
    assert verifier.vkey == SPEC_VKEY
    signed = note.verify_note(SPEC_NOTE, [verifier])
    assert signed.text == "This is an example message.\n"
    assert signed.signers == (verifier,)


def test_several_signatures_and_unknown_ones():
    signed = note.sign_note(TEXT, OTHER, SIGNER)
    assert note.verify_note(signed, [SIGNER.verifier]).signers == (SIGNER.verifier,)
    both = note.verify_note(signed, [SIGNER.verifier, OTHER.verifier])
    assert both.text == TEXT
    assert set(both.signers) == {SIGNER.verifier, OTHER.verifier}


def test_a_note_by_nobody_known():
    signed = note.sign_note(TEXT, OTHER)
    with pytest.raises(SignatureError, match="has none by it"):
        note.verify_note(signed, [SIGNER.verifier])
    with pytest.raises(SignatureError):
        note.verify_note(signed, [])


def test_one_false_signature_of_a_known_key_spoils_the_note():
    false = note.sign_note("Another text.\n", OTHER).partition(b"\n\n")[2]
    signed = note.sign_note(TEXT, SIGNER) + false
    note.verify_note(signed, [SIGNER.verifier])
    with pytest.raises(SignatureError, match=r"union\.example"):
        note.verify_note(signed, [SIGNER.verifier, OTHER.verifier])
    own = note.sign_note(TEXT, SIGNER)
    again = note.sign_note("Another text.\n", SIGNER).partition(b"\n\n")[2]
    with pytest.raises(SignatureError):
        note.verify_note(own + again, [SIGNER.verifier])


def test_the_same_name_with_another_key_is_unknown():
    impostor = note.Signer(SIGNER.name, bytes([7]) * 32)
    with pytest.raises(SignatureError):
        note.verify_note(note.sign_note(TEXT, impostor), [SIGNER.verifier])


@given(st.integers(0))
def test_a_flipped_bit_never_verifies(bit):
    signed = bytearray(note.sign_note(TEXT, SIGNER))
    bit %= len(signed) * 8
    signed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProofError):
        note.verify_note(bytes(signed), [SIGNER.verifier])


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_arbitrary_bytes_raise_nothing_but_proof_errors(data):
    with pytest.raises(ProofError):
        note.verify_note(data, [SIGNER.verifier])


PIECES = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        "— ".encode(),
        b"a",
        b" ",
        b"AAAAAAA=",
        b"+",
        b"\x00",
        "\u2028".encode(),
        b"\xff",
    ]
)


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_near_notes_parse_to_what_formats_back_or_raise(data):
    try:
        text, signatures = note.parse_signatures(data)
    except MalformedError:
        return
    assert data.startswith(text.encode() + b"\n")
    assert text.endswith("\n")
    assert 1 <= len(signatures) <= note.MAX_SIGNATURES


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\n",
        b"- name AAAAAAA=\n",
        "—name AAAAAAA=\n".encode(),
        "— name AAAAAAA=".encode(),
        "— na+me AAAAAAA=\n".encode(),
        "—  AAAAAAA=\n".encode(),
        "— na\u00a0me AAAAAAA=\n".encode(),
        "— name AAAAAA==\n".encode(),
        "— name AAAAAAB=\n".encode(),
        "— name AAAA AAA=\n".encode(),
        "— name AAAAAAA=\r\n".encode(),
        "— name é\n".encode(),
    ],
)
def test_signature_lines_in_another_form(block):
    with pytest.raises(MalformedError):
        note.parse_signatures(b"text\n\n" + block)


def test_limits():
    line = "— name AAAAAAA=\n".encode()
    note.parse_signatures(b"text\n\n" + line * note.MAX_SIGNATURES)
    with pytest.raises(MalformedError, match="signatures"):
        note.parse_signatures(b"text\n\n" + line * (note.MAX_SIGNATURES + 1))
    with pytest.raises(MalformedError, match="at most"):
        note.parse_signatures(b"t" * note.MAX_NOTE_BYTES + b"\n\n" + line)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "\ud800\n", "nul\0\n", "cr\r\n"])
def test_texts_that_cannot_be_signed(text):
    with pytest.raises(MalformedError):
        note.sign_note(text, SIGNER)


def test_a_note_needs_a_signer():
    with pytest.raises(MalformedError):
        note.sign_note(TEXT)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x7f b", "n" * 256, "\ud800"]
)
def test_names_that_keys_cannot_have(name):
    with pytest.raises(MalformedError):
        note.generate_signer(name)


def test_keys_read_back():
    signer = note.generate_signer("example.com/new")
    assert note.parse_skey(signer.skey) == signer
    assert note.parse_vkey(signer.verifier.vkey) == signer.verifier
    assert signer != note.generate_signer("example.com/new")
    assert signer.seed.hex() not in repr(signer)
    assert signer.skey.split("+", 4)[4] not in repr(signer)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b",
        SPEC_VKEY + "=",
        SPEC_VKEY.replace("530d903a", "530D903A"),
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("foo", "bar"),
        SPEC_VKEY.replace("+Aek", "+Bek"),
        SPEC_VKEY[:-4],
    ],
)
def test_public_keys_in_another_form(vkey):
    with pytest.raises(MalformedError):
        note.parse_vkey(vkey)


def test_private_keys_in_another_form_are_not_shown():
    skey = SIGNER.skey
    secret = skey.split("+", 4)[4]
    for wrong in ("", skey[8:], skey.replace("example", "exemple"), skey[:-4], skey + "!"):
        with pytest.raises(MalformedError) as caught:
            note.parse_skey(wrong)
        assert secret[:10] not in str(caught.value)


def test_key_files(tmp_path):
    path = tmp_path / "log.key"
    keys.save_signer(path, SIGNER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.load_signer(path) == SIGNER
    with pytest.raises(KeyFileError, match="expected no file"):
        keys.save_signer(path, OTHER)
    assert keys.load_signer(path) == SIGNER
    keys.save_verifier(tmp_path / "log.pub", SIGNER.verifier)
    assert keys.load_verifiers(tmp_path / "log.pub") == [SIGNER.verifier]


def test_a_private_key_that_others_may_read(tmp_path):
    path = tmp_path / "log.key"
    keys.save_signer(path, SIGNER)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="0640") as caught:
        keys.load_signer(path)
    assert "chmod 600" in caught.value.advice


def test_a_private_key_is_not_written_through_a_link(tmp_path):
    (tmp_path / "log.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFileError):
        keys.save_signer(tmp_path / "log.key", SIGNER)
    assert not (tmp_path / "elsewhere").exists()


def test_a_private_key_is_not_left_half_written(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyFileError, match="No space"):
        keys.save_signer(tmp_path / "log.key", SIGNER)
    assert not (tmp_path / "log.key").exists()


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"PRIVATE+KEY+a+b+c\n", b"x" * 10_000])
def test_files_that_hold_no_key(tmp_path, data):
    path = tmp_path / "key"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        keys.load_signer(path)
    with pytest.raises(KeyFileError):
        keys.load_verifiers(path)
    with pytest.raises(KeyFileError):
        keys.load_signer(tmp_path / "none")


def test_the_checkpoint_of_the_specification():
    parsed = checkpoint.parse_checkpoint(SPEC_CHECKPOINT)
    assert (parsed.origin, parsed.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.format_checkpoint(parsed) == SPEC_CHECKPOINT


@given(
    origin=st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1),
    size=st.integers(1, 2**63 - 1),
    root=st.binary(min_size=32, max_size=32),
    extensions=st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1), max_size=3),
)
def test_checkpoints_read_back(origin, size, root, extensions):
    made = checkpoint.Checkpoint(origin, size, root, tuple(extensions))
    assert checkpoint.parse_checkpoint(checkpoint.format_checkpoint(made)) == made


ROOT64 = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        f"a\n1\n{ROOT64}",
        f"\n1\n{ROOT64}\n",
        f"a\n01\n{ROOT64}\n",
        f"a\n+1\n{ROOT64}\n",
        f"a\n-1\n{ROOT64}\n",
        f"a\n 1\n{ROOT64}\n",
        f"a\n1_0\n{ROOT64}\n",
        f"a\n\u0661\n{ROOT64}\n",
        f"a\n{2**63}\n{ROOT64}\n",
        f"a\n{'9' * 5000}\n{ROOT64}\n",
        f"a\n1\n{ROOT64[:-4]}\n",
        f"a\n1\n{ROOT64.replace('2I=', '2J=')}\n",
        f"a\n1\n{ROOT64} \n",
        f"a\n0\n{ROOT64}\n",
        f"a\n1\n{ROOT64}\n\n",
        f"a\n1\n{ROOT64}\nx\n\ny\n",
    ],
)
def test_checkpoints_in_another_form(text):
    with pytest.raises(MalformedError):
        checkpoint.parse_checkpoint(text)


def test_checkpoints_that_cannot_be():
    for make in (
        lambda: checkpoint.Checkpoint("a\nb", 0, EMPTY_ROOT),
        lambda: checkpoint.Checkpoint("a", -1, EMPTY_ROOT),
        lambda: checkpoint.Checkpoint("a", 1, b"short"),
    ):
        with pytest.raises(MalformedError):
            make()
