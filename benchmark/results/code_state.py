"""Compares the source digests in a run's record with the installed code.

Code is not part of a run's identity: a method under development would otherwise leave a row for each of its versions.
Old runs therefore remain valid results, and every display of their scores has to say that the code changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from mnerbench.benchmark.results.equal_code import former_digests

Code = Mapping[str, str]  # digests of the sources of a run, by module

_NAMED = 3  # modules in a sentence


class CodeState(StrEnum):
    """Whether a run was computed by the installed code."""

    INSTALLED = "installed"
    OTHER = "other"
    UNKNOWN = "unknown"  # an older record, or a method whose sources are not readable


class Computed(NamedTuple):
    """A run's recorded and installed code.

    Attributes:
        method: display name of the method.
        code: the digests in the record.
        installed: the digests of the installed code for the same run.
    """

    method: str
    code: Code
    installed: Code

    @property
    def state(self) -> CodeState:
        """Whether the recorded code is the installed code."""
        return code_state(self.code, self.installed)


def code_state(code: Code, installed: Code) -> CodeState:
    """Compare recorded with installed code; UNKNOWN if either is empty."""
    if not code or not installed:
        return CodeState.UNKNOWN
    # Most runs are of equal code, and comparing is much faster than hashing.
    same = dict(code) == dict(installed) or code_digest(code) == code_digest(installed)
    return CodeState.INSTALLED if same else CodeState.OTHER


def code_digest(code: Code) -> str:
    """First 16 hex digits of the sha256 over all modules, the former ones of moved code; empty if there are none."""
    if not code:
        return ""
    digest = plain_digest(code)
    return former_digests().get(digest, digest)


def plain_digest(code: Code) -> str:
    """First 16 hex digits of the sha256 over all modules."""
    text = "".join(f"{module} {digest}\n" for module, digest in sorted(code.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def differing_modules(codes: Iterable[Code]) -> list[str]:
    """The modules that differ between codes or are missing in some, sorted."""
    listed = list(codes)
    names = sorted({name for code in listed for name in code})
    return [name for name in names if len({code.get(name) for code in listed}) > 1]


def listed_modules(modules: Iterable[str]) -> str:
    """`a, b, c and 2 more`."""
    names = list(modules)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def other_code_sentences(runs: Iterable[Computed]) -> list[str]:
    """One sentence per change of code: the runs that other code computed, and the changed modules.

    `5 runs of maf, 1 run of umt were computed by other code than is installed (mnerbench.methods.tagger differs)`.
    """
    changes: dict[tuple[str, ...], dict[str, int]] = {}
    for run in runs:
        if run.state is CodeState.OTHER:
            counts = changes.setdefault(tuple(differing_modules((run.code, run.installed))), {})
            counts[run.method] = counts.get(run.method, 0) + 1
    return [
        f"{_counted(counts)} computed by other code than is installed ({_changed(modules)})"
        for modules, counts in changes.items()
    ]


def _changed(modules: Sequence[str]) -> str:
    """`a differs`, `a, b differ`."""
    return f"{listed_modules(modules)} {'differs' if len(modules) == 1 else 'differ'}"


def unknown_code_sentence(runs: Iterable[Computed]) -> str:
    """One sentence on the runs whose code is unknown; empty if there are none."""
    count = sum(run.state is CodeState.UNKNOWN for run in runs)
    if not count:
        return ""
    runs_text = "1 run" if count == 1 else f"{count:,} runs"
    return f"the code of {runs_text} is unknown (records of an older version, or methods without source files)"


def _counted(counts: Mapping[str, int]) -> str:
    """`5 runs of maf, 1 run of umt were`."""
    parts = [f"{count:,} run{'' if count == 1 else 's'} of {method}" for method, count in counts.items()]
    return f"{', '.join(parts)} {'was' if sum(counts.values()) == 1 else 'were'}"
