"""Writes the method of CONTRIBUTING.md into a copy of the package, so that it is tested, linted and type-checked.

python tests/packaging/example_method.py FOLDER     # FOLDER/mnerbench, with methods/mine/
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROOMS = ("benchmark", "datasets", "methods", "reports")


def example() -> dict[str, str]:
    """The code of card and model, by file name."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"`methods/mine/(\w+\.py)`.*?\n   ```python\n(.*?)\n   ```\n", text, re.DOTALL)
    return {name: re.sub("^   ", "", code, flags=re.MULTILINE) + "\n" for name, code in blocks}


def write_example(folder: Path) -> Path:
    """Copy the package to `folder/mnerbench` and add the example."""
    copy = folder / "mnerbench"
    shutil.rmtree(copy, ignore_errors=True)
    for room in _ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "py.typed", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    (copy / "methods" / "mine").mkdir()
    for name, code in example().items():
        (copy / "methods" / "mine" / name).write_text(code, encoding="utf-8")
    return copy


if __name__ == "__main__":
    write_example(Path(sys.argv[1]))
