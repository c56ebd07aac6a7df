"""Trials of a search: budget, unique numbers, and resume."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mnerbench.benchmark.tuning.storage import open_storage
from mnerbench.benchmark.tuning.study import CODE, IDENTITY, Search
from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.methods.base.search_space import OneOf, Range

SPACE = {"a": Range(0.0, 1.0), "b": OneOf(("x", "y"))}


def search(folder, budget=10, owner="me", space=SPACE, url=None):
    return Search("s", open_storage(url, folder), space, budget=budget, seed=0, owner=owner)


def ask_all(opened):
    """Ask and tell until the budget is spent."""
    numbers = []
    while (drawn := opened.ask()) is not None:
        trial, values = drawn
        numbers.append(trial.number)
        opened.study.tell(trial, values["a"])
    return numbers


def test_a_budget_is_spent_and_not_exceeded(tmp_path):
    opened = search(tmp_path)
    assert ask_all(opened) == list(range(10))
    assert opened.states == {"complete": 10}
    assert search(tmp_path).ask() is None
    assert ask_all(search(tmp_path, budget=12)) == [10, 11]


def test_the_first_trial_has_the_first_values_and_no_other_does(tmp_path):
    for _ in range(2):
        opened = search(tmp_path)
        opened.begin_with({"a": 0.25, "b": "y"})
    trial, values = opened.ask()
    assert (trial.number, values) == (0, {"a": 0.25, "b": "y"})
    assert opened.ask()[1] != values


def test_a_restart_does_not_repeat_random_values(tmp_path):
    first = search(tmp_path).ask()[1]
    assert search(tmp_path).ask()[1] != first


def test_an_abandoned_trial_is_resumed_with_its_number_and_values(tmp_path):
    trial, values = search(tmp_path).ask()
    trial.set_user_attr(IDENTITY, "x")
    again = search(tmp_path)
    [adopted] = again.adopt_abandoned()
    assert (adopted.number, again.values(adopted)) == (trial.number, values)
    again.study.tell(adopted, 0.5)
    assert search(tmp_path).adopt_abandoned() == []


def test_trials_of_another_folder_are_not_adopted(tmp_path):
    search(tmp_path, owner="they").ask()
    opened = search(tmp_path)
    assert opened.adopt_abandoned() == []
    assert len(ask_all(opened)) == 9
    assert opened.states == {"running": 1, "complete": 9}


def test_another_space_is_another_study(tmp_path):
    search(tmp_path)
    with pytest.raises(ConfigError, match=r"another search space \(a: 0 to 1, now 0 to 2\)"):
        search(tmp_path, space={**SPACE, "a": Range(0.0, 2.0)})


def test_the_error_of_a_storage_does_not_show_its_password(tmp_path):
    with pytest.raises(StoreError, match=r"nowhere/x: this storage cannot be opened") as error:
        open_storage("postgresql://me:secret@nowhere/x", tmp_path)
    assert "secret" not in str(error.value)


WORKER = """
import sys
from pathlib import Path
from mnerbench.benchmark.tuning.storage import open_storage
from mnerbench.benchmark.tuning.study import Search
from mnerbench.methods.base.search_space import OneOf, Range

folder, url, owner = sys.argv[1:]
space = {"a": Range(0.0, 1.0), "b": OneOf(("x", "y"))}
search = Search("s", open_storage(url or None, Path(folder)), space, budget=20, seed=0, owner=owner)
while (drawn := search.ask()) is not None:
    trial, values = drawn
    print(trial.number, flush=True)
    search.study.tell(trial, values["a"])
"""


@pytest.mark.parametrize("database", [False, True])
def test_four_processes_that_share_a_storage_draw_distinct_numbers(tmp_path, database):
    url = f"sqlite:///{tmp_path / 'studies.db'}" if database else ""
    search(tmp_path, budget=20, url=url or None)
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    workers = [
        subprocess.Popen([sys.executable, script, tmp_path, url, f"owner {n}"], stdout=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    numbers = [int(word) for worker in workers for word in worker.communicate(timeout=300)[0].split()]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert sorted(numbers) == list(range(20))
    assert search(tmp_path, budget=20, url=url or None).states == {"complete": 20}


def test_finished_trials_of_other_code_are_counted_and_those_without_a_digest_are_not(tmp_path):
    opened = search(tmp_path)
    for code in ("old", "old", "new", None):
        trial, values = opened.ask()
        if code is not None:
            trial.set_user_attr(CODE, code)
        opened.study.tell(trial, values["a"])
    opened.ask()[0].set_user_attr(CODE, "old")
    assert opened.of_other_code("new") == 2
    assert [opened.code_of(trial) for trial in opened.trials] == ["old", "old", "new", "", "old"]
