"""Write `benchmark/results/equal_code.toml`: code that was moved or renamed and computes what it did before.

python tests/acceptance/equal_code.py BEFORE AFTER

BEFORE and AFTER are results folders of the same runs, by the code of before and of now. A family gets an entry only
when each of its runs in BEFORE is in AFTER, with the same losses, dev scores and predictions. Exit code 1: some are
not.
"""

import sys
from pathlib import Path

from mnerbench.benchmark.results.code_state import plain_digest
from mnerbench.benchmark.results.equal_code import PATH
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore

_HEAD = """\
# Code that was moved or renamed and computes what it did before, by family: the digest of its sources, and the former
# one.
# Written by tests/acceptance/equal_code.py, from runs of both that gave the same predictions.
"""


def main(before, after):
    """Compare all runs, say which differ, and write the table."""
    stores = RunStore(Path(before)), RunStore(Path(after))
    pairs, unequal = {}, set()
    for record in sorted(stores[0].records(), key=lambda record: (record.spec.family, record.identity)):
        family, other = record.spec.family, stores[1].record(record.identity)
        if record.status is not Status.DONE:
            continue
        if other is None or _results(stores[0], record) != _results(stores[1], other):
            sys.stdout.write(
                f"{record.spec.method} ({record.identity}): {'no such run' if other is None else 'differs'}\n"
            )
            unequal.add(family)
        elif plain_digest(record.code) != plain_digest(other.code):
            pairs[family] = plain_digest(other.code), plain_digest(record.code)
    tables = [
        f'\n[{family}]\n"{present}" = "{former}"\n'
        for family, (present, former) in sorted(pairs.items())
        if family not in unequal
    ]
    PATH.write_text("".join([_HEAD, *tables]), encoding="utf-8")
    sys.stdout.write(f"{len(tables)} families in {PATH}, {len(unequal)} with runs that are not equal\n")
    return 1 if unequal else 0


def _results(store, record):
    """What a run gave, but for the time it took."""
    curve = [point.model_dump(exclude={"train_seconds", "dev_seconds"}) for point in record.curve]
    folder = store.folder(record.identity)
    predictions = {path.name: path.read_bytes() for path in sorted(folder.glob("predictions/*"))}
    return curve, record.best_epoch, record.metrics, predictions


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
