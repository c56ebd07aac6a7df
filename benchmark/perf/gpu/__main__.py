"""`python -m mnerbench.benchmark.perf.gpu`: all checks and timings that need a GPU, in under eight minutes."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mnerbench.benchmark.execution.signals import STOPPING
from mnerbench.benchmark.perf.gpu.parts import MATERIALS, PARTS
from mnerbench.benchmark.perf.gpu.report import PartReport
from mnerbench.benchmark.perf.gpu.runner import Runner
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.perf.gpu.table import part_line, table
from mnerbench.benchmark.resources.device import check_device
from mnerbench.datasets.errors import ConfigError, MissingInputError, MnerbenchError
from mnerbench.datasets.untrusted.display import bounded

_FAILED, _INVALID_INPUT, _INTERRUPTED = 1, 2, 130


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m mnerbench.benchmark.perf.gpu",
        description="Check and time everything on a GPU. Exit code 1: a part failed; 2: the input is wrong.",
    )
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), metavar="FILE", help="JSON file [gpu.json]")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, ...; cpu to rehearse [cuda]")
    parser.add_argument("--tiny", action="store_true", help="minimal sizes, to rehearse")
    parser.add_argument("--encoder", type=Path, metavar="DIR", help="a BERT-base folder [random weights]")
    parser.add_argument("--data", type=Path, metavar="DIR", help="with twitter15/train.txt ... [synthetic tweets]")
    parser.add_argument("--only", action="append", choices=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--minutes", type=float, help="time limit for all parts [7.7 on a GPU, 600 on a CPU]")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run all selected parts, print the table and write the JSON file; returns the exit code."""
    arguments = _arguments(argv)
    try:
        _check(arguments)
    except MnerbenchError as error:
        sys.stderr.write(f"{bounded(error)}\n")
        return _INVALID_INPUT
    for number in STOPPING:  # sent by a scheduler at its time limit and by a closing terminal
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    selected = [name for name in PARTS if not arguments.only or name in {*arguments.only, MATERIALS}]
    default = 7.7 if arguments.device != "cpu" else 600.0
    seconds = 60 * (default if arguments.minutes is None else arguments.minutes)
    with tempfile.TemporaryDirectory(prefix="mnerbench-gpu-", ignore_cleanup_errors=True) as folder:
        data, encoder = (path and path.resolve() for path in (arguments.data, arguments.encoder))
        setting = Setting(arguments.device, arguments.tiny, Path(folder), data, encoder)
        runner = Runner(setting, selected, seconds, arguments.out, _print_part)
        interrupted = False
        try:
            runner.run()
        except KeyboardInterrupt:
            interrupted = True
        except MnerbenchError as error:
            sys.stderr.write(f"{bounded(error)}\n")
            return _INVALID_INPUT
    sys.stdout.write(table(runner.report))
    if interrupted:
        return _INTERRUPTED
    return _FAILED if runner.report.failed else 0


def _check(arguments: argparse.Namespace) -> None:
    """Check the arguments before anything is started.

    Raises:
        ConfigError: the device is invalid or missing, or the time limit is not positive.
        MissingInputError: a folder lacks its files.
    """
    if arguments.device == "auto" or (arguments.minutes is not None and arguments.minutes <= 0):
        flag = "--device auto" if arguments.device == "auto" else f"--minutes {arguments.minutes:g}"
        raise ConfigError(
            f"{flag}: name a device, and a positive time limit\n  -> --device cuda, or --device cpu --tiny"
        )
    try:
        check_device(arguments.device)
    except ConfigError as error:
        raise ConfigError(
            f"{str(error).partition(chr(10))[0]}\n  -> --device cpu --tiny rehearses without one"
        ) from None
    for flag, folder, needed in (
        ("--encoder", arguments.encoder, "config.json"),
        ("--data", arguments.data, "twitter15/train.txt"),
    ):
        if folder is not None and not (folder / needed).is_file():
            raise MissingInputError(f"{flag} {folder}: contains no {needed}\n  -> omit {flag} to use generated files")


def _print_part(part: PartReport) -> None:
    sys.stderr.write(part_line(part) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
