"""The display of `benchmark watch`: totals, runs at work, reasons, and a table per suite."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mnerbench.benchmark.display.grid_watch import Remaining, Snapshot, epochs_of
from mnerbench.benchmark.execution.schedule import duration
from mnerbench.benchmark.results.method_labels import method_labels
from mnerbench.benchmark.results.run_states import ENDED, ObservedRun, ObservedSuite, RunState
from mnerbench.datasets.untrusted.display import cell, one_line

_SILENT_SECONDS = 120.0  # without a sign of life, which is then marked
_WIDEST_REASON = 240  # characters
_COLOURS = {RunState.FAILED: "red", RunState.DAMAGED: "red", RunState.INTERRUPTED: "yellow", RunState.WAITING: "yellow"}
_COLUMNS = (RunState.DONE, RunState.FAILED, RunState.RUNNING, RunState.INTERRUPTED, RunState.WAITING)


def headline(suite: ObservedSuite, remaining: Remaining) -> str:
    """Format as `s: 20 runs: 12 done, 2 running, 6 waiting; about 40 min left, 2 at a time`."""
    counts, total = suite.counts, len(suite.runs)
    parts = [f"{counts[state]} {state.value}" for state in RunState if counts[state]]
    rest = "complete" if suite.is_complete else str(remaining)
    return f"{suite.manifest.suite}: {total} {'run' if total == 1 else 'runs'}: {', '.join(parts) or 'none'}; {rest}"


def progress_of(run: ObservedRun) -> str:
    """What an active run is doing: `epoch 3/10, dev F1 71.20`."""
    running, epochs = run.running, epochs_of(run)
    if running is None or running.training_since is None:
        return "starting"
    if not running.steps or not epochs:
        return "working"
    if running.step >= running.steps:
        return "evaluating"
    score = f", dev F1 {100 * running.dev_f1:.2f}" if running.dev_f1 is not None else ""
    return f"epoch {running.step * epochs // running.steps + 1}/{epochs}{score}"


def change_line(run: ObservedRun) -> str:
    """One line on a run whose state changed."""
    reason = f": {one_line(run.reason, _WIDEST_REASON)}" if run.reason else ""
    return f"{run.spec.title}: {run.state.value}{reason}"


def view(snapshot: Snapshot, *, most_reasons: int | None = None) -> RenderableType:
    """The whole display.

    Args:
        snapshot: of the results folder.
        most_reasons: lines of reasons and damaged files to show, so that a table stays in sight; None for all.
    """
    parts: list[RenderableType] = []
    for suite, remaining in zip(snapshot.suites, snapshot.remaining, strict=True):
        parts.append(Text(headline(suite, remaining), style="bold"))
    active = {key: run for key, run in snapshot.states.items() if run.state is RunState.RUNNING}
    if active:
        parts.append(_active_table(list(active.values())))
    lines = list(_lines(snapshot))
    shown = lines if most_reasons is None else lines[:most_reasons]
    parts += shown
    if hidden := len(lines) - len(shown):
        parts.append(Text(f"and {hidden:,} more; `benchmark status` lists them", style="yellow"))
    parts.append(_counts_table(snapshot))
    return Group(*parts)


def _active_table(runs: list[ObservedRun]) -> Table:
    table = Table("run", "state", "sign of life", "host")
    for run in runs:
        style = "yellow" if run.silence >= _SILENT_SECONDS else ""
        host = run.running.host if run.running is not None else ""
        age = Text(f"{duration(run.silence)} ago", style)
        table.add_row(cell(run.spec.title), progress_of(run), age, cell(host))
    return table


def _lines(snapshot: Snapshot) -> Iterator[Text]:
    """Why runs failed, were interrupted or wait again; methods that cannot run; damaged files."""
    for run in snapshot.states.values():
        if run.reason:
            yield Text(change_line(run), _COLOURS.get(run.state, ""))
    for suite in snapshot.suites:
        for row, item in suite.manifest.not_run.items():
            yield Text(f"{row}: not run: {one_line(item.reason, _WIDEST_REASON)}", "yellow")
    for damage in snapshot.damaged:
        yield Text(f"damaged: {damage.text}", "yellow")


def _counts_table(snapshot: Snapshot) -> Table:
    """A row per suite, method and dataset, in the order of the plan."""
    several = len(snapshot.suites) > 1
    table = Table(*(["suite"] if several else []), "method", "dataset", *(state.value for state in _COLUMNS))
    for suite in snapshot.suites:
        label_of = method_labels(spec for _, spec in suite.manifest.named_runs())
        rows: dict[tuple[str, str], dict[RunState, int]] = {}
        named = {(label_of(spec), spec.dataset.title, key): key for key, spec in suite.manifest.named_runs()}
        for (method, dataset, _), key in named.items():
            counts = rows.setdefault((method, dataset), dict.fromkeys(RunState, 0))
            counts[suite.runs[key].state] += 1
        for (method, dataset), counts in rows.items():
            names = [suite.manifest.suite] if several else []
            cells = [*names, method, dataset, *(counts[state] for state in _COLUMNS)]
            ended = all(not number or state in ENDED for state, number in counts.items())
            table.add_row(*map(cell, cells), style="dim" if ended else "")
    return table
