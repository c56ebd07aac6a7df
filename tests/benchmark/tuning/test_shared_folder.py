"""Several `tune` processes on one folder draw distinct trials and end them all, even if processes die."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import search_worker

from mnerbench.benchmark.results.search_results import load_results
from mnerbench.benchmark.tuning.processes import Processes, is_alive
from mnerbench.benchmark.tuning.study import ALIVE, IDENTITY, OWNER, PROCESS

pytestmark = pytest.mark.slow
SCRIPT = Path(search_worker.__file__)


class Worker:
    """A process of a search that waits for its start signal."""

    def __init__(self, folder, budget, kind="floats", fate="done", url=""):
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(folder), str(budget), kind, fate, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self):
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()

    def start(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        output, errors = self.process.communicate(timeout=300)
        assert self.process.returncode == 0, errors
        return output.strip()


def run_together(workers):
    """Start all workers at once; returns the last output of each."""
    for worker in workers:
        worker.ready()
    for worker in workers:
        worker.start()
    return [worker.end() for worker in workers]


def settings(folder):
    [search] = load_results(folder).searches
    return [tuple(trial.values.values()) for trial in search.trials]


@pytest.mark.parametrize("database", [False, True])
def test_four_processes_draw_distinct_trials_and_end_each(tmp_path, database):
    url = f"sqlite:///{tmp_path / 'studies.db'}" if database else ""
    if database:
        search_worker.search_in(tmp_path, 8, url=url)  # one process creates Optuna's tables
    outputs = run_together([Worker(tmp_path, 8, url=url) for _ in range(4)])
    assert outputs == ["8 of 8 trials count"] * 4
    [search] = load_results(tmp_path).searches
    assert [trial.number for trial in search.trials] == list(range(8))
    assert {trial.state for trial in search.trials} <= {"complete", "pruned"}
    assert len(set(settings(tmp_path))) == 8
    assert search.trials[0].values == search_worker.FIRST
    assert len(list((tmp_path / "trials").glob("*/record.json"))) == 8


def test_random_draws_do_not_depend_on_the_number_of_processes(tmp_path):
    """Random draws depend on trial numbers only; later draws, by TPE, depend on the trials that have ended."""
    alone, several = tmp_path / "alone", tmp_path / "several"
    search_worker.search_in(alone, 9)
    run_together([Worker(alone, 9)])
    run_together([Worker(several, 9) for _ in range(3)])
    assert settings(alone)[:3] == settings(several)[:3]
    again = tmp_path / "again"
    for budget in (4, 9, 9):  # stopped and resumed
        method_search, processes = search_worker.search_in(again, 9)
        method_search.search.budget = budget
        with processes:
            search_worker.work(method_search, again)
    assert settings(again) == settings(alone)


def test_duplicate_settings_are_drawn_again_while_others_are_left(tmp_path):
    outputs = run_together([Worker(tmp_path, 6, "few") for _ in range(3)])
    assert outputs == ["6 of 6 trials count"] * 3
    assert len(set(settings(tmp_path))) == 6


def test_a_space_with_fewer_settings_than_trials_repeats_settings(tmp_path):
    outputs = run_together([Worker(tmp_path, 9, "few") for _ in range(3)])
    assert outputs == ["9 of 9 trials count"] * 3
    assert len(set(settings(tmp_path))) == 6
    [search] = load_results(tmp_path).searches
    complete = [trial for trial in search.trials if trial.state == "complete"]
    assert [trial.value for trial in complete] == pytest.approx([trial.values["a"] for trial in complete])
    assert all(trial.curve for trial in search.trials)


def test_failed_trials_do_not_count(tmp_path):
    outputs = run_together([Worker(tmp_path, 8, fate="fails") for _ in range(2)])
    [search] = load_results(tmp_path).searches
    failed = search.count("fail")
    assert 0 < failed < 8
    assert outputs == [f"{8 - failed} of 8 trials count: {failed} failed"] * 2
    assert {trial.error for trial in search.trials if trial.state == "fail"} == {"ValueError: too small"}


def test_a_running_process_takes_over_the_trial_of_a_killed_one(tmp_path):
    victim, other = Worker(tmp_path, 4, fate="dies"), Worker(tmp_path, 4)
    victim.ready()
    victim.start()
    assert victim.process.stdout.readline() == "training\n"
    other.ready()
    other.start()
    [search] = load_results(tmp_path).searches
    alive = [is_alive(tmp_path, trial.process) for trial in search.trials if trial.state == "running"]
    assert alive
    assert all(alive)
    victim.process.kill()
    victim.process.communicate()
    assert other.end() == "4 of 4 trials count"
    assert [trial.number for trial in load_results(tmp_path).searches[0].trials] == [0, 1, 2, 3]


def test_after_a_kill_the_next_command_completes_the_budget(tmp_path):
    victim = Worker(tmp_path, 5, fate="dies")
    victim.ready()
    victim.start()
    victim.process.stdout.readline()
    victim.process.kill()
    victim.process.communicate()
    [search] = load_results(tmp_path).searches
    assert search.progress({trial.number for trial in search.trials if is_alive(tmp_path, trial.process)}) == (
        "0 of 5 trials count: 1 interrupted, 4 not begun"
    )
    assert run_together([Worker(tmp_path, 5)]) == ["5 of 5 trials count"]
    assert Counter(trial.state for trial in load_results(tmp_path).searches[0].trials).total() == 5
    assert not list((tmp_path / "processes").iterdir())  # the lock file of the killed process is deleted


def test_trials_of_a_running_process_are_not_adopted(tmp_path):
    method_search, processes = search_worker.search_in(tmp_path, 4)
    trial, _ = method_search.search.ask()
    other, other_processes = search_worker.search_in(tmp_path, 4)
    assert other.search.adopt_abandoned() == []
    assert (other.search.others_running(), method_search.search.others_running()) == (1, 0)
    with processes:
        pass  # the first process ends
    assert [adopted.number for adopted in other.search.adopt_abandoned()] == [trial.number]
    assert other.search.others_running() == 0
    other_processes.__exit__()


def test_trials_of_another_machine_are_adopted_only_after_an_hour_without_heartbeat(tmp_path):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    far, _ = search_worker.search_in(tmp_path / "far", 4, url=url, owner="they")
    trial, _ = far.search.ask()
    near, _ = search_worker.search_in(tmp_path / "near", 4, url=url)
    assert near.search.adopt_abandoned() == []
    assert near.search.others_running() == 0
    trial.set_user_attr(ALIVE, "2020-01-01T00:00:00+00:00")
    assert [adopted.number for adopted in near.search.adopt_abandoned()] == [0]
    # A late result of the silent machine is ignored.
    near.search.end(trial, 0.5)
    far.search.report(trial, {1: 0.1})
    far.search.end(trial, 0.25, error="too late")
    assert [stored.value for stored in near.search.trials] == [0.5]


def test_tokens_of_hostile_trials_are_not_used_as_paths(tmp_path):
    (tmp_path / "x.lock").touch()
    assert not is_alive(tmp_path, "../x")
    assert not is_alive(tmp_path, "")
    method_search, processes = search_worker.search_in(tmp_path, 4)
    trial, _ = method_search.search.ask()
    for key, value in ((PROCESS, ["../../x"]), (OWNER, "me"), (IDENTITY, "../x")):
        trial.set_user_attr(key, value)
    other, _ = search_worker.search_in(tmp_path, 4)
    assert [adopted.number for adopted in other.search.adopt_abandoned()] == [0]
    processes.__exit__()


def test_lock_files_behind_a_link_are_refused(tmp_path):
    from mnerbench.datasets.errors import StoreError

    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "processes").symlink_to(outside)
    with pytest.raises(StoreError, match="leads out of"):
        Processes(inside)
    (inside / "processes").unlink()
    (outside / "victim").write_text("precious")
    (inside / ".turn.lock").symlink_to(outside / "victim")
    with pytest.raises(StoreError, match="a link in place of a lock file"):
        Processes(inside)
    assert (outside / "victim").read_text() == "precious"
