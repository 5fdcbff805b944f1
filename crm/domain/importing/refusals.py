"""Why a file is not read, said to the person: what is wrong and what to do. The codes are those of `infra.sheets`."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.labels import N_
from crm.domain.sentences import Sentence

_SENTENCES: dict[str, str] = {
    "empty": N_("文件里没有内容。请检查是不是存错了文件。"),
    "not_a_table": N_("这不是表格文件。请上传 .xlsx 或 .csv。"),
    "old_xls": N_("这是旧版 .xls 文件。请在 Excel 或 WPS 里另存为 .xlsx 再上传。"),
    "encrypted": N_("文件有打开密码。请去掉密码，另存后再上传。"),
    "other_office": N_("这种格式读不了。请另存为 .xlsx 再上传。"),
    "web_page": N_("这其实是网页，只是用了表格的扩展名。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传。"),
    "broken": N_("文件已损坏，打不开。请用 Excel 或 WPS 打开后另存一份再上传。"),
    "bomb": N_("文件解压后大得不合常理，没有读取。请只保留要导入的工作表，另存后再上传。"),
    "entities": N_("文件里有外部实体定义，表格不需要它，没有读取。请用 Excel 或 WPS 另存一份再上传。"),
    "too_long": N_("一次最多导入 %(most)s 行，请分成几个文件。"),
    "too_wide": N_("最多读 200 列，这个文件更宽。请删去用不着的列。"),
    "cell_too_long": N_("第 %(line)s 行有一格超过 %(most)s 个字，请缩短。"),
    "no_sheet": N_("文件里没有可读的工作表；隐藏的工作表不读。"),
    "bad_byte": N_("第 %(line)s 行有无法识别的字符。请把文件另存为 UTF-8 编码的 CSV，或直接用 .xlsx。"),
    "bad_quotes": N_("从第 %(line)s 行起引号不配对，读不下去。请检查这一行的双引号。"),
    "too_heavy": N_("文件太复杂，在限定的时间和内存里读不完。请只保留要导入的数据，另存后再上传。"),
    "no_header": N_("找不到表头：前 20 行里没有认得的列名。请保留一行列名，或用模板填写。"),
    "no_rows": N_("表头下面没有数据。"),
    "wrong_kind": N_("请上传 .xlsx 或 .csv 文件；这个文件的扩展名是 %(suffix)s。"),
}


def sentence_of(reason: str, params: Mapping[str, object] | None = None) -> Sentence:
    """The sentence of a refusal."""
    return Sentence(_SENTENCES[reason], dict(params or {}))
