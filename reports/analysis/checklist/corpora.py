"""The datasets of the runs, with what their cards say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.reports.analysis.checklist.facts import DatasetFacts, SplitFacts
from mnerbench.reports.analysis.table_data import LeaderboardTable

_SPLITS = ("train", "valid", "test")


def dataset_facts(
    refs: Iterable[DatasetRef], records: Sequence[RunRecord], tables: Sequence[LeaderboardTable], data: Path
) -> Iterator[DatasetFacts]:
    """Every dataset that runs were trained or tested on; the same name with other content is another dataset.

    Args:
        refs: of the runs.
        records: of the finished runs.
        tables: of the report.
        data: the data folder, for cards that do not ship with the package.
    """
    distinct = {(ref.name, tuple(sorted(ref.fingerprints.items()))): ref for ref in refs}
    for _, ref in sorted(distinct.items()):
        card = _card(ref.name, data)
        verified = _verified(ref.fingerprints, card)
        here = [t for t in tables if ref.name in {t.conditions.trained_on, t.conditions.tested_on}]
        gold = next((table.conditions.gold for table in here if table.conditions.tested_on == ref.name), {})
        own = [r for r in records if dict(r.spec.dataset.fingerprints) == dict(ref.fingerprints)]
        yield DatasetFacts(
            name=ref.name,
            title=card.title if card is not None else None,
            licence=card.licence if card is not None else None,
            citation=card.citation if card is not None else None,
            origin=(card.how_to_get or card.images or None) if card is not None else None,
            verified=verified,
            splits=tuple(_splits(ref.fingerprints, card if verified else None, gold.get(PRIMARY.value))),
            defects=card.defects if card is not None else (),
            policies=tuple(dict.fromkeys(text for table in here for text in table.conditions.policies)),
            notes=tuple(sorted({note for record in own for note in record.notes})),
        )


def _card(name: str, data: Path) -> DatasetCard | None:
    """The card of a dataset; None if there is none any more, or if it is no card."""
    try:
        return load_card(name, data)
    except (MnerbenchError, OSError):
        return None


def _verified(recorded: Mapping[str, str], card: DatasetCard | None) -> bool | None:
    """Whether the splits of runs are those of a card; None if it has no fingerprints to compare."""
    shared = recorded.keys() & card.fingerprints.keys() if card is not None else set()
    if card is None or not shared:
        return None
    return all(recorded[split] == card.fingerprints[split] for split in shared)


def _splits(fingerprints: Mapping[str, str], card: DatasetCard | None, gold: int | None) -> Iterator[SplitFacts]:
    """The splits with their sizes: of the card, if the content is the card's, and of the scores, if test was scored."""
    for split in sorted(fingerprints, key=lambda name: (_SPLITS.index(name) if name in _SPLITS else 3, name)):
        size = card.sizes.get(split) if card is not None else None
        generated = getattr(card.probe, split, None) if card is not None and card.probe is not None else None
        tweets = size.tweets if size is not None else generated
        entities = size.entities if size is not None else None
        yield SplitFacts(split, fingerprints[split], tweets, gold if split == "test" and gold is not None else entities)
