"""Selection of the wanted pictures from an archive in which several files may have the same name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mnerbench.datasets.fetching.archive_members import Member
from mnerbench.datasets.textfile import image_key


@dataclass(frozen=True)
class Choice:
    """The selected members of an archive, in the archive's order; see `Unpacked` for the other attributes."""

    members: Sequence[Member]
    decided: tuple[str, ...]
    undecided: tuple[str, ...]
    folder: str


def choose_pictures(pictures: Sequence[Member], image_ids: Collection[str], present: Collection[str] = ()) -> Choice:
    """Select one member per wanted picture that is not present yet.

    Among members of the same name, the one in the folder with the most wanted pictures is preferred, then the one in
    the shallowest folder. If several rank equally, one is selected only if all of them have the same content.

    Args:
        pictures: members with the extension of a picture.
        image_ids: the wanted pictures, without extension.
        present: ids of pictures that exist already. They still count for their folders, so that an interrupted call
            resumes with the same choice.
    """
    candidates: defaultdict[str, list[int]] = defaultdict(list)
    for index, member in enumerate(pictures):
        if (image := image_key(member.name)) in image_ids:
            candidates[image].append(index)
    hits = Counter(pictures[index].folder for indices in candidates.values() for index in indices)
    selected, decided, undecided = [], [], []
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
        selected.append(ranked[0])
    preferred = max(hits, key=lambda folder: (hits[folder], -folder.count("/")), default="")
    return Choice([pictures[index] for index in sorted(selected)], tuple(decided), tuple(undecided), preferred)


def _rank(member: Member, hits: Mapping[str, int]) -> tuple[int, int]:
    """The rank of a member; lower is better."""
    return -hits[member.folder], member.path.count("/")


def _same(first: Member, second: Member) -> bool:
    """Whether two members have the same content according to the archive's directory."""
    return (first.size, first.checksum) == (second.size, second.checksum)
