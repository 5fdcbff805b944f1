"""Chinese company names: equality, similarity and pinyin keys (DOMAIN §3).

Three strengths of the same name, each kept only if something to compare remains:
- `normalised`: full/half width, 繁→简, brackets, a leading 广东省/广州市 and the legal ending are taken away. Equal
  normalised names are a warning, not a proof.
- `core`: also any other leading place, bracketed places, and words such as 科技 or 实业: for similarity.
- `pinyin_keys`: what a person may type to find the name, with several readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import fuzz

# A name is never shortened below this many characters: 「广州有限公司」 keeps what it has.
_LEAST = 2
_MAX_PASSES = 8

_DEMO_MARK = re.compile(r"\((?:示例|演示|样例|demo)[^()]*\)")
_DROPPED = re.compile(r"[\s\-_.,，。、·・'\"‘’“”《》<>〈〉:：;；!！?？/\\|~*#＊]+")
_LEGAL_ENDING = re.compile(
    r"(?:\(?集团\)?)?(?:股份有限责任公司|股份有限公司|有限责任公司|有限公司|股份公司|总公司|公司)(?:\(集团\))?$"
    r"|\(?集团\)?$"
    r"|(?:colimited|coltd|limited|ltd|inc|corporation|corp|llc|plc)$"
)
_BRANCH = re.compile(r"(?:分公司|子公司|办事处|代表处)$")
# For these the place is the name itself: 广东省人民医院 is not 广州市人民医院.
_INSTITUTION = re.compile(
    r"(?:医院|研究院|研究所|设计院|大学|学院|学校|中学|小学|中心|实验室|协会|商会|联合会|基金会|委员会|管理局|局|"
    r"办公室|博物馆|图书馆|出版社|报社|电视台|银行|分行|支行)(?:\([^()]*\))?$"
)
_HOME = re.compile(r"^(?:广东省?广州市?|广东省|广州市|广东|广州|\(广东\)|\(广州\))")
# A place before nothing but these is part of the name: 广州医药集团 and 广东医药有限公司 are two firms.
_GENERIC = re.compile(
    r"(?:医药|药业|制药|医疗|银行|保险|证券|地铁|港务|港|机场|酒家|酒店|建设|建筑|建工|城建|城投|交投|水务|自来水|燃气|电力|供电|"
    r"能源|环保|汽车|公交|钢铁|石化|化工|轻工|纺织|服装|食品|电子|电器|机电|机械|造船|船舶|重工|工控|控股|产业|工业|商业|商贸|贸易|"
    r"物流|投资|金融|金控|科技|技术|信息|实业|发展|开发|集团|企业|股份|旅游|文化|传媒|广播|出版|印刷|农业|粮食|供销|教育|人才|"
    r"数据|数字|通信|邮政|烟草|盐业|珠宝|花卉|茶叶|市场|园区|管理|服务|咨询)+"
)
_PLACES = (
    "中国",
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南",
    "四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 粤港澳 大湾区",
    "广州 深圳 珠海 汕头 佛山 韶关 湛江 肇庆 江门 茂名 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮",
    "南京 杭州 苏州 无锡 宁波 成都 武汉 长沙 西安 青岛 济南 厦门 福州 合肥 郑州 大连 沈阳 昆明 南宁 贵阳",
    "荔湾 越秀 海珠 天河 白云 黄埔 番禺 花都 南沙 从化 增城 南海 顺德",
)
_PLACE_NAMES = sorted(" ".join(_PLACES).split(), key=len, reverse=True)
_PLACE = "(?:" + "|".join(_PLACE_NAMES) + ")(?:特别行政区|自治区|省|市|区|县)?"
_LEADING_PLACE = re.compile(f"^{_PLACE}")
_BRACKETED_PLACE = re.compile(rf"\({_PLACE}\)")
_PARTNERSHIP = re.compile(r"\((?:有限合伙|普通合伙|特殊普通合伙)\)$")
_BUSINESS_WORD = re.compile(
    r"(?:科技|技术|实业|控股|投资|发展|贸易|商贸|企业|工业|产业|国际|信息|集团|股份|服务|管理|咨询|供应链|网络|电子商务|"
    r"进出口|创新|开发|制造|合伙|中心)$"
)


@cache
def _simplifier() -> tuple[Callable[[str, str], str], frozenset[str]]:
    """The package's converter, and letters without one of which a text stays as it is.

    The table is loaded from a file that is closed again; the package's own way leaves it open. Imported at first use:
    a server should not start a fifth of a second later for it.
    """
    import zhconv

    zhconv.loaddict(str(Path(zhconv.__file__).with_name("zhcdict.json")))
    changed = {old for old, new in zhconv.zhconv.getdict("zh-hans").items() if old != new}
    letters = {old for old in changed if len(old) == 1}
    return zhconv.convert, frozenset(letters | {old[0] for old in changed if letters.isdisjoint(old)})


def folded(text: str) -> str:
    """Half width, simplified, lower case, without control characters; blanks and punctuation stay."""
    text = unicodedata.normalize("NFKC", text)
    convert, traditional = _simplifier()
    if not traditional.isdisjoint(text):
        text = convert(text, "zh-hans")
    text = unicodedata.normalize("NFKC", text.casefold())
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf"))


def _plain(name: str) -> str:
    """Half width, simplified, lower case, without blanks and punctuation; brackets become ()."""
    text = folded(name)
    for opening, closing in ("[]", "【】", "〔〕", "{}", "「」", "『』", "〖〗"):
        text = text.replace(opening, "(").replace(closing, ")")
    return _DROPPED.sub("", text).replace("()", "")


def _without(pattern: re.Pattern[str], text: str) -> str:
    """`text` without the match, unless too little would be left to tell names apart."""
    shorter = pattern.sub("", text)
    return shorter if len(_letters(shorter)) >= _LEAST else text


def _without_place(pattern: re.Pattern[str], text: str) -> str:
    """`text` without a place, unless only words remain that any firm of the trade may carry."""
    shorter = _without(pattern, text)
    return text if _GENERIC.fullmatch(_letters(shorter)) else shorter


def _without_mark(text: str) -> str:
    """`text` without （示例）, unless no name would be left in front of the legal ending."""
    shorter = _DEMO_MARK.sub("", text)
    return shorter if len(_letters(_LEGAL_ENDING.sub("", shorter))) >= _LEAST else text


def _letters(text: str) -> str:
    return text.replace("(", "").replace(")", "")


@lru_cache(maxsize=8192)
def normalised(name: str) -> str:
    """The form in which two spellings of one legal name are equal; idempotent; "" only for a name without letters.

    The mark （示例） of demonstration records is left out like other wrapping, but never at the price of an empty or
    one-letter name.
    """
    text = name
    for _ in range(_MAX_PASSES):
        shorter = _normalise_once(text)
        if shorter == text:
            break
        text = shorter
    return text


def _normalise_once(name: str) -> str:
    text = _without_mark(_plain(name))
    if _BRANCH.search(text):
        return _letters(text)
    ended = _without(_LEGAL_ENDING, text)
    if not _INSTITUTION.search(ended):
        ended = _without_place(_HOME, ended)
    return _letters(ended)


@lru_cache(maxsize=8192)
def core(name: str) -> str:
    """The distinctive part of a name, for similarity: 广州立白企业集团有限公司 → 立白. Never empty unless the name is."""
    text = _without_mark(_plain(name))
    text = _without(_PARTNERSHIP, text)
    text = _without_place(_BRACKETED_PLACE, text)
    text = _letters(_without(_LEGAL_ENDING, text))
    if not _INSTITUTION.search(text):
        # 广东省广州市荔湾区…: as many places as stand in front.
        for _ in range(3):
            text = _without_place(_LEADING_PLACE, text)
    for _ in range(3):
        text = _without(_BUSINESS_WORD, text)
    return text


def same_name(first: str, second: str) -> bool:
    """Whether two names normalise to the same, non-empty text."""
    one = normalised(first)
    return bool(one) and one == normalised(second)


def similarity(first: str, second: str) -> int:
    """0…100 whole per cent: the better of the likeness of the cores and of the normalised names."""
    if not normalised(first) or not normalised(second):
        return 0
    cores = fuzz.ratio(core(first), core(second))
    whole = fuzz.ratio(normalised(first), normalised(second))
    return int(max(cores, whole))
