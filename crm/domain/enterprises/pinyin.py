"""Pinyin keys of names: what a person may type to find them, with several readings per name (DOMAIN §3).

`pypinyin` gives one reading, and for names often the wrong one (大参林 is read da shen lin, the package says da can
lin), so names known by ear are listed, and characters that names read in two ways yield both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from crm.domain.enterprises.names import core, normalised

_MAX_READINGS = 12

# Whole words, readings in the order of likelihood.
WORD_READINGS: dict[str, tuple[tuple[str, ...], ...]] = {
    "大参林": (("da", "shen", "lin"), ("da", "can", "lin")),
    "长隆": (("chang", "long"), ("zhang", "long")),
    "重药": (("chong", "yao"), ("zhong", "yao")),
    "重庆": (("chong", "qing"),),
    "广药": (("guang", "yao"),),
    "厦门": (("xia", "men"),),
    "番禺": (("pan", "yu"),),
    "东莞": (("dong", "guan"),),
    "东塱": (("dong", "lang"),),
    "南漖": (("nan", "jiao"),),
    "银行": (("yin", "hang"),),
    "音乐": (("yin", "yue"),),
    "重工": (("zhong", "gong"),),
    "长城": (("chang", "cheng"),),
    "朝阳": (("chao", "yang"), ("zhao", "yang")),
    "会计": (("kuai", "ji"),),
}

# Characters that company and family names read in two ways; the first is tried first.
LETTER_READINGS: dict[str, tuple[str, ...]] = {
    "长": ("chang", "zhang"),
    "重": ("zhong", "chong"),
    "参": ("can", "shen"),
    "行": ("xing", "hang"),
    "乐": ("le", "yue"),
    "曾": ("zeng", "ceng"),
    "单": ("dan", "shan"),
    "解": ("jie", "xie"),
    "区": ("qu", "ou"),
    "涌": ("chong", "yong"),
    "漖": ("jiao",),
    "塱": ("lang",),
    "滘": ("jiao",),
    "盛": ("sheng", "cheng"),
    "柏": ("bai", "bo"),
    "都": ("du", "dou"),
    "传": ("chuan", "zhuan"),
    "藏": ("zang", "cang"),
    "朝": ("chao", "zhao"),
    "仇": ("qiu", "chou"),
    "查": ("cha", "zha"),
    "翟": ("zhai", "di"),
    "奇": ("qi", "ji"),
    "省": ("sheng", "xing"),
    "缪": ("miao", "mou"),
    "宓": ("mi", "fu"),
}
_LONGEST_WORD = max(map(len, WORD_READINGS))
_FIRST_LETTERS = frozenset(word[0] for word in WORD_READINGS)
#: `LETTER_READINGS` as pieces of a reading: one syllable each.
_LETTER_PIECES = {letter: tuple((syllable,) for syllable in known) for letter, known in LETTER_READINGS.items()}


@dataclass(frozen=True, slots=True)
class PinyinKeys:
    """Full spellings and initials, lower-case ASCII without blanks, likeliest first, without repeats."""

    full: tuple[str, ...]
    initials: tuple[str, ...]

    @property
    def search_text(self) -> str:
        """All keys in one string with blanks between, for a search column."""
        return " ".join(dict.fromkeys(self.full + self.initials))

    def matches(self, typed: str) -> bool:
        """Whether one of the keys begins with what was typed (blanks and case are ignored)."""
        wanted = "".join(typed.lower().split())
        return bool(wanted) and any(key.startswith(wanted) for key in self.full + self.initials)


def readings(text: str) -> list[tuple[str, ...]]:
    """Readings of a text, one tuple of syllables each, likeliest first, at most a dozen. Latin letters stay."""
    pieces: list[tuple[tuple[str, ...], ...]] = []
    rest = ""
    position = 0
    while position < len(text):
        word = _word_at(text, position)
        if word:
            pieces += _plain_pieces(rest)
            rest = ""
            pieces.append(WORD_READINGS[word])
            position += len(word)
        else:
            rest += text[position]
            position += 1
    pieces += _plain_pieces(rest)
    found: list[tuple[str, ...]] = []
    for choice in product(*pieces):
        found.append(tuple(syllable for piece in choice for syllable in piece))
        if len(found) == _MAX_READINGS:
            break
    return found


def _word_at(text: str, position: int) -> str:
    if text[position] not in _FIRST_LETTERS:
        return ""
    for length in range(_LONGEST_WORD, 1, -1):
        word = text[position : position + length]
        if len(word) == length and word in WORD_READINGS:
            return word
    return ""


def _plain_pieces(text: str) -> list[tuple[tuple[str, ...], ...]]:
    """One piece per character; the package's reading in context comes first, then the other known ones."""
    return [
        _LETTER_PIECES.get(character) or ((syllable,),)
        for character, syllable in zip(text, _syllables(text), strict=True)
    ]


def _syllables(text: str) -> list[str]:
    """One reading per character of `text`, in the context of the words that the package cuts it into."""
    # Its dictionaries take a third of a second and 56 MB: processes that name no enterprise never load them.
    from pypinyin.seg.mmseg import seg

    return [syllable for word in seg.cut(text) for syllable in _of_word(word)]


@lru_cache(maxsize=16_384)
def _of_word(word: str) -> tuple[str, ...]:
    """One reading per character of a word (the package keeps runs of other letters together).

    Names are made of few words: a table of firms asks for the same ones again and again.
    """
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin([word], errors=lambda run: list(run), v_to_u=False)
    return tuple("".join(c for c in syllable.lower() if c.isascii() and c.isalnum()) for syllable in syllables)


@lru_cache(maxsize=8192)
def pinyin_keys(name: str) -> PinyinKeys:
    """Keys of a company name: of its core (立白 → libai, lb) and of the normalised whole (libaiqiye, lbqy)."""
    full: dict[str, None] = {}
    initials: dict[str, None] = {}
    for text in dict.fromkeys((core(name), normalised(name))):
        for syllables in readings(text):
            spoken = [syllable for syllable in syllables if syllable]
            if spoken:
                full["".join(spoken)] = None
                initials["".join(syllable[0] for syllable in spoken)] = None
    return PinyinKeys(tuple(full), tuple(initials))


def sort_key(name: str) -> str:
    """The likeliest full spelling of the name as written, for a sorting column (databases lack Chinese collation)."""
    first = readings(normalised(name))
    return "".join(first[0]) if first else ""
