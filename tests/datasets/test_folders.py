"""Files below a folder, where people link instead of copying."""

import pytest
from PIL import Image
from region_files import SIX, assert_equal, folder_of, line, regions, table_of

from mnerbench.datasets.folders import files_below
from mnerbench.datasets.visual.importers.regions import import_regions
from mnerbench.datasets.visual.pictures import find_pictures


def listed(folder):
    return [path.relative_to(folder).as_posix() for path in files_below(folder)]


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with files, and one that is empty, on the same disk."""
    for name in ("b.txt", "deep/a.txt"):
        path = tmp_path / "elsewhere" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "here").mkdir()
    return tmp_path / "elsewhere"


def test_linked_folders_and_files_are_entered_in_order(tmp_path, elsewhere):
    here = tmp_path / "here"
    (here / "z").symlink_to(elsewhere)
    (here / "c.txt").symlink_to(elsewhere / "b.txt")
    (here / "gone.txt").symlink_to(tmp_path / "nowhere")
    (here / "a" / "b").mkdir(parents=True)
    assert listed(here) == ["c.txt", "z/b.txt", "z/deep/a.txt"]
    assert files_below(tmp_path / "nowhere") == []


def test_loops_end_and_a_folder_with_two_ways_is_listed_once(tmp_path, elsewhere):
    here = tmp_path / "here"
    (here / "one").symlink_to(elsewhere)
    (here / "two").symlink_to(elsewhere)
    (elsewhere / "deep" / "up").symlink_to(here)
    (elsewhere / "self").symlink_to(elsewhere)
    assert listed(here) == ["one/b.txt", "one/deep/a.txt"]


def test_pictures_and_regions_in_linked_folders_are_found(tmp_path, elsewhere):
    Image.new("RGB", (2, 2)).save(elsewhere / "deep" / "p.png")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "linked").symlink_to(elsewhere)
    assert find_pictures(tmp_path / "images", ["p"]) == {"p": tmp_path / "images" / "linked" / "deep" / "p.png"}
    (tmp_path / "npz").mkdir()
    (tmp_path / "npz" / "linked").symlink_to(folder_of(elsewhere, **{"1": regions(1)}))
    assert_equal(import_regions(tmp_path / "npz", tmp_path / "stores", {"1"}), "1", regions(1))
    (tmp_path / "tsv").mkdir()
    (tmp_path / "tsv" / "linked").symlink_to(elsewhere / "deep")
    table_of(elsewhere / "deep", line("1", regions(2), SIX))
    assert_equal(import_regions(tmp_path / "tsv", tmp_path / "stores", {"1"}), "1", regions(2), labelled=False)
