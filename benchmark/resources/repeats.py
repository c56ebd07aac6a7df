"""Warnings about runs with different settings that train the same model for lack of captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.prepare_features import sources_of
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Texts
from mnerbench.methods.registry import methods


def repeated_model_warnings(jobs: Sequence[Job], resources: LocalResources) -> Iterator[str]:
    """A warning per dataset on which methods differ only in a number of captions that no picture has.

    Args:
        jobs: the jobs of a grid.
        resources: loads the captions; captions that are not computed yet are not checked.
    """
    limits = [(job, setting) for job in jobs if (setting := _limit_setting(job.spec)) is not None]
    if len({job.spec.config[setting] for job, setting in limits}) < 2:
        return
    for (dataset, source), readers in sources_of([job for job, _ in limits], resources).items():
        if source.kind is not InputKind.CAPTIONS or source.missing:
            continue
        loaded = source.load()
        assert isinstance(loaded, Texts)
        most = max(map(len, loaded.items.values()), default=0)
        groups: dict[str, dict[str, None]] = {}
        for spec in (job.spec for job in readers if job.spec.dataset.name == dataset):
            groups.setdefault(_with_available_captions(spec, most).identity, {})[spec.method] = None
        for repeats in dict.fromkeys(map(tuple, groups.values())):
            if len(repeats) > 1:
                yield (
                    f"{source.name} has at most {most} caption{'' if most == 1 else 's'} per picture of {dataset}: "
                    f"{', '.join(repeats)} train the same model\n"
                    f"  -> use --input captions=NAME for a source with more, or --methods without the repeated models"
                )


def _limit_setting(spec: RunSpec) -> str | None:
    """The setting that limits how many captions a method reads; None for one that reads none."""
    config = methods().family(spec.family).config.model_validate(spec.config)
    return config.text_limits.get(InputKind.CAPTIONS)


def _with_available_captions(spec: RunSpec, most: int) -> RunSpec:
    setting = _limit_setting(spec)
    if setting is None:
        return spec
    return spec.model_copy(update={"config": {**spec.config, setting: min(spec.config[setting], most)}})
