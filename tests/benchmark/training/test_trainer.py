"""The training loop: schedule, parameter groups, exact resume, early failure."""

from __future__ import annotations

import copy
import os

import pytest
import torch

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.benchmark.training.checkpoint import Checkpoint
from mnerbench.benchmark.training.optimizer import count_parameters, kinds_of_parameters, make_optimizer, rate_share
from mnerbench.benchmark.training.trainer import Reports, Trainer, TrainingError
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance import Case, sentences
from mnerbench.methods.registry import methods
from mnerbench.methods.rpbert.model import RpBERT

SETTINGS = TrainingSettings(epochs=3, batch_size=3, lr_encoder=1e-3, lr_new=1e-3)


class Killed(BaseException):
    """Simulates a kill: no handler catches it."""


def reports(kill_at=None):
    steps = []

    def step():
        steps.append(1)
        if len(steps) == kill_at:
            raise Killed

    return Reports(started=lambda *_: None, step=step, epoch=lambda _: None)


def train(folder, kill_at=None, every=0.0, f1=None, states=None):
    case = Case(methods()["ita-ga+cva"], train=lambda *_: None)
    method = case.build(7)
    scores = iter(f1 or [0.1, 0.3, 0.2])
    trainer = Trainer(method, case.split(method), SETTINGS, seed=5)
    checkpoint = Checkpoint(folder / "checkpoint.pt", every)

    def dev_f1():
        if states is not None:
            states.append({name: value.clone() for name, value in method.state_dict().items()})
        return next(scores)

    progress = trainer.run(dev_f1, checkpoint, reports(kill_at))
    return method, progress


