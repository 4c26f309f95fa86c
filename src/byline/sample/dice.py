"""Repeatable choices: every draw comes from a name and the seed, never from a clock.

`random.Random` seeded by a string hashes it with SHA-512, so a stream depends on nothing but its
name.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice(random.Random):
    """A named stream of draws; it is for invented content, never for cryptography."""

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.randrange(len(options))]
