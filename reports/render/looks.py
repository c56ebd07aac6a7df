"""Which pictures of a page are drawn with what methods look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.reports.analysis.cases import Cases
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.render.attention_overlay import attention_picture

MOST = 40  # tweets of one table


def looks_of(group: Group, cases: Cases, store: RunStore, files: Mapping[str, Path]) -> dict[str, Mapping[str, str]]:
    """By tweet id and method, `data:` addresses of pictures with the cells that the gold entities look at.

    Only tweets that runs sampled have any, and only the first `MOST` of them are drawn.

    Args:
        group: whose runs, those with the seed of the cases.
        cases: the tweets that a page shows.
        store: holds the runs' attention.
        files: their pictures, by image id.

    Raises:
        StoreError: a file of weights is damaged.
    """
    if group.split != "test":
        return {}  # samples are of the dataset's own test split
    runs = {
        series.label: record.identity
        for series in group.series
        for record in series.ended(Status.DONE)
        if record.spec.seed == cases.seed
    }
    found: dict[str, Mapping[str, str]] = {}
    for case in cases.cases:
        path = files.get(case.tweet.image_id or "")
        if path is None or len(found) >= MOST:
            continue
        drawn = {
            method: address
            for method, identity in runs.items()
            if (address := attention_picture(store, identity, case.tweet.id, case.gold, path)) is not None
        }
        if drawn:
            found[case.tweet.id] = drawn
    return found