def test_a_killed_run_resumes_to_bit_identical_weights(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole, progress = train(tmp_path / "a")
    with pytest.raises(Killed):
        train(tmp_path / "b", kill_at=2)  # in the first epoch
    with pytest.raises(Killed):
        train(tmp_path / "b", kill_at=3, f1=[0.1, 0.3, 0.2])  # in the second
    resumed, again = train(tmp_path / "b", f1=[0.3, 0.2])
    assert again.resumed == 2
    assert progress.resumed == 0
    assert (progress.best_epoch, again.best_epoch) == (2, 2)
    assert [(p.loss, p.dev_f1) for p in progress.curve] == [(p.loss, p.dev_f1) for p in again.curve]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def learn_relations(folder, kill_at=None, f1=(0.1, 0.3, 0.2)):
    """RpBERT on the eight tweets, with five of them as its relation corpus; the order of steps, and the progress."""
    case = Case(methods()["rpbert"], train=lambda *_: None)
    method, order, scores = case.build(7), [], iter(f1)
    for name in ("losses", "relation_losses"):
        compute = getattr(method, name)

        def recorded(views, name=name, compute=compute):
            order.append((name, len(views[View.IT].labels)))
            return compute(views)

        setattr(method, name, recorded)
    trainer = Trainer(method, case.split(method), SETTINGS, 5, case.split(method, sentences()[:5]))
    progress = trainer.run(lambda: next(scores), Checkpoint(folder / "checkpoint.pt", 0.0), reports(kill_at))
    return method, order, progress


def test_every_epoch_first_learns_the_relation_corpus(tmp_path):
    _, order, progress = learn_relations(tmp_path)
    epoch = [name for name, _ in order[:5]]
    assert epoch == ["relation_losses"] * 2 + ["losses"] * 3
    assert [name for name, _ in order] == epoch * 3
    assert sum(size for name, size in order if name == "relation_losses") == 3 * 5
    assert {*progress.curve[0].losses} == {"nll", "relation", "corpus relation"}


def test_relation_losses_are_means_over_the_steps_of_their_task(tmp_path, monkeypatch):
    monkeypatch.setattr(RpBERT, "relation_losses", lambda self, views: {"relation": 2 + 0 * self.see.weight.sum()})
    monkeypatch.setattr(RpBERT, "losses", lambda self, views: {"nll": 7 + 0 * self.see.weight.sum()})
    assert learn_relations(tmp_path)[2].curve[0].losses == {"corpus relation": 2.0, "nll": 7.0}


def test_a_run_killed_between_relations_resumes_to_bit_identical_weights(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    whole = learn_relations(tmp_path / "a")[0]
    for kill in (2, 3):  # after one step of relations; after the first of tagging
        with pytest.raises(Killed):
            learn_relations(tmp_path / "b", kill_at=kill)
    resumed, order, progress = learn_relations(tmp_path / "b")
    assert progress.resumed == 2
    assert len(order) == 3 * 5 - 3
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


@pytest.mark.parametrize(("scores", "best"), [([0.5, 0.5, 0.4], 0), ([0.3, 0.5, 0.5], 1), ([0.3, 0.4, 0.5], 2)])
def test_the_weights_of_the_best_dev_epoch_are_selected_the_earliest_at_ties(tmp_path, scores, best):
    states = []
    method, progress = train(tmp_path, f1=scores, every=1e9, states=states)
    assert progress.best_epoch == best + 1
    for epoch, weights in enumerate(states):
        same = all(torch.equal(weights[name], value) for name, value in method.state_dict().items())
        assert same == (epoch == best)


def test_a_loss_that_is_not_finite_stops_training(tmp_path):
    case = Case(methods()["bert-crf"], train=lambda *_: None)
    method = case.build()
    with torch.no_grad():
        method.project.weight.fill_(float("nan"))
    trainer = Trainer(method, case.split(method), SETTINGS, seed=0)
    with pytest.raises(TrainingError, match=r"epoch 1, step 1: the loss is nan\n  -> lower the learning rates"):
        trainer.run(lambda: 0.0, Checkpoint(tmp_path / "c", 1e9), reports())


def test_the_schedule_rises_and_falls_linearly():
    shares = [rate_share(step, 100, 0.1) for step in range(100)]
    assert shares[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert shares[10:] == pytest.approx([(100 - i) / 90 for i in range(10, 100)])
    assert rate_share(0, 10, 0.0) == 1.0


def test_every_parameter_has_a_rate_and_crf_and_biases_do_not_decay():
    method = Case(methods()["bert-crf"], train=lambda *_: None).build()
    kinds = {name: kind for kind, name, _ in kinds_of_parameters(method)}
    assert kinds["head.crf.transitions"] == "crf"
    assert kinds["project.weight"] == "new"
    assert {kind for name, kind in kinds.items() if name.startswith("encoder.")} == {"encoder"}
    optimizer = make_optimizer(method, TrainingSettings(lr_encoder=1, lr_new=2, lr_crf=3))
    grouped = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(grouped) == sorted(id(p) for p in method.parameters())
    decays = {(group["peak"], group["weight_decay"] > 0) for group in optimizer.param_groups}
    assert decays == {(1, True), (1, False), (2, True), (2, False), (3, False)}
    counts = count_parameters(method)
    assert counts["total"] == sum(p.numel() for p in method.parameters())
    assert counts["crf"] == 9 * 9 + 2 * 9


def test_a_failed_write_raises_and_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 0)
    checkpoint.save({"a": torch.ones(2)})
    monkeypatch.setattr(torch, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreError, match=r"checkpoint.pt: cannot be written.*No space left"):
        checkpoint.save({"a": torch.zeros(2)})
    assert torch.equal(checkpoint.load()["a"], torch.ones(2))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_a_checkpoint_that_contains_code_is_ignored(tmp_path):
    torch.save({"a": copy.copy}, tmp_path / "checkpoint.pt")
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 0)
    assert checkpoint.load() is None
    assert "UnpicklingError" in checkpoint.ignored


@pytest.mark.parametrize("content", [b"", b"not a checkpoint"])
def test_a_damaged_checkpoint_is_ignored(tmp_path, content):
    (tmp_path / "checkpoint.pt").write_bytes(content)
    _, progress = train(tmp_path)
    assert progress.resumed == 0


def test_a_checkpoint_of_other_versions_is_ignored(tmp_path, monkeypatch):
    Checkpoint(tmp_path / "checkpoint.pt", 0).save({"a": torch.ones(1)})
    monkeypatch.setattr("mnerbench.benchmark.training.checkpoint._MADE_BY", "newer")
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 0)
    assert checkpoint.load() is None
    assert "other package versions" in checkpoint.ignored


def test_a_checkpoint_of_other_code_is_ignored(tmp_path):
    path = tmp_path / "checkpoint.pt"
    Checkpoint(path, 0, "new").save({"a": torch.ones(1)})
    assert set(Checkpoint(path, 0, "new").load()) == {"a"}
    checkpoint = Checkpoint(path, 0, "other")
    assert checkpoint.load() is None
    assert checkpoint.ignored == "checkpoint of other code than is installed; the run started over"


