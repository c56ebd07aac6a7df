"""Timed commands, workers and features, and the names of all parts."""

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.cli.perf import PARTS
from mnerbench.benchmark.perf import parts, workers
from mnerbench.benchmark.perf.commands import seconds_of
from mnerbench.benchmark.perf.features import feature_pair
from mnerbench.datasets.errors import ConfigError


def test_workers_are_timed_in_turns(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "seconds_of", lambda *arguments: float(arguments[arguments.index("--workers") + 1]))
    monkeypatch.setattr(workers, "usable_cores", lambda: 4)
    first, second = workers.worker_pairs(tmp_path, rounds=2)
    assert (first.ours, first.theirs) == ([4000.0, 4000.0], [1000.0, 1000.0])
    assert second.rival == "one run at a time, one thread"


def test_a_failing_command_is_an_error():
    with pytest.raises(ConfigError, match=r"no dataset\s+'nowhere'"):
        seconds_of("plan", "--suite", "demo", "--datasets", "nowhere")


def test_features_are_read_on_both_sides(tmp_path):
    pair = feature_pair(tmp_path, times=2, pictures=40)
    assert len(pair.ours) == len(pair.theirs) == 2


def test_all_parts_can_be_named():
    assert tuple(parts.PARTS) == PARTS


def test_an_unknown_method_is_refused_before_anything_is_timed():
    done = CliRunner().invoke(cli, ["perf", "--only", "crf", "--methods", "utm"])
    assert "did you mean 'umt'" in str(done.exception)
