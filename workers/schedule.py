"""What beat does: it only ticks. All calendar logic is ours, in Asia/Shanghai; two beats do no harm."""

from __future__ import annotations

from crm.infra import queue

TICK_SECONDS = 60
#: A tick that waited this long is dropped: the next one does the same work.
TICK_EXPIRES = 55
BEAT_FILE = "beat-schedule"
#: Name of the task that gives a sign of life.
HEARTBEAT = "health.beat"


def beat_schedule() -> dict[str, dict[str, object]]:
    """Four ticks a minute: a sign of life, the planner, the deliverer, long work that nobody has taken up."""
    return {
        task: {"task": task, "schedule": TICK_SECONDS, "options": {"expires": TICK_EXPIRES}}
        for task in (HEARTBEAT, queue.PLANNER_TICK, queue.MAIL_DELIVER, queue.JOBS_RUN)
    }
