"""How many inputs each target gets: by its weight, at least one."""

from __future__ import annotations

from collections.abc import Collection

from fuzzer.targets import targets


def shares_of(inputs: int, names: Collection[str] = ()) -> dict[str, int]:
    """Inputs by target, which add up to `inputs` where that is enough for one each.

    Args:
        inputs: in all.
        names: of the targets; none means all.
    """
    weights = {name: target.weight for name, target in targets().items() if not names or name in names}
    total = sum(weights.values())
    shares = {name: max(1, inputs * weight // total) for name, weight in weights.items()}
    heaviest = max(weights, key=lambda name: weights[name])
    shares[heaviest] += max(0, inputs - sum(shares.values()))
    return shares
