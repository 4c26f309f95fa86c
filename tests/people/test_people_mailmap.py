"""Our mailmap is git's mailmap, form by form."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from byline.people.mailmap import apply_mailmap, parse_mailmap
from simulators.repositories import git, repository

NAMES = ("Ada", "ada", "Bo Bee", "N #1", "Éva")
EMAILS = ("a@x", "A@X", "b@x", "c@y", "odd")


def asked(mailmap: str, identities: list[tuple[str, str]]) -> list[str]:
    """Git's own answers."""
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        (made.path / ".mailmap").write_text(mailmap, encoding="utf-8")
        lines = "".join(f"{name} <{email}>\n" for name, email in identities)
        return (
            git(made.path, "check-mailmap", "--stdin", stdin=lines.encode())
            .decode()
            .split("\n")[:-1]
        )


def identity_text() -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, space, email: f"{name}{space}<{email}>",
        st.sampled_from(("", *NAMES)), st.sampled_from((" ", "", "  ")), st.sampled_from(EMAILS),
    )  # fmt: skip


LINE = st.one_of(
    identity_text(),
    st.builds(lambda a, b: f"{a} {b}", identity_text(), identity_text()),
    st.builds(lambda a, b: f"{a} {b} # why", identity_text(), identity_text()),
    st.sampled_from(
        ("", "# Ada <a@x>", "no identity", "Ada <a@x", "Ada <> <a@x>", "  ", "Q <q@x> <a@x> <b@x>")
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(LINE, max_size=6))
def test_every_identity_is_what_git_makes_of_it(lines):
    identities = [(name, email) for name in NAMES for email in EMAILS]
    text = "\n".join(lines) + "\n"
    mappings = parse_mailmap(text)
    ours = [apply_mailmap(mappings, name, email) for name, email in identities]
    assert [f"{name} <{email}>" for name, email in ours] == asked(text, identities)


def test_the_four_forms_of_the_manual():
    mappings = parse_mailmap(
        "Proper Name <name@x>\n<proper@y> <email@y>\nBoth Names <both@z> <old@z>\n"
        "One Person <one@w> Old Name <shared@w>  # one of two\n# Nobody <no@x> <old@z>\n"
    )
    assert apply_mailmap(mappings, "nick", "NAME@x") == ("Proper Name", "NAME@x")
    assert apply_mailmap(mappings, "nick", "email@y") == ("nick", "proper@y")
    assert apply_mailmap(mappings, "nick", "old@z") == ("Both Names", "both@z")
    assert apply_mailmap(mappings, "old name", "shared@w") == ("One Person", "one@w")
    assert apply_mailmap(mappings, "Another", "shared@w") == ("Another", "shared@w")


def test_two_lines_for_one_address_each_give_a_part():
    mappings = parse_mailmap("Proper <a@x>\n<new@x> <a@x>\n")
    assert apply_mailmap(mappings, "p", "a@x") == ("Proper", "new@x")
