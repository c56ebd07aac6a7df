"""Times a training step of each method against one of UMT, per operation of the text encoder, on the same tweets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from mnerbench.benchmark.perf.pairs import Pair, in_turns
from mnerbench.benchmark.perf.step_bench import Setting, StepBench

RIVAL = "umt"


def family_pairs(setting: Setting, names: Sequence[str]) -> Iterator[Pair]:
    """A pair per method and UMT; milliseconds per step, those of the method divided by its encoder's share of work.

    A method that reads a tweet twice, or appends regions to it, makes more operations in the encoder than UMT does. Its
    time is divided by the ratio of the two, so that what is compared is what it adds to the encoder.

    Args:
        setting: of the steps.
        names: of methods over a text encoder.
    """
    rival = StepBench(setting, RIVAL)
    batches = rival.batches()
    work = sum(map(rival.encoder_operations, batches))
    for name in names:
        method = StepBench(setting, name)
        share = sum(map(method.encoder_operations, batches)) / work
        ours, theirs = [0.0] * setting.rounds, [0.0] * setting.rounds
        for batch in batches:
            sides = in_turns(partial(method.step, batch), partial(rival.step, batch), setting.rounds, setting.device, 1)
            ours = [total + time / share / len(batches) for total, time in zip(ours, sides[0], strict=True)]
            theirs = [total + time / len(batches) for total, time in zip(theirs, sides[1], strict=True)]
        conditions = f"{share:.2f} x its encoder operations; {setting.batch_size} tweets, {setting.precision.value}"
        yield Pair(f"{name}, step per encoder operation", f"{RIVAL}; {conditions}", ours, theirs)
