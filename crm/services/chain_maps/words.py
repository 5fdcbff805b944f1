"""Sentences of the chain engine in the language of the house: refused edits, problems of a map, mistakes of a file.

The engine knows no translation; each of its templates has a sentence here, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

from chains.engine.check import Problem
from chains.engine.model import Chain
from chains.engine.reading import FileError
from chains.engine.refusals import EditError, Refusal
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.sentences import Sentence

POSITIONS: Mapping[str, str] = {
    "upstream": N_("上游"),
    "midstream": N_("中游"),
    "downstream": N_("下游"),
}

_REFUSALS: Mapping[Refusal, str] = {
    Refusal.UNKNOWN: N_("图谱里没有这个环节（%(key)s），可能刚被别人删除或合并。"),
    Refusal.KEY_TAKEN: N_("代号「%(key)s」已经用了。"),
    Refusal.NAME_TAKEN: N_("「%(name)s」已经是另一个环节的名称。"),
    Refusal.NO_NAME: N_("请填写环节名称。"),
    Refusal.NO_POSITION: N_("请选择上游、中游或下游。"),
    Refusal.CYCLE: N_("这样供应关系会绕成一个圈：%(names)s。请先去掉其中一条。"),
    Refusal.SELF: N_("「%(name)s」不能供应自己。"),
    Refusal.EDGE_TAKEN: N_("「%(frm)s」供应「%(to)s」已经有了。"),
    Refusal.NO_EDGE: N_("没有「%(frm)s」供应「%(to)s」这条关系，可能刚被别人去掉。"),
    Refusal.AGAINST_FLOW: N_("「%(frm)s」在「%(to)s」的后面，不能向上游供应。"),
    Refusal.SHARE: N_("份额「%(share)s」不对：应大于 0、不超过 1（100%%），分母最多六位。"),
    Refusal.SHARES: N_("「%(name)s」各供应方的份额加起来是 %(total)s，超过了 1。"),
    Refusal.GROUP: N_("「%(name)s」是一个分组，请选择组里的环节。"),
    Refusal.TWO_LEVELS: N_("「%(name)s」不能放进分组或当分组：分组只有一层。"),
    Refusal.IN_USE: N_("「%(name)s」上有供应关系或企业，不能当分组。"),
    Refusal.ORPHAN_GROUP: N_("「%(name)s」是分组「%(group)s」里最后一个环节；要移走它，请先删除这个分组。"),
    Refusal.SAME: N_("请选择另一个环节来合并。"),
    Refusal.PLACED: N_("「%(enterprise)s」已经在「%(name)s」上。"),
    Refusal.NOT_PLACED: N_("「%(enterprise)s」不在「%(name)s」上，可能刚被别人移除。"),
    Refusal.NO_SOURCE: N_("请写明来源：文件章节，或是谁、从哪里知道的。"),
    Refusal.UNKNOWN_SOURCE: N_("图谱的来源表里没有「%(source)s」。"),
    Refusal.UNKNOWN_SPACE: N_("没有「%(space)s」这个空间模板。"),
    Refusal.SPACE_USED: N_("空间模板「%(name)s」还有 %(count)s 个环节在用，不能删除。"),
    Refusal.LAST: N_("这是最后一个环节，不能删除。"),
}

_PROBLEMS: Mapping[str, str] = {
    "%(what)s '%(key)s' is described %(times)s times": N_("「%(key)s」写了 %(times)s 次，只能写一次。"),
    "'%(frm)s' supplies '%(to)s' %(times)s times": N_("「%(frm)s」供应「%(to)s」写了 %(times)s 次，只能写一次。"),
    "the name '%(name)s' is used by %(keys)s": N_("名称「%(name)s」用在了几个环节上（%(keys)s）。"),
    "'%(key)s' names an unknown parent '%(parent)s'": N_("「%(key)s」所属的分组「%(parent)s」不存在。"),
    "'%(key)s': its parent '%(parent)s' has a parent itself (two levels only)": N_(
        "「%(key)s」所属的「%(parent)s」自己也在分组里；分组只有一层。"
    ),
    "'%(key)s' is %(position)s, its parent '%(parent)s' %(of_parent)s": N_(
        "「%(key)s」在%(position)s，它的分组「%(parent)s」却在%(of_parent)s。"
    ),
    "'%(key)s' stands before its parent '%(parent)s' in the file": N_(
        "「%(key)s」写在了它的分组「%(parent)s」前面；请把分组写在前面。"
    ),
    "'%(key)s' has an unknown position '%(position)s'": N_("「%(key)s」的位置「%(position)s」不对。"),
    "no segment is %(position)s": N_("%(position)s还没有环节。"),
    "'%(frm)s' → '%(to)s': there is no segment '%(key)s'": N_(
        "供应关系「%(frm)s → %(to)s」里的环节「%(key)s」不存在。"
    ),
    "'%(frm)s' → '%(to)s': '%(key)s' is a group; supply its segments instead": N_(
        "供应关系「%(frm)s → %(to)s」里的「%(key)s」是分组，应写组里的环节。"
    ),
    "%(supplier)s '%(frm)s' cannot supply %(customer)s '%(to)s'": N_(
        "%(supplier)s的「%(frm)s」不能供应%(customer)s的「%(to)s」。"
    ),
    "cycle: %(names)s (%(keys)s)": N_("供应关系绕成了一个圈：%(names)s。请去掉其中一条。"),
    "'%(frm)s' → '%(to)s': %(share)s is not a share (above 0, at most 1)": N_(
        "「%(frm)s → %(to)s」的份额 %(share)s 不对：应大于 0、不超过 1。"
    ),
    "the input shares of '%(key)s' add up to %(total)s": N_("「%(key)s」各供应方的份额加起来是 %(total)s，超过了 1。"),
    "'%(key)s' neither supplies nor is supplied": N_("「%(key)s」还没有供应关系。"),
    "source '%(source)s' has neither a date nor a status": N_("来源「%(source)s」既没有日期也没有版本状态。"),
    "'%(key)s' has no source": N_("「%(key)s」没有写来源。"),
    "'%(key)s' names an unknown source '%(source)s'": N_("「%(key)s」写的来源「%(source)s」不在来源表里。"),
    "'%(key)s' cites '%(source)s' without a section": N_("「%(key)s」引用「%(source)s」时没有写章节。"),
    "space '%(space)s' has an unknown environmental class '%(env)s'": N_(
        "空间模板「%(space)s」的环评类别「%(env)s」不对。"
    ),
    "space '%(space)s': areas %(low)s–%(high)s m² are no range": N_(
        "空间模板「%(space)s」的面积 %(low)s–%(high)s ㎡ 不是一个范围。"
    ),
    "'%(key)s' names an unknown space '%(space)s'": N_("「%(key)s」写的空间模板「%(space)s」不存在。"),
    "'%(key)s' has no GB/T code": N_("「%(key)s」还没有行业代码。"),
    "'%(key)s': GB/T 4754-2017 has no code '%(code)s'": N_(
        "「%(key)s」的行业代码 %(code)s 不在国标 GB/T 4754—2017 里。"
    ),
    "'%(enterprise)s' is placed on an unknown segment '%(key)s'": N_("「%(enterprise)s」所在的环节「%(key)s」不存在。"),
    "'%(enterprise)s' is placed on a group, '%(key)s'": N_("「%(enterprise)s」放在了分组「%(key)s」上，应放在环节上。"),
    "'%(enterprise)s' on '%(key)s' has neither a section nor a source": N_(
        "「%(enterprise)s」在「%(key)s」上没有写来源。"
    ),
    "'%(enterprise)s' is placed on '%(key)s' %(times)s times": N_(
        "「%(enterprise)s」在「%(key)s」上写了 %(times)s 次，只能写一次。"
    ),
    "%(about)s: '%(day)s' is not a day from %(first)s to %(last)s": N_(
        "「%(about)s」的日期「%(day)s」不对，应在 %(first)s 到 %(last)s 年之间，写成 2026-11-24 的样子。"
    ),
}

_MISTAKES: Mapping[str, str] = {
    "expected a mapping (key: value)": N_("这里应是「名称: 内容」的形式。"),
    "unknown field '%(name)s'; allowed: %(allowed)s": N_("不认识的字段「%(name)s」；可以写的有：%(allowed)s。"),
    "missing field '%(name)s'": N_("缺少字段「%(name)s」。"),
    "expected a list": N_("这里应是一个列表，写成 [甲, 乙] 的样子。"),
    "expected %(expected)s, found a list or a mapping": N_("这里应是一个值，不是列表或「名称: 内容」。"),
    "expected %(expected)s, found '%(found)s' (quote it if it is text)": N_(
        "「%(found)s」的类型不对；如果它是文字，请加上引号。"
    ),
    "expected text, found nothing": N_("这里不能留空。"),
    "'%(value)s' is listed twice": N_("「%(value)s」列了两次，请去掉一个。"),
    "'%(value)s' is not a key (a-z, 0-9 and _, beginning with a letter)": N_(
        "代号「%(value)s」不对：只用小写字母、数字和下划线，以字母开头。"
    ),
    "'%(value)s' is not a GB/T 4754 code (a letter A-T or 2 to 4 digits)": N_(
        "「%(value)s」不是行业代码：应是 A 到 T 的字母，或 2 到 4 位数字。"
    ),
    "'%(value)s' is not one of: %(allowed)s": N_("「%(value)s」不对；可以写的有：%(allowed)s。"),
    "'%(value)s' is not a decimal number": N_("「%(value)s」不是数字。"),
    "expected a whole number from %(low)s to %(high)s, found %(value)s": N_(
        "应是 %(low)s 到 %(high)s 之间的整数，这里写的是 %(value)s。"
    ),
    "'%(value)s' is not a day such as 2026-11-24": N_("「%(value)s」不是日期，请写成 2026-11-24 的样子。"),
    "cannot be read: %(why)s": N_("文件读不出来（%(why)s）。"),
    "is larger than %(limit)s bytes": N_("文件太大：最多 %(limit)s 字节。"),
    "is not UTF-8": N_("不是 UTF-8 编码；请用记事本「另存为」，编码选 UTF-8。"),
    "is not YAML: %(why)s": N_(
        "不符合 YAML 格式（%(why)s）。常见原因：缩进没有对齐、冒号后面少空格、引号或括号没有成对。"
    ),
    "is nested too deeply": N_("嵌套太深，不像是产业链图谱。"),
    "is empty": N_("文件是空的。"),
    "anchors and aliases are not allowed: write the value out": N_("不能用 & 和 * 引用别处的内容，请直接写出来。"),
    "a key must be plain text": N_("冒号前面只能是文字。"),
    "duplicate key '%(key)s'": N_("「%(key)s」写了两次，请去掉一个。"),
    "key '%(key)s' differs from the folder's name '%(folder)s'": N_("代号「%(key)s」与文件夹名「%(folder)s」不一致。"),
    "expected [smallest, largest] area in m²": N_("面积应写成 [最小, 最大]，单位平方米。"),
    "duplicate segment '%(key)s', first on line %(first)s": N_("环节「%(key)s」写了两次，第一次在第 %(first)s 行。"),
    "missing field 'position' (a segment without parent must say it)": N_(
        "缺少 position：没有分组的环节要写明 upstream、midstream 或 downstream。"
    ),
    "expected one reference {source: section}": N_("来源应写成 {来源: 章节} 的样子，一次一个。"),
    "'%(frm)s' supplies '%(to)s' twice": N_("「%(frm)s」供应「%(to)s」写了两次，请去掉一个。"),
    "expected a share as a fraction in quotes, such as '3/10'": N_("份额应写成带引号的分数，例如 '3/10'。"),
    "a placement needs a 'section' of the document or a 'source' in words": N_(
        "企业落位要写来源：文件章节（section）或文字说明（source）。"
    ),
    "'%(enterprise)s' is placed on '%(segment)s' twice": N_(
        "「%(enterprise)s」在「%(segment)s」上写了两次，请去掉一个。"
    ),
}

#: Parameters of problems that are keys of segments, and those that are positions.
_KEYS = ("key", "frm", "to", "parent")
_PLACES = ("position", "of_parent", "supplier", "customer")


def refusal(error: EditError) -> Invalid:
    """The refused edit as an error of the form."""
    return Invalid("", _REFUSALS[error.refusal], **error.params)


def problem(found: Problem, chain: Chain) -> Sentence:
    """What is wrong with a map, with the names of its segments."""
    names = {segment.key: segment.name_zh for segment in chain.segments}
    values = dict(found.params)
    for name in _KEYS:
        if name in values:
            values[name] = names.get(str(values[name]), values[name])
    for name in _PLACES:
        if values.get(name) in POSITIONS:
            values[name] = Sentence(POSITIONS[str(values[name])])
    return Sentence(_PROBLEMS[found.template], values)


def mistake(error: FileError) -> Sentence:
    """What is wrong with a file, with the line where there is one."""
    said = Sentence(_MISTAKES[error.template], error.params)
    if not error.line:
        return said
    return Sentence(N_("第 %(line)s 行：%(said)s"), {"line": error.line, "said": said})
