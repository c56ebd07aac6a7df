"""`mnerbench.cite`: the papers of methods, datasets, encoders and extractors, of a suite or of a results folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mnerbench.benchmark.api.citations import Citation, Citations
from mnerbench.datasets.bibliography import Reference, dataset_references, shipped_references
from mnerbench.datasets.errors import ConfigError, StoreError, suggestion, with_remedies
from mnerbench.datasets.untrusted.display import quoted

if TYPE_CHECKING:
    from mnerbench.benchmark.planning.suite import Suite
    from mnerbench.benchmark.results.spec import EncoderRef, RunSpec
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.datasets.card import DatasetCard
    from mnerbench.datasets.inputs import InputKind
    from mnerbench.methods.base.family import MethodFamily

YEAR = 2026  # of this version of the software, as in CITATION.cff
_KINDS = ("software", "scorer", "method", "dataset", "encoder", "extractor")
_NO_ENCODERS = frozenset({"scratch", "random"})  # initial weights are drawn


def cite(
    *names: str,
    suite: str | Path | None = None,
    out: str | Path | None = None,
    encoder: str | None = None,
    inputs: Mapping[str, str] | None = None,
    data: str | Path | None = None,
) -> Citations:
    """The papers that a table is based on, with those of this software and its scorers; `.bibtex` is a `.bib` file.

    Args:
        names: of methods, datasets and extractors.
        suite: all that a suite uses: name of a shipped one, or path of a file.
        out: all that the runs of a results folder used.
        encoder: name of a text encoder.
        inputs: source by kind of visual input, such as `{"grid": "resnet152"}`.
        data: the data folder, for your own datasets; None for MNERBENCH_DATA, else the user's.

    Raises:
        ConfigError: a name or suite is unknown.
        StoreError: the results folder has no runs.
    """
    from mnerbench.benchmark.results.store import RunStore

    store = RunStore(Path(out)) if out is not None else None
    folder = Path(data) if data is not None else None
    return collect(names, suite=suite, store=store, encoder=encoder, inputs=inputs or {}, data=folder)


def collect(
    names: Iterable[str],
    *,
    suite: str | Path | None,
    store: RunStore | None,
    encoder: str | None,
    inputs: Mapping[str, str],
    data: Path | None,
) -> Citations:
    """As `cite`, with an open results folder, whose damaged files its log then names."""
    from mnerbench.benchmark.planning.suite import load_suite
    from mnerbench.datasets.catalog import data_dir

    folder = data_dir(data)
    items = [*_always(), *(item for name in names for item in _named(name, folder))]
    if suite is not None:
        items += _of_suite(load_suite(str(suite)), folder)
    if store is not None:
        items += _of_store(store, folder)
    if encoder is not None:
        items.append(_encoder(encoder))
    for source in inputs.values():
        items += _sources(source)
    distinct = dict.fromkeys(items)
    return Citations(tuple(sorted(distinct, key=lambda item: _KINDS.index(item.kind))))


def _of_store(store: RunStore, data: Path) -> Iterator[Citation]:
    specs = [record.spec for record in store.records()]
    if not specs:
        raise StoreError(f"no runs in {store.root}\n  -> --out DIR names the results folder")
    for spec in specs:
        yield from _of_run(spec, data)


def _of_run(spec: RunSpec, data: Path) -> Iterator[Citation]:
    from mnerbench.benchmark.results.spec import EXTERNAL
    from mnerbench.methods.registry import methods

    families = {entry.family.name: entry.family for entry in methods()}
    if spec.family in families:
        yield _method(spec.method, families[spec.family])
    else:
        where = "predictions of another system" if spec.family == EXTERNAL else "a method that is not installed here"
        yield Citation("method", spec.method, (), f"{where}: see its own documentation")
    for corpus in spec.datasets:
        yield _dataset(corpus.name, data)
        for source in corpus.sources.values():
            yield from _sources(source)
    for encoder in spec.encoders:
        yield _encoder_of_run(encoder)


def _encoder_of_run(encoder: EncoderRef) -> Citation:
    if encoder.words and encoder.name not in _NO_ENCODERS:
        return Citation("encoder", encoder.name, (), "word vectors: see where the file is from")
    return _encoder(encoder.name)


def _of_suite(suite: Suite, data: Path) -> Iterator[Citation]:
    from mnerbench.benchmark.planning.resolve import resolve
    from mnerbench.methods.registry import methods

    for part in suite.resolved_parts:
        for name in part.methods:
            method = resolve(name, part, methods())
            yield _method(name, method.entry.family)
            if method.entry.needs_encoder:
                yield _encoder(Path(part.encoder).name)
            for kind in method.config.inputs:
                for dataset in part.datasets:
                    yield from _sources(method.sources.get(kind) or _usual_source(kind, dataset, data))
        for dataset in part.datasets:
            yield _dataset(dataset, data)


def _usual_source(kind: InputKind, dataset: str, data: Path) -> str:
    from mnerbench.datasets.visual.sources.open import usual_source

    card = _card(dataset, data)
    return usual_source(kind, card) if card is not None else ""


def _named(name: str, data: Path) -> Iterator[Citation]:
    """Methods, datasets and extractors of a name.

    Raises:
        ConfigError: there are none.
    """
    from mnerbench.benchmark.planning.suite import suite_names
    from mnerbench.datasets.catalog import card_names
    from mnerbench.datasets.visual.extractors.catalog import extractor_names, is_extractor
    from mnerbench.methods.bibliography import encoder_references
    from mnerbench.methods.registry import methods

    families = {entry.name: entry.family for entry in methods()}
    families |= {family.name: family for family in families.values() if family.name not in families}
    cards = card_names(data)
    items = [_method(name, families[name])] if name in families else []
    items += [_dataset(name, data)] if name in cards else []
    items += _sources(name) if is_extractor(name) else []
    items += [item for item in _always() if item.name == name]
    if items:
        yield from items
        return
    ways = [f"--encoder {name}"] if encoder_references(name) else []
    ways += [f"--suite {name}"] if name in suite_names() else []
    valid = [*families, *cards, *extractor_names()]
    nearest = hint if (hint := suggestion(name, valid)).startswith("; did") else ""
    reason = f"no method, dataset or extractor {quoted(name)}{nearest}"
    raise ConfigError(with_remedies(reason, ways or ["`benchmark list methods`, `list datasets`, `list extractors`"]))


def _always() -> Iterator[Citation]:
    """This software, and the two readings of labels that every table has."""
    from mnerbench.benchmark.results.environment import harness_version

    version = harness_version().partition(" ")[0]  # without a remark on how it is installed
    entry = (
        f"@misc{{mnerbench-{YEAR},\n  author       = {{{{The mnerbench authors}}}},\n"
        f"  title        = {{mnerbench: a benchmark harness for multimodal named entity recognition}},\n"
        f"  year         = {{{YEAR}}},\n  howpublished = {{Python package, version {version}}},\n}}"
    )
    yield Citation("software", "mnerbench", (Reference(f"mnerbench-{YEAR}", entry),))
    shipped = shipped_references()
    yield Citation("scorer", "conlleval", (shipped["tjong-kim-sang-2003-conll"],))
    yield Citation("scorer", "strict-iob2", (shipped["nakayama-2018-seqeval"],))


def _method(name: str, family: MethodFamily) -> Citation:
    from mnerbench.methods.bibliography import family_references

    return Citation("method", name, family_references(family), family.citation or "no paper")


def _dataset(name: str, data: Path) -> Citation:
    card = _card(name, data)
    if card is None:
        return Citation("dataset", name, (), "no card here: see where it is from")
    generated = "a generated corpus, described by this software" if card.probe is not None else ""
    return Citation("dataset", name, dataset_references(card), card.citation or generated or "its card cites no paper")


def _card(name: str, data: Path) -> DatasetCard | None:
    from mnerbench.datasets.catalog import card_names, load_card

    return load_card(name, data) if name in card_names(data) else None


def _encoder(name: str) -> Citation:
    from mnerbench.methods.bibliography import encoder_references

    references = encoder_references(name)
    without = "random weights, no paper" if name in _NO_ENCODERS else "no entry for an encoder of this name"
    return Citation("encoder", name, references, "" if references else without)


def _sources(names: str) -> Iterator[Citation]:
    """The extractors among the sources of a visual input, which are separated by `|`; files have no paper."""
    from mnerbench.datasets.visual.bibliography import source_references
    from mnerbench.datasets.visual.extractors.catalog import is_extractor

    for name in map(str.strip, names.split("|")):
        is_file = "/" in name.partition("@")[0] or "." in name.partition("@")[0]
        references = () if is_file else source_references(name)
        if references or is_extractor(name):
            yield Citation("extractor", name, references, "" if references else "no entry for a model of this name")
