"""MLflow from all records of a results folder: every record is tried, and what is refused is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tracking.mlflow import MlflowTracker, described, open_tracker, why_refused
from mnerbench.datasets.errors import StoreError


@dataclass(frozen=True)
class Family:
    """Records that share a parent run.

    Attributes:
        suite: name of the parent.
        store: where the records are.
        identities: which of them.
    """

    suite: str
    store: RunStore
    identities: Sequence[str]


@dataclass
class Synced:
    """What became of it.

    Attributes:
        total: how many records there are.
        held: how many of them MLflow holds now.
        refused: why MLflow did not take a record, by identity.
        unreachable: why MLflow was not asked any further; empty where it was.
    """

    total: int = 0
    held: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    unreachable: str = ""


def sync_records(out: Path, families: Iterable[Family]) -> Synced:
    """Log every record that MLflow lacks. Ends early only when the store does not answer.

    Args:
        out: the results folder.
        families: its records.

    Raises:
        StoreError: the store takes nothing as it is; says what to do.
    """
    families = list(families)
    synced = Synced(total=sum(len(family.identities) for family in families))
    for family in families:
        try:
            tracker = open_tracker(out, family.suite)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a tracking server does
            synced.unreachable = described(error)
            return synced
        if not _sync_family(family, tracker, synced):
            return synced
    return synced


def _sync_family(family: Family, tracker: MlflowTracker, synced: Synced) -> bool:
    """Log its records.

    Returns:
        Whether the store still answers.
    """
    for identity in family.identities:
        try:
            record = family.store.record(identity)
            if record is not None:
                tracker.log(record, family.store.folder(identity))
        except Exception as error:  # noqa: BLE001 - as above
            reason = why_refused(error)
            if reason is None and not tracker.answers():
                synced.unreachable = described(error)
                return False
            synced.refused[identity] = reason or described(error)
        else:
            synced.held += 1
    return True
