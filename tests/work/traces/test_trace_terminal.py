"""What stood on a terminal, and which commands were run in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording import PROMPT, cast, put, read, reasons, said, typed

from byline.work.traces.shell import prompted_commands
from byline.work.traces.terminal import Terminal


def shown(*data: str, columns: int = 20, rows: int = 5) -> list[str]:
    terminal = Terminal(columns, rows)
    for one in data:
        terminal.feed(one, 0.0)
    return [row.text for row in terminal.rows()]


def test_what_a_carriage_return_overwrites_is_gone() -> None:
    assert shown("10%\r50%\r100% done\r\nnext") == ["100% done", "next"]
    assert shown("12345\rab") == ["ab345"]
    assert shown("loading...\r\x1b[2Kready") == ["ready"]


def test_the_alternate_screen_is_not_kept() -> None:
    assert shown("a\r\n\x1b[?1049hvim\x1b[5;5Hstuff\x1b[?1049lb") == ["a", "b"]


def test_lines_that_only_the_width_broke_are_one() -> None:
    terminal = Terminal(10, 5)
    terminal.feed("abcdefghijklmno\r\nx", 0.0)
    assert terminal.text((0, 0), (2, 1)) == "abcdefghijklmno\nx\n"


def test_clearing_the_screen_keeps_what_was_on_it() -> None:
    assert shown("one\r\ntwo\r\n\x1b[H\x1b[2Jthree") == ["one", "two", "three"]


def test_an_escape_sequence_may_come_in_pieces() -> None:
    assert shown("a\x1b[", "31", "mred\x1b[0", "m\x1b]0;ti", "tle\x07b") == ["aredb"]


def test_rows_that_scroll_off_are_kept() -> None:
    assert shown("".join(f"{number}\r\n" for number in range(50)))[:50] == [
        str(number) for number in range(50)
    ]


@given(st.lists(st.text(st.sampled_from("ab\x1b[]()0123;HJKhlm?\r\n\b\t\x9b\x07世"), max_size=40)))
def test_any_stream_leaves_a_screen_within_its_bounds(data: list[str]) -> None:
    terminal = Terminal(7, 4)
    for one in data:
        terminal.feed(one, 0.0)
        assert 0 <= terminal.y < terminal.height
        assert 0 <= terminal.x <= terminal.width
        assert len(terminal.screen) <= terminal.height
    assert all("\x1b" not in row.text and len(row.text) <= 7 for row in terminal.rows())


@given(st.text(max_size=300), st.integers(1, 20))
def test_how_a_stream_is_cut_makes_no_difference(text: str, size: int) -> None:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert shown(*pieces) == shown(text) if text else True


SESSION = [
    *typed(1.0, "pytest -q", "1 failed in 0.1s"),
    *typed(10.0, "vim a.py"),
    (12.0, "o", "\x1b[?1049hsecret screen\x1b[?1049l"),
    *typed(20.0, "pytest -q", "1 passed in 0.1s"),
    (30.0, "o", PROMPT),
]


@pytest.mark.parametrize("version", [2, 3])
def test_absolute_and_relative_times_give_the_same_session(tmp_path, version: int) -> None:
    put(tmp_path, "a.cast", cast(version, *SESSION))
    (one,) = read(tmp_path)
    assert said(one) == [
        ("command", "pytest -q"), ("output", "1 failed in 0.1s"), ("command", "vim a.py"),
        ("command", "pytest -q"), ("output", "1 passed in 0.1s"),
    ]  # fmt: skip
    times = [part.time.timestamp() - 1772618400 for part in one.parts[1:]]
    assert times == sorted(times)
    assert (int(times[0]), int(times[2]), int(times[3])) == (1, 10, 20)
    assert one.closed.timestamp() == 1772618430
    assert one.detail["full_screen_programs"] == 1
    assert {part.origin for part in one.parts if part.kind == "command"} == {"human"}
    assert {part.email for part in one.parts if part.kind == "command"} == {"ada@harbour.example"}
    assert {(part.origin, part.email) for part in one.parts if part.kind == "output"} == {
        ("tool", None)
    }
    assert one.parts[1].detail["cwd"] == "~/ledger"


def test_relative_times_in_an_absolute_file_are_noticed(tmp_path) -> None:
    text = cast(3, *SESSION).replace('"version": 3', '"version": 2')
    put(tmp_path, "a.cast", text)
    found = read(tmp_path)
    assert reasons(found) == ["time_out_of_order"]


def test_input_is_never_read(tmp_path) -> None:
    events = [*typed(1.0, "sudo make", "[sudo] password for ada: "), (5.0, "i", "hunter2\r"),
              *typed(9.0, "ls", "a.py")]  # fmt: skip
    put(tmp_path, "a.cast", cast(2, *events))
    (one,) = read(tmp_path)
    assert "hunter2" not in repr(one)
    assert [text for kind, text in said(one) if kind == "command"] == ["sudo make", "ls"]


def test_marks_of_the_shell_say_what_is_what(tmp_path) -> None:
    def run(time: float, command: str, output: str, status: int) -> list[tuple[float, str, str]]:
        return [(time, "o", f"\x1b]133;A\x07odd prompt here \x1b]133;B\x07{command}"),
                (time + 1, "o", f"\r\n\x1b]133;C\x07{output}\r\n\x1b]133;D;{status}\x07")]  # fmt: skip

    events = run(1, "make test", "$ not a prompt\r\nFAILED", 2) + run(5, "frob", "not found", 127)
    put(tmp_path, "a.cast", cast(2, *events))
    (one,) = read(tmp_path)
    assert said(one) == [
        ("command", "make test"), ("output", "$ not a prompt\nFAILED"),
        ("command", "frob"), ("output", "not found"),
    ]  # fmt: skip
    assert one.detail["marks"] is True
    assert [part.detail["exit"] for part in one.parts[1:]] == [2, 2, 127, 127]
    assert [part.detail["error"] for part in one.parts[1:]] == [False, False, True, True]


def test_a_prompt_of_ones_own_can_be_given(tmp_path) -> None:
    events = [(1.0, "o", "ledger:main ==> make\r\nok\r\nledger:main ==> ls\r\na.py\r\n")]
    record = put(tmp_path, "a.cast", cast(2, *events)).with_name("a.cast.byline.toml")
    assert reasons(read(tmp_path)) == ["no_commands"]
    record.write_text(record.read_text() + "prompt = '^[a-z]+:[a-z]+ ==> '\n")
    (one,) = read(tmp_path)
    assert said(one) == [("command", "make"), ("output", "ok"), ("command", "ls"),
                         ("output", "a.py")]  # fmt: skip
    record.write_text(record.read_text().replace("==> '", "(==> '"))
    assert reasons(read(tmp_path)) == ["bad_prompt"]


def test_output_that_looks_like_another_prompt_is_output() -> None:
    terminal = Terminal(80, 20)
    terminal.feed("ada@harbour:~$ cat notes\r\n# a heading\r\n$ make\r\nada@harbour:~$ ls\r\n", 0.0)
    found = list(prompted_commands(terminal.rows()))
    assert [(one.command, one.output) for one in found] == [
        ("cat notes", "# a heading\n$ make"), ("ls", ""),
    ]  # fmt: skip


def test_a_command_over_several_lines_is_one() -> None:
    terminal = Terminal(80, 20)
    terminal.feed("$ for a in 1 2 \\\r\n> 3; do echo $a; done\r\n1\r\n$ ls\r\n", 0.0)
    found = list(prompted_commands(terminal.rows()))
    assert found[0].command == "for a in 1 2 \\\n3; do echo $a; done"
    assert found[0].output == "1"
