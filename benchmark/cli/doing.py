"""From a session to runs that are done: executor, screen, MLflow and signals around the orchestrator."""

from __future__ import annotations

from contextlib import nullcontext

from rich.console import Console

from mnerbench.benchmark.cli.quiet import quiet_transformers
from mnerbench.benchmark.cli.session import Session
from mnerbench.benchmark.cli.work import WorkFlags
from mnerbench.benchmark.estimates import durations
from mnerbench.benchmark.events import Listener
from mnerbench.benchmark.executors.base import Executor
from mnerbench.benchmark.executors.staff import Staff, employ
from mnerbench.benchmark.logbook import Logbook, logging_aside
from mnerbench.benchmark.orchestrator import Manners, Orchestrator, Outcome
from mnerbench.benchmark.preparation import with_earlier_tests
from mnerbench.benchmark.progress import Screen
from mnerbench.benchmark.records import RunRecord
from mnerbench.benchmark.stopping import asked_to_stop
from mnerbench.benchmark.tallies import TallyStore
from mnerbench.benchmark.time_left import TimeLeft


def do_runs(session: Session, how: tuple[WorkFlags, Staff], screen: Console, *, fail_fast: bool) -> Outcome:
    """Do what is to do of a session's grid.

    Args:
        session: its visual inputs are made.
        how: flags, and who does the runs.
        screen: shows progress.
        fail_fast: stop at the first failure.

    Raises:
        DiskError: the disk is full; what was done is kept.
    """
    store, materials, (work, staff), todo = session.store, session.materials, how, session.to_do()
    if not todo:
        return Outcome()
    quiet_transformers()
    if staff.title:
        screen.print(staff.title)
    known = durations(map(store.record, {job.spec.identity for job in session.grid.jobs}))
    left = TimeLeft((task.job.spec for task in todo), known, (staff.workers or 1))
    tallies = TallyStore(store)
    aside = logging_aside(Logbook(store, session.grid.suite.name)) if work.mlflow else nullcontext(lambda _: None)
    with aside as note, Screen(screen, len(todo), left, several=staff.workers != 1) as display:

        def committed(record: RunRecord) -> None:
            tallies.keep(record)
            note(record)

        manners = Manners(
            policy=session.rerun,
            fail_fast=fail_fast,
            patience=work.patience,
            prepare=lambda job: with_earlier_tests(job, store.record(job.spec.identity), materials),
            committed=committed,
        )
        orchestrator = Orchestrator(store, manners, display)

        def stop() -> None:
            orchestrator.interrupt()
            display.say("ending between two steps; once more to end at once")

        hire = employ(staff, materials)

        def employed(listen: Listener) -> Executor:
            executor = hire(listen)
            left.workers = executor.free  # of a cluster nobody knew before
            return executor

        with asked_to_stop(stop):
            return orchestrator.run(todo, employed)
