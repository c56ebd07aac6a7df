"""Progress display, remaining time and signals."""

from __future__ import annotations

import io
import os
import signal
import threading

import pytest
from rich.console import Console
from small_grid import job, record

from mnerbench.benchmark.execution.progress import Screen
from mnerbench.benchmark.execution.schedule import TimeLeft, duration
from mnerbench.benchmark.execution.signals import stop_on_signal
from mnerbench.benchmark.execution.streams import StreamLostError
from mnerbench.benchmark.planning.durations import Durations, durations
from mnerbench.benchmark.results.record import EpochPoint, RunError, Status
from mnerbench.benchmark.training.events import EpochDone, Evaluated, RunEnded, RunLost, RunStarted, StepsDone

SPECS = [job(seed).spec for seed in range(4)]
IDS = [spec.identity for spec in SPECS]
POINT = EpochPoint(epoch=1, loss=2.5, losses={}, dev_f1=0.5, train_seconds=3, dev_seconds=1)


class Watched:
    def __init__(self, measured=None, workers=1):
        self.clock = 0.0
        self.left = TimeLeft(SPECS, measured or Durations(), workers, lambda: self.clock)


def test_there_is_no_estimate_without_measurements():
    watched = Watched()
    assert watched.left.seconds() is None
    watched.left.hear(RunStarted(IDS[0], "", 100))
    assert watched.left.seconds() is None


def test_the_pace_of_a_run_predicts_equal_runs():
    watched = Watched()
    watched.left.hear(RunStarted(IDS[0], "", 100))
    watched.clock = 10.0
    watched.left.hear(StepsDone(IDS[0], 25))
    assert watched.left.seconds() == pytest.approx(4 * 30.0)


def test_a_resumed_run_counts_its_own_steps_only():
    watched = Watched()
    watched.left.hear(RunStarted(IDS[0], "", 100, done=50))
    watched.clock = 10.0
    watched.left.hear(StepsDone(IDS[0], 25))
    assert watched.left.seconds() == pytest.approx(4 * 10.0)


def test_finished_runs_improve_the_estimate_and_workers_divide_it():
    watched = Watched(
        durations([record(SPECS[0], seconds=60.0), None, record(SPECS[1], Status.FAILED, seconds=1.0)]), 2
    )
    assert watched.left.seconds() == pytest.approx(4 * 60.0 / 2)
    watched.left.hear(RunStarted(IDS[0], "", 100))
    watched.clock = 45.0
    assert watched.left.seconds() == pytest.approx((15 + 3 * 60) / 2)
    watched.clock = 500.0
    assert watched.left.seconds() == pytest.approx(3 * 60 / 2)
    watched.left.hear(RunEnded(IDS[0], record(SPECS[0], seconds=20.0)))
    assert watched.left.seconds() == pytest.approx(3 * 40 / 2)


def test_the_last_run_has_one_worker_to_itself():
    watched = Watched(durations([record(SPECS[0], seconds=60.0)]), 2)
    for number in range(3):
        watched.left.hear(RunEnded(IDS[number], record(SPECS[number], seconds=60.0)))
    assert watched.left.seconds() == pytest.approx(60)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (89.4, "89 s"), (90, "2 min"), (720, "12 min"), (12_000, "3 h 20 min")]
)
def test_durations_for_people(seconds, text):
    assert duration(seconds) == text


def drawn(events, *, terminal, several=False):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    with Screen(console, len(SPECS), Watched().left, several=several) as screen:
        for event in events:
            screen(event)
        state = screen._state()
    return console.file.getvalue(), state


def test_a_pipe_gets_events_without_bars():
    failed = record(SPECS[1], Status.FAILED, error=RunError(kind="KeyError", message="[red]", traceback=""))
    events = [
        RunStarted(IDS[0], "a, seed 0", 10, 5),
        StepsDone(IDS[0], 5),
        EpochDone(IDS[0], 2, POINT),
        RunLost(IDS[0], "the worker was ended"),
        RunEnded(IDS[1], failed),
    ]
    text, _ = drawn(events, terminal=False)
    assert text.splitlines() == [
        f"a, seed 0  [{IDS[0]}], resumed at step 5 of 10",
        "  epoch 1/2  loss 2.500  dev F1 50.00  (3 s + 1 s)",
        "  the worker was ended; the run resumes from its last checkpoint",
        "  failed: KeyError: [red]",
    ]
    assert "a, seed 0: epoch 1/2" in drawn(events, terminal=False, several=True)[0]


def test_a_pipe_has_a_line_for_each_silent_minute():
    now = [0.0]
    console = Console(file=io.StringIO(), force_terminal=False, width=120)
    with Screen(console, len(SPECS), Watched().left, now=lambda: now[0]) as screen:
        screen(RunStarted(IDS[0], "a, seed 0", 10))
        for step in range(1, 11):  # 20 seconds each
            now[0] = 20.0 * step
            screen(StepsDone(IDS[0], 1))
        screen(EpochDone(IDS[0], 1, POINT))
        for tweets in range(50, 301, 50):
            now[0] += 25.0
            screen(Evaluated(IDS[0], "test, view it", tweets, 300))
        screen(Evaluated(IDS[1], "of a run that did not start", 1, 2))
    assert console.file.getvalue().splitlines()[1:] == [
        "  step 3 of 10",
        "  step 6 of 10",
        "  step 9 of 10",
        "  epoch 1/1  loss 2.500  dev F1 50.00  (3 s + 1 s)",
        "  test, view it: 50%",
        "  test, view it: 100%",
    ]


