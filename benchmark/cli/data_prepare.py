"""What `benchmark data prepare` does and shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnerbench.benchmark.cli.screen import console
from mnerbench.benchmark.materials import Materials
from mnerbench.benchmark.preparation import make_source
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.visual.inputs import InputKind
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.methods.registry import methods


def wanted_kinds(names: Sequence[str], given: Mapping[str, str]) -> list[InputKind]:
    """What some methods read, and what was named with a source; in the order of the kinds.

    Raises:
        ConfigError: no method and no source was named, or a name is unknown.
    """
    kinds = {kind for name in names for kind in methods()[name].configure({}).inputs}
    kinds |= {InputKind(kind) for kind in given}
    if not kinds:
        which = f"{', '.join(names)} read no pictures" if names else "neither a method nor a source was named"
        raise ConfigError(f"nothing to prepare: {which}\n  -> --for bert-grid, or --input grid=resnet152")
    return [kind for kind in InputKind if kind in kinds]


def prepare_dataset(
    name: str, kinds: Sequence[InputKind], given: Mapping[str, str], materials: Materials, lost: LostPictures
) -> bool:
    """Make the inputs of a dataset that are not there yet; one that cannot be made does not stop the others.

    Returns:
        Whether everything is there now.
    """
    out, complete = console(), True
    for kind in kinds:
        source_name = given.get(kind.value) or materials.usual(name, kind)
        try:
            source = materials.source(name, kind, source_name, lost)
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
