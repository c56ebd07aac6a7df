"""Which sources of pictures are tried, in which order, and what is not fetched again."""

import pytest
from archive_server import Route, jpeg, pictures, tar_of, zip_of
from image_corpus import GITHUB


@pytest.mark.parametrize("pack", [zip_of, tar_of, lambda members: tar_of(members, "w")])
def test_a_repository_archive_gives_what_tweets_name_and_nothing_else(server, dataset, pack):
    extra = {f"{GITHUB}/0.jpg": jpeg(0), "NERmultimodal-6de7e3f/README.md": b"text", f"{GITHUB}/../../x.jpg": jpeg(1)}
    lost = pictures(dataset.lost, GITHUB)
    server.routes["/github"] = Route(pack(pictures(dataset.ids, GITHUB) | lost | extra))
    dataset.publish(server, "github", pictures=len(dataset.ids) + 2)
    done = dataset.get()
    assert done.check.usable == frozenset(dataset.ids)
    assert (done.check.missing, done.check.unusable, done.failures) == ((), {}, [])
    assert list(done.check.lost) == dataset.lost
    assert sorted(path.stem for path in (dataset.folder / "images").iterdir()) == dataset.ids
    assert sorted(path.name for path in dataset.data.iterdir()) == ["tiny"]


def test_the_second_call_asks_nobody_and_says_what_is_there(server, dataset):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids, GITHUB)))
    dataset.publish(server, "github")
    first = dataset.get()
    times = {path: path.stat().st_mtime_ns for path in (dataset.folder / "images").iterdir()}
    (dataset.folder / "github.archive").unlink()
    dataset.notes.clear()
    second = dataset.get()
    assert second.check == first.check
    assert (second.unpacked, dataset.notes, len(route.requests)) == ([], [], 1)
    assert {path: path.stat().st_mtime_ns for path in (dataset.folder / "images").iterdir()} == times


def test_a_whole_archive_that_lacks_some_is_not_fetched_again_for_them(server, dataset, drive):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids[3:], GITHUB)))
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    for _ in range(2):
        done = dataset.get()
        assert list(done.check.missing) == dataset.ids[:3]
        assert (done.exhausted, done.unread) == (True, ["drive"])
        (dataset.folder / "github.archive").unlink(missing_ok=True)
    assert (len(route.requests), drive.requests) == (1, 0)


def test_the_other_source_is_asked_for_the_rest_when_it_is_named(server, dataset, drive):
    server.routes["/github"] = Route(zip_of(pictures(dataset.ids[3:], GITHUB)))
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    dataset.get()
    drive.body = zip_of(pictures(dataset.ids, "IJCAI2019_data/twitter2015_images"))
    done = dataset.get(source_name="drive")
    assert (done.check.missing, [unpacked.written for _, unpacked in done.unpacked]) == ((), [3])


def test_a_picture_that_was_deleted_comes_back_from_the_kept_archive(server, dataset):
    server.routes["/github"] = route = Route(zip_of(pictures(dataset.ids[3:], GITHUB)))
    dataset.publish(server, "github", pictures=len(dataset.ids) - 3)
    dataset.get()
    (dataset.folder / "images" / f"{dataset.ids[9]}.jpg").unlink()
    assert list(dataset.get().check.missing) == dataset.ids[:3]
    assert len(route.requests) == 1


def test_an_archive_of_unknown_size_that_lacks_some_is_followed_by_the_next_source(server, dataset, drive):
    server.routes["/autogluon"] = Route(zip_of(pictures(dataset.ids[5:], "multimodal_ner/twitter2017_images")))
    dataset.publish(server, "autogluon")
    drive.body = tar_of(pictures(dataset.ids[:6], "x"))
    done = dataset.get()
    assert [(name, unpacked.written) for name, unpacked in done.unpacked] == [
        ("autogluon", len(dataset.ids) - 5),
        ("drive", 5),
    ]
    assert done.check.missing == ()


def test_what_no_source_has_is_missing_and_asked_for_once(server, dataset, drive):
    server.routes["/autogluon"] = route = Route(zip_of(pictures(dataset.ids[5:], "x")))
    dataset.publish(server, "autogluon")
    drive.body = zip_of(pictures(dataset.ids[5:], "x"))
    for _ in range(2):
        done = dataset.get()
        assert (list(done.check.missing), done.exhausted, done.unread) == (dataset.ids[:5], False, [])
    assert (len(route.requests), drive.requests) == (1, 1)
