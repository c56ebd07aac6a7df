"""The Ray cluster itself: how to reach it, and how many runs it carries."""

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
    """To what `RAY_ADDRESS` names, else to a cluster that is started here.

    Raises:
        ClusterError: nobody answers.
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
            signal.signal(signal.SIGTERM, before)  # Ray's own would end us at once, with the runs


def carried(resources: dict[str, float], share: dict[str, float]) -> int:
    """Runs that a cluster carries at a time."""
    cpus = resources.get("CPU", 1) // share["num_cpus"]
    gpus = share.get("num_gpus")
    return max(1, int(min(cpus, round(resources.get("GPU", 0) / gpus)) if gpus else cpus))
