"""From what a reader typed to ranked names: exact ones, names that hold it, letters in order, pinyin, near misses.

Each way is asked only while the ways before it have not found enough, and ranks below them: a near miss is looked for only
when nothing else was found, so it never stands above an exact hit.
"""

from collections.abc import Iterable, Sequence

from records import uscc
from records.search import names, pinyin, ranking
from records.search.folding import MAX_QUERY, closed, fragments, pairs
from records.search.index import Ask, Name, any_names, ask
from records.search.ranking import Hit
from records.search.register import FEW, LONGEST_SHORT, Register
from records.search.sample import COMMON, rarest, selective, telling
from records.search.sounds import sounding
from records.search.terms import EVERYWHERE, LIMITED, SPELLED, sound_pairs

LONGEST_NEAR = 40
# Of more names than are ranked, so many of companies limited by shares and of those that begin with the query are among the ranked.
LEADING = 100


def find(query: str, limit: int, narrowing: Sequence[str] = (), size: int = 0) -> tuple[list[Hit], bool]:
    """At most ``limit`` hits, best first, one for each company, and whether there are more than were ranked.

    ``narrowing`` are terms all names found must have (see ``terms.facets``); ``size`` tells how large the register is, roughly.
    """
    pieces, register = fragments(query), Register(tuple(narrowing), size)
    if not pieces:
        return [], False
    whole, together = "".join(pieces), closed(pieces)
    holding = list(_holding(together, whole, limit, register))
    if not holding and together != pieces:
        holding = list(_holding(pieces, whole, limit, register))
    hits = list(holding)
    if not any(hit.rank[0] < 2 for hit in hits):
        hits += _short_names(whole, register)
        hits += sounding(pinyin.typed(query[:MAX_QUERY]), register)
    hits = hits or _near(whole, register)
    if not holding and not any(hit.kind == "near" for hit in hits) and (taken_apart := names.pieces(whole)):
        hits += _holding(taken_apart, whole, limit, register)
    found = best(hits or _scattered(whole, register))
    return found[:limit], max(len(holding), len(found)) > limit


def best(hits: Iterable[Hit]) -> list[Hit]:
    """The best hit of each company, best first."""
    chosen: dict[int, Hit] = {}
    for hit in sorted(hits):
        chosen.setdefault(hit.company_id, hit)
    return list(chosen.values())


def _holding(pieces: list[str], whole: str, limit: int, register: Register) -> Iterable[Hit]:
    """Names that hold every piece; those that are the query, or begin with it at their brand word, are among them."""
    typed = names.core(whole)
    terms = _terms(pieces, register)
    rest = [piece for piece in pieces if piece not in terms]
    if terms:
        found = ask(register.of([f"§k{typed}"], limit), register.of(terms, limit + 1, rest))
        # A word for a trade or a form (科技, 有限公司) is no brand word: which of its many names come first does not matter.
        if len(found) > limit and not names.ends_brand(whole, 0):
            first = f"§h{whole[:2]}"
            # Only companies limited by shares have terms of one character, so their lists are short.
            shares = rarest(set("".join(terms)) - LIMITED, 1, register.often) or ["§g"]
            by_shares = ask(register.of([*shares, *terms], LEADING, rest))
            leading = [[first], [first, *shares]] if len(by_shares) == LEADING else [[first]]
            found += by_shares + ask(*(register.of([*marked, *terms], LEADING, rest) for marked in leading))
    elif register.narrowing:
        found = ask(register.of([], limit + 1, pieces))
    else:
        everywhere = {pair for piece in pieces for pair in pairs(piece)}
        found = any_names(pieces, limit + 1) if everywhere and everywhere <= EVERYWHERE else []
    return [ranking.held(name, pieces, whole, typed) for name in set(found)]


