"""Hardware, software and code of the finished runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.results.spec import EXTERNAL, RunSpec
from mnerbench.reports.analysis.checklist.facts import Use
from mnerbench.reports.analysis.conditions import hardware_text

_NOT_INSTALLED = "not installed"


def hardware_uses(records: Iterable[RunRecord]) -> tuple[Use, ...]:
    """How many runs each GPU or processor computed, and for how long."""
    return _uses((record, "hardware", hardware_text(record.environment) or None) for record in records)


def software_uses(records: Sequence[RunRecord]) -> tuple[Use, ...]:
    """The versions of Python, the operating system and the packages; packages that were not installed are left out."""
    named: list[tuple[RunRecord, str, str | None]] = []
    for record in records:
        facts = record.environment
        named += [(record, name, _text(facts.get(name))) for name in ("python", "system")]
        packages = facts.get("packages")
        versions = packages if isinstance(packages, Mapping) else {}
        named += [(record, name, text) for name, text in versions.items() if text != _NOT_INSTALLED]
    return _uses(named)


def commit_uses(records: Iterable[RunRecord]) -> tuple[Use, ...]:
    """The commits of the code; one that ends in `-dirty` had changes that were not committed."""
    return _uses((record, "commit", _text(record.environment.get("commit"))) for record in records)


def code_versions(records: Iterable[RunRecord]) -> dict[str, int]:
    """Number of distinct versions of the sources that computed the runs of each family, where they are recorded."""
    digests: dict[str, set[str]] = {}
    for record in records:
        if record.code:
            digests.setdefault(record.spec.family, set()).add(code_digest(record.code))
    return {family: len(versions) for family, versions in sorted(digests.items())}


def computed(records: Iterable[RunRecord]) -> list[RunRecord]:
    """The runs that this package computed: of predictions from files nothing is known."""
    return [record for record in records if record.spec.family != EXTERNAL]


def _text(value: object) -> str | None:
    return str(value) if value else None


def _uses(named: Iterable[tuple[RunRecord, str, str | None]]) -> tuple[Use, ...]:
    """Count runs by name and value, in the order of the names; the most frequent value first."""
    uses: dict[tuple[str, str | None], Use] = {}
    for record, name, value in named:
        use = uses.get((name, value), Use(name, value, 0, 0.0))
        uses[name, value] = Use(name, value, use.runs + 1, use.seconds + record.seconds)
    names = list(dict.fromkeys(name for name, _ in uses))
    return tuple(sorted(uses.values(), key=lambda use: (names.index(use.name), -use.runs, use.value or "")))


def pretrained_parts(specs: Iterable[RunSpec]) -> Iterator[str]:
    """Encoders, word vectors and visual inputs that runs read, each once, with digests."""
    texts: dict[str, None] = {}
    for spec in specs:
        for encoder in spec.encoders:
            kind = "word vectors" if encoder.words else "text encoder"
            texts.setdefault(f"{kind}: {encoder.title}")
        for source, digest in spec.dataset.inputs.items():
            origin = spec.dataset.sources.get(source, "of unknown source")
            texts.setdefault(f"{source} of {spec.dataset.name}: {origin} ({digest[:12]})")
    yield from sorted(texts)
