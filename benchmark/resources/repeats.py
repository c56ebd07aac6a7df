"""Runs that differ in a setting and yet train the same model: what they ask for more of is not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.prepare_features import sources_of
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Texts
from mnerbench.methods.registry import methods


def short_of_captions(jobs: Sequence[Job], materials: LocalResources) -> Iterator[str]:
    """A sentence per dataset on which methods ask for different numbers of captions, and no picture has that many.

    Args:
        jobs: of a grid.
        materials: gives the captions; those that are still to be made are not judged.
    """
    limits = [(job, setting) for job in jobs if (setting := _limit_setting(job.spec)) is not None]
    if len({job.spec.config[setting] for job, setting in limits}) < 2:
        return
    for (dataset, source), readers in sources_of([job for job, _ in limits], materials).items():
        if source.kind is not InputKind.CAPTIONS or source.missing:
            continue
        loaded = source.load()
        assert isinstance(loaded, Texts)
        most = max(map(len, loaded.items.values()), default=0)
        groups: dict[str, dict[str, None]] = {}
        for spec in (job.spec for job in readers if job.spec.dataset.name == dataset):
            groups.setdefault(_as_trained(spec, most).identity, {})[spec.method] = None
        for repeats in dict.fromkeys(map(tuple, groups.values())):
            if len(repeats) > 1:
                yield (
                    f"{source.name} has at most {most} caption{'' if most == 1 else 's'} per picture of {dataset}: "
                    f"{', '.join(repeats)} train the same model\n"
                    f"  -> --input captions=NAME for a source with more, or --methods without the repeats"
                )


def _limit_setting(spec: RunSpec) -> str | None:
    """The setting that limits how many captions a method reads; None for one that reads none."""
    config = methods().family(spec.family).config.model_validate(spec.config)
    return config.text_limits.get(InputKind.CAPTIONS)


def _as_trained(spec: RunSpec, most: int) -> RunSpec:
    setting = _limit_setting(spec)
    if setting is None:
        return spec
    return spec.model_copy(update={"config": {**spec.config, setting: min(spec.config[setting], most)}})
