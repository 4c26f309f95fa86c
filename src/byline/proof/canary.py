"""Personal canaries: sentences that nobody else would write, committed to before they are planted.

A kit is made from 32 random bytes. Each of its canaries is one of many sentences of the same build;
the others, its siblings, are never used anywhere. A model that was not trained on the canary has
no reason to find it likelier than its siblings, so its rank among them is a fair draw, and the
chance of a rank that good is exactly rank / candidates, whatever the model and the score. Exposure
is that of Carlini, Liu, Erlingsson, Kos and Song (USENIX Security 2019, arXiv 1802.08232).

Invariants: a commitment binds the seed and every sentence, planted or not, and tells nothing of
them; ties count against the canary. Whoever has the kit can find the canaries and leave them out,
so it stays with the person who plants them.
"""

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from byline.proof.canary_words import ADJECTIVES, NOUNS, VERBS
from byline.proof.canonical import canonical_json, parse_canonical, sha256_hex
from byline.proof.errors import MalformedError, VerificationError

SCHEMA: Final = "byline/canaries/1"
FORM: Final = "byline/canary/1"
SEED_SIZE: Final = 32
SIBLINGS: Final = 1023
"""With the canary 1,024 candidates: no smaller chance than 1/1,024 can come out of one canary."""
MAX_COUNT: Final = 256
MAX_SIBLINGS: Final = 16_383
MAX_KIT_BYTES: Final = 1 << 20
BUILD: Final = "the {} {} {} the {} {} while every {} {} {} its {}"
SLOTS: Final = (ADJECTIVES, NOUNS, VERBS, ADJECTIVES, NOUNS, ADJECTIVES, NOUNS, VERBS, NOUNS)
"""58 bits of choice."""


@dataclass(frozen=True)
class Kit:
    """The canaries of one person; secret until they are tested.

    Attributes:
        seed: 32 random bytes, from which everything follows.
        count: How many canaries there are.
        siblings: How many unused sentences each is compared with.
        person: Whose they are; not part of the commitment.
    """

    seed: bytes
    count: int
    siblings: int = SIBLINGS
    person: str = ""

    def __post_init__(self) -> None:
        """Refuse a kit that has no canaries, or more than can be compared."""
        if len(self.seed) != SEED_SIZE:
            raise MalformedError(f"expected a seed of {SEED_SIZE} bytes, got {len(self.seed)}")
        if not 1 <= self.count <= MAX_COUNT:
            raise MalformedError(f"expected 1 to {MAX_COUNT} canaries, got {self.count}")
        if not 1 <= self.siblings <= MAX_SIBLINGS:
            raise MalformedError(f"expected 1 to {MAX_SIBLINGS} siblings, got {self.siblings}")

    @property
    def texts(self) -> tuple[str, ...]:
        """The canaries, in order of number."""
        return tuple(sentence(self.seed, number, 0) for number in range(self.count))

    def candidates(self, number: int) -> tuple[str, ...]:
        """A canary, and after it its siblings."""
        places = range(self.siblings + 1)
        return tuple(sentence(self.seed, number, place) for place in places)

    @cached_property
    def commitment(self) -> str:
        """What the log records: binds the seed and all sentences, in hexadecimal."""
        digest = hashlib.sha256()
        for number in range(self.count):
            for text in self.candidates(number):
                digest.update(text.encode() + b"\n")
        bound = {
            "count": self.count,
            "form": FORM,
            "seed": self.seed.hex(),
            "sentences_sha256": digest.hexdigest(),
            "siblings": self.siblings,
        }
        return sha256_hex(FORM.encode() + b"\n" + canonical_json(bound))

    def as_json(self) -> dict[str, Any]:
        """As it is written to a file; the sentences are there to be read and planted."""
        return {
            "schema": SCHEMA,
            "form": FORM,
            "person": self.person,
            "seed": self.seed.hex(),
            "siblings": self.siblings,
            "canaries": list(self.texts),
            "commitment": self.commitment,
        }


