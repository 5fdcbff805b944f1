"""The enterprise: its name and its credit code, and whose name it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crm.domain.enterprises.uscc import is_valid
from crm.domain.labels import N_
from crm.domain.paste.model import Candidate, Certainty, Message
from crm.domain.sentences import sentence

_BAD_CODE = N_("校验码对不上，请照营业执照核对")
_CHINESE = r"[0-9a-z一-鿿()（）·&\-]"
_NAME = re.compile(
    rf"{_CHINESE}{{1,40}}?(?:股份有限公司|有限责任公司|有限公司|集团公司|分公司|(?<![贵该本我们分子母总])公司|集团(?!内|的|旗下|化|有限|股份|公司|控股)|研究院|事务所|合作社|医院(?!终端|渠道))"
    rf"(?:[(（](?:示例|集团|有限合伙|[一-鿿]{{2}})[)）])?"
)
_NICKNAME = re.compile(r"(?:叫|名叫|名为|品牌)(?:做|个)?[“\"「'‘](?P<name>[^”\"」'’\n]{2,30})[”\"」'’]")
_ENGLISH = re.compile(
    r"(?P<name>[A-Z][\w&.'()-]*(?: [\w&.'()-]+){0,6},? (?:Co\.?,? ?Ltd\.?|Pte\.? Ltd\.?|Limited|Ltd\.?|Inc\.?|LLC|GmbH|Corp\.?))"
)
#: Words that stand in front of a name and are none of it. The longest run that ends with one is cut away.
_LEAD_IN = re.compile(
    r".*(?:我们?(?:这边|这里|方)是|(?:企业|公司|客户|单位|方|对手|业主|我们?|这|那|名字|户名|分别|就|家)(?:的名字)?(?:是|叫|为)|名叫|名为|叫做|叫|联系|"
    r"推荐一家|介绍一家|有一?家|一家|这家|那家|那个|竞争对手|供应商|业主|房东|客户[-:]?|我司|我们公司|关于|来自|经|由|给|和|与|跟|做[一-鿿]{0,8}的)"
)
_FOREIGN = re.compile(
    r"(?:竞争对手|对手|同行|业主|房东|房主|物业|出租方|现租|目前租|租在|类似|好像|供应商|客户|下游|上游|给|收款|开户行|母公司|控股股东|"
    r"股东|推荐单位|中介|像|不是|原来在|隔壁|代工给|合作伙伴)(?:是|有|为|叫|包括|方)?[:]?$"
)
_LEGAL_ENDING_ONLY = re.compile(r"(?:股份|集团)?(?:有限)?(?:责任)?公司")
_BANK = re.compile(r"银行|支行|分行")
_CODE = re.compile(r"(?<![0-9a-z])(?:[0-9a-z][ -]?){17}[0-9a-z](?![0-9a-z])")
_CODE_LABEL = re.compile(r"(?:信用代码|税号|识别号|代码)(?:证号?|号码|号)?(?:是|为)?[: ]*$")
_OTHER_NUMBER = re.compile(r"(?:账号|帐号|卡号|身份证(?:号码?)?|订单号?|单号|流水号?)(?:是|为)?[: ]*$")


def names(message: Message) -> Iterator[Candidate]:
    """Names of firms, as written. One behind a label wins; a landlord's, a rival's or a bank's is nobody's lead."""
    for field, start, end, _unit in message.labelled:
        text = message.plain[start:end].strip()
        if field == "name" and 2 <= len(text) <= 60 and not _BANK.search(text):
            yield Candidate(
                "name", start, start + len(message.plain[start:end].rstrip()), _written(message, start, end), 9
            )
    ignored = [(start, end) for field, start, end, _unit in message.labelled if field == "ignored"]
    for found in _NAME.finditer(message.plain):
        start, end = _trimmed(message.plain, found.start(), found.end())
        if (
            _LEGAL_ENDING_ONLY.fullmatch(message.plain[start:end])
            or end - start < 4
            or _BANK.search(message.plain[start:end])
            or any(a <= start < b for a, b in ignored)
        ):
            continue
        if _FOREIGN.search(message.plain[message.clause(start)[0] : start]):
            continue
        yield Candidate("name", start, end, _written(message, start, end), rank=3)
    for pattern, rank in ((_NICKNAME, 2), (_ENGLISH, 2)):
        for found in pattern.finditer(message.text):
            if message.plain[found.start("name")] != "\x00":
                yield Candidate("name", *found.span("name"), found["name"].strip(), rank)


def _trimmed(plain: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the name inside a run of characters that also holds words before it."""
    run = plain[start:end]
    for _ in range(3):
        opened = _unbalanced(run)
        cut = opened + 1 if opened >= 0 else 0
        if found := _LEAD_IN.match(run[cut:]):
            cut += found.end()
        # Never so much that no name is left before the ending.
        if cut == 0 or len(run) - cut < 4:
            break
        run = run[cut:]
    lead = re.match(r"[()（）·&\-0-9]+(?![一-鿿]*[)）])", run)
    # Words of another script may stand apart in front: Aurora Skincare有限公司.
    if re.match("[a-z]", run) and (words := re.search(r"(?:[a-z0-9&.]+ )+$", plain[max(0, start - 40) : start])):
        return start - len(words[0]), end
    start = end - len(run) + (lead.end() if lead and not run.startswith(("(", "（")) else 0)
    return start, end


def _unbalanced(run: str) -> int:
    """The place of the last bracket that opens and does not close, or that closes what was opened elsewhere."""
    depth: list[int] = []
    stray = -1
    for at, character in enumerate(run):
        if character in "(（":
            depth.append(at)
        elif character in ")）":
            if depth:
                depth.pop()
            else:
                stray = at
    return max(depth[-1] if depth else -1, stray)


def _written(message: Message, start: int, end: int) -> str:
    return " ".join(message.text[start:end].split())


def codes(message: Message) -> Iterator[Candidate]:
    """A credit code whose check digit holds; one that is called so and fails is pointed at."""
    for found in _CODE.finditer(message.plain):
        before = message.before(found.start(), 14)
        if _OTHER_NUMBER.search(before):
            continue
        code = re.sub(r"[ -]", "", found[0]).upper()
        in_cell = any(field == "uscc" and start <= found.start() < end for field, start, end, _unit in message.labelled)
        called = in_cell or bool(_CODE_LABEL.search(before))
        if is_valid(code) and (called or not code.isdigit()):
            yield Candidate("uscc", found.start(), found.end(), code, 3 if called else 2)
        elif called:
            note = sentence(_BAD_CODE)
            yield Candidate("uscc", found.start(), found.end(), "", 1, Certainty.CONFIRM, note)
