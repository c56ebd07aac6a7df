"""`python -m mnerbench.benchmark`: the command line."""

from mnerbench.benchmark.cli import main

main()
