"""Digests of source files: changes that keep them and changes that do not."""

from __future__ import annotations

import pytest

from mnerbench.methods.source_digest import digest_tree, parse_source

SOURCE = '''
"""Prose."""
import os
from typing import TYPE_CHECKING

import torch
from a import b, c

if TYPE_CHECKING:
    from d import E


class Model(Base):
    """More prose."""

    width: int = Field(64, ge=1, description="of the hidden layer")

    def forward(self, batch, scale=0.5):
        """Even more."""
        shown = f"{batch!r:>{scale}} of {self.width}"  # a comment
        return [unit * scale for unit in batch if unit is not None], shown


CARD = MethodFamily(
    name="mine", target="mine:Model", config=Model, citation="Me 2026", variants={"mine": Variant("x")}, revision=1
)
'''


def digest(text):
    tree = parse_source(text.encode())
    assert tree is not None
    return digest_tree(tree)


def test_it_is_the_same_under_every_version_of_python():
    """Records are compared across Python versions, so the value itself is fixed."""
    assert digest(SOURCE) == "2cfdbc1e8e9c"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment", "# another one"),
        ('"""Prose."""', '"""Other prose, with one line\n\nand another."""'),
        ('"""More prose."""', ""),
        ('        """Even more."""\n', "        # none\n\n"),
        (
            "[unit * scale for unit in batch if unit is not None]",
            "[(unit * scale)\n  for unit in batch if unit is not None]",
        ),
        ("import os\n", "import os\nif TYPE_CHECKING:\n    import numpy\n"),
        ("from a import b, c", "from a import c\nfrom a import b"),
        ("import torch\nfrom a import b, c", "from a import (\n    b,\n    c,\n)\nimport torch"),
        ("of the hidden layer", "of the first layer (§3.2)"),
        ("Me 2026", "Me and others 2026"),
        ('{"mine": Variant("x")}', '{"mine": Variant("x"), "mine-wide": Variant("wider", {"width": 128})}'),
        ("revision=1", "revision=2"),
        ("\n", "\r\n"),
        ("0.5", ".5"),
        ('f"{batch!r:>{scale}} of {self.width}"', 'f"{batch!r:>{scale}}" f" of {self.width}"'),
    ],
)
def test_changes_without_effect_keep_the_digest(old, new):
    assert old in SOURCE
    assert digest(SOURCE.replace(old, new)) == digest(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unit * scale", "unit + scale"),
        ("scale=0.5", "scale=0.25"),
        ("scale=0.5", "scale=1"),
        ("scale=0.5", "*, scale=0.5"),
        ("is not None", "is None"),
        ("64", "32"),
        ("64", "64.0"),
        ("ge=1", "ge=2"),
        ("Field(64", "field(64"),
        ("Model(Base)", "Model(Other)"),
        ("from a import b, c", "from a import c as b, b as c"),
        ("from a import b, c", "from .a import b, c"),
        ("import torch", "import torch as tensors"),
        ("mine:Model", "mine:Other"),
        ("config=Model", "config=Other"),
        (" of {", " in {"),
        ("!r:", ":"),
        ("def forward", "async def forward"),
        ("    def forward", "    @cache\n    def forward"),
        ("import os\n", "import os\nif not TYPE_CHECKING:\n    import numpy\n"),
        ("import os\n", "import os\nif TYPE_CHECKING:\n    pass\nelse:\n    import numpy\n"),
    ],
)
def test_changes_of_computation_change_the_digest(old, new):
    assert old in SOURCE
    assert digest(SOURCE.replace(old, new)) != digest(SOURCE)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x = 1", "x = True"),
        ("x = 1", "x = 1.0"),
        ("x = 'a'", "x = b'a'"),
        ("x = None", "x = 0"),
        ("x = 'None'", "x = None"),
        ("return_ = 1", "return_ = 1\nprint()"),
        ("f(a, *b)", "f(*a, b)"),
        ("{**a}", "{None: a}"),
        ("[]", "()"),
        ("f(x=1)", "f(y=1)"),
        ("lambda: 0", "lambda x: 0"),
        ("a[1:2]", "a[1:2:3]"),
        ("a < b < c", "a < b and b < c"),
    ],
)
def test_equal_text_is_of_equal_computations_only(first, second):
    assert digest(first) != digest(second)


def test_a_body_of_prose_alone_is_an_empty_one():
    assert digest("class A:\n    '''Prose.'''") == digest("class A:\n    pass") == digest("class A:\n    ...")


def test_unparsable_sources_have_no_tree():
    assert parse_source(b"def f(:") is None
    assert parse_source(b"\x00") is None
    assert parse_source("x = 'é'".encode("latin-1")) is None
