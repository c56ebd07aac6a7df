"""The API reference: directives for mkdocstrings, which reads docstrings without importing anything."""

from __future__ import annotations

import mnerbench

# Names that a method, a dataset or another package uses (CONTRIBUTING.md), by the heading of their group.
EXTENSION_POINTS = {
    "The card of a method": (
        "methods.base.family.MethodFamily",
        "methods.base.family.Variant",
        "methods.base.family.MethodConfig",
        "methods.base.configs.TaggerConfig",
        "methods.base.configs.PictureConfig",
        "methods.base.configs.SubwordTaggerConfig",
        "methods.base.search_space.Range",
        "methods.base.search_space.OneOf",
    ),
    "The computation of a method": (
        "methods.tagger.NeuralMethod",
        "methods.subword_tagger.SubwordTagger",
        "methods.batch.Batch",
        "methods.visual_batch.VisualBatch",
        "methods.encoders.base.Encoder",
        "methods.encoders.text_encoder.TextEncoder",
        "methods.layers.output.build_output",
        "methods.layers.transformer.TransformerLayer",
        "methods.layers.visual_attention.AdditiveAttention",
        "methods.base.family.CountingMethod",
        "methods.base.family.FittedState",
    ),
    "Registration and conformance": (
        "methods.registry.register",
        "methods.registry.methods",
        "methods.conformance",
        "methods.bibliography.family_references",
    ),
    "Data": (
        "datasets.corpus.Example",
        "datasets.corpus.Corpus",
        "datasets.inputs.InputKind",
        "datasets.inputs.View",
        "datasets.visual.features.FeatureShape",
        "datasets.card.DatasetCard",
        "datasets.card.FileCard",
        "datasets.card.SplitSizes",
        "datasets.bibliography.dataset_references",
    ),
}


def public_page() -> str:
    """The names of `import mnerbench`, functions first."""
    names = sorted(mnerbench.__all__, key=lambda name: (name[0].isupper(), name.lower()))
    intro = "The public names of the package. [From Python](../python.md) shows how they are used together."
    parts = [_directive(address(name), f"mnerbench.{name}", 2) for name in names]
    return "\n\n".join(["# import mnerbench", intro, *parts]) + "\n"


def address(name: str) -> str:
    """The module path of a public name, by which the reference finds its docstring."""
    value = getattr(mnerbench, name)
    return f"{value.__module__}.{value.__qualname__}"


def extension_page() -> str:
    """What methods and datasets are built from."""
    parts = ["# Extension points", "What [CONTRIBUTING](../../CONTRIBUTING.md) builds methods and datasets from."]
    for heading, paths in EXTENSION_POINTS.items():
        parts.append(f"## {heading}")
        parts += [_directive(f"mnerbench.{path}", path.rpartition(".")[2], 3) for path in paths]
    return "\n\n".join(parts) + "\n"


def _directive(path: str, heading: str, level: int) -> str:
    return f"::: {path}\n    options:\n      heading: {heading}\n      heading_level: {level}"
