"""Pictures, archives of pictures, and what is remembered of downloads."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import random

from PIL import Image

from seed_writers.saving import IMAGES, save


def pictures() -> None:
    rng = random.Random(0)
    picture = Image.frombytes("RGB", (24, 18), bytes(rng.randrange(256) for _ in range(24 * 18 * 3)))
    encoded = {}
    for name, kind, mode in [
        *(
            ("rgb.jpg", "JPEG", "RGB"),
            ("grey.jpg", "JPEG", "L"),
            ("rgba.png", "PNG", "RGBA"),
            ("indexed.png", "PNG", "P"),
        ),
        *(("frames.gif", "GIF", "P"), ("rgb.webp", "WEBP", "RGB"), ("rgb.bmp", "BMP", "RGB")),
    ]:
        stream = io.BytesIO()
        more = {"save_all": True, "append_images": [picture.rotate(90).convert(mode)]} if kind == "GIF" else {}
        picture.convert(mode).save(stream, kind, **more)
        encoded[name] = stream.getvalue()
        save("picture", name, encoded[name])
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "described"
    picture.save(stream, "JPEG", exif=exif)
    save("picture", "turned.jpg", stream.getvalue())
    archives({f"images/{image}.jpg": encoded["rgb.jpg"] for image in IMAGES[:3]} | {"readme.txt": b"x"})


def archives(members: dict[str, bytes]) -> None:
    import tarfile
    import zipfile

    for name, how in (("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED)):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", how) as packed:
            for path, content in members.items():
                packed.writestr(zipfile.ZipInfo(path), content, how)
        save("archive", name, stream.getvalue())
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as packed:
        for path, content in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    plain = stream.getvalue()
    save("archive", "plain.tar", plain)
    save("archive", "packed.tar.gz", gzip.compress(plain, mtime=0))
    save("archive", "packed.tar.xz", lzma.compress(plain))


def downloads() -> None:
    receipt = {
        "source": "a",
        "address": "http://127.0.0.1/a.zip",
        "size": 10,
        "sha256": "0" * 64,
        "pictures": 3,
        "whole": True,
    }
    receipt |= {"absent": ["T_1"], "decided": [], "undecided": [], "folder": "images"}
    save("image-receipt", "receipts.json", json.dumps([receipt]))
    version = {"url": "http://127.0.0.1/a.zip", "etag": '"1"', "modified": "Thu, 01 Jan 1970 00:00:00 GMT", "size": 10}
    save("partial-download", "version.json", json.dumps(version))
