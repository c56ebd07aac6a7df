"""What a user or a stranger writes in TOML or as flags: cards of datasets, suites, settings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fuzzer.special import put
from fuzzer.targets.target import FIXTURES, SEEDS, Target, require_storable
from mnerbench.benchmark.execution.session import suite_manifest
from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.overrides import GridFlags, resolve_suite
from mnerbench.benchmark.planning.suite import Suite, load_suite
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.manifest import load_manifests, save_manifest
from mnerbench.datasets.catalog import fingerprint_note, load_card, load_corpus, missing_images
from mnerbench.datasets.health import health_report
from mnerbench.datasets.verify import verify
from mnerbench.datasets.visual.importers.captions import caption_sources, load_captions
from mnerbench.methods.registry import methods

_SUITES = tuple(sorted((SEEDS / "suite").iterdir()))
_TUNED = tuple(sorted((SEEDS / "tuned").iterdir()))
_UNSET = dict.fromkeys(field for field in GridFlags.__dataclass_fields__)


def _card(data: bytes, work: Path) -> None:
    (work / "tiny").rename(work / "mine")
    put(work / "mine" / "card.toml", data)
    card = load_card("mine", work)
    corpus = load_corpus("mine", work)
    require_storable(card.title, card.summary, card.licence, card.images, *card.defects, *card.types)
    missing_images(card, work)
    fingerprint_note(card, corpus)
    verify(card, corpus, health_report(corpus), work)
    for source in caption_sources(card, work / "mine") if card.probe is None else ():
        load_captions(corpus, card, work / "mine", source)


@cache
def _materials() -> LocalResources:
    """Of the corpus `tiny`: read once."""
    nowhere = FIXTURES / "nowhere"
    return LocalResources(RunPaths(FIXTURES, None, nowhere, nowhere))


def _planned(suite: Suite, work: Path) -> None:
    """All runs of a suite, with their identities, and what a results folder keeps of it."""
    grid = expand(suite, _materials(), methods())
    manifest = suite_manifest(grid)
    save_manifest(work, manifest)
    assert load_manifests(work) == [manifest]


def _suite(data: bytes, work: Path) -> None:
    _planned(load_suite(str(put(work / "mine.toml", data))), work)


def _flags(data: bytes, work: Path) -> None:
    """A flag and its value per line, as `plan` and `run` take them."""
    values: dict[str, list[str]] = {}
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        flag, _, value = line.partition(" ")
        values.setdefault(flag.removeprefix("--").replace("-", "_"), []).append(value)
    single = {
        key: values[key][-1] for key in ("seeds", "methods", "train_tweets", "baseline", "datasets") if key in values
    }
    several = {"settings": tuple(values.get("set", ())), "inputs": tuple(values.get("input", ()))}
    suite = str(_SUITES[0])
    folders = {"data": FIXTURES, "cache": work / "cache", "out": work / "out"}
    flags = GridFlags(**{**_UNSET, "suite_name": suite, "rerun": "missing", **folders, **single, **several})
    _planned(resolve_suite(flags), work)


TARGETS = [
    Target("card", _card, folder=FIXTURES, weight=10),
    Target("suite", _suite, _SUITES, weight=10, reads_anywhere=True),
    Target("tuned", _suite, _TUNED, weight=5, reads_anywhere=True),
    Target("flags", _flags, weight=10, reads_anywhere=True),
]
