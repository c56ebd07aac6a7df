"""Cards of the counting baselines, which any trained method must beat by far."""

from __future__ import annotations

from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant

MAJORITY = MethodFamily(
    name="majority",
    target="mnerbench.methods.counting.model:Majority",
    config=MethodConfig,
    citation="no paper: a lower bound for every table",
    variants={"majority": Variant("each word gets its most frequent training label")},
    is_count_based=True,
)

LOOKUP = MethodFamily(
    name="lookup",
    target="mnerbench.methods.counting.model:Lookup",
    config=MethodConfig,
    citation="Tjong Kim Sang and De Meulder 2003, CoNLL-2003 shared task: the baseline of §3.4",
    variants={"lookup": Variant("longest match against training entities that always have the same type")},
    deviations=("As in the shared task, entities with several types in training are excluded from the dictionary.",),
    is_count_based=True,
)
