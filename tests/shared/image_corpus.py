"""A corpus whose card names archives of pictures, for tests that fetch them."""

from pathlib import Path

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.fetching.image_attempt import Listener
from mnerbench.datasets.fetching.image_fetch import get_images

GITHUB = "NERmultimodal-6de7e3f/data/ner_img"
DRIVE = '\n[[drive]]\nid = "1Abc"\nholds = "h"\npath = "images.archive"\n'


class ImageCorpus:
    """The corpus `tiny` in a data folder, with a card that names archives."""

    def __init__(self, data: Path):
        self.data, self.folder = data, data / "tiny"
        self.notes: list[str] = []
        corpus = load_corpus("tiny", data)
        self.lost = sorted(corpus.missing_images)
        self.ids = sorted(corpus.image_ids - corpus.missing_images)

    def publish(self, server, *names: str, drive: bool = True, **keys: object) -> None:
        """Add archives to the card, by the last part of their path on the server."""
        path = self.folder / "card.toml"
        for name in names:
            more = "".join(f"{key} = {value}\n" for key, value in keys.items())
            url = server.url(f"/{name}")
            rows = f'\n[[archives]]\nname = "{name}"\nurl = "{url}"\nholds = "h"\npath = "{name}.archive"\n{more}'
            path.write_text(path.read_text() + rows)
        path.write_text(path.read_text() + DRIVE * drive)

    def get(self, **options):
        listener = Listener(note=self.notes.append)
        card = load_card("tiny", self.data)
        return get_images(card, load_corpus("tiny", self.data), self.data, listener=listener, **options)
