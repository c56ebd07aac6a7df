"""The navigation: written pages by their groups, and all generated ones. A page without a group is a how-to page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docs_site import dataset_pages, method_pages

_MEASURED = ("statistics", "footguns", "glossary", "performance", "probes", "results", "published", "coverage")
_BACKGROUND = (*_MEASURED, "pictures", "other-systems", "fuzzed")
_PLACED = ("first-hour", "concepts", "methods", "data", *_BACKGROUND)
# Everyday pages first; others follow by name.
_HOW_TO = ("tagging", "python", "suites", "grids", "tuning", "inputs", "encoders", "predictions", "report")


def navigation(folder: Path) -> list[dict[str, Any]]:
    """The navigation of staged pages."""
    stems = [path.stem for path in sorted((folder / "docs").glob("*.md"))]
    how_to = [*(stem for stem in _HOW_TO if stem in stems), *(s for s in stems if s not in {*_HOW_TO, *_PLACED})]
    families, cards = method_pages.families(), dataset_pages.cards()
    return [
        {"Home": "README.md"},
        {"First hour": "docs/first-hour.md"},
        {"Concepts": "docs/concepts.md"},
        {"How-to": [f"docs/{stem}.md" for stem in how_to]},
        {
            "Methods": [
                {"All methods": "docs/methods.md"},
                *({entries[0].name: f"docs/methods/{name}.md"} for name, entries in sorted(families.items())),
            ]
        },
        {
            "Datasets": [
                {"All datasets": "docs/datasets/index.md"},
                "docs/data.md",
                *({name: f"docs/datasets/{name}.md"} for name in cards),
            ]
        },
        {"API": [{"import mnerbench": "docs/api/index.md"}, {"Extension points": "docs/api/extension.md"}]},
        {"Background": [f"docs/{stem}.md" for stem in _BACKGROUND if stem in stems]},
        {"Project": [{"Contributing": "CONTRIBUTING.md"}, {"Changes": "CHANGELOG.md"}]},
    ]
