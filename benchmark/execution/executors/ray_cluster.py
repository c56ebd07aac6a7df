"""Connection to a Ray cluster, and the number of runs that it can execute in parallel."""

from __future__ import annotations

import logging
import os
import signal
import threading

import ray

from mnerbench.datasets.errors import MnerbenchError


class ClusterError(MnerbenchError):
    """The cluster cannot be reached."""


def connect() -> None:
    """Connect to the cluster that `RAY_ADDRESS` names, else start one on this machine.

    Raises:
        ClusterError: the cluster does not answer.
    """
    if ray.is_initialized():
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        address = os.environ.get("RAY_ADDRESS", "this machine")
        raise ClusterError(f"no Ray cluster at {address}: {error}\n  -> set or unset RAY_ADDRESS") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)  # Ray's handler would end this process and its runs at once


def parallel_runs(resources: dict[str, float], share: dict[str, float]) -> int:
    """Number of runs that a cluster can execute in parallel.

    Args:
        resources: `CPU` and `GPU` of the cluster.
        share: `num_cpus` and, if it needs any, `num_gpus` of one run.
    """
    cpus = resources.get("CPU", 1) // share["num_cpus"]
    gpus = share.get("num_gpus")
    return max(1, int(min(cpus, round(resources.get("GPU", 0) / gpus)) if gpus else cpus))
