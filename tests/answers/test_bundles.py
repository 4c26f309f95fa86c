"""The file that a person is handed, and the questions that it is made from."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.answers.bundle_files import zipped
from byline.answers.bundle_person import bundle_name
from byline.answers.bundle_questions import MAX_TEXT, Questions, read_questions
from byline.errors import InputError
from byline.proof import verify
from byline.proof.canonical import canonical_json
from byline.proof.verify import OF_RELEASE, TOP

ASKED = {
    "schema": "byline/questions/1",
    "person": "ha-101",
    "addresses": ["ada@harbour.example"],
    "items": ["swh:1:rev:" + "0" * 40],
    "fingerprints": ["00000000000000ff"],
}


def read(folder: Path, data: bytes) -> Questions:
    file = folder / "questions.json"
    file.write_bytes(data)
    return read_questions(file)


def test_what_the_verifier_writes_is_what_is_asked(tmp_path: Path):
    work = verify.Work(tmp_path)
    work.commits.add("a" * 40)
    work.mine[255] = verify.Place("a.py", 1, "a" * 40)
    asked = read(tmp_path, verify.questions("ha-101", ["ada@harbour.example"], [work], ["core"]))
    assert asked.person == "ha-101"
    assert asked.items == {"swh:1:rev:" + "a" * 40, "git:core:" + "a" * 40}
    assert asked.fingerprints == {255}


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "byline/questions/2"},
        {"person": ""},
        {"person": "ha-101\nha-102"},
        {"items": ["a\nb"]},
        {"items": [1]},
        {"items": ["x" * (MAX_TEXT + 1)]},
        {"fingerprints": ["00000000000000FF"]},
        {"fingerprints": ["ff"]},
        {"addresses": "ada@harbour.example"},
        {"more": 1},
    ],
)
def test_questions_in_another_form_are_refused(tmp_path: Path, changed: dict[str, object]):
    with pytest.raises(InputError, match="no file of questions"):
        read(tmp_path, canonical_json({**ASKED, **changed}))


@given(data=st.binary(max_size=200) | st.sampled_from([canonical_json(ASKED)]).map(lambda d: d[1:]))
def test_anything_else_is_refused_in_plain_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
):
    with pytest.raises(InputError):
        read(tmp_path_factory.getbasetemp(), data)


def test_a_zip_has_no_clock_and_no_order_of_its_own():
    files = {f"rel_2/{name}": b"2" for name in OF_RELEASE} | dict.fromkeys(reversed(TOP), b"")
    files |= {f"rel_1/{name}": b"1" for name in reversed(OF_RELEASE)}
    data = zipped(files)
    assert data == zipped(dict(sorted(files.items())))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    expected = [*TOP, *(f"rel_{n}/{name}" for n in (1, 2) for name in OF_RELEASE)]
    assert [one.filename for one in infos] == expected
    assert {one.date_time for one in infos} == {(1980, 1, 1, 0, 0, 0)}
    verify.check_names(infos)  # what is written is what the verifier takes
    assert verify.MAX_FILE == 256 << 20


@pytest.mark.parametrize("person", ["ha-101", "email:ada@harbour.example", "../../etc/passwd"])
def test_a_bundle_lies_where_it_should_whatever_the_id_is(person: str):
    name = bundle_name(person, 12)
    assert name.endswith("-12.zip")
    assert Path(name).name == name
    assert json.dumps(name).isascii()
