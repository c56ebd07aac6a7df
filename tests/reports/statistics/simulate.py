"""Prints the tables of docs/statistics.md: `python tests/reports/statistics/simulate.py --of seeds --simulations 4000`.

A rate that its simulation refutes is marked.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "shared"))

from simulated_looks import look_rates
from simulated_rates import (
    combined_rates,
    equivalence_rates,
    family_rates,
    picture_rates,
    seed_rates,
    tweet_rates,
    verdict_rates,
)
from simulated_replications import overlap_rates, rank_rates, replication_rates

GROUPS = {
    "seeds": seed_rates,
    "families": family_rates,
    "combined": combined_rates,
    "tweets": tweet_rates,
    "verdicts": verdict_rates,
    "pictures": picture_rates,
    "equivalence": equivalence_rates,
    "looks": look_rates,
    "replications": replication_rates,
    "overlap": overlap_rates,
    "ranks": rank_rates,
}


def main():
    """Print the rates as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--of", choices=GROUPS, nargs="+", default=list(GROUPS))
    parser.add_argument("--simulations", type=int, default=2_000)
    arguments = parser.parse_args()
    sys.stdout.write("| setting | what | of | share | should be |\n| --- | --- | ---: | ---: | ---: |\n")
    for rate in (rate for group in arguments.of for rate in GROUPS[group](arguments.simulations)):
        bounds = f"{rate.least:g}" if rate.least == rate.most else f"{rate.least:g} to {rate.most:g}"
        wrong = "" if rate.is_right() else " **refuted**"
        share = f"{rate.hits / rate.of:.3f}{wrong}"
        sys.stdout.write(f"| {rate.setting} | {rate.what} | {rate.of:,} | {share} | {bounds} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
