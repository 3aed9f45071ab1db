"""The few companies somebody may mean who is still typing: names that begin so, at their start or their brand word."""

from collections.abc import Iterable, Sequence

from records.search import names, pinyin, ranking
from records.search.finding import best
from records.search.folding import MAX_QUERY, closed, fragments, pairs
from records.search.index import ask
from records.search.ranking import Hit
from records.search.register import FEW, Register
from records.search.sample import selective
from records.search.sounds import SOME, sounding
from records.search.terms import SPELLED, sound_pairs

# zhuang
_LONGEST_SYLLABLE = 6


def begun(query: str, narrowing: Sequence[str] = (), size: int = 0) -> list[Hit]:
    """Hits by name or pinyin for what has been typed so far, best first: at least two characters, the last syllable perhaps begun."""
    pieces, register = closed(fragments(query)), Register(tuple(narrowing), size)
    whole = "".join(pieces)
    if len(whole) < 2:
        return []
    letters = pinyin.typed(query[:MAX_QUERY])
    hits = list(_by_name(pieces, whole, register))
    if letters and not any(hit.rank[0] < 2 for hit in hits):
        spelled = list(sounding(letters, register, few=True))
        hits += spelled
        if len(spelled) < SOME:
            hits += _being_spelled(letters, register)
    return best(hits)


def _by_name(pieces: list[str], whole: str, register: Register) -> Iterable[Hit]:
    """Names that are the query, begin with it, or else hold it."""
    terms = selective([pair for piece in pieces for pair in pairs(piece)], register.often)
    rest = [piece for piece in pieces if piece not in terms]
    first, typed = f"§h{pieces[0][:2]}", names.core(whole)
    found = ask(register.of([f"§k{typed}"], FEW, rest))
    if len(pieces[0]) > 1:
        found += register.shares_first([[first, *terms]], rest)
    if terms and len(found) < FEW:
        found += ask(register.of(terms, FEW, rest))
    return [ranking.held(name, pieces, whole, typed) for name in set(found) if all(piece in name.folded for piece in rest)]


def _being_spelled(letters: str, register: Register) -> Iterable[Hit]:
    """Names whose pinyin begins with whole syllables and the beginning of one more."""
    for cut in range(len(letters) - 1, max(1, len(letters) - _LONGEST_SYLLABLE), -1):
        for way in pinyin.ways(letters[:cut])[:1]:
            ends = [syllable for syllable in pinyin.known() if syllable.startswith(letters[cut:])]
            if ends:
                before = sound_pairs(way[:SPELLED])
                last = [f"§y{way[-1]}{end}" for end in ends] if len(way) < SPELLED else []
                for name in set(register.shares_first([before], either=last)):
                    if hit := ranking.sounding(name, letters, initials=False, begun=True):
                        yield hit
                return
