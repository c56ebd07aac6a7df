"""The notebooks of the documentation: stored without outputs, executed, and their statements hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NAMES = ("compare-methods", "own-method-and-data", "read-results")  # the last one uses the runs of the first
CELL_SECONDS = 1200  # only ends a kernel that hangs


@pytest.fixture(scope="module")
def folder(root):
    return root / "docs" / "notebooks"


def cells(path, kind="code"):
    """The cells of a notebook file, of one kind."""
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def source(cell):
    return "".join(cell["source"])


def is_check(cell):
    return "check" in cell["metadata"].get("tags", ())


def test_every_notebook_is_tested(folder):
    assert sorted(path.stem for path in folder.glob("*")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_outputs_are_stored(folder, name):
    notebook = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert notebook["metadata"].keys() == {"kernelspec", "language_info"}
    for cell in cells(folder / f"{name}.ipynb"):
        assert (cell["outputs"], cell["execution_count"]) == ([], None), source(cell)
        assert cell["metadata"] in ({}, {"tags": ["check"]}), source(cell)


@pytest.mark.parametrize("name", NAMES)
def test_statements_are_checked(folder, name):
    """Cells that check the text consist of statements, and only they assert anything."""
    code = cells(folder / f"{name}.ipynb")
    assert sum(is_check(cell) for cell in code) >= 3
    assert all(is_check(cell) == ("assert " in source(cell)) for cell in code)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


def execute(path, workplace, monkeypatch):
    """Execute a notebook in a folder; its cells with their outputs."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    for variable in ("MNERBENCH_CACHE", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(workplace / variable.lower()))
    monkeypatch.delenv("MNERBENCH_DATA", raising=False)
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(workplace)}}
    nbclient.NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", resources=resources).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cells, mime):
    """What cells show in one format, such as `text/html`."""
    outputs = [output for cell in cells for output in cell.outputs if "data" in output]
    return [output["data"][mime] for output in outputs if mime in output["data"]]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "pages", "figures"), [(NAMES[0], 5, 0), (NAMES[1], 4, 0), (NAMES[2], 5, 4)])
def test_the_notebook_runs(folder, workplace, monkeypatch, name, pages, figures):
    executed = execute(folder / f"{name}.ipynb", workplace, monkeypatch)
    assert [output for cell in executed for output in cell.outputs if output.output_type == "error"] == []
    assert len(shown(executed, "text/html")) >= pages  # corpora, results and data frames are shown as tables
    assert len(shown(executed, "image/png")) == figures
    assert all(not cell.outputs for cell in executed if is_check(cell))
    quiet = [cell for cell in executed if "quiet=True" in source(cell)]
    assert len(quiet) == 1
    assert shown(quiet, "text/html") == shown(quiet, "text/html")[-1:]  # at most the results, and no plan before them


@pytest.mark.slow
def test_a_false_statement_fails(folder, workplace, monkeypatch):
    """A notebook whose check does not hold is not executed to its end."""
    nbformat, exceptions = pytest.importorskip("nbformat"), pytest.importorskip("nbclient.exceptions")
    notebook = nbformat.read(folder / "compare-methods.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    false = next(cell for cell in code if is_check(cell))
    notebook.cells = [*code[: code.index(false)], nbformat.v4.new_code_cell("board['f1_mean'] = 0.0"), false]
    path = Path(workplace) / "false.ipynb"
    nbformat.write(notebook, path)
    with pytest.raises(exceptions.CellExecutionError, match="AssertionError"):
        execute(path, workplace, monkeypatch)


@pytest.mark.slow
def test_finished_runs_are_used_again(workplace):
    """The last notebook trains nothing: its six runs are those of the first one."""
    if not (workplace / "runs").is_dir():
        pytest.skip("the notebooks were not executed")
    assert len([*(workplace / "runs").glob("*/record.json")]) == 6
