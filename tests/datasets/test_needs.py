"""Missing inputs as data: all are reported at once, and the remedy is a command if there is one."""

from __future__ import annotations

import pickle

import pytest

from mnerbench.datasets.errors import MissingInputError, collected
from mnerbench.datasets.needs import Need, easiest, unique

BY_COMMAND = Need("no pictures", ("benchmark data get d --images", "or draw them"), "pictures of d")
BY_HAND = Need("no file t.jsonl", ("put a file there: t.jsonl",), "tags of d")
PROGRAM = Need("no program", ("apt-get install it",), "the program")


def test_an_error_says_every_need_with_every_way_and_survives_a_process():
    error = MissingInputError(BY_COMMAND, "something else", BY_HAND, BY_COMMAND)
    assert str(error) == (
        "no pictures\n  -> benchmark data get d --images\n  -> or draw them\nsomething else\n"
        "no file t.jsonl\n  -> put a file there: t.jsonl"
    )
    copied = pickle.loads(pickle.dumps(error))
    assert (copied.needs, str(copied)) == (error.needs, str(error))


def test_all_makers_are_called_and_all_their_needs_are_reported():
    def lacking(need):
        raise MissingInputError(need)

    with pytest.raises(MissingInputError) as caught:
        collected([lambda: 1, lambda: lacking(BY_HAND), lambda: lacking(PROGRAM)])
    assert caught.value.needs == (BY_HAND, PROGRAM)
    assert collected([lambda: 1, lambda: "b"]) == [1, "b"]


def test_of_two_ways_to_an_input_the_one_by_commands_is_taken_and_the_other_named():
    assert easiest([(BY_HAND,), (BY_COMMAND, PROGRAM)]) == (
        BY_COMMAND.or_by(["put a file there: t.jsonl"]),
        PROGRAM.or_by(["put a file there: t.jsonl"]),
    )
    pictures = Need("no pictures", ("draw them",), "pictures of d")
    # Pictures serve other methods too.
    assert [need.what for need in easiest([(BY_HAND,), (pictures,)])] == ["pictures of d"]
    assert easiest([(BY_HAND,)]) == (BY_HAND,)


def test_a_message_of_an_error_becomes_a_need():
    need = Need.of("bad width\n  -> choose 4\n  -> or 8", "cannot be built: ")
    assert (need.reason, need.ways) == ("cannot be built: bad width", ("choose 4", "or 8"))
    assert not need.has_command
    assert need.brief == "cannot be built: bad width\n  -> choose 4"
    assert unique([need, BY_HAND, need]) == (need, BY_HAND)
