"""`mnerbench.register`: methods that are defined in a notebook or a script."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any, TypeVar, get_args

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant
from mnerbench.methods.registry import methods
from mnerbench.methods.source_digest import digest_tree

ClassT = TypeVar("ClassT", bound=type[Any])
_DIGITS = 13  # hexadecimal digits of a digest that make a revision: below 2**53, exact in every JSON reader


def register(
    name: str,
    *,
    config: type[MethodConfig] | None = None,
    summary: str = "",
    variants: Mapping[str, Mapping[str, Any]] | None = None,
    citation: str = "",
    search: Mapping[str, Any] | None = None,
) -> Callable[[ClassT], ClassT]:
    """Register a method class under a name, so that `mnerbench.run` knows it in this process.

        @mnerbench.register("mine")
        class Mine(NeuralMethod[MyConfig]): ...

    The source of a class without a file is part of its identity: in a notebook, the whole cell that defines it, without
    comments, but nothing that other cells define. A changed cell thus gives new runs. Packages use the entry point
    group `mnerbench.methods` instead, and a checkout a folder in `methods/`.

    Args:
        name: of the family and, without `variants`, of its only variant.
        config: type of the settings; None for that of the base class, `NeuralMethod[MyConfig]`.
        summary: one line for lists; empty for the first line of the class's docstring.
        variants: settings by name of the variant; None for one variant with the defaults.
        citation: paper or description.
        search: search space of the settings for `benchmark tune`.

    Raises:
        ConfigError: the name is taken, the class is not at the top level of its module, or its source is unknown.
    """

    def decorate(cls: ClassT) -> ClassT:
        if "." in cls.__qualname__:
            reason = f"{cls.__qualname__} is defined inside a function or class, where no run can import it"
            raise ConfigError(f"method {name!r}: {reason}\n  -> define it at the top level of a cell or module")
        text = summary or (cls.__doc__ or cls.__name__).strip().partition("\n")[0]
        family = MethodFamily(
            name=name,
            target=f"{cls.__module__}:{cls.__name__}",
            config=config or _config_of(cls),
            citation=citation,
            variants={key: Variant(text, dict(values)) for key, values in (variants or {name: {}}).items()},
            search=dict(search or {}),
            revision=_revision(cls) if has_no_file(cls.__module__) else 1,
        )
        methods().replace(family)
        return cls

    return decorate


def has_no_file(module: str) -> bool:
    """Whether a loaded module has no file, as the module of a notebook."""
    return getattr(sys.modules.get(module), "__file__", None) is None


def require_importable(names: Iterable[str] | None) -> None:
    """Raise if worker processes could not import a method.

    Args:
        names: of the methods; None for all registered ones.

    Raises:
        ConfigError: a method is defined in a module without a file.
    """
    wanted = set(names) if names is not None else None
    for entry in methods():
        module = entry.family.target.partition(":")[0]
        if (wanted is None or entry.name in wanted) and module in sys.modules and has_no_file(module):
            reason = f"method {entry.name!r} is defined in a notebook, which worker processes cannot import"
            raise ConfigError(f"{reason}\n  -> leave `workers` out, or move the class to a module")


def _config_of(cls: type[Any]) -> type[MethodConfig]:
    """The type of the settings in the class's bases; that of taggers over subwords where they name none."""
    for base in cls.__mro__:
        for generic in vars(base).get("__orig_bases__", ()):
            for argument in get_args(generic):
                if isinstance(argument, type) and issubclass(argument, MethodConfig):
                    return argument
    return SubwordTaggerConfig


def _revision(cls: type[Any]) -> int:
    """A number from the source of the cell that defines a class."""
    functions = [value for value in vars(cls).values() if isinstance(value, FunctionType)]
    file = functions[0].__code__.co_filename if functions else ""
    source = "".join(linecache.getlines(file))
    if not source:
        reason = f"the source of {cls.__name__} is unknown, and it is part of the identity of runs"
        raise ConfigError(f"{reason}\n  -> define the class in a notebook cell or in a file, with a method of its own")
    return int(digest_tree(ast.parse(source))[:_DIGITS], 16) + 2
