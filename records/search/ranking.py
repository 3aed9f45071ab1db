"""How well a name fits what was typed; smaller is better."""

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from records.search import names, pinyin
from records.search.folding import fold
from records.search.index import Name

FAR = 99
_WORDS = re.compile(r"\w+").findall


class Hit(NamedTuple):
    """A name found: how (``kind``), of which company, with which facets, and its rank among the hits of a search."""

    rank: tuple
    company_id: int
    kind: str
    text: str
    facets: str


def held(found: Name, pieces: Sequence[str], whole: str, typed: str) -> Hit:
    """A name that holds everything typed: whole, but for legal form, but for region, by its brand word, anywhere.

    ``whole`` is the pieces joined, ``typed`` that without its legal form.
    """
    company_id, kind, text, folded, start, standing, facets = found
    first = pieces[0]
    positions = [folded.find(piece) for piece in pieces]
    # Only a name that begins so can be the text typed but for its legal form.
    core = names.core(folded) if folded.startswith(typed[:4], start) or folded.startswith(typed[:4]) else folded
    if folded == whole:
        rank = (0,)
    elif core == typed:
        rank = (1, whole not in folded, abs(len(folded) - len(whole)))
    elif kind == "english" and whole.isascii() and not _of_words(text, pieces, positions):
        # Who typed pinyin meant the names that are spoken so, not an accident in the middle of English words.
        rank = (5,)
    else:
        branded = folded.startswith(first, start)
        leads = branded or folded.startswith(first)
        at = (start if branded else positions[0]) + len(first)
        named = core[start:] == typed
        rank = (2, 0 if leads and not standing else 1, not leads, not (named or names.ends_brand(folded, at)), not named, standing)
    return Hit(
        (*rank, kind != "current", positions != sorted(positions), len(folded), positions[0]), company_id, kind, text, facets
    )


def _of_words(text: str, pieces: Sequence[str], positions: Sequence[int]) -> bool:
    """Whether every piece begins with a word of an English name and ends with one, where it stands in the folded name."""
    ends = list(itertools.accumulate(len(fold(word)) for word in _WORDS(text)))
    starts = {0, *ends}
    return all(at in starts and at + len(piece) in ends for piece, at in zip(pieces, positions, strict=True))


def runs(units: Sequence[str], typed: Sequence[str]) -> tuple[int, int]:
    """In how few unbroken runs the units typed stand in this order in a name, and where the first may stand; FAR if not.

    >>> runs("杭州钢铁股份", "杭钢股份")
    (3, 0)
    """
    best = {at: (1, at) for at, unit in enumerate(units) if unit == typed[0]}
    for wanted in typed[1:]:
        now = {}
        for at in [at for at, unit in enumerate(units) if unit == wanted]:
            ways = [(broken + (place < at - 1), first) for place, (broken, first) in best.items() if place < at]
            if ways:
                now[at] = min(ways)
        best = now
    return min(best.values(), default=(FAR, FAR))


def standing_in_order(typed: Iterable[str]) -> Callable[[str], object]:
    """A question to a text: whether these characters stand in it in this order, perhaps with others between them."""
    return re.compile(".*".join(map(re.escape, typed))).search


def in_order(found: Name, typed: Sequence[str], units: Sequence[str], kind: str, first: int) -> Hit | None:
    """A name in which the units typed stand in order, ``first`` being the class of its rank; None for another name."""
    broken, at = runs(units, typed)
    if broken >= FAR:
        return None
    anchored = at in (0, found.start)
    rank = (first, not anchored, found.standing > 0, broken, len(found.folded), at)
    return Hit(rank, found.company_id, kind, found.text, found.facets)


def sounding(found: Name, letters: str, *, initials: bool, begun: bool = False) -> Hit | None:
    """A name whose pinyin (or initials) begins with ``letters`` at its start or at its brand word.

    The last syllable may be only ``begun``, as while somebody is typing.
    """
    folded, start = found.folded, found.start
    spoken = names.spoken(folded)
    first = pinyin.initials(spoken)
    if letters[0] not in (first[:1], first[start : start + 1]):
        return None
    read = list(first) if initials else pinyin.syllables(spoken)
    for at in dict.fromkeys((start, 0)):
        used, spelled = at, ""
        while used < len(read) and len(spelled) < len(letters):
            spelled += read[used]
            used += 1
        if spelled == letters or (begun and spelled.startswith(letters)):
            word = names.ends_brand(folded, used)
            only_region = used <= start
            rank = (3, only_region, found.standing, not word, at != start, len(folded))
            return Hit(rank, found.company_id, "pinyin", found.text, found.facets)
    return None


def one_slip(name: str, typed: str) -> bool:
    """Whether one character wrong, missing, doubled or two swapped turns one text into the other.

    >>> one_slip("青岚光学", "青岗光学"), one_slip("青岚光学", "青光岚学"), one_slip("青岚光学", "岚青学光")
    (True, True, False)
    """
    if abs(len(name) - len(typed)) > 1:
        return False
    at = next((at for at, (one, other) in enumerate(zip(name, typed, strict=False)) if one != other), None)
    if at is None:
        return True
    if len(name) != len(typed):
        return name[at + 1 :] == typed[at:] or name[at:] == typed[at + 1 :]
    swapped = name[at] + name[at + 1 : at + 2] == typed[at + 1 : at + 2] + typed[at]
    return name[at + 1 :] == typed[at + 1 :] or (swapped and name[at + 2 :] == typed[at + 2 :])


def near(found: Name, typed: str, wanted: str) -> Hit | None:
    """A name one slip away, as a whole, but for its legal form (``wanted``), or from its brand word on."""
    folded, start = found.folded, found.start
    if one_slip(folded, typed):
        rank = 0
    else:
        core = names.core(folded)
        if one_slip(core, wanted) or core == wanted:
            rank = 1
        elif len(wanted) > 3 and (begins(core, wanted) or (start and begins(core[start:], wanted))):
            rank = 2
        else:
            return None
    return Hit((8, rank, found.standing, found.kind != "current", len(folded)), found.company_id, "near", found.text, found.facets)


def begins(name: str, typed: str) -> bool:
    """Whether a name begins with a text but for one slip, as ``one_slip`` knows them.

    >>> begins("青岚光学仪器", "青岗光学"), begins("青岚光学仪器", "青光学"), begins("青岚光学仪器", "岚青学光")
    (True, True, False)
    """
    at = next((at for at, (one, other) in enumerate(zip(name, typed, strict=False)) if one != other), min(len(name), len(typed)))
    rest = typed[at + 1 :]
    if name.startswith(rest, at + 1) or name.startswith(rest, at) or name.startswith(typed[at:], at + 1):
        return True
    return name[at : at + 2] == typed[at + 1 : at + 2] + typed[at : at + 1] and name.startswith(typed[at + 2 :], at + 2)
