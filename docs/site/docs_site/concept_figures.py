"""The figures of docs/concepts.md, from the project's own data.

`python docs/site --figures` writes them into docs/concepts/, from the generator of probes, docs/probes.md, and the run
in docs/concepts/run.json.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from docs_site.markdown import named, tables
from docs_site.svg import BLUE, GREEN, GREY, ORANGE, arrow, box, figure, label, wrapped
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import ProbeSettings
from mnerbench.datasets.probes.ceilings import ceiling
from mnerbench.datasets.probes.generator import ProbeTweet, generate
from mnerbench.datasets.probes.png import png_bytes
from mnerbench.datasets.probes.source_outputs import picture_of

WIDTH = 440.0
# In an image element a figure cannot take the colour of the page, so that a code host's dark pages need this one.
_COLOURS = (
    "<style>#{name} {{ color: #1f2328 }} @media (prefers-color-scheme: dark) {{ #{name} {{ color: #e6edf3 }} }}</style>"
)


def figures(root: Path) -> dict[str, str]:
    """All figures by file name.

    Args:
        root: the repository.
    """
    run = json.loads((root / "docs" / "concepts" / "run.json").read_text(encoding="utf-8"))
    makers: Mapping[str, Callable[[], str]] = {
        "view": _view,
        "probe": _probe,
        "ceiling": lambda: _ceiling((root / "docs" / "probes.md").read_text(encoding="utf-8")),
        "protocol": lambda: _protocol(run),
        "identity": lambda: _identity(run["spec"]),
    }
    return {f"{name}.svg": _standalone(f"concept-{name}", make()) for name, make in makers.items()}


def _standalone(name: str, svg: str) -> str:
    first, rest = svg.split("\n", 1)
    return f"{first}\n{_COLOURS.format(name=name)}\n{rest}\n"


def _settings() -> ProbeSettings:
    settings = load_card("probe-object").probe
    assert settings is not None
    return settings


def _tweets() -> list[ProbeTweet]:
    """Short test tweets whose picture decides an ambiguous name."""
    tweets = generate(_settings()).splits["test"]
    return [tweet for tweet in tweets if tweet.ambiguous and tweet.picture.related and len(tweet.example.words) < 9]


def _picture(tweet: ProbeTweet, x: float, y: float) -> str:
    # Unscaled: its bytes are the same on any machine.
    image = picture_of(_settings(), "test", tweet).image
    return _image(b64encode(png_bytes(image)).decode(), x, y)


def _image(data: str, x: float, y: float) -> str:
    return f'<image x="{x:g}" y="{y:g}" width="84" height="84" href="data:image/png;base64,{data}"/>'


def _view() -> str:
    """One tweet in the four views."""
    own = _tweets()[0]
    other = next(tweet for tweet in _tweets() if tweet.picture.type != own.picture.type)
    name = own.ambiguous
    assert name is not None
    parts = [label(WIDTH / 2, 18, " ".join(own.example.words))]
    truth = f"{' '.join(own.example.words[name.start : name.end])}: {name.type}"
    parts.append(label(WIDTH / 2, 36, truth, bold=True))
    views: tuple[tuple[str, str, Callable[[float], str]], ...] = (
        ("it", "its own picture", lambda x: _picture(own, x, 50)),
        ("t", "no picture", lambda x: box(x, 50, 84, 84, GREY, dashed=True)),
        ("it-shuffled", "another tweet's", lambda x: _picture(other, x, 50)),
        ("it-blank", "a grey picture", lambda x: f'<rect x="{x:g}" y="50" width="84" height="84" fill="#808080"/>'),
    )
    for index, (view, what, draw) in enumerate(views):
        x = 13 + 110 * index
        parts += [draw(x), label(x + 42, 154, view, bold=True), label(x + 42, 171, what, small=True)]
    return figure("concept-view", "One tweet in the views it, t, it-shuffled and it-blank", (WIDTH, 180), parts)


def _probe() -> str:
    """Two tweets with the same name, whose pictures decide for different types."""
    first, second = _same_name()
    parts = []
    for index, tweet in enumerate((first, second)):
        y = 6 + 98 * index
        name = tweet.ambiguous
        assert name is not None
        parts.append(_picture(tweet, 10, y))
        for line, content in enumerate(wrapped(" ".join(tweet.example.words), 230)):
            parts.append(label(110, y + 30 + 17 * line, content, anchor="start"))
        parts += [arrow(348, y + 42, 376, y + 42), label(406, y + 46, name.type, bold=True)]
        parts.append(label(110, y + 76, f"ambiguous: {' '.join(name.name.words)}", anchor="start", small=True))
    return figure("concept-probe", "The same name with two types, which only the pictures tell", (WIDTH, 200), parts)


def _same_name() -> tuple[ProbeTweet, ProbeTweet]:
    tweets = [(tweet, tweet.ambiguous) for tweet in _tweets() if tweet.ambiguous]
    for first, name in tweets:
        for second, other in tweets:
            if name.name == other.name and name.type != other.type:
                return first, second
    raise ValueError("no two short tweets of probe-object have one ambiguous name with two types")


def _ceiling(probes_page: str) -> str:
    """Scores of methods between the ceiling of the text and that of text and picture."""
    probe = generate(_settings())
    text, both = (100 * ceiling(probe, "test", kinds).expected for kinds in ((), (InputKind.GRID,)))
    scores = {
        named(row[0])[0]: float(row[1].split(" ")[0])
        for table in tables(probes_page)
        if "own picture" in table.header
        for row in table.rows
        if row[0] in {"`bert-cm`", "`bert-cam`", "`visualbert-tam`"}
    }
    scale = 300 / 40
    parts = []
    for value, what in ((text, "text alone"), (both, "text and picture")):
        x = 110 + (value - 60) * scale
        parts.append(
            f'<line x1="{x:g}" y1="34" x2="{x:g}" y2="132" stroke="{ORANGE}" stroke-width="2" stroke-dasharray="5 3"/>'
        )
        parts += [label(x, 14, what, small=True), label(x, 28, f"{value:.2f}", bold=True)]
    for index, (method, f1) in enumerate(sorted(scores.items(), key=lambda item: item[1])):
        y = 42 + 30 * index
        parts.append(f'<rect x="110" y="{y:g}" width="{(f1 - 60) * scale:g}" height="18" rx="2" fill="{BLUE}"/>')
        parts += [label(102, y + 13, method, anchor="end"), label(106 + 320, y + 13, f"{f1:.2f}", anchor="end")]
    parts += [label(110, 150, "60", small=True), label(410, 150, "100 F1", small=True)]
    title = "F1 of three methods on probe-object, and the ceilings of the text and of text and picture"
    return figure("concept-ceiling", title, (WIDTH, 156), parts)


def _protocol(run: Mapping[str, Any]) -> str:
    """The dev curve of a run, the epoch that dev picks, and the one score on test."""
    curve, best = run["dev_f1"], run["best_epoch"]
    points = [(40 + 40 * index, 150 - (value - 40) * 2.4) for index, value in enumerate(curve, start=1)]
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    parts = [f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="2"/>']
    for epoch, (x, y) in enumerate(points, start=1):
        picked = epoch == best
        parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{5 if picked else 3}" fill="{GREEN if picked else BLUE}"/>')
        parts.append(label(x, 172, str(epoch), small=True))
    x, y = points[best - 1]
    parts += [label(x, y - 12, f"dev {curve[best - 1]:.2f}: picked", bold=True), label(200, 190, "epoch", small=True)]
    parts += [arrow(x + 8, y, 366, y), box(370, y - 18, 66, 36, GREEN)]
    parts += [label(403, y - 3, "test, once", small=True), label(403, y + 12, f"{run['test_f1']:.2f}", bold=True)]
    parts.append(label(8, 30, "dev F1", anchor="start", small=True))
    return figure("concept-protocol", "Dev F1 by epoch; the best epoch is scored on test once", (WIDTH, 196), parts)


def _identity(spec: Mapping[str, Any]) -> str:
    """What changes the identity of a run, and what does not."""
    original = RunSpec.model_validate_json(json.dumps(spec))
    other_seed = RunSpec.model_validate_json(json.dumps({**spec, "seed": 1}))
    other_config = RunSpec.model_validate_json(json.dumps({**spec, "config": {**spec["config"], "dropout": 0.2}}))
    rows = (
        ("bert-grid, probe-object, seed 0", original, GREEN),
        ("the same in another folder, on another machine", original, GREEN),
        ("seed 1", other_seed, BLUE),
        ("dropout 0.2", other_config, ORANGE),
    )
    parts = []
    for index, (what, item, colour) in enumerate(rows):
        y = 4 + 40 * index
        parts += [label(4, y + 21, what, anchor="start"), box(300, y, 136, 32, colour)]
        parts.append(
            f'<text x="368" y="{y + 20:g}" text-anchor="middle" font-family="monospace">{item.identity}</text>'
        )
    return figure("concept-identity", "The identities of four runs; the first two are one run", (WIDTH, 162), parts)
