"""Attention pictures of the tweets of a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.reports.analysis.cases import Cases
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.render.attention_overlay import attention_picture

MOST_PICTURES = 40  # tweets of one table


def attention_pictures(
    group: Group, cases: Cases, store: RunStore, files: Mapping[str, Path]
) -> dict[str, Mapping[str, str]]:
    """Pictures with the attention of the gold entities, as `data:` URIs by tweet id and method.

    Only tweets that runs sampled and that have a single picture have one, since weights are of cells or regions of all
    pictures together; only the first `MOST_PICTURES` of them are drawn.

    Args:
        group: the runs; those with the seed of the cases are drawn.
        cases: the tweets of the page.
        store: of the runs' attention weights.
        files: pictures of the tweets, by image id.

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
    pictures: dict[str, Mapping[str, str]] = {}
    for case in cases.cases:
        path = files.get(case.tweet.image_ids[0]) if len(case.tweet.image_ids) == 1 else None
        if path is None or len(pictures) >= MOST_PICTURES:
            continue
        drawn = {
            method: address
            for method, identity in runs.items()
            if (address := attention_picture(store, identity, case.tweet.id, case.gold, path)) is not None
        }
        if drawn:
            pictures[case.tweet.id] = drawn
    return pictures
