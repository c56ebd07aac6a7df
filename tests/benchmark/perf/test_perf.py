"""Benchmarks compare the same work: the rival computes the same, and both are timed alternately."""

import pytest
import torch
from click.testing import CliRunner
from tiny_encoder import write_encoder

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.perf.crf import crf_pairs
from mnerbench.benchmark.perf.families import family_pairs
from mnerbench.benchmark.perf.pairs import Pair, in_turns
from mnerbench.benchmark.perf.parts import Timing
from mnerbench.benchmark.perf.pictures import CELLS, WIDTH, noise_inputs
from mnerbench.benchmark.perf.step_bench import PADDED, Setting, StepBench
from mnerbench.benchmark.perf.steps import METHODS, padded
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", [*METHODS, "umt-x"])
def test_a_padded_step_has_the_loss_and_the_gradient_of_ours(name):
    case = Case(methods()[name], train=lambda *_: None)
    method = case.build().eval()
    split, results = case.split(method), []
    for pad in (lambda batch: batch, padded):
        views = {view: pad(split.batch(range(7), view)) for view in case.config.training_views}
        method.zero_grad()
        torch.manual_seed(0)
        loss = torch.stack(list(method.losses(views).values())).sum()
        loss.backward()
        norm = torch.nn.utils.get_total_norm([p.grad for p in method.parameters() if p.grad is not None])
        results.append(torch.stack([loss.detach(), norm]))
    torch.testing.assert_close(results[1], results[0], rtol=1e-4, atol=1e-5)


def test_words_and_subwords_are_padded():
    case = Case(methods()["umt"], train=lambda *_: None)
    batch = padded(case.batch(case.build(), range(4), case.config.primary_view))
    assert batch.subwords.ids.shape[1] == batch.subwords.units.shape[1] == PADDED
    assert batch.labels.shape == batch.mask.shape == batch.subwords.first.shape == (4, PADDED)


def test_sides_are_timed_alternately_after_untimed_calls():
    calls = []
    ours, theirs = in_turns(lambda: calls.append("ours"), lambda: calls.append("theirs"), times=2, device=CPU, warm=1)
    assert calls == ["ours", "theirs"] * 3
    assert (len(ours), len(theirs)) == (2, 2)
    assert Pair("x", "y", [1.0, 2.0, 9.0], [4.0, 5.0, 6.0]).ratio == 2.5


def test_crf_pairs_time_loss_decoding_and_posteriors():
    pairs = list(crf_pairs(CPU, times=1))
    assert {pair.what for pair in pairs} == {"CRF loss + backward", "CRF Viterbi", "CRF log posteriors + backward"}
    assert all(pair.ours[0] > 0 and pair.theirs[0] > 0 for pair in pairs)


def test_noise_has_the_shape_of_extracted_features(tmp_path):
    inputs = noise_inputs(["a", "b"], tmp_path)
    assert inputs.features[InputKind.GRID].vectors("b").shape == (CELLS, WIDTH)
    assert inputs.features[InputKind.GLOBAL].vectors("a").shape == (1, WIDTH)
    assert inputs.texts_of(InputKind.CAPTIONS, "a")


def test_parts_that_cannot_be_timed_are_reported(monkeypatch):
    monkeypatch.setattr("mnerbench.benchmark.perf.crf.SIZES", ((2, 3, 4),))
    done = CliRunner().invoke(cli, ["perf", "--only", "crf", "--only", "steps"])
    assert done.exit_code == 0, done.output
    assert "not timed, since they need --encoder: steps" in done.output
    assert "CRF Viterbi" in done.output


@pytest.mark.parametrize("name", ["hbilstm-crf", "lookup", "hvpnet"])
def test_steps_of_methods_without_a_text_encoder_are_refused_first(name):
    with pytest.raises(ConfigError, match=rf"{name}: `steps` times only methods with a text encoder"):
        Timing(resources=None, methods=(name,)).check(["steps"])


@pytest.fixture
def small_setting(fixtures, tmp_path):
    encoder = write_encoder(tmp_path / "encoder")
    return Setting(load_corpus("tiny", fixtures), encoder, False, 2, 1, CPU, Precision.FP32, tmp_path)


def test_operations_of_the_encoder_are_those_of_its_linear_layers(small_setting):
    bench = StepBench(small_setting, "bert-crf")
    [batch] = bench.batches()
    subwords = bench.split.batch(batch, bench.config.primary_view).subwords
    weights = sum(m.weight.numel() for m in bench.method.encoder.modules() if isinstance(m, torch.nn.Linear))
    assert bench.encoder_operations(batch) == 2 * subwords.ids.numel() * weights


def test_a_method_that_reads_tweets_once_has_the_share_of_umt(small_setting):
    [once, several] = family_pairs(small_setting, ["bert-grid", "mrc-ner"])
    assert "umt; 1.00 x its encoder operations" in once.rival
    assert float(several.rival.split()[1]) > 2
