"""From what a reader typed to ranked names: exact ones, names that hold it, letters in order, pinyin, near misses.

Each way is asked only while the ways before it have not found enough, and ranks below them: a near miss is looked for only
when nothing else was found, so it never stands above an exact hit.
"""

from collections.abc import Iterable

from records.search import index, names, pinyin, ranking
from records.search.folding import fragments, pairs
from records.search.index import Name, ask
from records.search.ranking import Hit

SELECTIVE = 4
LONGEST_SHORT = 8
FEW = 300
# So many of the sampled names make a word common.
COMMON = 15


def find(query: str, limit: int, region: str = "") -> tuple[list[Hit], bool]:
    """At most ``limit`` + 1 hits, best first, one for each company, and whether there are more than were ranked."""
    pieces = fragments(query)
    if not pieces:
        return [], False
    found = holding(pieces, limit, region)
    hits = [ranking.held(name, pieces) for name in found]
    if not any(hit.rank[0] < 2 for hit in hits):
        hits += _short_names("".join(pieces), region)
        hits += _sounding(pinyin.typed(query), region)
    if not hits:
        hits = _near("".join(pieces), region) or list(_scattered("".join(pieces), region))
    best: dict[int, Hit] = {}
    for hit in sorted(hits):
        best.setdefault(hit.company_id, hit)
    return list(best.values())[: limit + 1], len(found) > limit


def holding(pieces: list[str], limit: int, region: str = "") -> set[Name]:
    """Names that hold every piece; those that are the query, or begin with it at their brand word, are among them."""
    whole = "".join(pieces)
    exact = set(ask([f"§k{names.core(whole)}"], limit, region=region))
    terms = _selective(pieces)
    long = [piece for piece in pieces if piece not in terms and f"{piece}*" not in terms]
    found = set(ask(terms, limit + 1, region=region, containing=long))
    # A word for a trade or a form (科技, 有限公司) is no brand word: which of its many names come first does not matter.
    if len(found) > limit and not names.ends_brand(whole, 0):
        first = f"§h{whole[:2]}"
        for leading in ([first, "§g"], ["§g"], [first]):
            found |= set(ask([*leading, *terms], FEW, region=region, containing=long))
    return exact | found


def _selective(pieces: list[str]) -> list[str]:
    """A few terms that every name with these pieces has, the rarest.

    A single character stands for all pairs it begins, so it is asked for only when there is nothing else; of a frequent one
    alone the most frequent word is shown, since nobody can mean one company by it.
    """
    if all_pairs := [pair for piece in pieces for pair in pairs(piece)]:
        return index.rarest(all_pairs, SELECTIVE)
    if len(pieces) == 1:
        often = index.frequencies()
        begun = [pair for pair in often if len(pair) == 2 and pair[0] == pieces[0] and often[pair] >= COMMON]
        if begun:
            return [max(begun, key=lambda pair: (often[pair], pair))]
    return index.rarest([f"{piece}*" for piece in pieces], SELECTIVE)


def _short_names(typed: str, region: str) -> Iterable[Hit]:
    """Names in which the letters typed stand in order: 深振业 for 深圳市振业（集团）股份有限公司."""
    if not 2 < len(typed) <= LONGEST_SHORT or typed.isascii():
        return
    found = ask(["§g", *index.rarest(typed, SELECTIVE)], FEW, region=region)
    for name in found:
        # Ranked with the names that hold the query somewhere inside, above those of ordinary companies.
        hit = ranking.in_order(name, typed, names.spoken(name[3]), "parts", 2)
        if hit and hit.rank[1:3] == (False, False):
            yield hit._replace(rank=(2, 1, False, True, True, 1, *hit.rank[3:]))
        elif hit:
            yield hit._replace(rank=(4, *hit.rank[1:]))


