"""Build the documentation site: `python docs/site --to FOLDER`, with warnings as errors. `tox -e docs` runs it."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def build(target: Path) -> None:
    """Build the site into a folder, which is replaced if a site is in it.

    Raises:
        SystemExit: the folder has other content.
        mkdocs.exceptions.Abort: there are warnings.
    """
    from docs_site.navigation import navigation
    from docs_site.stage import copy_sources, stage
    from mkdocs.commands.build import build as build_site
    from mkdocs.config import load_config

    import mnerbench

    if target.exists() and any(target.iterdir()) and not (target / "sitemap.xml").exists():
        raise SystemExit(f"{target}: not empty, and no site\n  -> name another folder")
    with tempfile.TemporaryDirectory() as folder:
        pages, sources = Path(folder) / "pages", Path(folder) / "sources"
        copy_sources(Path(mnerbench.__file__).parent, sources / "mnerbench")
        os.environ["MNERBENCH_SOURCES"] = str(sources)
        stage(ROOT, pages)
        shutil.copyfile(HERE / "style.css", pages / "style.css")
        config = load_config(
            str(HERE / "mkdocs.yml"), docs_dir=str(pages), site_dir=str(target), nav=navigation(pages), strict=True
        )
        config.plugins.on_startup(command="build", dirty=False)
        try:
            build_site(config)
        finally:
            config.plugins.on_shutdown()


def write_figures() -> None:
    """Write the figures of docs/concepts.md."""
    from docs_site.concept_figures import figures

    for name, svg in figures(ROOT).items():
        (ROOT / "docs" / "concepts" / name).write_text(svg, encoding="utf-8")


def main() -> int:
    """Parse the command line, and build."""
    parser = argparse.ArgumentParser(prog="python docs/site", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "site", help="folder of the site")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    parser.add_argument("--figures", action="store_true", help="write the figures of docs/concepts.md, build nothing")
    arguments = parser.parse_args()
    if arguments.figures:
        write_figures()
    else:
        build(arguments.to.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
