"""How well whoever wrote something knew the file: a weight of the example, and nothing else.

After ELF (experience-aware loss for review comments, arXiv 2409.10959) in idea; the formula is
ours: ``clip(0.5 + log1p(n) / log1p(p90), 0.5, 1.5)``, with n the commits and reviews of that person
on that path in the 365 days before, and p90 the ninetieth percentile of all such counts.

Law 11, nobody is ranked: counts are per path, exist only while examples are built, and nothing here
gives or compares people's values over paths. What leaves is the weight of an example, in steps of a
tenth, so that it cannot be traced back to a count.
"""

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

WINDOW: Final = dt.timedelta(days=365)
LEAST: Final = 0.5
MOST: Final = 1.5
PERCENTILE: Final = 0.9
Act = tuple[str, str, dt.datetime]
"""A commit or a review: who, which path, when."""


class Experience:
    """Who worked where and when; it answers with weights only."""

    def __init__(self, acts: Iterable[Act]) -> None:
        """Collect them; one that comes twice counts once."""
        times: dict[tuple[str, str], list[dt.datetime]] = {}
        for person, path, time in sorted(set(acts)):
            times.setdefault((person, path), []).append(time)
        self._times: Mapping[tuple[str, str], Sequence[dt.datetime]] = times
        counts = sorted(_most_in_window(one) for one in times.values())
        place = min(int(len(counts) * PERCENTILE), len(counts) - 1)
        self._high = counts[place] if counts else 0

    def weight(self, people: Sequence[str], path: str, time: dt.datetime) -> float:
        """The weight of what somebody wrote about a file, in steps of a tenth.

        Args:
            people: Whoever wrote it; of several the first, nobody has the weight 1.
            path: Of the file.
            time: When; only what was before counts.
        """
        if not people or self._high == 0:
            return 1.0
        times = self._times.get((people[0], path), ())
        known = bisect_left(times, time) - bisect_left(times, time - WINDOW)
        value = LEAST + math.log1p(known) / math.log1p(self._high)
        return round(min(max(value, LEAST), MOST), 1)


def _most_in_window(times: Sequence[dt.datetime]) -> int:
    """The most acts within the window before any of them, itself included; times are in order."""
    most = start = 0
    for end, time in enumerate(times):
        while times[start] < time - WINDOW:
            start += 1
        most = max(most, end - start + 1)
    return most
