"""The documentation site: built without warnings, complete, and loading nothing from elsewhere."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from docs_site import api_pages, blocks, concept_figures, dataset_pages, markdown, method_pages, profile, stage

from mnerbench.benchmark.cli.show import describe
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.methods.registry import methods

HERE = Path(__file__).parents[2] / "docs" / "site"

# Attributes that make a browser load something.
LOADED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "audio": "src",
    "video": "src",
    "image": "href",
}
STYLES = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@pytest.fixture(scope="module")
def generated(root):
    return stage.generated_pages(root)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site; `tox -e docs` has built it already."""
    if "MNERBENCH_SITE" in os.environ:
        return Path(os.environ["MNERBENCH_SITE"])
    pytest.importorskip("mkdocs")
    pytest.importorskip("mkdocstrings")
    if importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed (the extra `docs`)")
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run([sys.executable, str(HERE), "--to", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Page(HTMLParser):
    """Links, ids and loaded resources of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.loaded, self.styles = [], set(), [], []
        self._in_style = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self._in_style = tag == "style"
        self.ids |= {values[key] for key in ("id", "name") if values.get(key)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in LOADED and values.get(LOADED[tag]):
            self.loaded.append(values[LOADED[tag]])
        if tag == "link" and values.get("rel") not in {"canonical", "next", "prev", "alternate"}:
            self.loaded.append(values["href"])
        self.loaded += re.findall(r"\S+", values.get("srcset") or "")
        self.styles.append(values.get("style") or "")

    def handle_endtag(self, tag):
        self._in_style = False

    def handle_data(self, data):
        if self._in_style:
            self.styles.append(data)


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def is_external(address):
    return bool(urlsplit(address).netloc) or address.startswith("//")


def test_every_method_and_dataset_has_a_page(generated):
    text = "".join(page for path, page in generated.items() if path.startswith("docs/methods/"))
    for entry in methods():
        if entry.family.target.startswith("mnerbench."):
            assert f"| `{entry.name}` |" in text, entry.name
    assert {f"docs/datasets/{name}.md" for name in card_names()} < set(generated)


def section(page, heading):
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_pages_of_methods_have_exactly_the_settings_of_their_cards(generated):
    for name, entries in method_pages.families().items():
        page, family = generated[f"docs/methods/{name}.md"], entries[0].family
        fields = list(family.config.model_fields)
        assert re.findall(r"^\| `([^`]+)` \|", section(page, "Settings"), re.MULTILINE) == fields, name
        changed = {key for row in re.findall(r"`(\w+) = ", section(page, "Variants")) for key in [row]}
        assert changed == {key for entry in entries for key in entry.variant.settings}, name
        named = set(re.findall(r"^\| `([^`]+)` \|", section(page, "Training in the paper"), re.MULTILINE))
        known = {*family.paper_training, *(key for settings in family.profiles.values() for key in settings)}
        assert named == known or not family.paper_training, name
        assert page.count("\n- ") >= len(family.deviations), name


def test_numbers_of_a_page_are_those_of_the_card_and_of_the_written_pages(generated, root):
    page = generated["docs/methods/maf.md"]
    used = describe(methods()["maf"], method_pages.ENCODER, None)["parameters"]["used"]
    assert f"| {used:,} |" in page
    assert "| MAF Table 2 | MAF (Ours) | `maf` | twitter15 | it | 73.42 | one run |" in page
    assert "@inproceedings{xu-2022-maf," in page
    rows = [line for line in section(page, "Probe profile").splitlines() if line.startswith("| `maf`")]
    written = re.sub(r" +", " ", (root / "docs" / "probes.md").read_text(encoding="utf-8"))
    assert rows
    assert all(row.replace("`", "").strip() in written.replace("`", "") for row in rows)


def test_a_variant_of_the_suite_is_on_the_page_of_its_method(generated):
    assert "| `hvpnet-resnet18` |" in section(generated["docs/methods/hvpnet.md"], "Probe profile")


def test_measured_scores_are_rows_of_written_pages(generated, root):
    names = ("README.md", "docs/results.md", "docs/probes.md")
    written = {re.sub(r"[ `]+", "", line) for name in names for line in (root / name).read_text("utf-8").splitlines()}
    count = 0
    for path, page in generated.items():
        if path.startswith("docs/methods/"):
            for line in section(page, "Measured scores").splitlines():
                if line.startswith("| ") and not line.startswith(("| ---", "| method", "| #", "| table")):
                    assert re.sub(r"[ `]+", "", line) in written, line
                    count += 1
    assert count > 20


def test_pages_of_datasets_state_checksums_and_terms(generated):
    for name, card in dataset_pages.cards().items():
        page = generated[f"docs/datasets/{name}.md"]
        digests = [file.sha256 for file in card.files.values() if file.sha256] + list(card.fingerprints.values())
        assert all(f"`{digest}`" in page for digest in digests), name
        assert markdown.text(card.licence) in page
        assert page.count("\n- ") == len(card.defects) + len(card.overlaps), name


def test_a_diagram_shows_inputs_encoders_fusion_and_head():
    drawn = re.sub(r"<[^>]+>", " ", blocks.diagram(methods()["maf"]))
    for words in (
        "words of the",
        "grid of",
        "one",
        "text encoder",
        "frozen",
        "fusion in maf",
        "transformer layer",
        "CRF",
    ):
        assert words in drawn, words
    assert "fusion" not in blocks.diagram(methods()["bert-crf"])
    assert "softmax" in blocks.diagram(methods()["bert"])
    assert "scores of spans" in blocks.diagram(methods()["mrc-ner"])


def test_layers_are_the_imported_classes_of_shared_layers_and_of_the_own_folder():
    source = "\n".join(
        [
            "from mnerbench.methods.layers.head import CRFHead",
            "from mnerbench.methods.layers.spans.head import build_head",
            "from mnerbench.methods.layers.clip_layers import CLIPLayers, attend",
            "from mnerbench.methods.mine.card import MineConfig",
            "from mnerbench.methods.mine.gate import StageGates",
            "from mnerbench.methods.batch import Batch",
        ]
    )
    assert blocks.layers_of_source(source, "mnerbench.methods.mine") == ["CLIP layers", "stage gates"]


def test_a_profile_is_drawn_from_the_row_of_its_table():
    header = "| method | object | relation | wrong pictures |\n|---|---|---|---|\n"
    page = f"# P\n\n## S\n\n{header}| a | not read | 3 ± 8 % | +1 |\n"
    (row,) = profile.profiles(page, ["a"])
    assert (row.heading, row.headroom) == ("S", {"relation": (3, 8)})
    assert "3 %" in profile.bars(row)


def test_figures_of_the_concepts_are_those_that_the_script_draws(root):
    drawn = concept_figures.figures(root)
    folder = root / "docs" / "concepts"
    assert {path.name for path in folder.glob("*.svg")} == set(drawn)
    for name, svg in drawn.items():
        assert (folder / name).read_text(encoding="utf-8") == svg, f"{name}: run `python docs/site --figures`"
    spec = json.loads((folder / "run.json").read_text(encoding="utf-8"))["spec"]
    assert spec["method"] == "bert-grid"


def test_the_reference_has_every_public_name_and_the_names_that_contributing_imports(generated, root):
    import mnerbench

    public = generated["docs/api/index.md"]
    assert all(f"::: {api_pages.address(name)}\n" in public for name in mnerbench.__all__)
    paths = {f"mnerbench.{path}" for group in api_pages.EXTENSION_POINTS.values() for path in group}
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for module, names in re.findall(r"^ +from (mnerbench\.[\w.]+) import (.+)$", text, re.MULTILINE):
        if ".mine." not in module:
            assert {f"{module}.{name.strip()}" for name in names.split(",")} <= paths, module


def test_written_pages_are_adapted_to_the_generator(root):
    page = (
        "1. One:\n\n   ```python\n   x = 1\n   ```\n\nText [a file](tests/x.py), [a page](docs/data.md#x).\n   no list"
    )
    adapted = stage.for_site(page, root / "README.md")
    assert adapted == (
        "1. One:\n\n    ```python\n    x = 1\n    ```\n\nText a file, [a page](docs/data.md#x).\n   no list"
    )


def test_nothing_is_loaded_from_elsewhere(site, pages):
    assert len(pages) > 60
    for name, page in pages.items():
        loaded = [*page.loaded, *(part for style in page.styles for match in STYLES.findall(style) for part in match)]
        assert not [address for address in loaded if is_external(address)], name
    for path in site.rglob("*.css"):
        addresses = [part for match in STYLES.findall(path.read_text(encoding="utf-8")) for part in match if part]
        assert not [address for address in addresses if is_external(address)], path


def test_links_lead_to_pages_and_headings(site, pages):
    for name, page in pages.items():
        for link in page.links:
            if is_external(link) or urlsplit(link).scheme:
                continue
            path, fragment = unquote(urlsplit(link).path), unquote(urlsplit(link).fragment)
            if name == "404.html" or path.startswith("/"):
                continue
            target = (site / name).parent / path if path else site / name
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{name}: {link}"
            other = target.resolve().relative_to(site.resolve()).as_posix()
            assert not fragment or other not in pages or fragment in pages[other].ids, f"{name}: {link}"


def test_docstrings_reach_the_reference(site):
    text = (site / "docs" / "api" / "index.html").read_text(encoding="utf-8")
    extension = (site / "docs" / "api" / "extension.html").read_text(encoding="utf-8")
    assert "mnerbench.load_tagger" in text
    assert "paper_training" in extension


def test_a_card_without_citation_has_a_page(root):
    page = method_pages.method_page([methods()["majority"]], method_pages.Pages("", "", ""))
    assert "## Citation" not in page
    assert "None on real tweets yet" in page
    assert load_card("probe-object").probe is not None
