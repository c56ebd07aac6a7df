"""Cards of the baselines that only count: what any trained method has to beat by far."""

from __future__ import annotations

from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant

MAJORITY = MethodFamily(
    name="majority",
    target="mnerbench.methods.counting.model:Majority",
    config=MethodConfig,
    citation="none: the floor of every table",
    variants={"majority": Variant("each word gets its most frequent training label")},
    counts=True,
)

LOOKUP = MethodFamily(
    name="lookup",
    target="mnerbench.methods.counting.model:Lookup",
    config=MethodConfig,
    citation="Tjong Kim Sang and De Meulder 2003, CoNLL-2003 shared task, §3.4 (baseline)",
    variants={"lookup": Variant("the longest training entity that matches gets its one training type")},
    deviations=("As in the shared task, an entity seen with several types is not in the dictionary.",),
    counts=True,
)
