"""Law 2 by attack: ways in which an excluded person's words might reach a release."""

from pathlib import Path

import pytest

from laws.worlds import ANN, BOB, XEN, World, everything, function, moment, objecting, rows

ALPHA, BETA, SECRETIVE = function("alpha"), function("beta"), function("secretive")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def history(world: World, *steps: tuple[dict[bytes, bytes], str, dict[str, str]]) -> None:
    """A repository of one line of commits, a day apart: (files, message, author)."""
    made = world.repository()
    parents: list[str] = []
    for day, (files, message, author) in enumerate(steps):
        parents = [
            made.commit(files, parents=parents, time=moment(day), message=f"{message}\n", **author)
        ]
    made.point(parents[0])


FIRST = ({b"a.py": ALPHA}, "add the alpha reading", ANN)


def test_lines_of_others_around_an_excluded_person_are_used_and_theirs_are_not(world: World):
    history(
        world,
        FIRST,
        ({b"a.py": ALPHA + SECRETIVE}, "add the secretive reading", XEN),
        ({b"a.py": BETA + ALPHA + SECRETIVE}, "add the beta reading", BOB),
    )
    release = world.release(objections=[objecting("xen")])
    text = everything(release)
    assert "alpha_3" in text
    assert "beta_3" in text
    assert "secretive" not in text
    assert rows(release, "commit_edit")


def test_an_edit_that_replaces_or_shows_an_excluded_line_is_left_out(world: World):
    changed = ALPHA.replace(b"alpha_4 =", b"alpha_four =").replace(b"alpha_5 =", b"alpha_five =")
    history(
        world,
        ({b"b.py": BETA}, "add the beta reading", ANN),
        ({b"b.py": BETA, b"a.py": ALPHA}, "add the alpha reading", XEN),
        ({b"b.py": BETA, b"a.py": changed}, "rename two of the fields", BOB),
    )
    release = world.release(objections=[objecting("xen")])
    assert rows(release, "commit_edit") == []
    assert "alpha_6" not in everything(release)
    assert "terms: objected" in release.manifest["account"]["commits"]


@pytest.mark.parametrize(
    "trailer",
    [
        "Co-authored-by: Xenia Quill <XENIA@Corp.Example>",
        "CO-AUTHORED-BY: <xenia@corp.example>",
        "co-authored-by:Xenia Quill <xenia@corp.example>",
        "Co-authored-by: Ann Alder <ann@corp.example>, Xenia Quill <xenia@corp.example>",
        "Co-authored-by: Somebody Else <somebody@elsewhere.example>",
        "Co-authored by: Xenia Quill <xenia@corp.example>",
        "Coauthored-by: Xenia Quill <xenia@corp.example>",
        "* Co-authored-by: Xenia Quill <xenia@corp.example>\n\n* and more of it",
    ],
)
def test_work_with_an_excluded_or_unknown_co_author_is_excluded(world: World, trailer: str):
    history(
        world,
        FIRST,
        ({b"a.py": ALPHA + SECRETIVE}, f"add the secretive reading\n\n{trailer}", BOB),
    )
    assert "secretive" not in everything(world.release(objections=[objecting("xen")]))


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Whoever", "XeNia@CORP.example"),
        ("Xenia Quill", " xenia@corp.example "),
        ("Bob Birch", ""),
        ("", ""),
        ("Bob Birch", "bob@elsewhere.example"),
    ],
)
def test_an_address_written_oddly_is_its_person_or_nobody(world: World, name: str, email: str):
    written = (
        {b"a.py": ALPHA + SECRETIVE},
        "add the secretive reading",
        {"name": name, "email": email},
    )
    history(world, FIRST, written)
    assert "secretive" not in everything(world.release(objections=[objecting("xen")]))


def test_a_renamed_file_keeps_its_authors(world: World):
    history(
        world,
        ({b"a.py": SECRETIVE + SECRETIVE.replace(b"secretive", b"hidden")}, "add it all", XEN),
        ({b"b/c.py": SECRETIVE + SECRETIVE.replace(b"secretive", b"hidden")}, "move it all", BOB),
        FIRST,
    )
    world.repositories["shop"].point(
        world.repositories["shop"].commit(
            {b"b/c.py": SECRETIVE + SECRETIVE.replace(b"secretive", b"hidden") + ALPHA},
            parents=[world.repositories["shop"].git("rev-parse", "main^").decode().strip()],
            time=moment(9),
            message="add alpha\n",
            **ANN,
        )
    )
    text = everything(world.release(objections=[objecting("xen")]))
    assert "alpha_3" in text
    assert "secretive" not in text
    assert "hidden" not in text


