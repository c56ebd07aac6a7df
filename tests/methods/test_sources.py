"""The modules that compute a method, determined without importing them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant
from mnerbench.methods.registry import methods
from mnerbench.methods.sources import ABSENT, Sources

_FILES = {
    "__init__.py": "raise RuntimeError('imported')\n",
    "model.py": (
        "import torch\nfrom . import losses\nfrom .parts.gate import Gate\nimport made_ner.deep.inner\n"
        "from mnerbench.methods.hamlearning.rgcn import GatedRGCNLayer\n"
        "def late():\n    from made_ner.parts import late_module\n    try:\n        import made_ner.gone\n"
        "    except ImportError:\n        pass\n"
    ),
    "losses.py": "from . import constants as numbers\nWEIGHT = 0.5\n",
    "constants.py": "PI = 3\n",
    "unused.py": "X = 1\n",
    "parts/gate.py": "import typing\nif typing.TYPE_CHECKING:\n    from made_ner import unused\nclass Gate: ...\n",
    "parts/late_module.py": "from mnerbench.methods.registry import register\nfrom ..deep2 import name\n",
    "deep/__init__.py": "from made_ner.deep.exported import name\n",
    "deep/inner.py": "from made_ner.deep import name\n",
    "deep/exported.py": "name = 1\n",
    "deep2.py": "name = 2\n",
}


def family(target="made_ner.model:Model"):
    return MethodFamily("made", target, MethodConfig, "none", {"made": Variant("made")})


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The package `made_ner`, on the path."""
    for name, text in _FILES.items():
        path = tmp_path / "made_ner" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / "made_ner"


def digests_of(of=None):
    return Sources().of_family(of or family())


def changed(before, after):
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]


def test_transitive_imports_of_the_package_and_of_our_layers_are_found(package):
    modules = digests_of()
    assert {name for name in modules if name.startswith("made_ner")} == {
        "made_ner.model",
        "made_ner.losses",
        "made_ner.constants",
        "made_ner.parts.gate",  # in a folder without __init__.py
        "made_ner.parts.late_module",  # within a function
        "made_ner.deep2",  # a level above
        "made_ner.deep",  # whose __init__.py exports a name that is imported from it
        "made_ner.deep.inner",
        "made_ner.deep.exported",
        "made_ner.gone",
    }
    assert modules["made_ner.gone"] == ABSENT
    assert {"mnerbench.methods.hamlearning.rgcn", "mnerbench.methods.base.family"} <= modules.keys()
    assert "mnerbench.methods.registry" not in modules
    assert "made_ner" not in sys.modules
    assert list(modules) == sorted(modules)


def test_only_imported_modules_are_included(package):
    before = digests_of()
    (package / "unused.py").write_text("X = 2\n")
    (package / "losses.py").write_text("# half\nfrom . import constants as numbers\n\nWEIGHT = .5\n")
    assert digests_of() == before
    (package / "constants.py").write_text("PI = 4\n")
    assert changed(before, digests_of()) == ["made_ner.constants"]
    (package / "gone.py").write_text("")
    assert changed(before, digests_of()) == ["made_ner.constants", "made_ner.gone"]


def test_a_file_is_read_once_by_one_object(package):
    sources = Sources()
    before = sources.of_family(family())
    (package / "losses.py").write_text("WEIGHT = 0.25\n")
    assert sources.of_family(family()) == before
    assert digests_of() != before


def test_unparsable_files_are_identified_by_their_bytes(package):
    before = digests_of()
    (package / "losses.py").write_text("def f(:\n")
    broken = digests_of()
    assert broken["made_ner.losses"] != before["made_ner.losses"]
    (package / "losses.py").write_text("def f(: # still\n")
    assert digests_of()["made_ner.losses"] != broken["made_ner.losses"]
    (package / "losses.py").write_text(f"x = {'-' * 3000}1\n")  # nested deeper than Python recurses
    assert digests_of()["made_ner.losses"] not in {"", ABSENT}


def test_top_level_modules_in_one_folder_belong_to_one_method(tmp_path, monkeypatch):
    (tmp_path / "lone_model.py").write_text("import json, lone_parts, torch\n")
    (tmp_path / "lone_parts.py").write_text("X = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert {name for name in digests_of(family("lone_model:Model")) if "lone" in name} == {"lone_model", "lone_parts"}


def test_modules_in_site_packages_are_separate(tmp_path, monkeypatch):
    site_packages = tmp_path / "site-packages"
    site_packages.mkdir()
    (site_packages / "lone_model.py").write_text("import lone_parts\n")
    (site_packages / "lone_parts.py").write_text("X = 1\n")
    monkeypatch.syspath_prepend(str(site_packages))
    assert {name for name in digests_of(family("lone_model:Model")) if "lone" in name} == {"lone_model"}


@pytest.mark.parametrize("target", ["no_such_package.model:Model", "made_ner.no_such_module:Model", "__main__:Model"])
def test_a_method_without_a_file_has_no_sources(package, target, monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", type(sys)("__main__"))
    assert digests_of(family(target)) == {}


def test_every_method_of_ours_has_its_card_and_its_class():
    sources = Sources()
    for entry in methods():
        modules = sources.of_family(entry.family)
        assert entry.family.target.partition(":")[0] in modules
        assert entry.family.config.__module__ in modules
        assert ABSENT not in modules.values()


# --- A copy of our own methods, edited ------------------------------------------------------------------------------

_PRINT = (
    "import json, sys; from mnerbench.methods.registry import methods; from mnerbench.methods.sources import Sources; "
    "families = {entry.family.name: entry.family for entry in methods()}; sources = Sources(); "
    "print(json.dumps({name: sources.of_family(family) for name, family in families.items()})); "
    "assert not {'torch', 'transformers'} & set(sys.modules)"
)


@pytest.fixture
def checkout(root, tmp_path):
    """A copy of the methods, with links to the rest of the package."""
    root_copy = tmp_path / "mnerbench"
    root_copy.mkdir()
    for part in ("__init__.py", "datasets", "benchmark", "reports"):
        (root_copy / part).symlink_to(root / part)
    shutil.copytree(root / "methods", root_copy / "methods")
    return root_copy


def digests(checkout, **extra):
    environment = {**os.environ, "PYTHONPATH": str(checkout.parent), "PYTHONDONTWRITEBYTECODE": "1", **extra}
    command = [sys.executable, "-c", _PRINT]
    process = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_a_layer_is_of_the_methods_that_import_it_and_of_no_other(checkout):
    before = digests(checkout)
    layer = checkout / "methods" / "maf" / "contrastive.py"
    layer.write_text(layer.read_text() + "\n# a remark\n")
    assert digests(checkout, PYTHONHASHSEED="12345") == before
    layer.write_text(layer.read_text() + "\nTEMPERATURE = 1\n")
    after = digests(checkout, PYTHONHASHSEED="54321")
    assert changed(before["maf"], after["maf"]) == ["mnerbench.methods.maf.contrastive"]
    assert [name for name in before if before[name] != after[name]] == ["maf"]


def test_a_further_variant_on_a_card_changes_nothing(checkout):
    before = digests(checkout)
    card = checkout / "methods" / "bert" / "card.py"
    text = card.read_text()
    card.write_text(text.replace("variants={", 'variants={\n        "bert-two": Variant("again"),', 1))
    assert card.read_text() != text
    assert digests(checkout) == before
