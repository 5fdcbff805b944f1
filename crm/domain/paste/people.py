"""Who to talk to and who sent them: contact, title, phone, mail, source and referrer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crm.domain.contacts import clean_email, clean_phone
from crm.domain.errors import Invalid
from crm.domain.paste.model import Candidate, Message

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱"
    "方侯邹熊孟秦白江阎闫薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔向汤温庄晏柴颜涂倪施洪翟欧康柯聂章兰岑凌鲁葛伍蓝麦区冼招甘霍祝简饶詹关辛管柳鲍骆梅盛童牛齐毕符项喻宁季申邢焦荣耿裴穆阮殷费屈卓左尤艾臧谈庞纪舒闵席麻娄游郁缪屠邝谌佘邬丘仲甄劳芦"
)
_COMPOUND = "欧阳|司马|上官|诸葛|司徒|慕容|令狐|皇甫|尉迟"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_POLITE = "董事长|总经理|副总|主席|书记|部长|局长|老板|总监|经理|厂长|主任|会长|秘书长|处长|博士|教授|老师|医生|院长|主管|先生|女士|小姐|太太|总|董|工|姐|哥|生(?=[您,，:])"
_NAME = rf"(?:{_SURNAME}(?:{_POLITE})|{_SURNAME} ?[一-鿿](?: ?[一-鿿])?)"
_NAME_END = (
    r"(?=$|[\s,，。;:!?|/()（）0-9+<>、\x00]|先生|女士|小姐|经理|总监|电话|手机|微信|邮箱|的|吧|是|在|找|tel|mob)"
)
_LABEL = re.compile(
    rf"(?:联系人|联络人|对接人|经办人|负责人|法人代表|法定代表人|法人|联系|姓名|对接|contact)(?:两位|是|为|:|：| )*(?P<name>{_NAME}){_NAME_END}"
)
#: 总裁办 庄毅: the office stands before the name.
_IN_CELL = re.compile(rf"(?:[一-鿿]{{2,6}}[部办科处室][ ·/-]+)?(?P<name>{_NAME}){_NAME_END}")
_SEEK = re.compile(rf"找(?:[一-鿿]{{1,4}}部)?的?(?P<name>{_NAME}){_NAME_END}")
_CALLED = re.compile(rf"(?<![一-鿿])?(?P<name>{_SURNAME}(?:{_POLITE}))(?![一-鿿]*(?:您好|你好))")
_WESTERN = re.compile(r"\b(?P<name>(?:Mr|Ms|Mrs|Dr)\.? [A-Z][a-z]+(?: [A-Z][a-z]+)?)")
_GREETING = re.compile(r"^(?:尊敬的|hi|hello|你好|您好)?[ ,，]*$")
_GREETED = re.compile(r"^ ?(?:您好|你好|,|，|:|：|!|早|好$)")

_TITLE = (
    r"(?:[一-鿿]{0,8}?(?:董事长|总经理|总监|经理|部长|主任|厂长|院长|总裁|合伙人|创始人|主管|总工程师|工程师|主席|专员|助理|秘书)"
    r"|ceo|cto|coo|cfo|法人代表|法人)"
)
_NAME_TITLE = re.compile(rf"^[ ]*(?P<name>{_SURNAME}[一-鿿]{{1,2}})[ |/·,，\t]+(?P<title>{_TITLE})[ ]*$", re.MULTILINE)
_NAME_BRACKET = re.compile(rf"(?P<name>{_SURNAME}[一-鿿]{{1,2}}) ?[(（](?P<title>{_TITLE})[)）]")
_NAME_LINE = re.compile(rf"^[ ]*(?P<name>{_SURNAME}(?: ?[一-鿿]){{1,2}})(?: +[a-z][a-z .]*)?[ ]*$", re.MULTILINE)
_TITLE_LINE = re.compile(rf"^[ ]*(?P<title>{_TITLE}|(?:[一-鿿] ){{2,7}}[一-鿿])(?: +[a-z][a-z .]*)?[ ]*$", re.MULTILINE)
_SIGNED = re.compile(rf"(?:公司|集团|[)）])[ ]+(?P<name>{_SURNAME}[一-鿿]{{1,2}})[ ]*(?=$|\n|[,，。0-9])")

_MOBILE = re.compile(r"(?<![0-9a-z*+])(?<![0-9]{4} )(?:\+? ?86[ -]?)?1[ -]?[3-9](?:[ -]?[0-9]){9}(?![0-9*])")
_LANDLINE = re.compile(
    r"(?<![0-9+-])(?:\+? ?86[ -]?)?[(（]?0[0-9]{2,3}[)）]?[ -]?[2-9][0-9]{2,3}[ -]?[0-9]{4}(?: ?(?:转|ext\.?|分机|-) ?(?P<ext>[0-9]{1,6}))?(?![0-9])"
)
_SERVICE = re.compile(r"(?<![0-9-])[48]00[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])")
_ABROAD = re.compile(r"\+(?!86)[1-9][0-9]{0,2}(?:[ -]?[0-9]){6,11}(?![0-9])")
_NO_PHONE = re.compile(
    r"(?:传真|fax|订单号?|单号|账号|帐号|卡号|身份证(?:号码?)?|流水号?|qq|邮编|代码|税号)[^0-9,，。\n]{0,4}$"
)
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")

_BODY = r"[一-鿿]{1,10}(?:协会|商会|联合会|促进会|研究会|俱乐部|银行|基金|园区|校友会|委员会|集团|中心|工商联|学会|投促局|商务局)"
_REFERRED = re.compile(
    rf"(?P<body>{_BODY})?(?:的)? ?(?P<who>{_SURNAME}(?:{_POLITE}))(?:这边|那边)?(?:给我们?|帮忙|特地)?(?:推荐|介绍|引荐)(?!信)"
)
_REFERRED_BY_BODY = re.compile(rf"(?:由|经)?(?P<body>{_BODY})(?:推荐|介绍|引荐)")
_SIGNATURE = re.compile(rf"(?:—|-){{1,2}} ?(?P<body>{_BODY}) ?(?P<who>{_SURNAME}(?:{_POLITE}))")
_SOURCES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "event",
        re.compile(
            r"[一-鿿]{1,8}?(?:博会|交会|展会|展览会|论坛|路演|峰会|推介会|招商会|对接会)(?:上|期间|现场)?[^,，。\n]{0,6}(?:认识|加的|聊|遇|接触|收到|换)"
        ),
    ),
    (
        "upper",
        re.compile(r"(?:省|市|区政府|国家)[一-鿿]{1,8}(?:局|委|办|厅|中心)(?:转来|转交|转办|推送|下发|交办|派发)"),
    ),
    ("website", re.compile(r"(?:官网|网站|专题网|在线|网上)(?:的)?(?:留言|咨询|提交|表单|询)")),
    ("park", re.compile(r"(?:园区|产业园|科技园)(?:方|管理方|运营方)?(?:推荐|转来|介绍)")),
    ("visit", re.compile(r"(?:今天|昨天|上午|下午|刚|我们|科里)(?:去|到)?(?:走访|上门拜访|实地走访)")),
    ("phone", re.compile(r"来电登记|(?<!请)(?<!欢迎)来电(?!显示)|打电话(?:来|过来|咨询)")),
)


def phones(message: Message, *, everywhere: bool = False) -> Iterator[Candidate]:
    """Mobile before landline before service number; a fax, an order or a bank account is no phone.

    `everywhere` finds those too, for masking.
    """
    quiet = [(start, end) for field, start, end, _unit in message.labelled if field in ("ignored", "uscc")]
    quiet = [] if everywhere else quiet
    for pattern, rank in ((_MOBILE, 4), (_ABROAD, 4), (_LANDLINE, 3), (_SERVICE, 2)):
        for found in pattern.finditer(message.plain):
            if any(start <= found.start() < end for start, end in quiet):
                continue
            if not everywhere and _NO_PHONE.search(message.before(found.start(), 12)):
                continue
            try:
                typed = found[0].replace("分机", "转")
                if pattern is _LANDLINE and found["ext"]:
                    typed = typed[: found.start("ext") - found.start()].rstrip("- 转ext.") + "转" + found["ext"]
                value = clean_phone(typed)
            except Invalid:
                continue
            yield Candidate("phone", found.start(), found.end(), value, rank)


def emails(message: Message) -> Iterator[Candidate]:
    for found in _EMAIL.finditer(message.plain):
        try:
            yield Candidate("email", found.start(), found.end(), clean_email(message.text[slice(*found.span())]))
        except Invalid:
            continue


def contacts(message: Message, known_people: Iterable[str]) -> Iterator[Candidate]:
    """The person to talk to, with the title if one stands beside the name.

    Whoever is greeted at the head of the message, the referrer, and our own people are somebody else.
    """
    own = set(known_people)
    plain = message.plain
    taken = [span for span, _who in _referrers(message)]
    for field, start, end, _unit in message.labelled:
        text = plain[start:end].strip()
        if field == "contact_name" and (found := _IN_CELL.match(text)) and found["name"] not in own:
            at = plain.index(found["name"], start)
            yield Candidate("contact_name", at, at + len(found["name"]), _joined(found["name"]), 9)
        if field == "contact_title" and 2 <= len(text) <= 20:
            yield Candidate("contact_title", start, end, text, 9)
    for pattern, rank in ((_LABEL, 6), (_NAME_TITLE, 6), (_NAME_BRACKET, 6), (_SEEK, 5), (_SIGNED, 4)):
        for found in pattern.finditer(plain):
            if _joined(found["name"]) in own or _within(found, taken) or _is_company(plain, found):
                continue
            # 「联系人两位：…」 names the first of several.
            level = rank - 1 if "两位" in found[0] else rank
            yield Candidate("contact_name", *found.span("name"), _joined(found["name"]), level)
            if "title" in found.groupdict():
                yield Candidate("contact_title", *found.span("title"), message.text[slice(*found.span("title"))], rank)
    yield from _card(message, own)
    for found in _CALLED.finditer(plain):
        if not (_within(found, taken) or _is_greeted(message, found)):
            near = bool(_MOBILE.search(plain, found.end(), found.end() + 22))
            yield Candidate("contact_name", *found.span("name"), found["name"], 5 if near else 3)
    for found in _WESTERN.finditer(message.text):
        yield Candidate("contact_name", *found.span("name"), found["name"], 6)


def _card(message: Message, own: set[str]) -> Iterator[Candidate]:
    """A line that is only a name, as on cards and under mails; a title on the line beside it."""
    lines = list(_NAME_LINE.finditer(message.plain))
    for found in lines:
        name = _joined(found["name"])
        if name in own or re.search(r"谢谢|收到|好的|方案|高新|白云|金融|万元|简介", name):
            continue
        yield Candidate("contact_name", *found.span("name"), name, 4)
        for title in _TITLE_LINE.finditer(message.plain):
            beside = title.end() + 1 == found.start() or found.end() + 1 == title.start()
            words = _joined(title["title"])
            if beside and words != name and re.fullmatch(_TITLE, words):
                yield Candidate(
                    "contact_title", *title.span("title"), _joined(message.text[slice(*title.span("title"))]), 4
                )


def _is_company(plain: str, found: re.Match[str]) -> bool:
    """「联系高远科技…」: the name goes on as that of a firm."""
    return bool(
        re.match(r"[一-鿿()（）]{0,12}(?:公司|集团|中心|协会)", plain[found.end("name") : found.end("name") + 14])
    )


def _is_greeted(message: Message, found: re.Match[str]) -> bool:
    """At the head of a line and followed by a comma or a greeting: the reader of the message."""
    line = message.plain.rfind("\n", 0, found.start()) + 1
    at_head = bool(_GREETING.match(message.plain[line : found.start()]))
    return at_head and bool(_GREETED.match(message.plain[found.end() : found.end() + 4]))


def _within(found: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    return any(start < found.end() and found.start() < end for start, end in taken)


def _joined(text: str) -> str:
    return text.replace(" ", "")


def sources(message: Message) -> Iterator[Candidate]:
    """Where it came from, and the referrer with the body he speaks for."""
    for (start, end), who in _referrers(message):
        yield Candidate("source", start, end, "referral", rank=3)
        yield Candidate("referrer", start, end, who, rank=3)
    for value, pattern in _SOURCES:
        if found := pattern.search(message.plain):
            yield Candidate("source", found.start(), found.end(), value, rank=2)
            return


def _referrers(message: Message) -> list[tuple[tuple[int, int], str]]:
    plain, found = message.plain, []
    for each in _REFERRED.finditer(plain):
        found.append((each.span("body") + each.span("who"), each["who"], each["body"]))
    if not found and re.search("推荐|介绍|引荐", plain):
        found = [
            (each.span("body") + each.span("who"), each["who"], each["body"]) for each in _SIGNATURE.finditer(plain)
        ]
    if not found and (each := _REFERRED_BY_BODY.search(plain)):
        return [(each.span("body"), each["body"])]
    referrers = []
    for places, who, body in found[:1]:
        start = places[0] if places[0] >= 0 else places[2]
        referrers.append(((start, places[3]), f"{who}（{body}）" if body else who))
    return referrers
