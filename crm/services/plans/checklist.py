"""What is to be settled before a plan is handed in. Advice: nothing here stops anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crm.domain.labels import N_
from crm.domain.plans import PlanDocument, TaskState
from crm.domain.sentences import Sentence
from crm.services.plans.tasks import TaskRow
from crm.services.plans.view import GapRow, Item, LeaderRow, MapChange

_NAMED = 2


def checklist(
    document: PlanDocument,
    leaders: Sequence[LeaderRow],
    gaps: Sequence[GapRow],
    tasks: Sequence[TaskRow],
    changes: Sequence[MapChange],
) -> tuple[Item, ...]:
    """In the order of the document."""
    parts = (
        _head(document),
        _goals(document),
        _of_map(changes),
        _leaders(leaders),
        _gaps(document, gaps),
        _tasks(tasks),
    )
    return tuple(item for part in parts for item in part)


def _head(document: PlanDocument) -> Iterator[Item]:
    missing = [
        Sentence(name)
        for name, value in ((N_("链长"), document.chief), (N_("牵头部门"), document.lead_unit))
        if not value
    ]
    if missing:
        both = Sentence(N_("%(one)s和%(other)s"), {"one": missing[0], "other": missing[-1]})
        what = both if len(missing) == 2 else missing[0]
        yield Item(Sentence(N_("没有写%(what)s"), {"what": what}), Sentence(N_("文件未给出，由专班填")), "edit")


def _goals(document: PlanDocument) -> Iterator[Item]:
    measured = [goal for goal in document.goals if goal.value is not None and goal.year is not None]
    if not measured:
        yield Item(Sentence(N_("没有带年份和数值的目标")), Sentence(N_("第一节，至少写一条能考核的")), "edit")


def _of_map(changes: Sequence[MapChange]) -> Iterator[Item]:
    if changes:
        title = Sentence(N_("图谱 %(count)s 处变化未写入"), {"count": len(changes)})
        yield Item(title, _listed([each.segment.name for each in changes]), "edit")


def _leaders(leaders: Sequence[LeaderRow]) -> Iterator[Item]:
    loose = [row.name for row in leaders if not row.segments]
    if len(loose) == 1:
        yield Item(
            Sentence(N_("%(name)s未归环节"), {"name": loose[0]}), Sentence(N_("第三节，在图谱落位或注明待定")), "chain"
        )
    elif loose:
        yield Item(Sentence(N_("%(count)s 家龙头未归环节"), {"count": len(loose)}), _listed(loose), "chain")


def _gaps(document: PlanDocument, gaps: Sequence[GapRow]) -> Iterator[Item]:
    if not document.gaps:
        yield Item(Sentence(N_("没有选要补的缺环")), Sentence(N_("第四节，从图谱的优先级里选")), "edit")
        return
    idle = [row.segment.name for row in gaps if not row.tasks]
    if idle:
        yield Item(Sentence(N_("%(count)s 个缺环没有任务"), {"count": len(idle)}), _listed(idle), "tasks")


def _tasks(tasks: Sequence[TaskRow]) -> Iterator[Item]:
    late = [row for row in tasks if row.overdue]
    if late:
        title = Sentence(N_("%(count)s 项任务逾期"), {"count": len(late)})
        yield Item(title, _listed([row.task.text for row in late]), "task", late[0].task.id)
    loose = [row for row in tasks if row.task.state is TaskState.OPEN and not (row.task.owner_id and row.task.due_on)]
    if loose:
        title = Sentence(N_("%(count)s 项任务没有责任人或期限"), {"count": len(loose)})
        yield Item(title, Sentence(N_("第七节，逐项指定")), "tasks")


def _listed(names: Sequence[str]) -> Sentence:
    """The first names, and how many there are in all."""
    shown = "、".join(name if len(name) <= 20 else name[:19] + "…" for name in names[:_NAMED])
    if len(names) <= _NAMED:
        return Sentence("%(names)s", {"names": shown})
    return Sentence(N_("%(names)s 等 %(count)s 项"), {"names": shown, "count": len(names)})
