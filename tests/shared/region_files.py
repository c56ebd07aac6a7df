"""Files of regions in published formats, for tests, and the expected result of importing them."""

import base64
import io

import numpy as np

SIZE = (640, 480)
SIX = ("image_id", "image_w", "image_h", "num_boxes", "boxes", "features")
TEN = (
    *("img_id", "img_h", "img_w", "objects_id", "objects_conf", "attrs_id", "attrs_conf"),
    *("num_boxes", "boxes", "features"),
)


def regions(seed=0, count=3, width=8):
    """Random regions with the keys of the npz release."""
    random = np.random.default_rng(seed)
    corners = np.sort(random.uniform(0, 460, (count, 2, 2)), axis=1) + np.float32([[0, 0], [5, 5]])
    return {
        "x": random.normal(size=(count, width)).astype(np.float32),
        "bbox": corners.reshape(count, 4).astype(np.float32),
        "num_bbox": count,
        "image_w": SIZE[0],
        "image_h": SIZE[1],
        "objects_id": random.integers(0, 5, count),
        "objects_conf": random.uniform(0, 1, count).astype(np.float32),
        "attrs_id": random.integers(0, 5, count),
        "attrs_conf": random.uniform(0, 1, count).astype(np.float32),
    }


def by_score(values):
    """The order of imported regions: by falling score, ties in file order."""
    return sorted(range(len(values["x"])), key=lambda index: -values["objects_conf"][index])


def npz(values, *, compressed=True):
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **values)
    return stream.getvalue()


def line(image, values, layout):
    def packed(name, dtype):
        return base64.b64encode(np.asarray(values[name]).astype(dtype).tobytes()).decode()

    texts = {
        "image_id": image,
        "img_id": image,
        "num_boxes": values["num_bbox"],
        **dict.fromkeys(("image_w", "img_w"), values["image_w"]),
        **dict.fromkeys(("image_h", "img_h"), values["image_h"]),
        "boxes": packed("bbox", "<f4"),
        "features": packed("x", "<f4"),
        **{name: packed(name, "<i8") for name in ("objects_id", "attrs_id")},
        **{name: packed(name, "<f4") for name in ("objects_conf", "attrs_conf")},
    }
    return "\t".join(str(texts[name]) for name in layout) + "\r\n"


def folder_of(tmp_path, **files):
    source = tmp_path / "regions"
    source.mkdir(exist_ok=True)
    for name, content in files.items():
        (source / f"{name}.npz").write_bytes(content if isinstance(content, bytes) else npz(content))
    return source


def table_of(tmp_path, *lines, name="regions.tsv"):
    path = tmp_path / name
    path.write_bytes("".join(lines).encode())
    return path


def assert_equal(imported, image, values, labelled=True):
    def array(name):
        return imported.store.array(imported.keys[image], name)

    order = by_score(values) if labelled else slice(None)
    np.testing.assert_array_equal(array("features"), values["x"].astype(imported.store.fields[-1].dtype)[order])
    np.testing.assert_array_equal(array("boxes"), values["bbox"][order])
    np.testing.assert_array_equal(array("labels"), values["objects_id"][order] if labelled else -1)
    np.testing.assert_array_equal(array("scores"), values["objects_conf"][order] if labelled else 1)
    assert imported.store.facts(imported.keys[image])["size"] == [values["image_w"], values["image_h"]]
