"""Hard negatives: passages that look like an answer and belong to other work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from byline.corpus.split import split_of
from byline.examples.bm25 import words
from byline.examples.document_search import Search, search
from byline.examples.material import Material
from byline.examples.passage_candidates import Candidate
from byline.examples.passage_settings import PassageSettings
from byline.examples.pieces import joined


@dataclass(frozen=True)
class Pool:
    """The passages that may be used, by id, and a search over them."""

    candidates: Mapping[str, Candidate]
    words: Mapping[str, frozenset[str]]
    search: Search


def pool(candidates: Sequence[Candidate], settings: PassageSettings) -> Pool:
    """The passages that are long enough and permitted."""
    kept: dict[str, Candidate] = {}
    for one in candidates:
        enough = len(joined(one.passage).split()) >= settings.min_passage_words
        if one.refusal is None and enough:
            kept.setdefault(one.identity, one)
    texts = {key: joined(one.passage) for key, one in kept.items()}
    known = {key: frozenset(words(text)) for key, text in texts.items()}
    return Pool(kept, known, search(texts))


def negatives(
    positive: Candidate, query: str, among: Pool, source: Material, settings: PassageSettings
) -> list[str]:
    """Ids of passages of other groups and the same split that the query ranks high, best first."""
    own = frozenset(words(joined(positive.passage)))
    split = split_of(positive.group_time, source.cuts)
    found: list[str] = []
    for key in among.search.ranked(query, most=settings.looked_at):
        other = among.candidates[key]
        same = len(own & among.words[key]) / max(1, len(own | among.words[key]))
        if (
            other.group != positive.group
            and same <= settings.max_same
            and split_of(other.group_time, source.cuts) == split
        ):
            found.append(key)
        if len(found) == settings.negatives:
            break
    return found
