"""The journal of a search, as `tune` opens it and goes on from it."""

from __future__ import annotations

from pathlib import Path

from fuzzer.special import put
from fuzzer.targets.target import PREPARED, Target
from mnerbench.benchmark.tuning.storage import open_storage
from mnerbench.benchmark.tuning.study import Search
from mnerbench.methods.base.search_space import Range

_JOURNAL = PREPARED / "results" / "tuning" / "mini" / "journal.log"


def _journal(data: bytes, work: Path) -> None:
    put(work / "journal.log", data)
    search = Search("s", open_storage(None, work), {"a": Range(0.0, 1.0)}, budget=6, seed=0, owner="me")
    assert search.states.total() <= 6
    search.adopt_abandoned()
    proposal = search.ask()
    if proposal is not None:
        trial, values = proposal
        assert 0.0 <= values["a"] <= 1.0
        search.study.tell(trial, values["a"])


TARGETS = [Target("journal", _journal, (_JOURNAL,), weight=4)]
