"""A fuzzer for everything that the package reads: seeded, replayable, one process per core.

`targets/` says what is read and how, `seeds.py` gives undamaged files, `forms.py` and what it stands on damage them,
`judge.py` decides whether an input was dealt with as promised, `pool.py` spreads inputs over processes.
"""
