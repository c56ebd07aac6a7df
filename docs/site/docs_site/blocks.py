"""The block diagram of a method (inputs, encoders, fusion, head), from its card and the imports of its model."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docs_site.svg import BLUE, GREEN, GREY, ORANGE, arrow, box, figure, label, wrapped
from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.choices import Decoder, TextSource
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.registry import Entry
from mnerbench.methods.source_files import locate

WIDTH, GAP, GUTTER, LINE = 440.0, 26.0, 12.0, 16.0
_KINDS = {
    InputKind.GLOBAL: "picture: one vector",
    InputKind.GRID: "picture: grid of cells",
    InputKind.REGIONS: "picture: regions",
    InputKind.TAGS: "names of objects",
    InputKind.CAPTIONS: "captions",
    InputKind.OCR: "text in the picture",
    InputKind.TEXT: "further text",
    InputKind.PICTURE: "the picture itself",
}
_HEADS = {
    Decoder.CRF: "linear layer, CRF",
    Decoder.SOFTMAX: "linear layer, softmax per word",
    Decoder.SPANS: "scores of spans",
}
# Layers of every method's head, which the last box names.
_HEAD_MODULES = frozenset({"head", "output"})


@dataclass(frozen=True)
class Block:
    """A box of the diagram.

    Attributes:
        title: its first line, in bold.
        colour: of border and filling.
        lines: below the title.
        span: number of columns; each input has one.
    """

    title: str
    colour: str
    lines: tuple[str, ...] = ()
    span: int = 1


def diagram(entry: Entry) -> str:
    """The diagram of a variant, as SVG."""
    rows = _rows(entry)
    column = (WIDTH - 8 + GUTTER) / len(rows[0])
    parts: list[str] = []
    top = 4.0
    above: list[float] = []
    for row in rows:
        lefts = [4 + column * sum(block.span for block in row[:index]) for index in range(len(row))]
        widths = [column * block.span - GUTTER for block in row]
        texts = [_lines(block, width - 16) for block, width in zip(row, widths, strict=True)]
        height = 16 + LINE * max(map(len, texts))
        below = [left + width / 2 for left, width in zip(lefts, widths, strict=True)]
        # Rows below have at most as many boxes, each under the boxes that it reads.
        parts += [arrow(x, top - GAP + 2, x, top - 2) for x in above]
        for block, left, width, lines in zip(row, lefts, widths, texts, strict=True):
            parts.append(box(left, top, width, height, block.colour))
            parts += _centred(lines, left + width / 2, top + height / 2)
        top, above = top + height + GAP, below
    return figure(f"blocks-{_slug(entry.name)}", f"Blocks of {entry.name}", (WIDTH, top - GAP + 4), parts)


def _lines(block: Block, width: float) -> list[tuple[str, bool]]:
    """Lines that fit into a box, and whether each is bold."""
    title = [(line, True) for line in wrapped(block.title, width / 1.06)]
    return title + [(line, False) for content in block.lines for line in wrapped(content, width)]


def _centred(lines: Sequence[tuple[str, bool]], x: float, y: float) -> list[str]:
    first = y - LINE * len(lines) / 2 + 12
    return [label(x, first + LINE * index, line, bold=bold) for index, (line, bold) in enumerate(lines)]


def _rows(entry: Entry) -> list[list[Block]]:
    config = entry.configure({})
    texts = [kind for kind in config.inputs if kind.is_text]
    pictures = [kind for kind in config.inputs if not kind.is_text]
    inputs = [Block("words of the tweet", BLUE), *(Block(_KINDS[kind], BLUE) for kind in texts)]
    inputs += [Block("word vectors of a file", BLUE)] * config.reads_word_vectors
    inputs += [Block(_KINDS[kind], ORANGE) for kind in pictures]
    everything = len(inputs)
    if entry.family.is_count_based:
        return [inputs, [Block(entry.name, GREEN, (entry.variant.summary,))], [Block("labels of words", GREY)]]
    if entry.family.is_prompted:
        asked = Block("language model", GREEN, ("on a server, not trained",), everything)
        prompt = Block("prompt", BLUE, ("types, examples, the tweet",), everything)
        return [inputs, [prompt], [asked], [Block("answer in JSON, put on words", GREY, span=everything)]]
    encoders = [_text_encoder(config, texts)]
    encoders += [Block("looked up, fixed", BLUE)] * config.reads_word_vectors
    if pictures:
        encoders.append(_picture_encoder(entry, pictures))
    rows = [inputs, encoders]
    if config.inputs or config.reads_word_vectors:
        layers = own_layers(entry)
        built = (f"built from: {', '.join(layers)}",) if layers else ()
        rows.append([Block(f"fusion in {entry.name}", GREEN, (entry.variant.summary, *built), everything)])
    decoder = getattr(config, "decoder", Decoder.CRF)
    return [*rows, [Block(_HEADS[decoder], GREY, span=everything)], [Block("entities", GREY, span=everything)]]


def _text_encoder(config: MethodConfig, texts: Sequence[InputKind]) -> Block:
    characters = " and characters" if config.reads_characters else ""
    source = "text encoder" if config.text_source is TextSource.ENCODER else "word vectors, LSTM"
    behind = ("reads these texts after the tweet",) if texts and reads_as_context(config) else ()
    return Block(f"{source}{characters}", BLUE, behind, 1 + len(texts))


def _picture_encoder(entry: Entry, kinds: Sequence[InputKind]) -> Block:
    names = sorted({source for kind, source in entry.variant.sources.items() if kind in kinds})
    lines = ("computed once per picture", *names)
    return Block("picture network, frozen", ORANGE, lines, len(kinds))


def reads_as_context(config: MethodConfig) -> bool:
    """Whether texts about the picture follow the tweet in the encoder's input."""
    return type(config).context_texts is not MethodConfig.context_texts


def own_layers(entry: Entry) -> list[str]:
    """The layers that the module of a method imports, as words: `TransformerLayer` is `transformer layer`."""
    module = entry.family.target.partition(":")[0]
    location = locate(module)
    if location is None or location.file is None:
        return []
    return layers_of_source(Path(location.file).read_text(encoding="utf-8"), module.rpartition(".")[0])


def layers_of_source(source: str, package: str) -> list[str]:
    """The classes imported from shared layers and from other modules of the method's own package."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        folder, _, name = node.module.rpartition(".")
        shared = ".methods.layers" in f".{folder}" and name not in _HEAD_MODULES
        own = folder == package != "mnerbench.methods" and name != "card"
        if shared or own:
            names += [alias.name for alias in node.names if re.match(r"[A-Z]+[a-z]", alias.name)]
    return [_words(name) for name in names]


def _words(name: str) -> str:
    """`SpanHead` as `span head`, `CLIPLayers` as `CLIP layers`."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", name)
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
