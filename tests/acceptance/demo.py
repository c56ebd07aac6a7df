"""What the demo has to show, from `benchmark report --suite demo --format json`; run by `.ci/run` after the demo.

python tests/acceptance/demo.py demo.json
"""

import json
import sys
from pathlib import Path

# The method that reads what carries the evidence, and the least share of the headroom it has to reach.
READERS = {
    "probe-object": ("ita-la", 0.7),
    "probe-relation": ("bert-grid", 0.1),
    "probe-scene-text": ("ita-oca", 0.7),
    "probe-scene": ("bert-grid", 0.6),
    "probe-caption": ("ita-ga", 0.7),
}


def main(path):
    """Print every check; exit with 1 when one fails."""
    report = json.loads(Path(path).read_text())
    tables = {table["conditions"]["dataset"]: table for table in report["tables"]}
    checks = [(f"{name} is there", name in tables) for name in (*READERS, "probe-mixed")]
    for name, table in tables.items():
        checks += [(f"{name}: {text}", False) for text in table["warnings"] if "leaks" in text]
        rows = {(row["method"], row["view"]): row for row in table["rows"]}
        text = rows["bert-crf", "t"]
        low, high = interval(text["text_ceiling"])
        checks.append(
            (f"{name}: bert-crf {text['f1']['mean']:.4f} in [{low:.4f}, {high:.4f}]", inside(text, low, high))
        )
        if name in READERS:
            method, least = READERS[name]
            share = rows[method, "it"]["headroom"]
            checks.append((f"{name}: {method} reaches {share:.2f} of the headroom, at least {least}", share >= least))
            wrong = rows[method, "it-shuffled"]["f1"]["mean"]
            checks.append((f"{name}: {method} with wrong pictures {wrong:.4f} is not above {high:.4f}", wrong <= high))
    for what, holds in checks:
        sys.stdout.write(f"{'ok    ' if holds else 'FAILED'} {what}\n")
    return 0 if all(holds for _, holds in checks) else 1


def interval(ceiling):
    """95 % interval of what the best text-only predictor scores on the split."""
    return ceiling["realised"] - 1.96 * ceiling["error"], ceiling["realised"] + 1.96 * ceiling["error"]


def inside(row, low, high):
    return low <= row["f1"]["mean"] <= high


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
