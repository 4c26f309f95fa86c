"""Schedules, losses, windows and metrics, each against its plain definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.models.attention import BLOCK as QUERIES
from byline.models.attention import block_attention
from byline.models.completion import edit_similarity
from byline.models.identity import model_id
from byline.models.loss import BLOCK, backpropagate
from byline.models.muon import Muon, orthogonal
from byline.models.schedule import RowSchedule, rate_share
from byline.models.scoring import NeuralScorer
from byline.models.statistics import difference

torch = pytest.importorskip("torch")


@given(rows=st.integers(1, 40), batch=st.integers(1, 17), steps=st.integers(1, 30))
def test_every_pass_reads_every_row_once_and_the_counts_say_so(rows, batch, steps):
    schedule = RowSchedule(rows=rows, batch=batch, seed=3)
    read = np.concatenate([schedule.step(n) for n in range(steps)])
    for start in range(0, len(read) - rows + 1, rows):
        assert sorted(read[start : start + rows]) == list(range(rows))
    assert np.bincount(read, minlength=rows).tolist() == schedule.times_read(steps).tolist()


def test_a_step_reads_the_same_rows_whether_or_not_the_run_was_resumed():
    fresh = RowSchedule(rows=10, batch=4, seed=1)
    going = RowSchedule(rows=10, batch=4, seed=1)
    steps = [going.step(n).tolist() for n in range(9)]
    assert fresh.step(8).tolist() == steps[8]


def test_the_rate_rises_then_falls_to_zero_and_no_step_is_idle():
    shares = [rate_share(n, steps=100, warmup=10) for n in range(101)]
    assert shares[:10] == sorted(shares[:10])
    assert shares[9] == shares[10] == 1.0
    assert shares[10:] == sorted(shares[10:], reverse=True)
    assert shares[100] == 0.0
    assert min(shares[:100]) > 0


@settings(max_examples=25, deadline=None)
@given(tokens=st.integers(1, 2 * QUERIES + 3), heads=st.integers(1, 3), seed=st.integers(0, 99))
def test_attention_in_blocks_and_its_gradients_are_those_of_causal_attention(tokens, heads, seed):
    drawn = torch.Generator().manual_seed(seed)
    shape = (2, heads, tokens, 8)
    parts = [torch.randn(shape, generator=drawn).requires_grad_() for _ in range(3)]
    pull = torch.randn(shape, generator=drawn)
    expected = torch.nn.functional.scaled_dot_product_attention(*parts, is_causal=True)
    found = block_attention().apply(*parts, 8**-0.5)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    for one, other in zip(
        torch.autograd.grad(found, parts, pull),
        torch.autograd.grad(expected, parts, pull),
        strict=True,
    ):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_the_blockwise_loss_and_its_gradients_are_those_of_cross_entropy():
    torch.manual_seed(0)
    count = BLOCK + 37
    inputs = torch.randn(count, 8, requires_grad=True)
    output = torch.nn.Parameter(torch.randn(30, 8))
    labels, weights = torch.randint(0, 30, (count,)), torch.rand(count)
    losses = torch.nn.functional.cross_entropy(inputs @ output.T, labels, reduction="none")
    expected = (losses * weights).sum() / weights.sum()
    of_inputs, of_output = torch.autograd.grad(expected, [inputs, output])
    loss = backpropagate(inputs * 1, output, labels=labels, weights=weights)
    torch.testing.assert_close(loss, expected.detach())
    torch.testing.assert_close(inputs.grad, of_inputs)
    torch.testing.assert_close(output.grad, of_output)


class Unigram:
    """A causal model whose next token depends on the one before, so that windows do not matter."""

    device = "cpu"

    def __init__(self, table):
        self.table = table

    def get_output_embeddings(self):
        return type("Layer", (), {"weight": self.table})

    def __call__(self, *, input_ids, use_cache, logits_to_keep):
        return type("Answer", (), {"logits": self.table[input_ids[:, logits_to_keep]]})


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.lists(st.integers(1, 6), max_size=40), min_size=1, max_size=5),
    context=st.integers(2, 16),
)
def test_windows_score_each_token_once_after_the_one_before_it(texts, context):
    table = torch.log_softmax(torch.arange(49.0).reshape(7, 7).sin() * 3, -1)
    scorer = NeuralScorer("m", Unigram(table), context=context, end=0, padding=0, batch=3)
    scores = scorer.score([np.array(text, dtype=np.int32) for text in texts])
    for text, values in zip(texts, scores, strict=True):
        expected = [float(table[a, b]) for a, b in zip([0, *text], text, strict=False)]
        assert values.tolist() == pytest.approx(expected, abs=1e-6)


@given(one=st.text("abc", max_size=8), other=st.text("abc", max_size=8))
def test_edit_similarity_is_symmetric_and_one_only_for_equals(one, other):
    value = edit_similarity(one, other)
    assert 0 <= value <= 1
    assert value == edit_similarity(other, one)
    assert (value == 1) == (one == other)


def test_edit_similarity_of_a_known_pair():
    assert edit_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)


def test_the_interval_holds_the_mean_and_is_the_same_every_time():
    rng = np.random.default_rng(5)
    sizes = rng.integers(50, 500, 40).astype(float)
    better, worse = sizes * 2 + rng.normal(0, 20, 40), sizes * 3
    found = [
        difference(("a", better), ("b", worse), sizes=sizes, resamples=200, seed=1) for _ in "12"
    ]
    assert found[0] == found[1]
    assert found[0].low < found[0].mean < found[0].high < 0
    assert found[0].mean == pytest.approx(-1, abs=0.1)


def test_a_models_id_depends_on_release_settings_and_weights():
    facts = {"release": "rel_1", "settings": {"a": 1, "b": 2}, "weights_sha256": "00"}
    same = model_id(release="rel_1", settings={"b": 2, "a": 1}, weights_sha256="00")
    assert same == model_id(**facts)
    assert same.startswith("mdl_")
    assert len(same) == 20
    others = [{"release": "rel_2"}, {"settings": {"a": 2, "b": 2}}, {"weights_sha256": "01"}]
    assert len({same, *(model_id(**{**facts, **other}) for other in others)}) == 4


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 12), wider=st.integers(0, 12), seed=st.integers(0, 99))
def test_an_orthogonal_matrix_keeps_its_singular_vectors_and_evens_its_values(rows, wider, seed):
    drawn = torch.Generator().manual_seed(seed)
    left = torch.linalg.qr(torch.randn(2, rows, rows, generator=drawn)).Q
    right = torch.linalg.qr(torch.randn(2, rows + wider, rows, generator=drawn)).Q
    values = 0.05 + torch.rand(2, rows, generator=drawn)
    found = orthogonal(left @ torch.diag_embed(values) @ right.mT)
    evened = left.mT @ found @ right
    diagonal = evened.diagonal(dim1=-2, dim2=-1)
    torch.testing.assert_close(evened, torch.diag_embed(diagonal), atol=1e-4, rtol=0)
    assert diagonal.min() > 0.6
    assert diagonal.max() < 1.3


def test_muon_moves_as_the_one_in_torch_does():
    torch.manual_seed(3)
    shapes = {"square": (8, 8), "tall": (20, 8), "wide": (8, 20)}
    ours = {name: torch.nn.Parameter(torch.randn(shape)) for name, shape in shapes.items()}
    theirs = {name: torch.nn.Parameter(weight.detach().clone()) for name, weight in ours.items()}
    muon = Muon(ours, precision="bfloat16", weight_decay=0.1)
    other = torch.optim.Muon(theirs.values(), lr=0.02, weight_decay=0.1, momentum=0.95)
    for _ in range(4):
        for name, shape in shapes.items():
            theirs[name].grad = torch.randn(shape)
            ours[name].grad = theirs[name].grad.clone()
        muon.step(0.02)
        other.step()
    for name in shapes:
        torch.testing.assert_close(ours[name], theirs[name], atol=2e-3, rtol=0)
