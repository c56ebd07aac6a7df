"""Prepares visual inputs and prints the outcome, for `benchmark data prepare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnerbench.benchmark.display.console import console
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.prepare_features import make_source
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.datasets.visual.sources.base import gather_inputs
from mnerbench.methods.registry import methods


def required_sources(names: Sequence[str], inputs: Mapping[str, str]) -> list[tuple[InputKind, str | None]]:
    """Collect the inputs of some methods, each with its source or None for the default, in the order of the kinds.

    Args:
        names: names of methods.
        inputs: values of `--input`, which hold for all methods but those whose variant sets its own source.

    Raises:
        ConfigError: neither a method nor a source was named, or a name is unknown.
    """
    sources: set[tuple[InputKind, str | None]] = {(InputKind(kind), source) for kind, source in inputs.items()}
    for name in names:
        entry = methods()[name]
        of_variant = entry.variant.sources
        sources |= {(kind, of_variant.get(kind, inputs.get(kind.value))) for kind in entry.configure({}).inputs}
    if not sources:
        reason = f"{', '.join(names)} read no pictures" if names else "neither a method nor a source was named"
        raise ConfigError(f"nothing to prepare: {reason}\n  -> --for bert-grid, or --input grid=resnet152")
    order = list(InputKind)
    return sorted(sources, key=lambda pair: (order.index(pair[0]), pair[1] or ""))


def prepare_dataset(
    name: str, sources: Sequence[tuple[InputKind, str | None]], resources: LocalResources, lost: LostPictures
) -> bool:
    """Prepare the missing inputs of a dataset; a failure does not stop the others.

    Returns:
        Whether everything is there now.
    """
    out, complete = console(), True
    for kind, source_name in sources:
        try:
            source = resources.source(name, kind, source_name or resources.usual(name, kind), lost)
            processed = make_source(source, name, resources, console(stderr=True))
        except MissingInputError as error:
            out.print(f"{name}: {kind.value}: not available: {error}", style="yellow", markup=False, soft_wrap=True)
            complete = False
            continue
        done = f"{processed:,} pictures processed" if processed else "nothing to do"
        amounts = gather_inputs({kind: source}).text_amounts().values() if kind.is_text else ()
        text = "; ".join([done, source.summary, *(amount.text for amount in amounts)])
        out.print(f"{name}: {kind.value} from {source.name}: {text}", markup=False, soft_wrap=True)
        for image, reason in sorted(source.bad.items()):
            out.print(f"  unusable: {image}: {reason}", style="yellow", markup=False, soft_wrap=True)
    return complete
