"""The same targets with inputs that coverage guides: libFuzzer by atheris, started from the undamaged files.

What libFuzzer does beside is our own damage (`inputs.py`'s), so that its inputs get past checksums and parsers too. The
code of this package is instrumented; a finding is kept in a file that `--replay` takes, and the run goes on.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random

import click

from fuzzer.findings import Finding
from fuzzer.table import Tallies


def guided(names: Sequence[str], inputs: int, seed: int, folder: Path) -> None:
    """Try `inputs` inputs on one target; ends the process, with exit code 1 where something was found.

    Args:
        names: of the target, exactly one.
        inputs: how many.
        seed: of libFuzzer.
        folder: where findings are written.

    Raises:
        UsageError: not one target, or atheris is not installed.
    """
    if len(names) != 1:
        raise click.UsageError("--coverage needs one --target")
    try:
        import atheris
    except ImportError as error:
        raise click.UsageError("--coverage needs atheris: pip install atheris (wheels for Linux only)") from error
    with atheris.instrument_imports(include=["mnerbench"]):
        # A target's module imports what reads its files, so this has to be the first time that it is imported.
        by_name = importlib.import_module("fuzzer.targets").targets()
    if names[0] not in by_name:
        raise click.UsageError(f"no target {names[0]!r}; there are: {', '.join(by_name)}")
    _fuzz(names[0], inputs, seed, folder)


def _fuzz(name: str, inputs: int, seed: int, folder: Path) -> None:
    import atheris

    from fuzzer.forms import change_of
    from fuzzer.guard import scratch_folder
    from fuzzer.inputs import damage
    from fuzzer.judge import Judge
    from fuzzer.pool import Result
    from fuzzer.targets import targets

    target, tallies = targets()[name], Tallies()
    home, corpus = scratch_folder(), Path(tempfile.mkdtemp())
    judge = Judge(home)
    seeds = [target.seeds[file] for file in sorted(target.seeds)]
    changes = [change_of(file) for file in sorted(target.seeds)]

    def try_one(data: bytes) -> None:
        verdict = judge.judge(target, data)
        result = Result(name, tallies.total, verdict.outcome, verdict.seconds, verdict.fault, verdict.trace)
        if verdict.failed and (name, verdict.fault) not in tallies.faults:
            path = Finding(name, seed, result.number, verdict.fault, verdict.trace, data).write(folder)
            click.echo(f"{name}: {verdict.fault}\n  python tests/fuzz --replay {path}")
        tallies.hear(result)
        if tallies.total >= inputs:
            click.echo(tallies.markdown())
            shutil.rmtree(home, ignore_errors=True)
            shutil.rmtree(corpus, ignore_errors=True)
            sys.stdout.flush()
            os._exit(int(bool(tallies.faults)))  # libFuzzer would call its own end a fault

    def mutate(data: bytes, most: int, number: int) -> bytes:
        rng = Random(number)
        if rng.random() < 0.5:
            return damage(data, rng.choice(changes), seeds, rng)[:most]
        return bytes(atheris.Mutate(data, most))

    for number, data in enumerate(seeds):
        (corpus / str(number)).write_bytes(data)
    flags = [f"-seed={seed + 1}", "-max_len=131072", "-rss_limit_mb=0", "-timeout=120"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], try_one, custom_mutator=mutate)
    atheris.Fuzz()
