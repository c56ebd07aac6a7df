"""What the verbs say about damaged files of a results folder: each once, on stderr, in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnerbench.benchmark.results.damage import DamageLog


def warn_of_damage(log: DamageLog) -> None:
    """Name the files that were found damaged since this was last called, with reason and remedy."""
    from mnerbench.benchmark.cli.output import say_warning
    from mnerbench.benchmark.results.damage import MOST

    new = log.untold()
    for damage in new[:MOST]:
        say_warning(f"warning: {damage.text}")
    if len(new) > MOST:
        say_warning(f"warning: and {len(new) - MOST:,} more damaged files")
