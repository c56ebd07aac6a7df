"""The CRF against enumeration of every labelling in float64, and against pytorch-crf."""

import itertools
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.layers.crf.linear_chain import LinearChainCRF, build_crf
from mnerbench.methods.layers.crf.peer import PeerCRF

AnyCRF = LinearChainCRF | PeerCRF
LENGTHS = (4, 1, 0, 3, 2)


def parameters_of(crf: AnyCRF) -> tuple[Tensor, Tensor, Tensor]:
    """Start, end and transitions of either backend."""
    if isinstance(crf, LinearChainCRF):
        return crf.start, crf.end, crf.transitions
    return crf.crf.start_transitions, crf.crf.end_transitions, crf.crf.transitions


def make_crf(backend: CRFBackend, labels: int, seed: int = 0, spread: float = 1.0) -> AnyCRF:
    """A float64 CRF whose parameters are far enough from zero to matter."""
    crf = build_crf(labels, backend).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in parameters_of(crf):
            parameter.copy_(spread * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return crf


def make_batch(lengths: tuple[int, ...], labels: int, seed: int = 1, words: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Random float64 emissions, gold labels (-100 at padding) and mask."""
    generator = torch.Generator().manual_seed(seed)
    words = max(words, *lengths)
    mask = torch.arange(words) < torch.tensor(lengths).unsqueeze(1)
    emissions = 2 * torch.randn(len(lengths), words, labels, generator=generator, dtype=torch.float64)
    gold = torch.randint(labels, mask.shape, generator=generator).masked_fill(~mask, -100)
    return emissions.requires_grad_(), gold, mask


def enumerate_labellings(crf: AnyCRF, emissions: Tensor) -> tuple[Tensor, Tensor]:
    """Every labelling of one sentence of at least one word, and its score; emissions [words, labels]."""
    start, end, transitions = parameters_of(crf)
    words, labels = emissions.shape
    paths = torch.tensor(list(itertools.product(range(labels), repeat=words)))
    scores = start[paths[:, 0]] + end[paths[:, -1]] + transitions[paths[:, :-1], paths[:, 1:]].sum(1)
    return paths, scores + emissions[torch.arange(words), paths].sum(1)


def brute_nll(crf: AnyCRF, emissions: Tensor, gold: Tensor, mask: Tensor) -> Tensor:
    rows = []
    for row, labels, length in zip(emissions, gold, mask.sum(1).tolist(), strict=True):
        if length == 0:
            rows.append(row.new_zeros(()))
            continue
        paths, scores = enumerate_labellings(crf, row[:length])
        rows.append(scores.logsumexp(0) - scores[(paths == labels[:length]).all(1)].squeeze(0))
    return torch.stack(rows)


def brute_log_marginals(crf: AnyCRF, emissions: Tensor, mask: Tensor) -> Tensor:
    result = torch.zeros_like(emissions)
    for row, length in enumerate(mask.sum(1).tolist()):
        if length:
            paths, scores = enumerate_labellings(crf, emissions[row, :length])
            has_label = torch.nn.functional.one_hot(paths, emissions.shape[-1]).bool()
            log_p = scores.log_softmax(0)[:, None, None].masked_fill(~has_label, -torch.inf).logsumexp(0)
            result[row, :length] = log_p
    return result


def gradients(value: Tensor, crf: AnyCRF, emissions: Tensor) -> list[Tensor]:
    """Gradients of a weighted sum in which all weights differ."""
    weights = torch.linspace(0.5, 1.5, value.numel(), dtype=value.dtype).view_as(value).to(value.device)
    return list(torch.autograd.grad((weights * value).sum(), (emissions, *parameters_of(crf)), allow_unused=True))


def assert_all_close(actual: list[Tensor], expected: list[Tensor], **tolerance: float) -> None:
    for a, b in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, b, **(tolerance or {"rtol": 1e-9, "atol": 1e-11}))


@pytest.mark.parametrize("backend", CRFBackend)
def test_nll_and_its_gradients_equal_enumeration(backend: CRFBackend) -> None:
    crf, (emissions, gold, mask) = make_crf(backend, 3), make_batch(LENGTHS, 3)
    actual, expected = crf.nll(emissions, gold, mask), brute_nll(crf, emissions, gold, mask)
    assert_all_close([actual], [expected])
    assert actual[2] == 0
    assert_all_close(gradients(actual, crf, emissions), gradients(expected, crf, emissions))


@pytest.mark.parametrize("backend", CRFBackend)
def test_marginals_and_their_gradients_equal_enumeration(backend: CRFBackend) -> None:
    crf, (emissions, _, mask) = make_crf(backend, 3), make_batch(LENGTHS, 3)
    actual, expected = crf.log_marginals(emissions, mask), brute_log_marginals(crf, emissions, mask)
    assert_all_close([actual], [expected])
    torch.testing.assert_close(actual.exp().sum(-1)[mask], torch.ones(int(mask.sum()), dtype=torch.float64))
    assert (actual[~mask] == 0).all()
    assert_all_close(gradients(actual, crf, emissions), gradients(expected, crf, emissions))


@pytest.mark.parametrize("backend", CRFBackend)
def test_cross_view_alignment_reaches_emissions_and_transitions(backend: CRFBackend) -> None:
    """ITA eq. 5: cross entropy between the posteriors of two views, the teacher detached."""
    crf, (emissions, _, mask) = make_crf(backend, 3), make_batch(LENGTHS, 3)
    teacher = crf.log_marginals(make_batch(LENGTHS, 3, seed=5)[0], mask).detach()
    actual = -(teacher.exp() * crf.log_marginals(emissions, mask)).sum((1, 2))
    expected = -(teacher.exp() * brute_log_marginals(crf, emissions, mask)).sum((1, 2))
    assert_all_close(gradients(actual, crf, emissions), gradients(expected, crf, emissions))


def test_gradcheck_of_likelihood_and_marginals() -> None:
    crf, (emissions, gold, mask) = make_crf(CRFBackend.NATIVE, 2), make_batch((3, 0, 1), 2)
    inputs = (emissions, *parameters_of(crf))
    assert torch.autograd.gradcheck(lambda e, *_: crf.nll(e, gold, mask), inputs)
    assert torch.autograd.gradcheck(lambda e, *_: crf.log_marginals(e, mask), inputs)


def test_second_derivatives_are_refused_rather_than_wrong() -> None:
    crf, (emissions, gold, mask) = make_crf(CRFBackend.NATIVE, 3), make_batch(LENGTHS, 3)
    (gradient,) = torch.autograd.grad(crf.nll(emissions, gold, mask).sum(), emissions, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.square().sum().backward()


@pytest.mark.parametrize("backend", CRFBackend)
def test_viterbi_finds_a_best_labelling(backend: CRFBackend) -> None:
    crf, (emissions, _, mask) = make_crf(backend, 3), make_batch(LENGTHS, 3)
    actual = crf.decode(emissions, mask)
    assert [len(path) for path in actual] == list(LENGTHS)
    for row, path in enumerate(actual):
        if path:
            paths, scores = enumerate_labellings(crf, emissions[row, : len(path)])
            torch.testing.assert_close(scores[(paths == torch.tensor(path)).all(1)], scores.max().unsqueeze(0))


def test_viterbi_score_is_best_among_ties() -> None:
    crf = make_crf(CRFBackend.NATIVE, 2, spread=0.0)
    emissions = torch.tensor([[[0.0, 0.0], [1.0, 1.0], [0.0, 2.0]]])
    (path,) = crf.decode(emissions, torch.ones(1, 3, dtype=torch.bool))
    assert path[2] == 1
    assert set(path) <= {0, 1}


def test_equals_pytorch_crf_at_the_size_of_tweets() -> None:
    torch.manual_seed(3)
    native = build_crf(13)
    torch.manual_seed(3)
    reference = build_crf(13, CRFBackend.PYTORCH_CRF)
    for ours, theirs in zip(parameters_of(native), parameters_of(reference), strict=True):
        assert torch.equal(ours, theirs)
    native.double()
    reference.double()
    emissions, gold, mask = make_batch((40, 7, 0, 1, 23, 39), 13)
    assert native.decode(emissions, mask) == reference.decode(emissions, mask)
    for answer in (lambda crf: crf.nll(emissions, gold, mask), lambda crf: crf.log_marginals(emissions, mask)):
        ours, theirs = answer(native), answer(reference)
        assert_all_close([ours], [theirs])
        assert_all_close(gradients(ours, native, emissions), gradients(theirs, reference, emissions))


def test_float32_answers_stay_within_1e_5_of_float64() -> None:
    crf = make_crf(CRFBackend.NATIVE, 13)
    wide, gold, mask = make_batch((100, 64, 1), 13)
    narrow = wide.detach().float().requires_grad_()
    exact = crf.nll(narrow.detach().double(), gold, mask)
    expected = gradients(crf.nll(wide, gold, mask), crf, wide)
    rounded = LinearChainCRF(13)
    rounded.load_state_dict(crf.state_dict())
    loss = rounded.nll(narrow, gold, mask)
    assert loss.dtype == torch.float32
    assert_all_close([loss.double()], [exact], rtol=1e-5, atol=0)
    actual = gradients(loss, rounded, narrow)
    for a, b in zip(actual, expected, strict=True):
        assert (a - b).norm() < 1e-5 * b.norm()


@pytest.mark.parametrize("backend", CRFBackend)
@pytest.mark.parametrize("content", [torch.nan, torch.inf, -torch.inf, 1e30])
def test_padding_content_changes_no_answer_and_no_gradient(backend: CRFBackend, content: float) -> None:
    crf, (emissions, gold, mask) = make_crf(backend, 3), make_batch(LENGTHS, 3, words=6)
    dirty = emissions.detach().masked_fill(~mask.unsqueeze(-1), content).requires_grad_()
    assert crf.decode(dirty, mask) == crf.decode(emissions, mask)
    for answer in (lambda e: crf.nll(e, gold, mask), lambda e: crf.log_marginals(e, mask)):
        clean_value, dirty_value = answer(emissions), answer(dirty)
        assert torch.equal(dirty_value, clean_value)
        for a, b in zip(gradients(dirty_value, crf, dirty), gradients(clean_value, crf, emissions), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("backend", CRFBackend)
def test_a_sentence_is_answered_alike_alone_and_in_a_padded_batch(backend: CRFBackend) -> None:
    crf, (emissions, gold, mask) = make_crf(backend, 3), make_batch(LENGTHS, 3, words=9)
    together, marginals = crf.nll(emissions, gold, mask), crf.log_marginals(emissions, mask)
    for row, length in enumerate(LENGTHS):
        alone = emissions[row : row + 1, :length], gold[row : row + 1, :length], mask[row : row + 1, :length]
        assert_all_close([crf.nll(*alone)], [together[row : row + 1]], rtol=1e-12, atol=1e-12)
        actual = crf.log_marginals(alone[0], alone[2])
        assert_all_close([actual], [marginals[row : row + 1, :length]], rtol=1e-12, atol=1e-12)
        assert crf.decode(alone[0], alone[2]) == crf.decode(emissions, mask)[row : row + 1]


@pytest.mark.parametrize("backend", CRFBackend)
@pytest.mark.parametrize("words", [0, 2])
def test_a_batch_without_any_word(backend: CRFBackend, words: int) -> None:
    crf = build_crf(3, backend)
    emissions = torch.randn(2, words, 3, requires_grad=True)
    gold, mask = torch.zeros(2, words, dtype=torch.long), torch.zeros(2, words, dtype=torch.bool)
    loss = crf.nll(emissions, gold, mask)
    loss.sum().backward()
    assert loss.tolist() == [0.0, 0.0]
    assert torch.equal(emissions.grad, torch.zeros_like(emissions))
    assert torch.equal(crf.log_marginals(emissions, mask), torch.zeros(2, words, 3))
    assert crf.decode(emissions, mask) == [[], []]


@pytest.mark.parametrize("backend", CRFBackend)
def test_low_precision_emissions_are_promoted_first(backend: CRFBackend) -> None:
    crf = build_crf(5, backend)
    wide, gold, mask = make_batch((60, 12), 5)
    low = wide.detach().bfloat16().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, marginals, path = crf.nll(low, gold, mask), crf.log_marginals(low, mask), crf.decode(low, mask)
    loss.sum().backward()
    assert loss.dtype == marginals.dtype == torch.float32
    assert torch.equal(loss, crf.nll(low.float(), gold, mask))
    assert torch.equal(marginals, crf.log_marginals(low.float(), mask))
    assert path == crf.decode(low.float(), mask)
    assert low.grad.dtype == torch.bfloat16
    assert low.grad.isfinite().all()


@pytest.mark.parametrize("scale", [50.0, 1e4])
def test_extreme_scores_neither_overflow_nor_vanish(scale: float) -> None:
    crf, (emissions, gold, mask) = make_crf(CRFBackend.NATIVE, 3, spread=20.0), make_batch(LENGTHS, 3)
    with torch.no_grad():
        emissions.mul_(scale)
        crf.transitions[0, 2], crf.start[2] = -250.0, -1e4
    actual, expected = crf.nll(emissions, gold, mask), brute_nll(crf, emissions, gold, mask)
    assert_all_close([actual], [expected], rtol=1e-9, atol=1e-6)
    assert_all_close(gradients(actual, crf, emissions), gradients(expected, crf, emissions), rtol=1e-9, atol=1e-6)
    marginals = crf.log_marginals(emissions, mask)
    assert_all_close([marginals], [brute_log_marginals(crf, emissions, mask)], rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("backend", CRFBackend)
@pytest.mark.parametrize("step", [-1e4, -1e9])
def test_emissions_do_not_pay_for_a_step_of_minus_ten_thousand(backend: CRFBackend, step: float) -> None:
    crf = build_crf(2, backend).double()
    emissions, mask = torch.tensor([[[400.0, 0.0], [0.0, 400.0]]]).double(), torch.ones(1, 2, dtype=torch.bool)
    with torch.no_grad():
        for parameter in parameters_of(crf):
            parameter.zero_()
        parameters_of(crf)[2][0, 1] = step
        parameters_of(crf)[0][0] = 0.1  # [1, 1] would tie
    assert crf.decode(emissions, mask) == [[0, 0]]
    forbidden, best = (crf.nll(emissions, torch.tensor([labels]), mask).item() for labels in ([0, 1], [0, 0]))
    assert forbidden - best == pytest.approx(-step - 400)


@pytest.mark.parametrize("size", [301.0, 1e4, 1e7])
def test_transitions_of_any_size_count_as_they_are_in_every_answer(size: float) -> None:
    crf, (emissions, gold, mask) = make_crf(CRFBackend.NATIVE, 3), make_batch(LENGTHS, 3)
    with torch.no_grad():
        crf.transitions[0, 2], crf.transitions[1, 0] = -size, size
    actual, expected = crf.nll(emissions, gold, mask), brute_nll(crf, emissions, gold, mask)
    assert_all_close([actual], [expected], rtol=1e-9, atol=1e-6)
    assert_all_close(gradients(actual, crf, emissions), gradients(expected, crf, emissions), rtol=1e-9, atol=1e-6)
    marginals = crf.log_marginals(emissions, mask)
    assert_all_close([marginals], [brute_log_marginals(crf, emissions, mask)], rtol=1e-9, atol=1e-6)
    for row, (path, length) in enumerate(zip(crf.decode(emissions, mask), mask.sum(1).tolist(), strict=True)):
        if length:
            paths, scores = enumerate_labellings(crf, emissions[row, :length])
            assert path == paths[scores.argmax()].tolist()
    loss = (2.0**20) * crf.nll(emissions, gold, mask)  # as a loss scaler would
    assert (loss >= -(2.0**20) * 1e-15 * size).all()
    assert all(gradient.isfinite().all() for gradient in gradients(loss, crf, emissions))


def test_a_step_of_minus_infinity_is_never_taken() -> None:
    crf, (emissions, gold, mask) = make_crf(CRFBackend.NATIVE, 3), make_batch(LENGTHS, 3)
    with torch.no_grad():
        emissions.mul_(1e6)
        crf.transitions[0, 2] = -torch.inf
    assert all((0, 2) not in itertools.pairwise(path) for path in crf.decode(emissions, mask))
    loss = crf.nll(emissions, gold.masked_fill(mask, 1), mask)
    assert all(value.isfinite().all() for value in (loss, *gradients(loss, crf, emissions)))


@settings(max_examples=30, deadline=None)
@given(
    labels=st.integers(1, 3),
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4).map(tuple),
    extra=st.integers(0, 2),
    seed=st.integers(0, 2**16),
)
def test_every_shape_equals_enumeration(labels: int, lengths: tuple[int, ...], extra: int, seed: int) -> None:
    crf = make_crf(CRFBackend.NATIVE, labels, seed)
    emissions, gold, mask = make_batch(lengths, labels, seed + 1, words=max(lengths) + extra)
    with torch.no_grad():
        assert_all_close([crf.nll(emissions, gold, mask)], [brute_nll(crf, emissions, gold, mask)])
        assert_all_close([crf.log_marginals(emissions, mask)], [brute_log_marginals(crf, emissions, mask)])
    best = torch.tensor([path + [0] * (mask.shape[1] - len(path)) for path in crf.decode(emissions, mask)])
    best_nll = crf.nll(emissions, best.view(mask.shape).long(), mask)
    assert (best_nll <= crf.nll(emissions, gold, mask) + 1e-9).all()
    for row, length in enumerate(lengths):
        if length:
            _, scores = enumerate_labellings(crf, emissions[row, :length])
            torch.testing.assert_close(best_nll[row], scores.logsumexp(0) - scores.max())


@pytest.mark.parametrize("backend", CRFBackend)
def test_inputs_that_cannot_be_right_are_refused(backend: CRFBackend) -> None:
    crf = build_crf(3, backend)
    emissions, gold, mask = (
        torch.zeros(2, 4, 3),
        torch.zeros(2, 4, dtype=torch.long),
        torch.ones(2, 4, dtype=torch.bool),
    )
    gap = mask.clone()
    gap[1, 1] = False
    late = gold.clone()
    late[0, 3] = 3
    for bad, message in [
        ((emissions[0], gold, mask), r"emissions must be float \[batch, words, 3 labels\].*\[4, 3\]"),
        ((emissions[..., :2], gold, mask), r"emissions must be float .*\[2, 4, 2\]"),
        ((emissions.long(), gold, mask), "emissions must be float .*int64"),
        ((emissions, gold[:, :3], mask), r"labels must be torch.int64 \[2, 4\].*\[2, 3\]"),
        ((emissions, gold.int(), mask), "labels must be torch.int64 .*int32"),
        ((emissions, gold, mask[:1]), r"mask must be torch.bool \[2, 4\].*\[1, 4\]"),
        ((emissions, gold, mask.float()), "mask must be torch.bool .*float32"),
        ((emissions, gold, gap), "a word follows padding"),
        ((emissions, late, mask), r"labels of words must be 0 to 2, got \[0, 3\]"),
        ((emissions, gold - 1, mask), r"labels of words must be 0 to 2, got \[-1\]"),
    ]:
        with pytest.raises(ValueError, match=message):
            crf.nll(*bad)
    for answer in (crf.decode, crf.log_marginals):
        with pytest.raises(ValueError, match="a word follows padding"):
            answer(emissions, gap)


def test_backends_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(build_crf(3, CRFBackend("native")), LinearChainCRF)
    assert isinstance(build_crf(3, CRFBackend("pytorch-crf")), PeerCRF)
    monkeypatch.setitem(sys.modules, "torchcrf", None)
    with pytest.raises(ImportError, match=r"pip install pytorch-crf .*TorchCRF"):
        build_crf(3, CRFBackend.PYTORCH_CRF)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("backend", CRFBackend)
def test_cuda_equals_cpu(backend: CRFBackend) -> None:
    crf, (emissions, gold, mask) = make_crf(backend, 13), make_batch((60, 7, 0, 1), 13)
    cpu = [crf.nll(emissions, gold, mask), crf.log_marginals(emissions, mask)]
    expected = [*cpu, *itertools.chain(*(gradients(value, crf, emissions) for value in cpu))]
    path = crf.decode(emissions, mask)
    crf.cuda()
    on_gpu, gold, mask = emissions.detach().cuda().requires_grad_(), gold.cuda(), mask.cuda()
    gpu = [crf.nll(on_gpu, gold, mask), crf.log_marginals(on_gpu, mask)]
    actual = [*gpu, *itertools.chain(*(gradients(value, crf, on_gpu) for value in gpu))]
    assert_all_close([value.cpu() for value in actual], expected)
    assert crf.decode(on_gpu, mask) == path
