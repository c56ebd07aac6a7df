"""Logs all records of a results folder to MLflow and lists the rejected ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tracking.mlflow import MlflowTracker, error_text, open_tracker, refusal_reason
from mnerbench.datasets.errors import StoreError


@dataclass(frozen=True)
class RecordGroup:
    """Records that share a parent run.

    Attributes:
        suite: name of the parent run.
        store: the folder of the records.
        identities: identities of the records.
    """

    suite: str
    store: RunStore
    identities: Sequence[str]


@dataclass
class SyncResult:
    """Outcome of a synchronisation.

    Attributes:
        total: number of records.
        logged: number of records that MLflow has now.
        refused: reasons why MLflow rejected records, by identity.
        unreachable: why the synchronisation was aborted; empty if it was not.
    """

    total: int = 0
    logged: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    unreachable: str = ""


def sync_records(out: Path, groups: Iterable[RecordGroup]) -> SyncResult:
    """Log every record that MLflow lacks; abort only if the store does not respond.

    Args:
        out: the results folder.
        groups: its records.

    Raises:
        StoreError: The store is permanently unusable; the message has a remedy.
    """
    groups = list(groups)
    result = SyncResult(total=sum(len(group.identities) for group in groups))
    for group in groups:
        try:
            tracker = open_tracker(out, group.suite)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a tracking server may raise anything
            result.unreachable = error_text(error)
            return result
        if not _sync_group(group, tracker, result):
            return result
    return result


def _sync_group(group: RecordGroup, tracker: MlflowTracker, result: SyncResult) -> bool:
    """Log the records of a group.

    Returns:
        Whether the store still responds.
    """
    for identity in group.identities:
        try:
            record = group.store.record(identity)
            if record is not None:
                tracker.log(record, group.store.folder(identity))
        except Exception as error:  # noqa: BLE001 - as above
            reason = refusal_reason(error)
            if reason is None and not tracker.answers():
                result.unreachable = error_text(error)
                return False
            result.refused[identity] = reason or error_text(error)
        else:
            result.logged += 1
    return True
