"""`python tests/fuzz --inputs N`: the long run; see `fuzzer/command.py`."""

from fuzzer.command import command

if __name__ == "__main__":
    command()
