"""Growth of cost: computation and plot, and that synthetic folders are read like real ones."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from harness_perf import growth, overhead
from harness_perf.command import command
from harness_perf.figure import check_figure, growth_figure
from harness_perf.growth import Growth, growth_of_runs
from harness_perf.sheets import harness_sections
from harness_perf.synthetic_predictions import make_predictions
from harness_perf.synthetic_runs import make_runs

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.prediction_stats import compute_stats
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import ConfigError
from mnerbench.reports.render.markdown import markdown_sections

RISING = Growth("reading", "tweets", (10, 100, 1000), (1.0, 5.0, 80.0))


def test_growth_is_that_of_the_steepest_step():
    assert RISING.steepest == pytest.approx(1.6)
    assert Growth("x", "runs", (1, 2, 4), (3.0, 6.0, 12.0)).steepest == pytest.approx(1.0)


def test_growth_is_printed_with_every_amount():
    text = markdown_sections("x", harness_sections([Pair("x", "y", [1.0], [2.5])], [RISING], "cpu"))
    for cell in ("2.50x", "1,000", "80.00", "100.0", "1.60", "torch"):
        assert cell in text


@pytest.mark.parametrize("name", ["growth.png", "growth.svg"])
def test_growth_is_drawn(tmp_path, name):
    growth_figure([RISING, Growth("running", "seeds", (1, 2), (3.0, 6.0))], tmp_path / name)
    assert (tmp_path / name).stat().st_size > 5000


@pytest.mark.parametrize("name", ["growth.txt", "nowhere/growth.png"])
def test_a_figure_that_cannot_be_drawn_is_refused_before_anything_is_timed(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot be written"):
        check_figure(tmp_path / name)


def test_synthetic_runs_are_read_like_real_ones(tmp_path):
    make_runs(tmp_path, 10, tweets=30)
    store, stats_store = RunStore(tmp_path), PredictionStatsStore(RunStore(tmp_path))
    records = list(store.records())
    assert len(records) == 10
    for record in records:
        predictions = store.predictions(record.identity, "test", "t")
        described = stats_store.described(record, "test")
        counted = compute_stats(predictions, described, described.known_names(None, 0))
        stored = stats_store.of(record, "test", "t")
        assert (stored.tweets == counted.tweets).all()
        assert record.score("test", "t", "conlleval").overall.correct == stored.tweets[:, 0].sum()


def test_every_command_over_runs_is_timed(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(growth, "seconds_of", lambda *arguments: commands.append(arguments) or float(len(commands)))
    growths = list(growth_of_runs(tmp_path, (10, 20), tweets=5))
    assert [each.what.replace(",", "").split()[0] for each in growths] == [
        "run",
        "run",
        "plan",
        "status",
        "report",
        "report",
    ]
    assert all(len(each.seconds) == 2 for each in growths)
    grids = [arguments for arguments in commands if arguments[0] == "plan"]
    for runs, arguments in zip((10, 20), grids, strict=True):
        seeds = int(arguments[arguments.index("--seeds") + 1])
        sizes = arguments[arguments.index("--train-tweets") + 1].split(",")
        assert 2 * seeds * len(sizes) == runs


def test_scoring_is_timed_over_increasing_numbers_of_predictions(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(growth, "seconds_of", lambda *arguments: commands.append(arguments) or float(len(commands)))
    growths = list(growth.growth_of_predictions(tmp_path, (10, 20), of_test=5))
    assert [(each.unit, each.amounts, len(each.seconds)) for each in growths] == [("tweets", (10, 20), 2)] * 2
    assert [arguments[0] for arguments in commands] == ["score"] * 4


def test_synthetic_predictions_are_scored_like_real_ones(tmp_path):
    files = make_predictions(tmp_path, 30, of_test=20)
    for kind, file in files.items():
        flags = ["--dataset", "made", "--name", kind, "--data", str(tmp_path), "--out", str(tmp_path / "out")]
        done = CliRunner().invoke(cli, ["score", str(file), *flags], catch_exceptions=False)
        assert "20 of 20 test tweets found" in done.output
        assert "extra: 10" in done.output


def test_the_fixed_costs_of_a_command_count_towards_its_first_run(tmp_path, monkeypatch):
    def seconds_of_two_runs(out):
        make_runs(out, 2, tweets=5)
        return 250.0

    monkeypatch.setattr(
        overhead, "seconds_of", lambda *flags: seconds_of_two_runs(Path(flags[flags.index("--out") + 1]))
    )
    paths = RunPaths(tmp_path, None, tmp_path, tmp_path)
    first, further = overhead.overhead_pairs(paths, "some/bert", 10, 1)
    # Synthetic records: 100 s, 94 of them for steps and evaluation.
    assert (first.ours, first.theirs) == ([150_000.0], [94_000.0])
    assert (further.ours, further.theirs) == ([100_000.0], [94_000.0])
    assert further.ratio == pytest.approx(0.94)


def test_parts_without_their_inputs_are_reported(tmp_path):
    path = tmp_path / "growth.png"
    result = CliRunner().invoke(command, ["--only", "epochs", "--only", "overhead", "--figure", str(path)])
    assert result.exit_code == 0, result.output
    assert "not timed: epochs, overhead: no --encoder" in result.output
    assert "nothing drawn" in result.output
    assert not path.exists()


def test_the_script_runs_from_the_checkout(root):
    command_line = [sys.executable, "-P", root / "tests" / "perf", "--only", "grids", "--figure", "growth.txt"]
    result = subprocess.run(command_line, capture_output=True, text=True, check=False, cwd=root)
    assert result.returncode == 1
    assert "--figure growth.txt: cannot be written" in result.stderr
