"""Methods defined in a notebook: known at once, with their source in the identity of their runs."""

import linecache
import subprocess
import sys
import types

import pytest

import mnerbench
from mnerbench.benchmark.api.registration import require_importable
from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.registry import methods

CELL = '''
import mnerbench
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.subword_tagger import SubwordTagger

class MineConfig(SubwordTaggerConfig):
    scale: float = 1.0

@mnerbench.register("mine-notebook", config=MineConfig)
class Mine(SubwordTagger):
    """Scaled vectors."""

    def states(self, batch):
        return self.config.scale * super().states(batch)  # a comment
'''
SUITE = """
title = "one method of a notebook"
datasets = ["tiny"]
methods = ["mine-notebook"]
seeds = 1
encoder = "scratch"
[training]
epochs = 1
batch_size = 8
"""


@pytest.fixture
def notebook(monkeypatch):
    """Runs cells in a module without a file, as a notebook's kernel does."""
    module = types.ModuleType("a_notebook")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    before = dict(methods()._entries)
    cells = iter(range(100))

    def run(source):
        name = f"<cell {next(cells)}>"
        monkeypatch.setitem(linecache.cache, name, (len(source), None, source.splitlines(keepends=True), name))
        exec(compile(source, name, "exec"), module.__dict__)
        return methods()["mine-notebook"].family

    yield run
    methods()._entries.clear()
    methods()._entries.update(before)


def test_the_source_of_a_cell_is_part_of_the_identity(notebook):
    first = notebook(CELL)
    assert first.config.__name__ == "MineConfig"
    assert first.variants["mine-notebook"].summary == "Scaled vectors."
    assert notebook(CELL.replace("# a comment", "# another one")).revision == first.revision
    changed = notebook(CELL.replace("self.config.scale *", "2 *"))
    assert changed.revision != first.revision
    assert changed.revision < 2**53


def test_the_settings_are_those_of_the_base_class_unless_given(notebook):
    assert notebook(CELL.replace(", config=MineConfig", "")).config is SubwordTaggerConfig


@pytest.mark.slow
def test_a_method_of_a_notebook_runs(notebook, fixtures, tmp_path):
    notebook(CELL)
    suite = tmp_path / "mine.toml"
    suite.write_text(SUITE, encoding="utf-8")
    results = mnerbench.run(suite, data=fixtures, out=tmp_path / "runs", threads=1, mlflow=False, quiet=True)
    [row] = results.runs().query("main_view == 1").to_dict("records")
    assert (row["method"], row["status"]) == ("mine-notebook", "done")
    notebook(CELL.replace("self.config.scale *", "0.5 *"))
    again = mnerbench.run(suite, data=fixtures, out=tmp_path / "runs", threads=1, mlflow=False, quiet=True)
    assert len(again.runs().run.unique()) == 2


def test_workers_refuse_what_they_cannot_import(notebook):
    notebook(CELL)
    with pytest.raises(ConfigError, match="worker processes cannot import"):
        require_importable(None)
    require_importable(["bert-crf"])


def test_a_taken_name_and_a_local_class_are_refused(notebook):
    with pytest.raises(ConfigError, match="claimed twice"):
        notebook(CELL.replace('"mine-notebook"', '"bert-crf"'))
    with pytest.raises(ConfigError, match="inside a function or class"):

        @mnerbench.register("local")
        class Local:
            pass


def test_the_package_loads_nothing_heavy():
    code = "import sys, mnerbench; dir(mnerbench); print({'torch', 'pandas', 'numpy', 'transformers'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_public_name_is_found_and_documented():
    for name in mnerbench.__all__:
        assert getattr(mnerbench, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'leaderboard'"):
        mnerbench.leaderboard  # noqa: B018
