"""Collects the pages of the site in one folder, laid out like the repository, so that relative links stay right."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from docs_site import api_pages, dataset_pages, method_pages

TOP_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
PICTURES = (".png", ".svg")
_FENCE = re.compile(r"^ *(```|~~~)")
_NUMBERED = re.compile(r"^\d+\. ")
_IMAGE = re.compile(r"^!\[[^\]]*\]\((?P<path>[^):]+\.svg)\)$", re.MULTILINE)
# A link to a file of the repository that is no page of the site.
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<path>(?!https?:)[^)#]+)(?:#[^)]*)?\)")


def stage(root: Path, folder: Path) -> None:
    """Write all pages and pictures of the site into a folder.

    Args:
        root: the repository.
        folder: an empty or absent folder.
    """
    for path in _written_pages(root):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            target.write_text(for_site((root / path).read_text(encoding="utf-8"), root / path), encoding="utf-8")
        else:
            shutil.copyfile(root / path, target)
    for name, content in generated_pages(root).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")


def copy_sources(package: Path, folder: Path) -> None:
    """Copy the Python files of a package, with an `__init__.py` in each folder: griffe finds no modules without one."""
    for path in package.rglob("*.py"):
        relative = path.relative_to(package)
        if relative.parts[0] in {"__init__.py", "benchmark", "datasets", "methods", "reports"}:
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            for above in target.parents[: len(relative.parts) - 1]:
                (above / "__init__.py").touch()


def _written_pages(root: Path) -> Iterator[Path]:
    yield from map(Path, TOP_PAGES)
    for path in sorted((root / "docs").rglob("*")):
        relative = path.relative_to(root)
        if path.suffix in {".md", *PICTURES} and relative.parts[1] != "site":
            yield relative


def generated_pages(root: Path) -> dict[str, str]:
    """The generated pages by path: methods, datasets and the API reference."""
    texts = [(root / name).read_text(encoding="utf-8") for name in ("README.md", "docs/results.md", "docs/probes.md")]
    measured = method_pages.Pages(*texts)
    generated = {
        f"docs/methods/{name}.md": method_pages.method_page(entries, measured)
        for name, entries in method_pages.families().items()
    }
    generated |= {
        f"docs/datasets/{name}.md": dataset_pages.dataset_page(card) for name, card in dataset_pages.cards().items()
    }
    return generated | {
        "docs/datasets/index.md": dataset_pages.overview(),
        "docs/api/index.md": api_pages.public_page(),
        "docs/api/extension.md": api_pages.extension_page(),
    }


def for_site(page: str, path: Path) -> str:
    """A written page as the site's Markdown needs it.

    * Text below a numbered item is indented by four spaces; code hosts also take three.
    * A figure in SVG becomes part of the page, so that it takes the colour of its text.
    * A link to a file that is no page becomes its text.
    """
    page = "\n".join(_indented(page.split("\n")))
    page = _IMAGE.sub(lambda match: inline_svg((path.parent / match["path"]).read_text(encoding="utf-8")), page)
    return _LINK.sub(lambda match: match[0] if match["path"].endswith((".md", *PICTURES)) else match["text"], page)


def _indented(lines: list[str]) -> Iterator[str]:
    in_item = False
    for line in lines:
        in_item = bool(_NUMBERED.match(line)) or (in_item and (not line or line.startswith("   ")))
        yield f" {line}" if in_item and line.startswith("   ") else line


def inline_svg(svg: str) -> str:
    """An SVG file as part of a page, without the colours for dark pages that a page itself sets."""
    return re.sub(r"<style>.*?</style>\n?", "", svg, flags=re.DOTALL).strip()