def test_a_checkpoint_without_the_digest_of_its_code_is_ignored(tmp_path):
    path = tmp_path / "checkpoint.pt"
    Checkpoint(path, 0, "new").save({"a": torch.ones(1)})
    state = torch.load(path, weights_only=True)
    del state["code"]
    torch.save(state, path)
    checkpoint = Checkpoint(path, 0, "new")
    assert checkpoint.load() is None
    assert "other code" in checkpoint.ignored


def _killed_state(folder):
    """The state of a run that was killed in its second epoch."""
    with pytest.raises(Killed):
        train(folder, kill_at=5)
    return torch.load(folder / "checkpoint.pt", weights_only=True)


_DAMAGES = {
    "no model": lambda state: state.pop("model"),
    "a list as model": lambda state: state.update(model=[1]),
    "an extra tensor": lambda state: state["model"].update(extra=torch.ones(1)),
    "another shape": lambda state: state["model"].update({"project.weight": torch.ones(3, 3)}),
    "another type of number": lambda state: state["model"].update(
        {"project.weight": state["model"]["project.weight"].double()}
    ),
    "best of another shape": lambda state: state["best"].update({"project.weight": torch.ones(3, 3)}),
    "no best": lambda state: state.update(best={}),
    "moments of another parameter": lambda state: state["optimizer"]["state"].update({999: {"step": torch.ones(())}}),
    "moments of another shape": lambda state: state["optimizer"]["state"][0].update(exp_avg=torch.ones(7, 7, 7)),
    "a missing group": lambda state: state["optimizer"]["param_groups"].pop(),
    "text as rate": lambda state: state["optimizer"]["param_groups"][0].update(lr="fast"),
    "an epoch beyond the last": lambda state: state["progress"].update(epoch=99),
    "a negative step": lambda state: state["progress"].update(step=-5),
    "text as step": lambda state: state["progress"].update(step="1"),
    "an infinite score": lambda state: state["progress"].update(best_f1=float("inf")),
    "another field": lambda state: state["progress"].update(other=1),
    "a curve of nothing": lambda state: state["progress"].update(curve=[{}]),
    "sums of text": lambda state: state["sums"].update(nll="x"),
    "no random state": lambda state: state.update(random={}),
    "noise as random state": lambda state: state["random"].update(cpu=torch.zeros(9, dtype=torch.uint8)),
}


@pytest.fixture(scope="module")
def half_way(tmp_path_factory):
    """A checkpoint of a run that was killed in its second epoch."""
    return _killed_state(tmp_path_factory.mktemp("half"))


@pytest.mark.parametrize("damage", _DAMAGES.values(), ids=_DAMAGES.keys())
def test_a_loadable_checkpoint_with_an_invalid_state_is_ignored_and_the_run_starts_over(tmp_path, half_way, damage):
    state = copy.deepcopy(half_way)
    damage(state)
    torch.save(state, tmp_path / "checkpoint.pt")
    case = Case(methods()["ita-ga+cva"], train=lambda *_: None)
    method = case.build(7)
    before = {name: value.clone() for name, value in method.state_dict().items()}
    trainer = Trainer(method, case.split(method), SETTINGS, seed=5)
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 1e9)
    trainer._resume(checkpoint)
    assert checkpoint.ignored.startswith("checkpoint is not a state of this run (")
    assert checkpoint.ignored.endswith("); the run started over")
    assert trainer.progress.resumed == 0
    assert all(torch.equal(value, before[name]) for name, value in method.state_dict().items())


def test_the_state_before_damage_is_valid(tmp_path, half_way):
    torch.save(half_way, tmp_path / "checkpoint.pt")
    _, progress = train(tmp_path, f1=[0.3, 0.2])
    assert progress.resumed == 1


@pytest.mark.parametrize("content", [[1], torch.ones(2), "text", None], ids=["list", "tensor", "text", "none"])
def test_a_checkpoint_of_another_type_is_ignored(tmp_path, content):
    torch.save(content, tmp_path / "checkpoint.pt")
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 0)
    assert checkpoint.load() is None
    assert "is not a state of a run" in checkpoint.ignored


@pytest.mark.parametrize(
    "make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("nothing")], ids=["folder", "fifo", "link to nothing"]
)
def test_a_checkpoint_path_that_is_not_a_file_is_ignored(tmp_path, make):
    make(tmp_path / "checkpoint.pt")
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 0)
    assert checkpoint.load() is None
    assert checkpoint.ignored == "checkpoint is not a file; the run started over"
