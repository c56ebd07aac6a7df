"""Which files of an archive are the wanted pictures, where several have one name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mnerbench.datasets.fetching.archive_members import Member
from mnerbench.datasets.textfile import image_key


@dataclass(frozen=True)
class Choice:
    """Which members of an archive are the wanted pictures, in the archive's order; see `Unpacked` for the rest."""

    members: Sequence[Member]
    decided: tuple[str, ...]
    undecided: tuple[str, ...]
    folder: str


def choose_pictures(pictures: Sequence[Member], wanted: Collection[str], present: Collection[str] = ()) -> Choice:
    """One member per wanted picture that is not there yet.

    Of several members with one name it is that in the folder with most wanted pictures, then the shallowest. Of several
    that are equally good one is taken only when they are the same picture.

    Args:
        pictures: members that are pictures by their extension.
        wanted: image ids without extension.
        present: those that are there. They still count for their folders, so that an interrupted call goes on with the
            same choice.
    """
    candidates: defaultdict[str, list[int]] = defaultdict(list)
    for index, member in enumerate(pictures):
        if (image := image_key(member.name)) in wanted:
            candidates[image].append(index)
    hits = Counter(pictures[index].folder for indices in candidates.values() for index in indices)
    chosen, decided, undecided = [], [], []
    for image, indices in candidates.items():
        if image in present:
            continue
        ranked = sorted(indices, key=lambda index: (*_rank(pictures[index], hits), index))
        best = pictures[ranked[0]]
        others = [pictures[index] for index in ranked[1:] if not _same(pictures[index], best)]
        if others and _rank(others[0], hits) == _rank(best, hits):
            undecided.append(image)
            continue
        if others:
            decided.append(image)
        chosen.append(ranked[0])
    most = max(hits, key=lambda folder: (hits[folder], -folder.count("/")), default="")
    return Choice([pictures[index] for index in sorted(chosen)], tuple(decided), tuple(undecided), most)


def _rank(member: Member, hits: Mapping[str, int]) -> tuple[int, int]:
    """Lower is better."""
    return -hits[member.folder], member.path.count("/")


def _same(first: Member, second: Member) -> bool:
    """Whether two members have the same content, as far as the archive says it."""
    return (first.size, first.checksum) == (second.size, second.checksum)
