"""A cluster of two machines (two raylets here): one dies in mid-grid, and the grid ends complete."""

from __future__ import annotations

import signal

import pytest

from mnerbench.benchmark.execution.executors.config import ExecutorKind, hire
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

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.second = made.add_node(num_cpus=1)
    ray.init(address=made.address, log_to_driver=False)
    made.wait_for_nodes()
    yield made
    ray.shutdown()
    made.shutdown()


def do(session, listen=lambda _: None, employ=None):
    from mnerbench.benchmark.execution.executors.ray import RayExecutor

    places = session.materials.places
    employ = employ or (lambda heard: RayExecutor(session.materials, places, (None, 1), heard))
    orchestrator = Orchestrator(session.store, SchedulerOptions(), listen)
    return orchestrator, lambda: orchestrator.run(session.to_do(), employ)


@pytest.mark.faults  # minutes: Ray has to find out that the node is gone
def test_a_node_that_dies_takes_no_run_with_it(cluster, session_in, predictions, tmp_path):
    calm = session_in(tmp_path / "calm", "training.epochs=8")
    do(calm, employ=lambda heard: InlineExecutor(calm.materials, heard))[1]()
    session, heard, killed = session_in(tmp_path / "hit", "training.epochs=8", checkpoint_seconds=0.0), [], []

    def listen(event):
        heard.append(event)
        working = {one.identity for one in heard if isinstance(one, EpochDone)}
        working -= {one.identity for one in heard if isinstance(one, RunEnded)}
        if len(working) == 2 and not killed:
            killed.append(working)
            cluster.remove_node(cluster.second, allow_graceful=False)

    outcome = do(session, listen)[1]()
    assert killed
    lost = [event for event in heard if isinstance(event, RunLost)]
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

    orchestrator, run = do(session, listen)
    outcome = run()
    assert outcome.interrupted
    assert set(outcome.ended.values()) == {Status.DONE, Status.INTERRUPTED}  # `lookup` was done before
    assert list(tmp_path.glob("*/checkpoint.pt"))


def test_a_cluster_is_asked_for_by_name(session_in, tmp_path, monkeypatch):
    places = session_in(tmp_path).materials.places
    staff = hire("ray", None, None, places)
    assert (staff.kind, staff.workers, staff.threads) == (ExecutorKind.RAY, None, 1)
    assert staff.title == "a Ray cluster, as many runs at a time as it carries, 1 CPU thread each"
    assert hire("ray", 4, 2, places).title == "a Ray cluster, 4 runs at a time, 1 CPU thread each"
    monkeypatch.setattr("mnerbench.benchmark.execution.executors.config.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"Ray is not installed\n  -> pip install 'mnerbench\[ray\]'"):
        hire("ray", None, None, places)


def test_what_a_cluster_carries():
    from mnerbench.benchmark.execution.executors.ray_cluster import carried

    assert carried({"CPU": 16.0}, {"num_cpus": 4}) == 4
    assert carried({"CPU": 16.0, "GPU": 2.0}, {"num_cpus": 1, "num_gpus": 1 / 3}) == 6
    assert carried({"CPU": 2.0, "GPU": 2.0}, {"num_cpus": 1, "num_gpus": 1 / 3}) == 2
    assert carried({}, {"num_cpus": 8}) == 1


def test_connecting_leaves_our_signals_alone(monkeypatch):
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
