"""`mnerbench.run`: executes the missing runs of a suite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnerbench.benchmark.api.results import Results
    from mnerbench.benchmark.results.taggers import Keep

Names = str | Iterable[str] | None


class RunsFailedError(RuntimeError):
    """Some runs failed, or could not start because a damaged record must not be replaced.

    All records are kept, and the finished runs can be loaded.
    """


def run(
    suite: str | Path | None = None,
    *,
    methods: Names = None,
    datasets: Names = None,
    seeds: int | Iterable[int] | None = None,
    encoder: str | None = None,
    word_vectors: str | None = None,
    protocol: str | None = None,
    precision: str | None = None,
    inputs: Mapping[str, str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    baseline: str | None = None,
    train_tweets: int | Iterable[int | str] | None = None,
    limit_test: int | None = None,
    diagnosis: bool | None = None,
    hide_pictures: float | None = None,
    data: str | Path | None = None,
    models: str | Path | None = None,
    cache: str | Path | None = None,
    out: str | Path = "runs",
    rerun: str = "missing",
    keep: str = "best",
    device: str = "auto",
    workers: int | None = None,
    threads: int | None = None,
    deterministic: bool = False,
    timeout: float | None = None,
    mlflow: bool = True,
    budget: Mapping[str, float] | None = None,
    prices: str | Path | None = None,
    concurrency: int = 8,
    recall_tweets: int = 100,
    fail_fast: bool = False,
    require_all: bool = False,
    trust_remote_code: bool = False,
    quiet: bool = False,
) -> Results:
    """Execute the missing runs of a suite, as `benchmark run` does, and load its results.

    Finished runs are not repeated; an interrupted run resumes. A script that asks for several `workers` needs the guard
    `if __name__ == "__main__":`, since workers import it.

    Args:
        suite: name of a shipped suite or path of a suite file; None for `default`, on `datasets`.
        methods: only these methods.
        datasets: use these datasets instead of the suite's.
        seeds: number of seeds (0 to n - 1), or the seeds.
        encoder: name or folder of the text encoder, as for the command's option.
        word_vectors: file of word vectors, or `random`.
        protocol: `equal` or `paper`.
        precision: `fp32`, `bf16`, or `auto` for what is faster on this machine.
        inputs: source by kind of visual input, such as `{"grid": "resnet152"}`.
        settings: values by setting, by method; those of `training` hold for all methods.
        baseline: method that the others are compared with.
        train_tweets: sizes of the training set; `"all"` for all tweets.
        limit_test: score at most so many tweets of dev and of test, in partial runs that are neither ranked nor judged.
        diagnosis: False for partial runs in each method's main view alone; None for what the suite says, usually True.
        hide_pictures: fraction of training tweets whose pictures are hidden.
        data: folder with a subfolder per dataset; None for the command's default, as for the folders below.
        models: folder of pretrained models.
        cache: folder of extracted features.
        out: results folder.
        rerun: `missing`, `failed`, `stale` or `all`.
        keep: trained taggers to keep: of each method the `best` seed on dev, `all`, or `none`.
        device: `auto`, `cpu`, `cuda`, ...
        workers: number of worker processes; None for runs in this process.
        threads: CPU threads per run.
        deterministic: use deterministic GPU kernels.
        timeout: minutes without progress after which a worker's run is killed; 0 for never.
        mlflow: whether to log to MLflow.
        budget: most that the results folder may pay language models for, by `requests`, `tokens` and `money`.
        prices: TOML file of prices per million tokens.
        concurrency: requests to a language model at a time.
        recall_tweets: test tweets of which a language model is asked for the second half.
        fail_fast: stop at the first failed run.
        require_all: raise before training if a method of the suite cannot run.
        trust_remote_code: run the Python files that come with the encoder.
        quiet: print nothing but warnings.

    Returns:
        The results of the suite.

    Raises:
        MnerbenchError: invalid arguments, missing inputs, or a full disk.
        RunsFailedError: a run failed, or its record is damaged and may not be replaced; the others have ended.
        KeyboardInterrupt: the runs were stopped; the same call resumes.
    """
    from mnerbench.benchmark.api.grid_run import blocked_runs, failed_runs, run_grid, unfinished_runs
    from mnerbench.benchmark.api.registration import require_importable
    from mnerbench.benchmark.api.results import load_results
    from mnerbench.benchmark.display.console import console, silent_console
    from mnerbench.benchmark.execution.flags import ExecutionFlags
    from mnerbench.benchmark.planning.overrides import GridFlags

    if workers is not None and workers > 1:
        require_importable([methods] if isinstance(methods, str) else methods)
    flags = GridFlags(
        suite_name=str(suite) if suite is not None else None,
        methods=_joined(methods),
        datasets=_joined(datasets),
        seeds=_seeds(seeds),
        encoder=encoder,
        word_vectors=word_vectors,
        protocol=protocol,
        inputs=tuple(f"{kind}={source}" for kind, source in (inputs or {}).items()),
        hide_pictures=hide_pictures,
        train_tweets=_joined([train_tweets] if isinstance(train_tweets, int) else train_tweets),
        settings=_settings(settings or {}),
        baseline=baseline,
        data=_path(data),
        models=_path(models),
        cache=_path(cache),
        out=Path(out),
        rerun=rerun,
        trust_remote_code=trust_remote_code,
        limit_test=str(limit_test) if limit_test is not None else None,
        diagnosis=diagnosis,
        precision=precision,
    )
    execution = ExecutionFlags(
        device=device,
        threads=threads,
        deterministic=deterministic,
        checkpoint_every=300.0,
        workers=workers,
        per_gpu=None,
        executor=None,
        timeout=timeout,
        mlflow=mlflow,
        concurrency=concurrency,
        recall_tweets=recall_tweets,
        budget=tuple(f"{unit}={limit}" for unit, limit in (budget or {}).items()),
        prices=_path(prices),
    )
    screen = silent_console() if quiet else console()
    policy = _keep(keep)
    done = run_grid(flags, execution, screen, keep=policy, fail_fast=fail_fast, require_all=require_all)
    if done.interrupted:
        raise KeyboardInterrupt
    unfinished = unfinished_runs(done.session, done.outcome) if done.outcome is not None else []
    failed, blocked = [*failed_runs(done.session), *unfinished], blocked_runs(done.session)
    if failed or blocked:
        reasons = [f"{record.spec.title}: {record.error.message if record.error else ''}" for record in failed]
        reasons += [f"{spec.title}: not run, its record is damaged: {damage.text}" for spec, damage in blocked]
        folder = done.session.store.root
        raise RunsFailedError("\n".join([*reasons, f"  -> mnerbench.load_results({str(folder)!r}) has the other runs"]))
    return load_results(out, done.session.grid.suite.name)


def _keep(name: str) -> Keep:
    from mnerbench.benchmark.results.taggers import Keep
    from mnerbench.datasets.errors import ConfigError

    try:
        return Keep(name)
    except ValueError as error:
        raise ConfigError(f"keep = {name!r}\n  -> one of: {', '.join(Keep)}") from error


def _joined(values: Iterable[object] | str | None) -> str | None:
    if values is None or isinstance(values, str):
        return values
    return ",".join(map(str, values))


def _seeds(seeds: int | Iterable[int] | None) -> str | None:
    if seeds is None or isinstance(seeds, int):
        return None if seeds is None else str(seeds)
    return "".join(f"{seed}," for seed in seeds)  # with the last comma, a single seed is a list


def _settings(settings: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The settings as the command line writes them; numbers, booleans, strings and lists of JSON are those of TOML."""
    return tuple(
        f"{method}.{key}={json.dumps(value)}" for method, values in settings.items() for key, value in values.items()
    )


def _path(folder: str | Path | None) -> Path | None:
    return Path(folder) if folder is not None else None
