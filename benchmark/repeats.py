"""Runs that differ in a setting and yet train the same model: what they ask for more of is not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from mnerbench.benchmark.job import Job
from mnerbench.benchmark.materials import Materials
from mnerbench.benchmark.spec import RunSpec
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.visual.inputs import InputKind
from mnerbench.datasets.visual.texts import Texts

_SETTING = "captions"


def short_of_captions(jobs: Sequence[Job], materials: Materials) -> Iterator[str]:
    """A sentence per dataset on which methods ask for different numbers of captions, and no picture has that many.

    Args:
        jobs: of a grid.
        materials: gives the captions; those that are still to be made are not judged.
    """
    datasets = {job.spec.dataset.name: job.spec.dataset for job in jobs if _SETTING in job.spec.config}
    for name, dataset in datasets.items():
        source = materials.sources(dataset).get(InputKind.CAPTIONS)
        loaded = None
        with suppress(MissingInputError):
            loaded = source.load() if source is not None else None
        if source is None or not isinstance(loaded, Texts):
            continue
        most = max(map(len, loaded.items.values()), default=0)
        groups: dict[str, list[str]] = {}
        for spec in (job.spec for job in jobs if job.spec.dataset.name == name and _SETTING in job.spec.config):
            groups.setdefault(_as_trained(spec, most).identity, []).append(spec.method)
        for methods in dict.fromkeys(tuple(dict.fromkeys(found)) for found in groups.values()):
            if len(methods) > 1:
                yield (
                    f"{source.name} has at most {most} caption{'' if most == 1 else 's'} per picture of {name}: "
                    f"{', '.join(methods)} train the same model\n"
                    f"  -> --input captions=NAME for a source with more, or --methods without the repeats"
                )


def _as_trained(spec: RunSpec, most: int) -> RunSpec:
    config = {**spec.config, _SETTING: min(spec.config[_SETTING], most)}
    return spec.model_copy(update={"config": config})
