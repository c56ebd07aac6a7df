"""The case on learning, and the variants that need it: it is the most expensive one."""

from __future__ import annotations

from collections.abc import Iterable

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.conformance.case import Case
from mnerbench.methods.registry import Entry

_ROUNDS = 4


def check_learns(case: Case) -> None:
    """Training overfits eight tweets: the loss falls below a quarter. Checked four times, and stopped when it has."""
    method = case.build()
    split, before, epochs = case.split(method), case.loss(method), case.learning_epochs
    after, step = before, -(-epochs // _ROUNDS)
    for start in range(0, epochs, step):
        case.train(method, split, min(step, epochs - start))
        after = case.loss(method)
        if after < before / 4:
            return
    raise AssertionError(f"in {epochs} epochs on eight tweets the loss fell only from {before:.3g} to {after:.3g}")


def one_per_code_path(entries: Iterable[Entry]) -> list[Entry]:
    """The first variant of each code path: other variants run the same code with other numbers or texts.

    A code path is a class with the values of its settings that switch code, and the kinds of its inputs. A number
    counts only at its lower bound, where layers or branches may vanish.
    """
    paths: dict[object, Entry] = {}
    for entry in entries:
        config = entry.configure({})
        vectors = frozenset(kind for kind in config.inputs if not kind.is_text)
        has_texts = any(kind.is_text for kind in config.inputs)
        paths.setdefault((entry.family.target, _switches(config), vectors, has_texts), entry)
    return list(paths.values())


def _switches(config: MethodConfig) -> frozenset[tuple[str, object]]:
    switches: dict[str, object] = {}
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        if name in config.inactive_settings or _names_inputs(value):
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or value in [bound.ge for bound in field.metadata if hasattr(bound, "ge")]:
            switches[name] = value
    return frozenset(switches.items())


def _names_inputs(value: object) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return all(isinstance(part, InputKind) for part in values)