def _scattered(typed: str, region: str) -> Iterable[Hit]:
    """Names of any company in which the letters typed stand in order: the last resort for a short name."""
    if 2 < len(typed) <= LONGEST_SHORT and not typed.isascii():
        for name in ask([f"{letter}*" for letter in index.rarest(typed, SELECTIVE)], FEW, region=region):
            if hit := ranking.in_order(name, typed, names.spoken(name[3]), "parts", 4):
                yield hit


def _sounding(letters: str, region: str) -> Iterable[Hit]:
    """Names by pinyin, whole syllables or initials, from the start of the name or of its brand word, else in order."""
    if not letters or len(letters) < 2:
        return
    ways = pinyin.ways(letters)
    for terms, initials in _sound_terms(letters, ways):
        for name in {name for asked in terms for name in ask(asked, FEW, region=region)}:
            if hit := ranking.sounding(name, letters, initials=initials):
                yield hit._replace(rank=(3, initials and bool(ways), *hit.rank[1:]))
    spelled = [list(letters)] if len(letters) <= LONGEST_SHORT else []
    for way in ways or spelled:
        mark = "s" if ways else "l"
        for name in ask(["§g", *(f"§{mark}{unit}" for unit in way)], 2 * FEW, region=region):
            units = [unit if ways else unit[0] for unit in pinyin.syllables(names.spoken(name[3]))]
            if hit := ranking.in_order(name, way, units, "pinyin", 3):
                yield hit._replace(rank=(3, bool(hit.rank[1]), 0, *hit.rank[1:]))


def _sound_terms(letters: str, ways: list[list[str]]) -> Iterable[tuple[list[list[str]], bool]]:
    """Lists of terms to ask for, and whether they are initials: by what the name begins with, unless too many begin so.

    One syllable or two initials are asked of companies limited by shares only. Where two syllables are those of a word that
    many names hold (上海, 科技), the word is asked for.
    """
    if ways and len(ways[0]) > 1:
        often = index.frequencies() if len(ways[0]) == 2 else {}
        known = [pair for pair, count in often.items() if count >= COMMON and len(pair) == 2]
        words = [pair for pair in known if "".join(pinyin.syllables(pair)) == letters]
        begun = f"§y{letters}*"
        yield [[f"§h{word}"] for word in words] if words else [[begun, "§g"], [begun]], False
    if len(letters) == 2:
        yield [[f"§j{letters}"]], True
    elif len(letters) <= LONGEST_SHORT:
        yield [[f"§i{letters}*", "§g"], [f"§i{letters}*"]], True


def _near(typed: str, region: str) -> list[Hit]:
    """Names one slip away: whatever single character is wrong, the rarest pairs away from it are right."""
    hits: list[Hit] = []
    asked: set[tuple[str, ...]] = set()
    if len(typed) < 4:
        return hits
    often = index.frequencies()
    sound = "".join(pinyin.syllables(names.core(typed))[:8])
    found = {*ask([f"§y{sound}"], FEW, region=region)}
    hits += [hit for hit in (ranking.near(name, typed) for name in found) if hit]
    for at in range(len(typed)):
        left, right = typed[:at], typed[at + 1 :]
        # Two swapped characters are both still there; a pair that spans the slip is not.
        terms = tuple(sorted(index.rarest([*pairs(left), *pairs(right[1:])], SELECTIVE, often)))
        if terms and terms not in asked:
            asked.add(terms)
            hits += [hit for hit in (ranking.near(name, typed) for name in ask(terms, FEW, region=region)) if hit]
    return hits


def code_parts(part: str, region: str = "") -> list[Name]:
    """Names of companies whose code may end in, hold, or be one slip away from ``part``: to be checked against the code."""
    halves = [f"§m{part[at : at + 5]}" for at in range(len(part) - 4)]
    if len(part) == 18:
        # The last character of one half swapped with the first of the other.
        halves.append(f"§m{part[8:12]}{part[13]}")
    return [name for term in (f"§t{part[-5:]}", *halves) for name in ask([term.lower()], FEW, region=region)]
