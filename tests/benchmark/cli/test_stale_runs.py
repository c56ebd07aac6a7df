"""A method of another package is edited between commands: warnings, and which runs are repeated."""

from __future__ import annotations

import json
import shutil
import signal

import pytest
from outside_method import OutsideMethod

from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore

pytestmark = pytest.mark.slow

STALE = "2 runs of mine were computed by other code than is installed (mine_ner.rules differs)"


def records(mine, method="mine"):
    matches = [record for record in RunStore(mine.out).records() if record.spec.method == method]
    return sorted(matches, key=lambda record: record.spec.seed)


def scores(mine, method="mine"):
    return [record.metrics["test"]["t"]["conlleval"].overall.predicted for record in records(mine, method)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, fixtures):
    """Results of the method with two seeds."""
    method = OutsideMethod(tmp_path_factory.mktemp("finished"), fixtures)
    method.run()
    return method.out


@pytest.fixture
def mine(tmp_path, fixtures, finished):
    """The method, to be edited, and a copy of its results."""
    method = OutsideMethod(tmp_path, fixtures)
    shutil.copytree(finished, method.out)
    return method


def test_edits_that_change_no_result_give_no_warning(mine):
    mine.edit("rules.py", "def label(word):", 'def label(word):\n    """A label."""  # by its first letter')
    mine.edit("other.py", "1", "2")
    for text in (mine.plan(), mine.run(), mine.benchmark("status", "--out", mine.out)):
        assert "other code" not in text
    assert "0 to do" in mine.plan("--rerun", "stale")


def test_a_changed_method_is_reported_everywhere_and_repeated_on_demand(mine):
    before, others = records(mine), records(mine, "majority")
    assert {record.code["mine_ner.rules"] for record in before} == {before[0].code["mine_ner.rules"]}
    mine.edit("rules.py", "istitle", "isupper")
    plan = mine.plan()
    assert f"{STALE}\n  -> --rerun stale repeats such runs" in plan
    assert "4 runs: 4 done, 0 to do" in plan
    output = mine.run()
    assert STALE in output.split("0 to do")[0]
    assert f"warning: {STALE}: `benchmark run ... --rerun stale` repeats such runs" in output
    assert records(mine) == before
    assert STALE in mine.benchmark("status", "--out", mine.out)
    assert STALE in mine.benchmark("report", "--out", mine.out, "--format", "markdown").replace("\\", "")
    assert "mine_ner.rules differs" in mine.benchmark("compare", "mine", "majority", "--out", mine.out)

    assert "4 runs: 4 done, 2 to do" in mine.plan("--rerun", "stale")
    text = mine.run("--rerun", "stale")
    assert f"{STALE}; they will be repeated" in text
    assert "warning" not in text.replace("warning: fewer than", "")
    assert [record.started for record in records(mine, "majority")] == [record.started for record in others]
    assert scores(mine) != [record.metrics["test"]["t"]["conlleval"].overall.predicted for record in before]
    assert "other code" not in mine.plan()


def test_the_plan_as_json_has_the_state_of_the_code(mine):
    def codes():
        return [(run["method"], run["code"]) for run in json.loads(mine.plan("--format", "json"))["runs"]]

    assert set(codes()) == {("mine", "installed"), ("majority", "installed")}
    mine.edit("rules.py", "istitle", "isupper")
    assert set(codes()) == {("mine", "other"), ("majority", "installed")}
    (mine.out / records(mine)[0].identity / "record.json").unlink()
    assert ("mine", None) in codes()


def test_a_row_whose_seeds_other_code_computed_is_named(mine):
    mine.edit("rules.py", "istitle", "isupper")
    mine.run("--rerun", "stale", "--seeds", "1,")
    page = mine.benchmark("report", "--out", mine.out, "--format", "json")
    [warning] = [text for text in json.loads(page)["tables"][0]["warnings"] if "mixes" in text]
    assert warning.startswith("mine mixes runs of different code (mine_ner.rules; seed 0 against seed 1)")
    assert "1 run of mine was computed by other code than is installed" in mine.plan()


def test_records_without_code_are_reported_once_and_not_repeated(mine):
    for path in mine.out.glob("*/record.json"):
        data = json.loads(path.read_text())
        del data["code"]
        path.write_text(json.dumps(data))
    mine.edit("rules.py", "istitle", "isupper")
    for text in (mine.plan(), mine.benchmark("status", "--out", mine.out), mine.benchmark("report", "--out", mine.out)):
        assert text.count("the code of 4 runs is unknown") == 1
    assert "4 runs: 4 done, 0 to do" in mine.plan("--rerun", "stale")


def test_a_broken_method_hides_no_results(mine):
    mine.edit("card.py", "MINE = ", "MINE = = ")
    for verb in ("status", "report"):
        text = mine.benchmark(verb, "--out", mine.out)
        assert "the code of runs is not compared with what is installed: entry point 'mine'" in text
        assert "mine" in text.split("compared")[0] + text.split("compared")[1]