def test_the_bar_of_a_run_shows_its_evaluation_and_then_its_steps_again():
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with Screen(console, len(SPECS), Watched().left, now=lambda: 0.0) as screen:
        screen(RunStarted(IDS[0], "a, seed 0", 10))
        screen(StepsDone(IDS[0], 5))
        [_, bar] = screen._progress.tasks
        assert (bar.completed, bar.total) == (5, 10)
        screen(Evaluated(IDS[0], "dev", 20, 300))
        assert (bar.completed, bar.total, bar.fields["state"]) == (20, 300, "dev")
        screen(EpochDone(IDS[0], 2, POINT))
        assert (bar.completed, bar.total) == (5, 10)
        screen(StepsDone(IDS[0], 1))
        assert (bar.completed, bar.total, bar.fields["state"]) == (6, 10, "epoch 1/2  dev F1 50.00")
        screen(Evaluated(IDS[0], "diagnosis", 10, 40))
    assert "diagnosis" in console.file.getvalue()
    assert "%" not in console.file.getvalue()


def test_a_terminal_shows_counts_and_the_state_of_each_run():
    events = [
        RunStarted(IDS[0], "a, seed 0", 10),
        RunStarted(IDS[1], "b, seed 1", 10),
        EpochDone(IDS[0], 2, POINT),
        RunEnded(IDS[2], record(SPECS[2], Status.INTERRUPTED)),
    ]
    text, state = drawn(events, terminal=True, several=True)
    assert "b, seed 1" in text
    assert "epoch 1/2  dev F1 50.00" in text
    assert state == "1 interrupted, 2 running"


def test_the_first_signal_requests_a_stop_and_the_second_interrupts():
    requests, heeded = [], signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with stop_on_signal(lambda: requests.append(1)):
            os.kill(os.getpid(), signal.SIGTERM)
            assert requests == [1]
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, heeded)
    assert requests == [1]
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_ignored_interrupt_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_on_signal(lambda: pytest.fail("asked")):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_catches_no_signals():
    def inside():
        with stop_on_signal(lambda: None):
            handlers.append(signal.getsignal(signal.SIGINT))

    handlers = []
    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGINT)]


def test_an_unused_checkpoint_is_reported_at_the_start_of_the_run():
    screen = Console(file=io.StringIO(), width=200)
    with Screen(screen, 1, Watched().left) as display:
        display(RunStarted(IDS[0], "m on d, seed 0", 100, 0, "checkpoint of other code; the run started over"))
    assert "checkpoint of other code; the run started over" in screen.file.getvalue()


def test_a_run_that_did_not_start_is_named_by_its_title():
    failed = record(SPECS[1], Status.FAILED, error=RunError(kind="HungRun", message="killed", traceback=""))
    text, _ = drawn([RunEnded(IDS[1], failed)], terminal=False, several=True)
    assert f"  {SPECS[1].title}: failed: HungRun: killed" in text


class Interrupted(io.RawIOBase):
    """A file that is sent a signal within its first write."""

    def __init__(self):
        super().__init__()
        self.content, self.sent = b"", False

    def writable(self):
        return True

    def write(self, data):
        if not self.sent:
            self.sent = True
            os.kill(os.getpid(), signal.SIGTERM)
        self.content += bytes(data)
        return len(data)


def test_the_message_of_a_signal_waits_for_the_current_line():
    file = Interrupted()
    console = Console(file=io.TextIOWrapper(io.BufferedWriter(file), encoding="utf-8"), width=120)
    with Screen(console, 1, Watched().left) as screen, stop_on_signal(lambda: screen.say_soon("ending")):
        screen.say("a line")
        screen(RunLost(IDS[0], "the worker was ended"))
    lines = file.content.decode().splitlines()
    assert lines == ["a line", "ending", "  the worker was ended; the run resumes from its last checkpoint"]


def test_a_pending_message_is_printed_at_the_end():
    console = Console(file=io.StringIO(), width=120)
    with Screen(console, 1, Watched().left) as screen:
        screen.say_soon("ending")
    assert console.file.getvalue() == "ending\n"


def test_a_lost_output_requests_a_stop_and_loses_no_event():
    class Lost(io.StringIO):
        def write(self, text):
            raise StreamLostError(OSError(28, "No space left on device"))

    requests = []
    with Screen(Console(file=Lost(), width=120), len(SPECS), Watched().left) as screen:
        screen.on_lost = lambda: requests.append(1)
        screen(RunStarted(IDS[0], "a, seed 0", 10))
        screen(RunEnded(IDS[0], record(SPECS[0], Status.INTERRUPTED)))
    assert requests