def _terms(pieces: list[str], register: Register) -> list[str]:
    """A few terms that every name with these pieces has, the rarest.

    Of a single character alone the most frequent word it begins is shown, since nobody can mean one company by it.
    """
    often = register.often
    if all_pairs := [pair for piece in pieces for pair in pairs(piece)]:
        return telling(all_pairs, register.size)
    begun = [pair for pair in often if len(pair) == 2 and pair[0] == pieces[0] and often[pair] >= COMMON]
    if len(pieces) == 1 and begun:
        return [max(begun, key=lambda pair: (often[pair], pair))]
    return rarest(pieces, 4, often)


def _short_names(typed: str, register: Register) -> Iterable[Hit]:
    """Names in which the letters typed stand in order: 深振业 for 深圳市振业（集团）股份有限公司."""
    if not 2 < len(typed) <= LONGEST_SHORT or typed.isascii():
        return
    may_be = ranking.standing_in_order(typed)
    for name in filter(lambda name: may_be(name.folded), ask(register.of(rarest(typed, 4, register.often)))):
        # Ranked with the names that hold the query somewhere inside, above those of ordinary companies.
        hit = ranking.in_order(name, typed, names.spoken(name.folded), "parts", 2)
        if hit and hit.rank[1:3] == (False, False):
            yield hit._replace(rank=(2, 1, False, True, True, 1, *hit.rank[3:]))
        elif hit:
            yield hit._replace(rank=(4, *hit.rank[1:]))


def _scattered(typed: str, register: Register) -> Iterable[Hit]:
    """Names of any company in which the letters typed stand in order, two of them side by side: the last resort."""
    if 2 < len(typed) <= LONGEST_SHORT and not typed.isascii():
        asked = [register.of([pair]) for pair in rarest(pairs(typed), 3, register.often)]
        may_be = ranking.standing_in_order(typed)
        for name in set(ask(*asked)):
            if may_be(name.folded) and (hit := ranking.in_order(name, typed, names.spoken(name.folded), "parts", 4)):
                yield hit


def _near(typed: str, register: Register) -> list[Hit]:
    """Names one slip away: whatever single character is wrong, the rarest pairs away from it are right."""
    if not 4 <= len(typed) <= LONGEST_NEAR:
        return []
    wanted = names.core(typed)
    start = names.head(wanted)
    sound = tuple(sound_pairs(pinyin.syllables(wanted[start : start + SPELLED])))
    for asked in ({sound, *_away_from_one(typed, register)}, _in_right_order(typed, register)):
        found = set(ask(*(register.of(terms) for terms in asked if terms)))
        if hits := [hit for hit in (ranking.near(name, typed, wanted) for name in found) if hit]:
            return hits
    return []


def _away_from_one(typed: str, register: Register) -> set[tuple[str, ...]]:
    """For every character of the text the terms that are right whatever this one should be; one may be missing beside it."""
    often = register.often
    return {tuple(selective([*pairs(typed[:at]), *pairs(typed[at + 1 :])], often)) for at in range(len(typed))}


def _in_right_order(typed: str, register: Register) -> set[tuple[str, ...]]:
    """The terms of the text with two neighbours swapped back, for every two."""
    often = register.often
    swapped = (typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :] for at in range(len(typed) - 1))
    return {tuple(selective(pairs(text), often)) for text in swapped}


def code_parts(part: str, narrowing: Sequence[str] = ()) -> list[Name]:
    """Names of companies whose code may end in, hold, or be one slip away from ``part``: to be checked against the code."""
    halves = [f"§m{part[at : at + 5]}" for at in range(len(part) - 4)]
    if len(part) == 18:
        # The last character of one half swapped with the first of the other.
        halves.append(f"§m{part[8:12]}{part[13]}")
    narrowed, part = tuple(narrowing), part.lower()
    halves = [half.lower() for half in halves]
    # Of the halves one may be frequent and fill the bound before a rare one is met, so the ends are asked for alone.
    last = Ask((*narrowed, f"§t{part[-5:]}"), FEW)
    # An organisation code or a tax number: all but the last character.
    last_but_one = Ask(narrowed, FEW, either=tuple(f"§t{part[-4:]}{character}" for character in uscc.ALPHABET.lower()))
    return ask(Ask(narrowed, FEW, either=tuple(halves)), last, last_but_one)
