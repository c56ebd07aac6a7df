"""Makes the executor that a configuration names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.config import ExecutorConfig, ExecutorKind
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.training.events import Listener


def executor_factory(config: ExecutorConfig, resources: LocalResources) -> Callable[[Listener], Executor]:
    """A function that makes the executor for a listener."""
    if config.kind is ExecutorKind.INLINE:
        from mnerbench.benchmark.execution.executors.inline import InlineExecutor

        return lambda listen: InlineExecutor(resources, listen)
    if config.kind is ExecutorKind.RAY:
        from mnerbench.benchmark.execution.executors.ray import RayExecutor

        return lambda listen: RayExecutor(resources, config, listen)
    from mnerbench.benchmark.execution.executors.processes import ProcessExecutor

    paths = replace(resources.paths, threads=config.threads)
    return lambda listen: ProcessExecutor(paths, config.gpus, listen)
