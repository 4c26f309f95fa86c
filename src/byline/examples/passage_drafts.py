"""From a query and its passage to a draft."""

from collections.abc import Iterator, Sequence

from byline.examples.bm25 import words
from byline.examples.document_slices import turn, word_count
from byline.examples.draft import Draft, LeftOutError, Log, Making, Unit
from byline.examples.material import Material
from byline.examples.passage_candidates import Candidate
from byline.examples.passage_negatives import Pool, negatives
from byline.examples.passage_settings import PassageSettings
from byline.examples.pieces import joined


def units(candidates: Sequence[Candidate]) -> Iterator[Unit[Candidate]]:
    """One opportunity for each query."""
    for one in candidates:
        repository = str(one.item["repository"] or one.item["source"])
        yield Unit(one, one.sources, str(one.item["item"]), repository, one.time, one.group)


def make(
    unit: Unit[Candidate],
    identity: str,
    log: Log,
    *,
    source: Material,
    settings: PassageSettings,
    making: Making,
    pool: Pool,
) -> Draft:
    """The draft of one query.

    Raises:
        LeftOutError: The terms exclude it, or a filter does.
    """
    one = unit.what
    if one.item["skip"] or one.refusal:
        raise LeftOutError(str(one.item["skip"] or one.refusal))
    dated = one.item["opened"] is not None
    log.require("time_known", float(dated), 1, dated)
    query, text = joined(one.query).strip(), joined(one.passage)
    _check(query, text, log, settings)
    log.note("passage_cut", float(one.was_cut), settings.max_passage_characters)
    others = negatives(one, query, pool, source, settings)
    log.note("negatives", len(others), settings.negatives)
    return Draft(
        identity=identity,
        recipe=making.recipe,
        version=making.version,
        settings_digest=making.settings_digest,
        work_class="code" if one.kind == "code" else one.item["class"],
        record={"query": query, "passage": text, "positive": one.identity, "negatives": others,
                "key": one.item["key"], "query_origin": one.origin, "kind": one.kind},
        turns=(turn("Query", one.query, kind="intent"),
               turn("Passage", one.passage, kind="passage", learn=1.0)),
        sources=one.sources,
        item=unit.item,
        repository=unit.repository,
        group=unit.group,
        time=unit.time,
        target=text,
        labels={"positive": one.identity, "query_origin": one.origin, "kind": one.kind},
        decisions=log.decisions,
    )  # fmt: skip


def _check(query: str, text: str, log: Log, settings: PassageSettings) -> None:
    count = word_count(query)
    log.require("min_query_words", count, settings.min_query_words,
                count >= settings.min_query_words)  # fmt: skip
    log.require("max_query_words", count, settings.max_query_words,
                count <= settings.max_query_words)  # fmt: skip
    length = word_count(text)
    log.require("min_passage_words", length, settings.min_passage_words,
                length >= settings.min_passage_words)  # fmt: skip
    asked, said = set(words(query)), set(words(text))
    share = len(asked & said) / max(1, len(said))
    log.require("max_overlap", share, settings.max_overlap, share <= settings.max_overlap)