def test_an_objection_to_messages_alone_keeps_the_code(world: World):
    history(
        world, FIRST, ({b"a.py": ALPHA + SECRETIVE}, "verbosely add the reading of secrets", XEN)
    )
    text = everything(world.release(objections=[objecting("xen", "process")]))
    assert "secretive_3" in text
    assert "verbosely" not in text


def test_an_objection_to_code_alone_leaves_out_the_edit_with_its_message(world: World):
    history(
        world, FIRST, ({b"a.py": ALPHA + SECRETIVE}, "verbosely add the reading of secrets", XEN)
    )
    text = everything(world.release(objections=[objecting("xen", "code")]))
    assert "alpha_3" in text
    assert "secretive" not in text
    assert "verbosely" not in text


def test_a_commit_that_only_deletes_is_its_authors_work(world: World):
    """It writes no line, so no line of it asks its author: the edit itself must."""
    history(
        world,
        ({b"a.py": ALPHA + BETA}, "add both of the readings", ANN),
        ({b"a.py": ALPHA}, "remove the beta reading", XEN),
    )
    release = world.release(objections=[objecting("xen", "code")])
    assert rows(release, "commit_edit") == []
    assert release.manifest["account"]["commits"]["terms: objected"] == {"shop": 1}


def test_a_licence_that_an_edit_takes_away_still_covers_the_edit(world: World):
    tag = b"# SPDX-License-Identifier: GPL-3.0-only\n"
    history(
        world,
        ({b"a.py": tag + BETA + ALPHA}, "add both of the readings", ANN),
        ({b"a.py": ALPHA}, "drop the licensed reading", BOB),
    )
    forbid = """
[[clause]]
id = "terms/2"
effect = "forbid"
text = "No work under this licence."
classes = ["*"]
purposes = ["*"]
[clause.where]
licences = ["GPL-3.0-only"]
"""
    world.configure()
    (world.root / "agreement.toml").write_text((world.root / "agreement.toml").read_text() + forbid)
    release = world.release()
    assert rows(release, "commit_edit") == []
    assert "beta_3" not in everything(release)
    assert "alpha_3" in everything(release)


def test_a_name_in_a_path_or_a_message_is_replaced(world: World):
    path = b"src/xenia_quill/Xenia Quill.py"
    history(
        world,
        ({path: ALPHA}, "add the alpha reading", ANN),
        ({path: ALPHA + BETA}, "add beta as Xenia Quill asked of @xenia", BOB),
    )
    release = world.release()
    assert len(rows(release)) >= 2
    assert "xenia" not in everything(release).lower()


def test_merged_work_belongs_to_who_wrote_it_not_to_who_merged_it(world: World):
    made = world.repository()
    first = made.commit({b"a.py": ALPHA}, time=moment(0), message="add alpha\n", **ANN)
    theirs = made.commit(
        {b"a.py": ALPHA + SECRETIVE}, parents=[first], time=moment(1), message="x\n", **XEN
    )
    ours = made.commit(
        {b"a.py": BETA + ALPHA}, parents=[first], time=moment(1), message="y\n", **BOB
    )
    merge = made.commit(
        {b"a.py": BETA + ALPHA + SECRETIVE}, parents=[ours, theirs], time=moment(2), **BOB
    )
    made.point(merge)
    text = everything(world.release(objections=[objecting("xen")]))
    assert "beta_3" in text
    assert "secretive" not in text


def test_a_target_held_out_shows_no_excluded_line_before_it(world: World):
    history(
        world,
        ({b"a.py": SECRETIVE}, "add the secretive reading", XEN),
        ({b"a.py": SECRETIVE + ALPHA}, "add the alpha reading", ANN),
    )
    made = world.repositories["shop"]
    last = made.commit(
        {b"a.py": SECRETIVE + ALPHA + BETA},
        parents=[made.git("rev-parse", "main").decode().strip()],
        time=moment(90),
        message="add the beta reading\n",
        **BOB,
    )
    made.point(last)
    release = world.release(objections=[objecting("xen")], release={"train_until": "2023-12-01"})
    held = [row for row in rows(release, "completion") if row["split"] != "train"]
    assert held
    assert "secretive" not in everything(release)
