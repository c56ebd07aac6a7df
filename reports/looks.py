"""Which pictures of a page are drawn with what methods look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mnerbench.benchmark.records import RunStore, Status
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures
from mnerbench.reports.attention import attention_picture
from mnerbench.reports.cases import Cases
from mnerbench.reports.groups import Group

MOST = 40  # tweets of one table


def looks_of(group: Group, cases: Cases, store: RunStore, folder: Path) -> dict[str, Mapping[str, str]]:
    """By tweet id and method, `data:` addresses of pictures with the cells that the gold entities look at.

    Only tweets that runs sampled have any (`benchmark/diagnosis.py`), and only the first `MOST` of them are drawn.

    Args:
        group: whose runs, those with the seed of the cases.
        cases: the tweets that a page shows.
        store: holds the runs' attention.
        folder: of the dataset; pictures lie below its `images/`.

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
    named = [case for case in cases.cases if case.tweet.image_id is not None]
    files = find_pictures(folder / IMAGE_FOLDER, [case.tweet.image_id or "" for case in named])
    found: dict[str, Mapping[str, str]] = {}
    for case in named:
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
