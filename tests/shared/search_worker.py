"""A process of a search whose runs are arithmetic: `python search_worker.py FOLDER BUDGET KIND FATE [URL]`.

It waits for a line on its standard input before it begins, so that several begin together. FATE `dies` hangs in its
first run, `fails` fails runs with a small `a`, `done` completes all runs. KIND is `floats` or `few` (six settings).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import optuna
from small_grid import job as job_of

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun
from mnerbench.benchmark.results.record import EpochPoint, RunError, RunRecord, Status
from mnerbench.benchmark.results.search_results import save_results
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import EpochDone, RunEnded, RunStarted
from mnerbench.benchmark.tuning.collect import collect
from mnerbench.benchmark.tuning.processes import Processes
from mnerbench.benchmark.tuning.storage import open_storage
from mnerbench.benchmark.tuning.study import Search
from mnerbench.benchmark.tuning.tuner import MethodSearch, Tuner
from mnerbench.methods.base.search_space import OneOf, Range

SPACES = {
    "floats": {"a": Range(0.0, 1.0), "b": OneOf(("x", "y"))},
    "few": {"a": OneOf((0.1, 0.2, 0.3)), "b": OneOf(("x", "y"))},
}
FIRST = {"a": 0.1, "b": "y"}


class Arithmetic(Executor):
    """Runs three epochs, whose dev F1 rises to `a`."""

    def __init__(self, listen, fate):
        super().__init__(listen)
        self.fate, self.job = fate, None

    @property
    def free(self):
        return 0 if self.job else 1

    def start(self, job):
        self.job = job

    def wait(self, seconds):
        if self.job is None:
            time.sleep(seconds)  # as every executor does
            return
        job, self.job = self.job, None
        identity, config = job.spec.identity, job.spec.config
        self._listen(RunStarted(identity, "run", 3))
        points = []
        for epoch in (1, 2, 3):
            f1 = config["a"] * epoch / 3
            points.append(EpochPoint(epoch=epoch, loss=1, losses={}, dev_f1=f1, train_seconds=0, dev_seconds=0))
            self._listen(EpochDone(identity, 3, points[-1]))
            if self.fate == "dies":
                tell("training")
                sys.stdin.read()
        failed = self.fate == "fails" and config["a"] < 0.5
        self._listen(RunEnded(identity, self.record(job, points, failed)))

    @staticmethod
    def record(job, points, failed):
        return RunRecord(
            identity=job.spec.identity,
            spec=job.spec,
            status=Status.FAILED if failed else Status.DONE,
            started="2026-01-01T00:00:00+00:00",
            seconds=1.0,
            curve=points,
            error=RunError(kind="ValueError", message="too small", traceback="") if failed else None,
        )

    def stop(self, identity):
        pass

    def kill(self, identity):
        pass

    def close(self):
        pass


class ArithmeticTuner(Tuner):
    """A tuner whose runs have a trial's values as their configuration."""

    def job(self, contest, values):
        spec = job_of(0).spec.model_copy(update={"config": dict(values)})
        return Job(spec, None)


def search_in(folder, budget, kind="floats", url=None, owner="me"):
    """The contest that all processes share, and this process among them."""
    processes = Processes(folder)
    search = Search(
        *("s", open_storage(url, folder), SPACES[kind]),
        budget=budget,
        seed=0,
        owner=owner,
        processes=processes,
        remote=url is not None,
    )
    search.begin_with(FIRST)
    return MethodSearch("m", "d", None, search), processes


def work(contest, folder, fate="done"):
    """Run trials until all are complete."""
    store = RunStore(folder / "trials")
    tuner = ArithmeticTuner([contest], 0, store, (None, None))

    def committed(record):
        tuner.committed(record)
        save_results(folder, "s", [collect(contest)])

    def hear(event):
        tuner.hear(event)
        if isinstance(event, RunStarted):
            save_results(folder, "s", [collect(contest)])

    options = SchedulerOptions(
        policy=Rerun.STALE, committed=committed, more=tuner.more, elsewhere=tuner.elsewhere, waiting=tuner.waiting
    )
    Orchestrator(store, options, hear).run((), lambda listen: Arithmetic(listen, fate))
    return save_results(folder, "s", [collect(contest)])


def tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def load_samplers():
    """Import what Optuna imports when it draws, so that processes begin together."""
    sampler = optuna.samplers.TPESampler(n_startup_trials=1, multivariate=True)
    optuna.create_study(sampler=sampler).optimize(lambda trial: trial.suggest_float("a", 0, 1), n_trials=3)


def main(folder, budget, kind, fate, url=""):
    """Wait for the others, run trials, and print the progress of the search."""
    load_samplers()
    contest, processes = search_in(Path(folder), int(budget), kind, url or None)
    tell("ready")
    sys.stdin.readline()
    with processes:
        [search] = work(contest, Path(folder), fate).searches
    tell(search.progress())


if __name__ == "__main__":
    main(*sys.argv[1:])