def sentence(seed: bytes, number: int, place: int) -> str:
    """The sentence at a place of a canary: 0 is the canary, 1 and on are its siblings."""
    named = f"{FORM}\n{number}\n{place}".encode()
    bits = int.from_bytes(hmac.digest(seed, named, "sha256"), "big")
    words = []
    for slot in SLOTS:
        bits, choice = divmod(bits, len(slot))
        words.append(slot[choice])
    return BUILD.format(*words)


def read_kit(data: bytes) -> Kit:
    """The kit in a file.

    Raises:
        MalformedError: It is no kit.
        VerificationError: Its sentences or its commitment do not follow from its seed.
    """
    if len(data) > MAX_KIT_BYTES:
        raise MalformedError(f"expected at most {MAX_KIT_BYTES} bytes, got {len(data)}")
    value = parse_canonical(data)
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise MalformedError(f"expected a {SCHEMA}")
    try:
        canaries, person = list(value["canaries"]), str(value["person"])
        kit = Kit(bytes.fromhex(value["seed"]), len(canaries), value["siblings"], person)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedError(f"the kit lacks or garbles {error}") from error
    if kit.as_json() != value:
        raise VerificationError(
            "the kit's sentences or its commitment are not those of its seed",
            advice="use the file as it was made, with the version that made it",
        )
    return kit


def kit_bytes(kit: Kit) -> bytes:
    """A kit as the bytes of its file."""
    return canonical_json(kit.as_json())


@dataclass(frozen=True)
class Exposure:
    """How a canary compares with its siblings.

    Attributes:
        number: Which canary.
        rank: 1 where no sibling is as likely as the canary.
        candidates: The canary and its siblings.
        bits: log2 of candidates less log2 of rank.
        chance: How often an unused canary has a rank this good: rank / candidates.
        corrected: The same, corrected for the number of canaries (Holm, 1979).
    """

    number: int
    rank: int
    candidates: int
    bits: float
    chance: float
    corrected: float


@dataclass(frozen=True)
class Exposures:
    """All canaries of a kit under one model.

    Attributes:
        chance: How often a kit that was not used has a best rank as good as this one's: exact,
            because its canaries are independent draws.
    """

    each: tuple[Exposure, ...]
    chance: float


def exposures(losses: Sequence[Sequence[float]]) -> Exposures:
    """Exposure and chance, from what each candidate costs a model.

    Args:
        losses: Of each canary: the canary's own loss, then its siblings'.

    Raises:
        MalformedError: There is no canary, one has no sibling, or a loss is no finite number.
    """
    if not losses or any(len(one) < 2 for one in losses):
        raise MalformedError("expected canaries, each with its siblings")
    if not all(math.isfinite(loss) for one in losses for loss in one):
        raise MalformedError("expected finite losses")
    ranks = [sum(loss <= one[0] for loss in one) for one in losses]
    sizes = [len(one) for one in losses]
    chances = [rank / size for rank, size in zip(ranks, sizes, strict=True)]
    each = zip(ranks, sizes, chances, _holm(chances), strict=True)
    return Exposures(
        tuple(
            Exposure(number, rank, size, math.log2(size) - math.log2(rank), chance, corrected)
            for number, (rank, size, chance, corrected) in enumerate(each)
        ),
        # The chance that at least one of so many draws is at most the least: Šidák, 1967.
        -math.expm1(len(chances) * math.log1p(-min(chances))) if min(chances) < 1 else 1.0,
    )


def _holm(chances: Sequence[float]) -> list[float]:
    corrected = [0.0] * len(chances)
    largest = 0.0
    ordered = sorted(range(len(chances)), key=lambda place: chances[place])
    for before, place in enumerate(ordered):
        largest = max(largest, min(1.0, (len(chances) - before) * chances[place]))
        corrected[place] = largest
    return corrected
