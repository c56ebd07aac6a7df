"""`python tests/perf`: times the harness itself; see `harness_perf/command.py`."""

from harness_perf.command import command

if __name__ == "__main__":
    command()
