from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.corpus.split import cut_times, split_of, splits_of
from byline.errors import InputError

FIRST = datetime(2024, 7, 1, 9, tzinfo=UTC)
LAST = datetime(2026, 6, 26, 18, tzinfo=UTC)
MOMENTS = st.integers(946_684_800, 1_893_456_000).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)


def test_the_last_tenth_floored_to_a_month():
    cuts = cut_times(FIRST, LAST)
    assert cuts.valid_from == datetime(2026, 4, 1, tzinfo=UTC)
    assert cuts.test_from == datetime(2026, 5, 1, tzinfo=UTC)


def test_one_more_day_of_work_moves_nothing():
    cuts = cut_times(FIRST, LAST)
    assert cut_times(FIRST, LAST + timedelta(days=1)) == cuts


def test_an_explicit_end_of_training():
    cuts = cut_times(FIRST, LAST, train_until=date(2026, 2, 28))
    assert cuts.valid_from == datetime(2026, 3, 1, tzinfo=UTC)
    assert cuts.test_from == datetime(2026, 4, 1, tzinfo=UTC)
    later = cut_times(FIRST, LAST + timedelta(days=2), train_until=date(2026, 2, 28))
    assert later == cuts, "one more commit must not move an example from one split to another"
    assert split_of(datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), cuts) == "train"
    assert split_of(datetime(2026, 3, 1, tzinfo=UTC), cuts) == "validation"
    assert split_of(datetime(2026, 4, 28, tzinfo=UTC), cuts) == "test"


def test_too_short_a_span_is_all_train_with_a_reason():
    cuts = cut_times(FIRST, FIRST + timedelta(days=29))
    assert cuts.valid_from is None
    assert "29 days" in cuts.reason
    assert split_of(LAST, cuts) == "train"
    late = cut_times(FIRST, LAST, train_until=date(2027, 1, 1))
    assert late.valid_from is None
    assert "2027-01-01" in late.reason


def test_zones_are_respected_and_required():
    cuts = cut_times(FIRST, LAST)
    west = timezone(timedelta(hours=-8))
    assert split_of(datetime(2026, 3, 31, 20, tzinfo=west), cuts) == "validation"
    with pytest.raises(InputError):
        cut_times(FIRST.replace(tzinfo=None), LAST)
    with pytest.raises(InputError):
        cut_times(LAST, FIRST)


@given(
    MOMENTS,
    st.integers(0, 4000),
    st.lists(MOMENTS, max_size=8),
    st.none() | st.integers(-100, 4000),
)
def test_columns_agree_with_single_moments_and_time_orders_splits(first, days, moments, until):
    last = first + timedelta(days=days)
    train_until = None if until is None else (first + timedelta(days=until)).date()
    cuts = cut_times(first, last, train_until=train_until)
    assert cuts.reason
    assert (cuts.valid_from is None) == (cuts.test_from is None)
    if cuts.valid_from is not None:
        assert cuts.valid_from <= cuts.test_from <= last
        if train_until is None:
            assert first < cuts.valid_from
    moments = sorted([*moments, first, last])
    single = [split_of(one, cuts) for one in moments]
    assert splits_of(pa.array(moments, pa.timestamp("us", tz="UTC")), cuts).to_pylist() == single
    rank = {"train": 0, "validation": 1, "test": 2}
    assert [rank[one] for one in single] == sorted(rank[one] for one in single)


def test_work_without_a_time_is_refused():
    with pytest.raises(InputError):
        splits_of(pa.array([None], pa.timestamp("s", tz="UTC")), cut_times(FIRST, LAST))
