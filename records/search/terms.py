"""What a name is indexed under: terms, each a short text without spaces.

Pairs of neighbouring characters, since readers type two to six Chinese characters and the usual tokenizers find nothing for
two; and marked terms (``§…``) for how the brand word begins, its pinyin and initials, and what the company of the name is
narrowed by. No term is asked for by its beginning: merging all that begin alike would cost more the larger the register.
"""

import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping

from records import uscc
from records.search import names, pinyin

# In nearly every name: no reason to find one.
EVERYWHERE = frozenset(("有限", "限公", "公司"))
# Characters that ``names.spoken`` may leave out.
LIMITED = frozenset("有限责任公司")
# So many syllables of the brand word are indexed, pair by pair.
SPELLED = 4
_STATUS, _KIND, _INDUSTRY, _FOUNDED, _LIST = "§1", "§2", "§3", "§4", "§5"
_REGION = "§r"
_SEPARATORS = str.maketrans("-_ ", "§§§")


def document(folded: str, code: str, facets: str = "") -> set[str]:
    """Every term of a name of the company with this code and these facets; the same arguments always give the same terms.

    ``§h`` the first two characters of the name and of its brand word, ``§k`` the name without legal form, ``§y`` pairs of
    syllables and ``§i`` the first three and four initials of the brand word, ``§r`` division, ``§m`` ``§t`` the last ten
    characters of the code in two halves. Companies limited by shares (``§g``) are found by letters in order: characters,
    ``§s`` syllables, ``§l`` initials, ``§j`` the first two initials.
    """
    core, start, code, region = names.core(folded), names.head(folded), code.lower(), uscc.region_of(code)
    terms = {one + other for one, other in itertools.pairwise(folded)} - EVERYWHERE
    terms |= {f"§k{core}", f"§m{code[-10:-5]}", f"§t{code[-5:]}", f"§h{folded[:2]}", f"§h{folded[start : start + 2]}"}
    terms.update(region_terms(region), spelled(pinyin.syllables(core[start : start + SPELLED])), facets.split())
    if names.standing(folded) == 0:
        terms.update(_of_shares(folded, core, start))
    return terms


def spelled(syllables: list[str]) -> list[str]:
    """The terms of a brand word by its first syllables: pairs of them, and initials."""
    initials = "".join([syllable[0] for syllable in syllables])
    return [*sound_pairs(syllables), *(f"§i{initials[:count]}" for count in (3, SPELLED) if len(initials) >= count)]


def sound_pairs(syllables: list[str]) -> list[str]:
    """The terms of neighbouring syllables."""
    return [f"§y{one}{other}" for one, other in itertools.pairwise(syllables)]


def _of_shares(folded: str, core: str, start: int) -> Iterable[str]:
    spoken = names.spoken(folded)
    yield "§g"
    yield from spoken
    for at in (0, start):
        read = pinyin.syllables(core[at : at + SPELLED])
        yield f"§j{''.join([syllable[0] for syllable in read[:2]])}"
        yield from spelled(read)
    for syllable in pinyin.syllables(spoken):
        yield f"§s{syllable}"
        yield f"§l{syllable[0]}"


def region_terms(region: str) -> list[str]:
    """Province, prefecture and county of a division of two, four or six digits."""
    return [f"{_REGION}{region[:digits]}" for digits in (2, 4, 6) if len(region) >= digits]


def facets(*, status: str = "", kind: str = "", industry: str = "", founded: str = "", lists: Iterable[str] = ()) -> str:
    """The terms a company is narrowed by, in one text; they change with its registration and its list entries.

    ``lists`` are slugs of lists, and the categories of those.
    """
    marked = ((_STATUS, status), (_KIND, kind), (_INDUSTRY, industry), (_FOUNDED, founded))
    return _marked((*marked, *((_LIST, name) for name in sorted(set(lists)))))


@functools.lru_cache(maxsize=4096)
def _marked(terms: tuple[tuple[str, str], ...]) -> str:
    # The tokenizer of FTS5 cuts at signs.
    return " ".join([f"{mark}{value}".lower().translate(_SEPARATORS) for mark, value in terms if value])


def placed(code: str, facets: str) -> str:
    """The facets of the company with this code, its division before them: what each of its names knows of it."""
    return " ".join([*region_terms(uscc.region_of(code))[-1:], facets]).strip()


def listed(facets: str) -> bool:
    """Whether a company with these facets may be on a list."""
    return _LIST in facets


def counted(placed: Iterable[str], known: Mapping[str, tuple[str, str]]) -> dict[str, Counter[str]]:
    """How many of the companies with these facets have each value, by what it is a value of.

    ``known`` are the filters and their values by their terms; of divisions (``region``) those above are counted too.
    """
    found: dict[str, Counter[str]] = {name: Counter() for name in {"region", *dict(known.values())}}
    for term, number in Counter(itertools.chain.from_iterable(map(str.split, placed))).items():
        if term.startswith(_REGION):
            found["region"].update(dict.fromkeys((above[len(_REGION) :] for above in region_terms(term[len(_REGION) :])), number))
        elif term in known:
            name, value = known[term]
            found[name][value] += number
    return found
