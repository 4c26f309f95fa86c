"""The `passage` recipe: questions as people put them, and the passages that answer them.

Queries are never invented: a query is a heading, a document's title, an issue's or a review's
title, a commit's subject or a comment in code, as somebody wrote it, and the label ``query_origin``
says which. The passage is what stands below it: a section, an issue's description, or the longest
run of lines that a merged change wrote in a file.

Each example names hard negatives: passages of other groups that BM25 ranks high for its query and
that may be used themselves. The record holds only their ids, which are the label ``positive`` of
the examples that hold their text, so that every shown text has its own byline; a negative that is
left out later is not found there and falls away.
"""

from collections.abc import Iterator
from functools import partial

from byline.examples.draft import Declined, Draft, Making, each
from byline.examples.material import Material
from byline.examples.passage_drafts import make, units
from byline.examples.passage_negatives import Pool, pool
from byline.examples.passage_queries import candidates_of
from byline.examples.passage_settings import RECIPE, VERSION, PassageSettings

__all__ = ["RECIPE", "VERSION", "PassageSettings", "Pool", "passage"]


def passage(source: Material, settings: PassageSettings) -> Iterator[Draft | Declined]:
    """Queries with their passages and hard negatives, or why there is none."""
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)
    candidates = list(candidates_of(source, settings))
    known = pool(candidates, settings)
    yield from each(
        making,
        units(candidates),
        partial(make, source=source, settings=settings, making=making, pool=known),
    )
