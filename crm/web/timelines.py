"""The timeline card that leads and projects share: events as sentences, comments with their mentions, files in place.

Use: `timelines.read(lead, files, …)` in the view, `{% include "records/_timeline.html" %}` in the page (variable
`timeline`). The tab and the page of it live in the address: `?show=comments&before=417`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request, url_for
from flask_babel import gettext

from crm.domain import events
from crm.domain.access import Permission
from crm.domain.contacts import mask_numbers
from crm.domain.mentions import split
from crm.services import timeline as log
from crm.services.access import Actor
from crm.services.timeline import Show
from crm.web import formats, kit


@dataclass(frozen=True, slots=True)
class Event:
    """One line: `pieces` are its words, each with whether it names a colleague; `files` what was handed in with it."""

    title: str
    when: str
    who: str = ""
    pieces: Sequence[tuple[str, bool]] = ()
    kind: str = ""
    href: str = ""
    files: Sequence[object] = ()
    #: Id of an own comment, which may be taken back.
    own_comment: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the card shows."""

    events: Sequence[Event]
    #: (label, address, active, count)
    tabs: Sequence[tuple[str, str, bool, int | None]]
    show: Show
    more_url: str
    first_url: str
    comment_url: str
    project_id: int | None
    people_url: str


def read(lead, files: Sequence, *, project=None, on_project: bool = False, todo: Iterable[Event] = ()) -> Timeline:
    """The card of a lead, or (`on_project`) of the project that it became; both show the whole story.

    `files` are the lead's, from `attachments.of_lead`; `todo` are open promises, drawn above what happened.
    """
    session, actor = kit.session(), kit.actor()
    show, before = _wanted()
    if on_project:
        page = log.of_project(session, project, show, before=before)
    else:
        page = log.of_lead(session, lead.id, show, before=before)
    found = _events(page, files, actor, show)
    if before is None and show in (Show.SUBSTANTIVE, Show.ALL):
        found = [*todo, *found]

    def address(**args: object) -> str:
        if on_project:
            return url_for("projects.show", project_id=project.id, _anchor="time", **args)
        return url_for("leads.show", lead_id=lead.id, _anchor="time", **args)

    return Timeline(
        events=found,
        tabs=_tabs(show, address, page.comment_count, len(files)),
        show=show,
        more_url=address(show=show.value, before=page.more) if page.more else "",
        first_url=address(show=show.value) if before is not None else "",
        comment_url=url_for("comments.write", lead_id=lead.id) if actor.may(Permission.COMMENTS_WRITE) else "",
        project_id=project.id if on_project else None,
        people_url=url_for("comments.people", lead_id=lead.id),
    )


def _wanted() -> tuple[Show, int | None]:
    given = request.args.get("show", "")
    show = Show(given) if given in {each.value for each in Show} else Show.SUBSTANTIVE
    return show, kit.id_argument("before")


def _tabs(show: Show, address: Callable[..., str], said: int, files: int) -> list[tuple[str, str, bool, int | None]]:
    words = (
        (Show.SUBSTANTIVE, gettext("实质活动"), None),
        (Show.ALL, gettext("全部修改"), None),
        (Show.COMMENTS, gettext("评论"), said),
        (Show.FILES, gettext("附件"), files),
    )
    return [
        (text, address() if each is Show.SUBSTANTIVE else address(show=each.value), each is show, count)
        for each, text, count in words
    ]


def _events(page: log.Page, files: Sequence, actor: Actor, show: Show) -> list[Event]:
    """Whoever may not see contacts gets numbers in free text masked too."""
    mask = str if actor.may(Permission.CONTACTS_REVEAL) else mask_numbers
    by_id = {each.id: each for each in files}
    by_follow_up: dict[int, list] = {}
    for each in files:
        if each.follow_up_id is not None:
            by_follow_up.setdefault(each.follow_up_id, []).append(each)
    shown = {each.params.get("follow_up_id") for each in page.events if each.kind == "follow_up.done"}
    found = []
    for activity in page.events:
        params: Mapping[str, object] = activity.params or {}
        if activity.kind == "file.added" and params.get("follow_up_id") in shown and show is not Show.FILES:
            continue  # It stands with its follow-up.
        event = event_of(activity, mask)
        if activity.kind == "follow_up.done":
            event = replace(event, files=by_follow_up.get(params.get("follow_up_id"), ()))
        elif activity.kind == "file.added":
            # The title names the file: it is the link, as long as the file is there.
            file = by_id.get(params.get("file_id"))
            event = replace(event, href=url_for("files.show", attachment_id=file.id)) if file else event
        elif activity.kind == "comment.written":
            event = _said(event, page.comments.get(params.get("comment_id")), page.names, actor, mask)
        found.append(event)
    return found


def event_of(activity, mask: Callable[[str], str] = str) -> Event:
    """One activity in the reader's words."""
    params = activity.params or {}
    words = events.text(activity.kind, params)
    reason = events.declined(params) if activity.kind in ("introduction.declined", "project.side") else None
    parts = [part for part in (reason.say(gettext) if reason else "", mask(words) if words else "") if part]
    href = ""
    if activity.introduction_id is not None:
        href = url_for("introductions.show", introduction_id=activity.introduction_id)
    elif "merge_id" in params and kit.actor().may(Permission.RECORDS_MERGE):
        href = url_for("merges.show", merge_id=params["merge_id"])
    return Event(
        title=events.sentence(activity.kind, params).say(gettext),
        when=formats.moment(activity.at),
        who=activity.actor.name if activity.actor else "",
        pieces=(("\n".join(parts), False),) if parts else (),
        kind="key" if activity.is_substantive else "",
        href=href,
    )


def _said(event: Event, comment, names: Mapping[int, str], actor: Actor, mask: Callable[[str], str]) -> Event:
    if comment is None or comment.removed_at is not None:
        return replace(event, pieces=((gettext("（已由本人删去）"), False),))
    own = comment.id if comment.author_id == actor.id else None
    named = [names[each] for each in comment.mentions if each in names]
    return replace(
        event, title=event.who, who=event.title, kind="said", pieces=split(mask(comment.body), named), own_comment=own
    )
