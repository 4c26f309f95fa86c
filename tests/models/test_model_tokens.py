"""Tokenizer, encoding and packing: nothing lost, nothing learnt that must not be."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealed_fakes import examples, program, programs, row

from byline.errors import InputError, IntegrityError
from byline.models.encoding import Encoder, sentinels_read_as_letters
from byline.models.packing import IGNORED, labels_of, pack
from byline.models.sealed import read_example
from byline.models.tokenizer import SENTINELS, save_tokenizer, train_tokenizer

END, PADDING = 0, 9
TOKENIZER = train_tokenizer(examples(programs(range(40))), vocabulary=400)
ENCODER = Encoder(TOKENIZER)

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)
PARTS = st.tuples(
    TEXTS | st.sampled_from([*SENTINELS, "    return ledger", "é🙂\n", "<fim_middle"]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from(["p1", None]),
    st.sampled_from(["human", "tool", "ai"]),
)
ROWS = st.lists(st.lists(PARTS, max_size=5), min_size=1, max_size=8)


def encode(*rows):
    return list(ENCODER.encode(read_example(item) for item in rows))


def test_the_same_rows_give_the_same_tokenizer():
    again = train_tokenizer(examples(programs(range(40))), vocabulary=400)
    assert again.to_str() == TOKENIZER.to_str()
    assert [TOKENIZER.token_to_id(t) for t in ("<|endoftext|>", "<pad>")] == [END, PADDING]


def test_a_vocabulary_without_room_for_every_byte_is_refused():
    with pytest.raises(InputError, match="cannot hold all bytes"):
        train_tokenizer(examples(programs(range(2))), vocabulary=200)


def test_transformers_loads_the_tokenizer(tmp_path):
    transformers = pytest.importorskip("transformers")
    save_tokenizer(TOKENIZER, tmp_path, context=64)
    loaded = transformers.AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    text = program(3) + "<fim_middle>é🙂"
    assert loaded(text)["input_ids"] == TOKENIZER.encode(text).ids
    assert loaded.decode(loaded(text)["input_ids"]) == text
    assert (loaded.eos_token_id, loaded.pad_token_id) == (END, PADDING)


def test_sentinels_of_the_recipe_are_control_tokens_and_those_of_people_are_letters():
    (item,) = encode(
        row(
            "a",
            ("<fim_prefix>", 0.0, None, "tool"),
            ("x = '<fim_middle>'\n", 1.0, "p1", "human"),
            ("<fim_middle>", 0.0, None, "tool"),
        )
    )
    controls = [t for t in item.tokens if t in range(1, 9)]
    assert controls == [
        TOKENIZER.token_to_id("<fim_prefix>"),
        TOKENIZER.token_to_id("<fim_middle>"),
    ]
    assert TOKENIZER.decode(item.tokens.tolist(), skip_special_tokens=False) == item.example.text
    assert sentinels_read_as_letters(item, SENTINELS) == 1


def test_text_without_a_byline_in_the_anonymous_lane_is_still_letters():
    (item,) = encode(row("a", ("<|endoftext|>", 1.0, None, "human")))
    assert END not in item.tokens


def test_a_token_that_touches_unlearnt_text_is_not_learnt():
    text = "    return ledger"
    (whole,) = encode(row("a", (text, 1.0, "p1", "human")))
    cut = int(whole.ends[0]) - 1  # inside the first token
    assert cut > 0
    (item,) = encode(row("a", (text[:cut], 0.0, "p1", "human"), (text[cut:], 1.0, "p2", "human")))
    assert item.weights[0] == 0
    assert (item.weights[1:] == 1).all()


def test_weights_are_the_spans_times_the_examples():
    (item,) = encode(row("a", ("abc", 0.5, "p1", "human"), weight=0.5))
    assert item.weights == pytest.approx(0.25)


@pytest.mark.parametrize(
    "change", [("end", 3), ("start", 1), ("loss", float("nan")), ("loss", -1.0)]
)
def test_spans_that_do_not_cover_the_text_stop_the_run(change):
    bad = row("a", ("abcdef", 1.0, "p1", "human"))
    bad["spans"][0][change[0]] = change[1]
    with pytest.raises(IntegrityError, match="example a"):
        read_example(bad)


def packed_rows(rows, directory, *, context=16, seed=0):
    encoded = encode(*rows)
    packed = pack(
        iter(encoded), directory=directory, context=context, end=END, padding=PADDING, seed=seed
    )
    return packed, {item.example.id: item for item in encoded}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=ROWS, context=st.integers(2, 40), seed=st.integers(0, 3))
def test_the_sidecar_gives_back_every_example_token_for_token(
    tmp_path_factory, parts, context, seed
):
    directory = tmp_path_factory.mktemp("packed")
    rows = [row(f"ex{n}", *some) for n, some in enumerate(parts)]
    rows.append(row("zz", ("always", 1.0, "p1", "human")))
    packed, encoded = packed_rows(rows, directory, context=context, seed=seed)
    found = {name: [] for name, item in encoded.items() if len(item.tokens)}
    learnt = {name: [] for name in found}
    for span in pq.read_table(packed.sidecar).to_pylist():
        name, here = span["example"], slice(span["start"], span["end"])
        assert span["example_start_token"] == len(found[name])
        found[name] += packed.tokens[span["row"], here].tolist()
        learnt[name] += packed.weights[span["row"], here].tolist()
    for name, tokens in found.items():
        assert tokens == encoded[name].tokens.tolist()
        assert learnt[name] == encoded[name].weights.tolist()
        assert encoded[name].example.text == TOKENIZER.decode(tokens, skip_special_tokens=False)
    # What no span covers is an end token, one an example, or padding after the last.
    flat = packed.tokens.reshape(-1)
    assert (flat[: packed.token_count] == END).sum() == len(found)
    assert (flat[packed.token_count :] == PADDING).all()
    assert not packed.weights.reshape(-1)[packed.token_count :].any()


def test_labels_are_ignored_where_the_loss_is_zero(tmp_path):
    rows = [row("a", ("context\n", 0.0, "p1", "human"), ("answer\n", 1.0, "p2", "human"))]
    packed, encoded = packed_rows(rows, tmp_path, context=32)
    labels = labels_of(packed.tokens[:1], packed.weights[:1])[0]
    weights = encoded["a"].weights
    assert (labels[: len(weights)][weights == 0] == IGNORED).all()
    assert (labels[: len(weights)][weights > 0] == encoded["a"].tokens[weights > 0]).all()
    assert labels[len(weights)] == END  # it learns to stop after what it learns
    assert (labels[len(weights) + 1 :] == IGNORED).all()


def test_the_order_is_a_hash_of_seed_and_id_and_not_of_reading(tmp_path):
    rows = programs(range(12))
    digests = []
    for number, (some, seed) in enumerate([(rows, 0), (rows[::-1], 0), (rows, 1)]):
        directory = tmp_path / str(number)
        directory.mkdir()
        digests.append(packed_rows(some, directory, seed=seed)[0].digest)
    assert digests[0] == digests[1] != digests[2]


def test_nothing_to_learn_is_said(tmp_path):
    with pytest.raises(InputError, match="no token to learn from"):
        packed_rows([row("a", ("text", 0.0, "p1", "human"))], tmp_path)
    assert not list(Path(tmp_path).glob("*.parquet"))