def test_a_failed_run_of_a_fixed_method_is_reported(mine):
    mine.edit("rules.py", "word.istitle()", "wrong.istitle()")
    mine.run("--rerun", "stale", code=1)
    assert {record.status for record in records(mine)} == {Status.FAILED}
    mine.edit("rules.py", "wrong.istitle()", "word.istitle()")
    assert STALE in mine.run(code=1)
    mine.run("--rerun", "stale")
    assert {record.status for record in records(mine)} == {Status.DONE}


def test_nothing_heavy_is_imported_to_compare(mine):
    mine.edit("model.py", "from mine_ner import rules", "import torch\nfrom mine_ner import rules")
    probe = (
        "import sys; from mnerbench.benchmark.cli import cli; cli.main({0!r}, standalone_mode=False); "
        "assert not {{'torch', 'mlflow', 'mine_ner.model'}} & set(sys.modules), 'heavy import'"
    )
    for arguments in (
        ["plan", *map(str, mine.flags)],
        ["status", "--out", str(mine.out)],
        ["report", "--out", str(mine.out)],
    ):
        assert "mine_ner.model differs" in mine.python(probe.format(arguments))


# --- A method that is trained ---------------------------------------------------------------------------------------

CARD = """
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.configs import TaggerConfig

MINE = MethodFamily(
    name="mine",
    target="mine_ner.model:Mine",
    config=TaggerConfig,
    citation="none",
    variants={"mine": Variant("a hidden layer")},
)
"""
MODEL = """
import torch
from torch import nn

from mnerbench.methods.layers.head import build_head
from mnerbench.methods.tagger import NeuralMethod


class Mine(NeuralMethod):
    def __init__(self, config, encoder, labels, visual):
        super().__init__(config, encoder, labels, visual)
        self.hidden = nn.Linear(encoder.width, 16)
        self.project = nn.Linear(16, len(labels))
        self.head = build_head(config.decoder, len(labels), config.crf)

    def forward(self, batch):
        return self.project(torch.tanh(self.hidden(self.encoder(batch.subwords))))
"""
SUITE = """
title = "a method that is being written"
datasets = ["tiny"]
methods = ["mine"]
seeds = 1
encoder = "scratch"
[training]
epochs = 3
batch_size = 4
lr_encoder = 1e-3
"""


@pytest.fixture
def trained(tmp_path, fixtures):
    return OutsideMethod(tmp_path, fixtures, {"card.py": CARD, "model.py": MODEL}, SUITE)


def interrupted_run(mine, *arguments, number=signal.SIGKILL):
    """A run that a signal ends after its first epoch, with a checkpoint."""
    command = mine.started("run", *mine.flags, "--no-mlflow", "--threads", 1, "--checkpoint-every", 0, *arguments)
    for line in command.output:
        if "epoch 1/3" in line:
            command.send_signal(number)
            break
    rest = command.output.read()
    command.wait()
    assert list(mine.out.glob("*/checkpoint.pt"))
    return rest


def test_a_checkpoint_of_other_code_is_not_resumed(trained):
    interrupted_run(trained)
    trained.edit("model.py", "torch.tanh", "torch.relu")
    text = trained.run("--threads", 1)
    assert "checkpoint of other code than is installed; the run started over" in text
    assert "resumed" not in text
    [record] = records(trained)
    assert record.resumed == 0
    assert record.notes == ("checkpoint of other code than is installed; the run started over",)


def test_a_stale_score_stays_until_the_run_of_the_new_code_has_ended(trained):
    trained.run("--threads", 1)
    [before] = records(trained)
    trained.edit("model.py", "torch.tanh", "torch.relu")
    rest = interrupted_run(trained, "--rerun", "stale", number=signal.SIGINT)
    assert "interrupted: to resume, run the same command" in rest
    assert records(trained) == [before]
    text = trained.run("--threads", 1, "--rerun", "stale")
    assert "resumed at step" in text
    [after] = records(trained)
    assert after.resumed == 1
    assert after.code["mine_ner.model"] != before.code["mine_ner.model"]
    assert "0 to do" in trained.plan("--rerun", "stale")


def test_a_search_that_continues_with_other_code_warns(trained):
    flags = [*trained.flags, "--no-mlflow", "--threads", 1, "--set", "training.epochs=1"]
    assert "other code" not in trained.benchmark("tune", *flags, "--trials", 1)
    trained.edit("model.py", "torch.tanh", "torch.relu")
    text = trained.benchmark("tune", *flags, "--trials", 2)
    assert "mine on tiny: 1 trial was computed by other code than is installed; their scores are kept" in text
    assert "mine on tiny: 2 versions of the code computed its trials (1, 1)" in text
