"""Archives and folders of the user."""

import pytest
from archive_server import Route, pictures, tar_of, zip_of
from image_corpus import GITHUB

from mnerbench.datasets.errors import DataError, MissingInputError

ZIP = zip_of(pictures(["a"], "x"))


@pytest.mark.parametrize("kind", ["zip", "tar", "folder"])
def test_what_the_user_has_is_used_without_any_request(server, dataset, drive, tmp_path, kind):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    local = tmp_path / "have"
    members = pictures(dataset.ids, "some/where")
    if kind == "folder":
        (local / "some" / "where").mkdir(parents=True)
        for path, content in members.items():
            (local / path).write_bytes(content)
    else:
        local.write_bytes(zip_of(members) if kind == "zip" else tar_of(members))
    assert dataset.get(local=local).check.usable == frozenset(dataset.ids)
    assert (route.requests, drive.requests) == ([], 0)
    assert local.exists()


def test_a_whole_archive_of_the_users_is_known_to_be_whole(server, dataset, tmp_path):
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    (tmp_path / "have.zip").write_bytes(zip_of(pictures(dataset.ids[3:], GITHUB)))
    assert dataset.get(local=tmp_path / "have.zip").exhausted
    assert dataset.get().exhausted


@pytest.mark.parametrize("content", [b"<html><title>Quota</title>", b"", ZIP], ids=["web page", "empty", "zip"])
def test_what_the_user_has_and_is_no_use_is_named_and_kept(server, dataset, tmp_path, content):
    dataset.publish(server, "github")
    (tmp_path / "have.zip").write_bytes(content)
    with pytest.raises((DataError, MissingInputError), match=r"have\.zip: (neither a zip|contains none of the)"):
        dataset.get(local=tmp_path / "have.zip")
    assert (tmp_path / "have.zip").read_bytes() == content


def test_an_archive_saved_by_hand_is_used(server, dataset):
    dataset.publish(server, "github")
    (dataset.folder / "github.archive").write_bytes(zip_of(pictures(dataset.ids, GITHUB)))
    assert dataset.get().check.missing == ()


def test_a_saved_archive_that_is_no_use_is_named_and_kept(server, dataset, drive):
    dataset.publish(server, "github")
    saved = dataset.folder / "github.archive"
    saved.write_bytes(b"<html>")
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert f"delete the saved file {saved} to fetch it again" in done.failures[0][1]
    assert saved.read_bytes() == b"<html>"


def test_another_checksum_than_the_cards_is_refused(server, dataset, drive):
    server.routes["/github"] = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github", sha256=f'"{"0" * 64}"')
    drive.body = zip_of(pictures(dataset.ids, "x"))
    done = dataset.get()
    assert "the card says 000000" in done.failures[0][1]
    assert not (dataset.folder / "github.archive").exists()
