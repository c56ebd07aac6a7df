"""Runs on a cluster of two machines (here two raylets): the grid completes even if one machine dies."""

from __future__ import annotations

import signal

import pytest

from mnerbench.benchmark.execution.executors.config import ExecutorKind, resolve_executor
from mnerbench.benchmark.execution.executors.inline import InlineExecutor
from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.training.events import EpochDone, RunEnded, RunLost
from mnerbench.datasets.errors import ConfigError

pytestmark = pytest.mark.slow

ray = pytest.importorskip("ray")


@pytest.fixture
def cluster():
    """Two machines with a core each."""
    from ray.cluster_utils import Cluster

    machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    machines.second = machines.add_node(num_cpus=1)
    ray.init(address=machines.address, log_to_driver=False)
    machines.wait_for_nodes()
    yield machines
    ray.shutdown()
    machines.shutdown()


def prepare(session, listen=lambda _: None, make_executor=None):
    """An orchestrator, and a function that runs the session's grid on it."""
    from mnerbench.benchmark.execution.executors.ray import RayExecutor

    config = resolve_executor("ray", None, None, session.resources.paths)
    make_executor = make_executor or (lambda hear: RayExecutor(session.resources, config, hear))
    orchestrator = Orchestrator(session.store, SchedulerOptions(), listen)
    return orchestrator, lambda: orchestrator.run(session.to_do(), make_executor)


@pytest.mark.faults  # minutes: Ray has to find out that the node is gone
def test_the_runs_of_a_dead_node_are_repeated(cluster, session_in, predictions, tmp_path):
    calm = session_in(tmp_path / "calm", "training.epochs=8")
    prepare(calm, make_executor=lambda hear: InlineExecutor(calm.resources, hear))[1]()
    session, events, killed = session_in(tmp_path / "hit", "training.epochs=8", checkpoint_seconds=0.0), [], []

    def listen(event):
        events.append(event)
        working = {past.identity for past in events if isinstance(past, EpochDone)}
        working -= {past.identity for past in events if isinstance(past, RunEnded)}
        if len(working) == 2 and not killed:
            killed.append(working)
            cluster.remove_node(cluster.second, allow_graceful=False)

    outcome = prepare(session, listen)[1]()
    assert killed
    lost = [event for event in events if isinstance(event, RunLost)]
    assert len(lost) == 1
    assert lost[0].identity in killed[0]
    assert list(outcome.ended.values()) == [Status.DONE] * 5
    assert session.store.record(lost[0].identity).resumed == 1
    assert predictions(tmp_path / "hit") == predictions(tmp_path / "calm")
    assert not list((tmp_path / "hit").glob(".shared"))


def test_an_interruption_keeps_the_state(cluster, session_in, tmp_path):
    session = session_in(tmp_path, "training.epochs=4000")

    def listen(event):
        if isinstance(event, EpochDone):
            orchestrator.interrupt()

    orchestrator, run = prepare(session, listen)
    outcome = run()
    assert outcome.interrupted
    assert set(outcome.ended.values()) == {Status.DONE, Status.INTERRUPTED}  # `lookup` was done before
    assert list(tmp_path.glob("*/checkpoint.pt"))


def test_a_cluster_is_requested_by_name(session_in, tmp_path, monkeypatch):
    paths = session_in(tmp_path).resources.paths
    config = resolve_executor("ray", None, None, paths)
    assert (config.kind, config.workers, config.threads) == (ExecutorKind.RAY, None, 1)
    assert config.title == "a Ray cluster, as many runs at a time as fit, 1 CPU thread each"
    assert resolve_executor("ray", 4, 2, paths).title == "a Ray cluster, 4 runs at a time, 1 CPU thread each"
    monkeypatch.setattr("mnerbench.benchmark.execution.executors.config.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"Ray is not installed\n  -> pip install 'mnerbench\[ray\]'"):
        resolve_executor("ray", None, None, paths)


def test_the_number_of_parallel_runs_depends_on_cpus_and_gpus():
    from mnerbench.benchmark.execution.executors.ray_cluster import parallel_runs

    assert parallel_runs({"CPU": 16.0}, {"num_cpus": 4}) == 4
    assert parallel_runs({"CPU": 16.0, "GPU": 2.0}, {"num_cpus": 1, "num_gpus": 1 / 3}) == 6
    assert parallel_runs({"CPU": 2.0, "GPU": 2.0}, {"num_cpus": 1, "num_gpus": 1 / 3}) == 2
    assert parallel_runs({}, {"num_cpus": 8}) == 1


def test_connecting_keeps_our_signal_handlers(monkeypatch):
    from mnerbench.benchmark.execution.executors.ray_cluster import connect

    def init(**_):
        signal.signal(signal.SIGTERM, lambda *_: None)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(ray, "init", init)
    connect()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_cluster_that_does_not_answer_is_one_clear_error(monkeypatch):
    from mnerbench.benchmark.execution.executors.ray_cluster import ClusterError, connect

    def init(**_):
        raise ConnectionError("nobody there")

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(ClusterError, match=r"10.0.0.1:6379: nobody there\n  -> set or unset RAY_ADDRESS"):
        connect()
