"""Several `tune` processes on one folder: distinct trials, each told, whoever dies; with real processes."""

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
    """A process of a search that waits for its start."""

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
        said, errors = self.process.communicate(timeout=300)
        assert self.process.returncode == 0, errors
        return said.strip()


def together(workers):
    """Start all at once, and return what each said at its end."""
    for worker in workers:
        worker.ready()
    for worker in workers:
        worker.start()
    return [worker.end() for worker in workers]


def settings(folder):
    [search] = load_results(folder).searches
    return [tuple(trial.values.values()) for trial in search.trials]


@pytest.mark.parametrize("database", [False, True])
def test_four_started_together_draw_distinct_trials_and_tell_each(tmp_path, database):
    url = f"sqlite:///{tmp_path / 'studies.db'}" if database else ""
    if database:
        search_worker.search_in(tmp_path, 8, url=url)  # Optuna's own tables are made by one process
    said = together([Worker(tmp_path, 8, url=url) for _ in range(4)])
    assert said == ["8 of 8 trials count"] * 4
    [search] = load_results(tmp_path).searches
    assert [trial.number for trial in search.trials] == list(range(8))
    assert {trial.state for trial in search.trials} <= {"complete", "pruned"}
    assert len(set(settings(tmp_path))) == 8
    assert search.trials[0].values == search_worker.FIRST
    assert len(list((tmp_path / "trials").glob("*/record.json"))) == 8


def test_one_process_draws_what_four_draw_at_random(tmp_path):
    """Numbers decide what is drawn, not processes; after the random start TPE reads what has ended by then."""
    alone, several = tmp_path / "alone", tmp_path / "several"
    search_worker.search_in(alone, 9)
    together([Worker(alone, 9)])
    together([Worker(several, 9) for _ in range(3)])
    assert settings(alone)[:3] == settings(several)[:3]
    again = tmp_path / "again"
    for budget in (4, 9, 9):  # ended and gone on with
        contest, processes = search_worker.search_in(again, 9)
        contest.search.budget = budget
        with processes:
            search_worker.work(contest, again)
    assert settings(again) == settings(alone)


def test_settings_are_drawn_again_while_there_are_others(tmp_path):
    said = together([Worker(tmp_path, 6, "few") for _ in range(3)])
    assert said == ["6 of 6 trials count"] * 3
    assert len(set(settings(tmp_path))) == 6


def test_a_space_with_fewer_settings_than_trials_repeats_and_tells_each(tmp_path):
    said = together([Worker(tmp_path, 9, "few") for _ in range(3)])
    assert said == ["9 of 9 trials count"] * 3
    assert len(set(settings(tmp_path))) == 6
    [search] = load_results(tmp_path).searches
    complete = [trial for trial in search.trials if trial.state == "complete"]
    assert [trial.value for trial in complete] == pytest.approx([trial.values["a"] for trial in complete])
    assert all(trial.curve for trial in search.trials)


def test_trials_that_fail_do_not_count(tmp_path):
    said = together([Worker(tmp_path, 8, fate="fails") for _ in range(2)])
    [search] = load_results(tmp_path).searches
    failed = search.count("fail")
    assert 0 < failed < 8
    assert said == [f"{8 - failed} of 8 trials count: {failed} failed"] * 2
    assert {trial.error for trial in search.trials if trial.state == "fail"} == {"ValueError: too small"}


def test_a_process_that_works_takes_over_the_trial_of_one_that_is_killed(tmp_path):
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


def test_after_a_kill_the_next_command_ends_with_as_many_trials_as_asked(tmp_path):
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
    assert together([Worker(tmp_path, 5)]) == ["5 of 5 trials count"]
    assert Counter(trial.state for trial in load_results(tmp_path).searches[0].trials).total() == 5
    assert not list((tmp_path / "processes").iterdir())  # what the killed one left is swept


def test_a_living_process_keeps_its_trials(tmp_path):
    contest, processes = search_worker.search_in(tmp_path, 4)
    trial, _ = contest.search.ask()
    other, others = search_worker.search_in(tmp_path, 4)
    assert other.search.ours_unfinished() == []
    assert (other.search.others_running(), contest.search.others_running()) == (1, 0)
    with processes:
        pass  # it ends
    assert [left.number for left in other.search.ours_unfinished()] == [trial.number]
    assert other.search.others_running() == 0
    others.__exit__()


def test_trials_of_another_machine_are_left_alone_until_they_are_silent_for_an_hour(tmp_path):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    far, _ = search_worker.search_in(tmp_path / "far", 4, url=url, owner="they")
    trial, _ = far.search.ask()
    near, _ = search_worker.search_in(tmp_path / "near", 4, url=url)
    assert near.search.ours_unfinished() == []
    assert near.search.others_running() == 0
    trial.set_user_attr(ALIVE, "2020-01-01T00:00:00+00:00")
    assert [left.number for left in near.search.ours_unfinished()] == [0]
    # What the silent one tells later is heard once.
    near.search.end(trial, 0.5)
    far.search.report(trial, {1: 0.1})
    far.search.end(trial, 0.25, error="too late")
    assert [one.value for one in near.search.trials] == [0.5]


def test_tokens_of_hostile_trials_are_no_paths(tmp_path):
    (tmp_path / "x.lock").touch()
    assert not is_alive(tmp_path, "../x")
    assert not is_alive(tmp_path, "")
    contest, processes = search_worker.search_in(tmp_path, 4)
    trial, _ = contest.search.ask()
    for key, value in ((PROCESS, ["../../x"]), (OWNER, "me"), (IDENTITY, "../x")):
        trial.set_user_attr(key, value)
    other, _ = search_worker.search_in(tmp_path, 4)
    assert [left.number for left in other.search.ours_unfinished()] == [0]
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
