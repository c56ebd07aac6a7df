"""The long run: `python tests/fuzz --inputs N --seed S [--target NAME]`, and `--replay FILE` of what it found."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from fuzzer.findings import finding_of, minimised, read_finding, replayed
from fuzzer.journal import Journal
from fuzzer.judge import judge_in_new_folder
from fuzzer.pool import Result, portions, run_portions
from fuzzer.progress import ProgressLines
from fuzzer.shares import shares_of
from fuzzer.table import Tallies, page_of, versions
from fuzzer.targets import targets
from fuzzer.worker import serve


@click.command("fuzz")
@click.option("--inputs", type=click.IntRange(1), default=20_000, show_default=True, help="How many, over all targets.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all inputs.")
@click.option("--target", "names", multiple=True, metavar="NAME", help="Only this one. Repeatable.  [default: all]")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="How many at a time.")
@click.option("--findings", type=click.Path(path_type=Path), default=Path("findings"), show_default=True, metavar="DIR")
@click.option(
    "--page", type=click.Path(path_type=Path), metavar="FILE", help="Write a page of documentation with the table."
)
@click.option(
    "--replay", type=click.Path(exists=True, path_type=Path), metavar="FILE", help="Only try a finding again."
)
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped, with the same options.")
@click.option("--coverage", is_flag=True, help="Let coverage guide the inputs of one --target (needs atheris).")
@click.option("--worker", is_flag=True, hidden=True)
def command(
    *,
    inputs: int,
    seed: int,
    names: tuple[str, ...],
    processes: int,
    findings: Path,
    page: Path | None,
    replay: Path | None,
    resume: bool,
    coverage: bool,
    worker: bool,
) -> None:
    """Give damaged files to everything that reads files; exit code 1 when one of them breaks a promise.

    The same target, seed and number are the same input on every machine.
    """
    if worker:
        serve()
        return
    if replay is not None:
        sys.exit(_replay(replay))
    if coverage:
        from fuzzer.coverage import guided

        guided(names, inputs, seed, findings)
    if unknown := set(names) - set(targets()):
        raise click.BadParameter(
            f"{', '.join(sorted(unknown))}; there are: {', '.join(targets())}", param_hint="--target"
        )
    sys.exit(_run(shares_of(inputs, names), seed, processes, findings, page, resume=resume))


def _run(shares: dict[str, int], seed: int, processes: int, folder: Path, page: Path | None, *, resume: bool) -> int:
    tallies, begun, progress = Tallies(), time.monotonic(), ProgressLines(sum(shares.values()))
    journal = Journal.of_run(folder, shares, seed)
    spent, pending = 0.0, portions(shares)

    def hear(result: Result) -> None:
        if tallies.hear(result):
            click.echo(f"found: {result.target}, number {result.number}: {result.fault}", err=True)
        progress.tell(tallies.total, tallies.times.total())

    if resume:
        for portion, results, seconds in journal.finished():
            pending.remove(portion)
            spent = max(spent, seconds)
            for result in results:
                tallies.hear(result)
        progress.skip(tallies.total)
    else:
        journal.begin()

    def seconds_so_far() -> float:
        return spent + time.monotonic() - begun

    run_portions(pending, seed, processes, hear, lambda *finished: journal.finish(*finished, seconds_so_far()))
    click.echo(tallies.markdown())
    conditions = (
        f"{tallies.total:,} inputs, seed {seed}, {processes} processes, {seconds_so_far():,.0f} s; {versions()}"
    )
    click.echo(conditions)
    if page is not None:
        selection = "" if len(shares) == len(targets()) else "".join(f" --target {name}" for name in shares)
        words = f"tox -e fuzz -- --inputs {tallies.total} --seed {seed}{selection}"
        page.write_text(page_of(tallies, words, conditions), encoding="utf-8")
    with judge_in_new_folder() as judge:
        for key, result in sorted(tallies.faults.items()):
            finding = finding_of(result, seed)
            # What ended its process would end this one.
            finding = minimised(finding, judge) if result.seconds else finding
            click.echo(f"{result.target}: {result.fault} ({tallies.times[key]} times, first number {result.number})")
            click.echo(f"  python tests/fuzz --replay {finding.write(folder)}")
    return 1 if tallies.faults else 0


def _replay(path: Path) -> int:
    finding = read_finding(path)
    with judge_in_new_folder() as judge:
        verdict = replayed(finding, judge)
    click.echo(f"{finding.target}, {len(finding.data):,} bytes: {verdict.outcome} in {verdict.seconds:.2f} s")
    if verdict.failed:
        click.echo(f"{verdict.fault}\n{verdict.trace}")
    return int(verdict.failed)
