"""Rows a second from the uploaded file to written leads, with the duplicate check against what is there.

One figure over all: the child that opens the file, the typing and checking for the preview, the decision under the
lock, the inserts, the search index and the audit trail. Matching runs afterwards and is not counted.
`--quick` takes 2,000 rows instead of 20,000.
"""

from __future__ import annotations

import csv
import io
import random
import tempfile
import time
from pathlib import Path

from bench.common import databases, emit, quick
from crm.domain.imports import ImportKind, ImportState
from crm.infra.db import Database
from crm.infra.storage import FileStore
from crm.models import ImportRun
from crm.services import imports, long_work
from crm.services.access import actor_for
from tests.cast import make_cast

SEED = 20261124
HEAD = (
    "企业名称", "联系人", "职务", "电话", "来源", "对方诉求", "总投资（万元）", "方式", "面积 目标（㎡）", "价格上限", "楼面荷载", "从业人员",
    "年营业收入（万元）", "行业代码", "成立日期",
)  # fmt: skip
NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
TRADES = (
    "诊断技术",
    "智能装备",
    "新材料",
    "生物科技",
    "电子",
    "环保工程",
    "食品",
    "服饰",
    "珠宝",
    "供应链",
    "软件",
    "检测",
)


def ledger(rows: int) -> bytes:
    """A table of firms that do not exist, the same for each run."""
    chance = random.Random(SEED)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEAD)
    for number in range(rows):
        brand, trade = "".join(chance.choices(NAMES, k=3)), chance.choice(TRADES)
        writer.writerow(
            (
                f"广州{brand}{trade}{number}号有限公司（示例）", f"{chance.choice(NAMES)}{chance.choice(NAMES)}", "经理", f"13{number:09d}",
                "走访", f"想租一层做{trade}，{chance.randint(3, 60)} 天内要看场地", chance.randint(100, 90_000), "租",
                chance.randint(100, 20_000), chance.randint(10, 90), f"{chance.randint(3, 15)}kN/㎡", chance.randint(1, 900),
                chance.randint(10, 90_000), "2770", f"20{chance.randint(10, 25)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
            )
        )  # fmt: skip
    return file.getvalue().encode("utf-8")


def bring(database: Database, files: FileStore, person_id: int, content: bytes) -> float:
    """Upload, check and write; seconds of the work between a person's clicks."""
    with database.writing() as session:
        upload = imports.Upload(ImportKind.LEADS, "bench.csv", io.BytesIO(content))
        run_id = imports.upload(session, actor_for(session, person_id), files, upload).id
    spent = _work(database, files)
    with database.writing() as session:
        mapping = {int(at): key for at, key in session.get_one(ImportRun, run_id).mapping.items()}
        imports.choose(session, actor_for(session, person_id), run_id, mapping)
    spent += _work(database, files)
    with database.writing() as session:
        imports.commit(session, actor_for(session, person_id), run_id)
    spent += _work(database, files)
    with database.reading() as session:
        run = session.get_one(ImportRun, run_id)
        if run.state is not ImportState.COMMITTED:
            raise SystemExit(f"the import ended as {run.state}: {run.error}")
    return spent


def _work(database: Database, files: FileStore) -> float:
    started = time.perf_counter()
    long_work.run_one(database, files)
    return time.perf_counter() - started


def main() -> None:
    rows = 2_000 if quick() else 20_000
    content = ledger(rows)
    with databases() as each:
        for name, database in each:
            with database.writing() as session:
                cast = make_cast(session)
            with tempfile.TemporaryDirectory() as folder:
                # Dictionaries of pinyin and scripts are loaded once a process.
                bring(
                    database, FileStore(Path(folder)), cast.officer, ledger(1).replace("广州".encode(), "佛山".encode())
                )
                long_work.run_waiting(database, FileStore(Path(folder)))
                spent = bring(
                    database, FileStore(Path(folder)), cast.officer, content.replace(b",13000000000,", b",13899999999,")
                )
            emit("import_rows_per_s", rows / spent, "rows/s", rows, name)


if __name__ == "__main__":
    main()
