"""What `benchmark data prepare` does and shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnerbench.benchmark.cli.console import console
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.prepare_features import make_source
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.methods.registry import methods


def wanted_sources(names: Sequence[str], given: Mapping[str, str]) -> list[tuple[InputKind, str | None]]:
    """What some methods read, each kind with its source or None for the usual one; in the order of the kinds.

    A source that was given stands for all methods, except where a method is the one with a source of its own.

    Raises:
        ConfigError: no method and no source was named, or a name is unknown.
    """
    wanted: set[tuple[InputKind, str | None]] = {(InputKind(kind), source) for kind, source in given.items()}
    for name in names:
        entry = methods()[name]
        own = entry.variant.sources
        wanted |= {(kind, own.get(kind, given.get(kind.value))) for kind in entry.configure({}).inputs}
    if not wanted:
        which = f"{', '.join(names)} read no pictures" if names else "neither a method nor a source was named"
        raise ConfigError(f"nothing to prepare: {which}\n  -> --for bert-grid, or --input grid=resnet152")
    order = list(InputKind)
    return sorted(wanted, key=lambda pair: (order.index(pair[0]), pair[1] or ""))


def prepare_dataset(
    name: str, wanted: Sequence[tuple[InputKind, str | None]], materials: LocalResources, lost: LostPictures
) -> bool:
    """Make the inputs of a dataset that are not there yet; one that cannot be made does not stop the others.

    Returns:
        Whether everything is there now.
    """
    out, complete = console(), True
    for kind, chosen in wanted:
        try:
            source = materials.source(name, kind, chosen or materials.usual(name, kind), lost)
            made = make_source(source, name, materials, console(stderr=True))
        except MissingInputError as error:
            out.print(f"{name}: {kind.value} cannot be had: {error}", style="yellow", markup=False, soft_wrap=True)
            complete = False
            continue
        done = f"{made:,} pictures looked at now" if made else "nothing to do"
        out.print(f"{name}: {kind.value} from {source.name}: {done}; {source.summary}", markup=False, soft_wrap=True)
        for image, reason in sorted(source.bad.items()):
            out.print(f"  unusable: {image}: {reason}", style="yellow", markup=False, soft_wrap=True)
    return complete
