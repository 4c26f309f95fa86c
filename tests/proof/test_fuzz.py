"""Hostile bytes for every parser: each refuses in its own words or reads, and nothing else."""

import contextlib

import pytest
from bundle_maker import LOG
from fuzz_targets import REFUSALS, SIGNER, outcome, read_policy, targets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.proof import verify
from byline.proof.cosignature import CosigningKey
from byline.proof.policy import parse_policy

TARGETS = targets()
SLOW = {"zip": 12, "sealed_release": 25, "vrf": 15}


def changed(data, edits, others):
    """Return bytes after edits: overwrite, delete, repeat, or bring in a part of another input."""
    for kind, first, second, value in edits:
        start = first % (len(data) + 1)
        stop = min(len(data), start + 1 + second % 40)
        other = others[value % len(others)]
        middle = {
            0: bytes([value]),
            1: b"",
            2: data[start:stop] * 2,
            3: other[second % (len(other) + 1) :][: stop - start + value % 3],
            4: bytes([data[start] ^ 1 << value % 8]) + data[start + 1 : stop]
            if start < stop
            else b"",
        }[kind]
        data = data[:start] + middle + data[stop:]
    return data


FOUND = [
    # atheris: the verifier wrote a name with a lone surrogate as UTF-8
    (
        "keys",
        b"unio\xff\xff\xff\xffn.example+94d7e075+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",
    ),
]

EDITS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 2**16), st.integers(0, 2**16), st.integers(0, 255)),
    max_size=4,
)


NAMES = st.sampled_from(["a", "b", "c", "d", "none", "all"])
KEYS = {name: CosigningKey("w.example", name.encode() * 32).cosigner.vkey for name in "abcd"}
WITNESSES = st.sampled_from(list(KEYS.values()))
RULES = st.one_of(
    st.builds("log {}".format, st.sampled_from([LOG.vkey, SIGNER.verifier.vkey])),
    st.builds("witness {} {}".format, NAMES, WITNESSES),
    st.builds("witness {} {} https://x.example".format, NAMES, WITNESSES),
    st.builds(
        lambda name, many, members: " ".join(["group", name, many, *members]),
        NAMES,
        st.sampled_from(["any", "all", "0", "1", "2", "3", "02", "+1", "\u0661"]),
        st.lists(NAMES, max_size=4),
    ),
    st.builds("quorum {}".format, NAMES),
    st.sampled_from(["", "# comment", " \t", "log", "group", "quorum", "quorum a b", "\r", "\x0c"]),
)


@st.composite
def policies(draw):
    """A policy that is true but for the lines that are brought in, left out or exchanged."""
    names = ["a", "b", "c", "d"][: draw(st.integers(0, 4))]
    lines = [f"log {LOG.vkey}", *(f"witness {name} {KEYS[name]}" for name in names)]
    free = draw(st.permutations(names))
    for group in ("e", "f", "g"):
        members, free = free[: draw(st.integers(0, 3))], free[len(names) // 2 :]
        if members:
            many = draw(st.sampled_from(["any", "all", *map(str, range(len(members) + 1))]))
            lines.append(f"group {group} {many} {' '.join(members)}")
            free = [name for name in [*free, group] if name not in members]
            names.append(group)
    lines.append(f"quorum {draw(st.sampled_from([*names, 'none']))}")
    for place, rule in draw(st.lists(st.tuples(st.integers(0, 9), RULES | st.none()), max_size=2)):
        lines[place:place] = [rule] if rule is not None else [lines.pop()]
    return "\n".join([*lines, draw(st.sampled_from(["", "", "", "x"]))]).encode()


@settings(max_examples=150, deadline=None)
@given(data=policies())
def test_two_readers_believe_the_same_policies(data):
    read_policy(data)
    ours, theirs = outcome(lambda: parse_policy(data)), outcome(lambda: verify.read_policy(data))
    assert (ours is None) == (theirs is None), data


@pytest.mark.parametrize("name", TARGETS)
def test_true_inputs_are_read(name):
    for data in TARGETS[name].seeds:
        TARGETS[name].run(data)


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_inputs_that_once_did_harm(name, data):
    with contextlib.suppress(*REFUSALS):
        TARGETS[name].run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_bytes_are_read_or_refused(name):
    target = TARGETS[name]
    mutated = st.builds(
        lambda seed, edits: changed(seed, edits, target.seeds), st.sampled_from(target.seeds), EDITS
    )

    @settings(
        max_examples=SLOW.get(name, 120), suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(data=mutated | st.binary(max_size=200))
    def run(data):
        with contextlib.suppress(*REFUSALS):
            target.run(data)

    run()
