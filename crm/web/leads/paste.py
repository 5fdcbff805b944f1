"""The paste box (粘贴识别): a message is read, and fills what nobody has typed."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import MultiDict

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.paste import Reading
from crm.services.leads.paste import read_message
from crm.web import kit
from crm.web.leads import entry, prefill
from crm.web.leads.blueprint import blueprint
from crm.web.leads.forms import LeadForm
from crm.web.leads.lookups import MANY, who


@blueprint.post("/paste")
@kit.requires(Permission.LEADS_CREATE)
@kit.limiter.limit(MANY, key_func=who)
def paste() -> tuple[str, int]:
    """The form again with what the message says. Nothing is stored."""
    session, actor = kit.session(), kit.actor()
    sent = MultiDict(request.form)
    try:
        reading = read_message(session, actor, sent.get("paste", ""))
    except Invalid as error:
        form = entry.offered(LeadForm(formdata=sent))
        form.paste.errors = [kit.sentence(error)]
        return entry.form_page(form, 422, fragment=kit.is_htmx())
    try:
        before = read_message(session, actor, sent.get("pasted", ""))
    except Invalid:
        before = Reading("")
    fill(sent, reading, before)
    sent["pasted"], sent["paste"] = reading.text, ""
    return entry.form_page(LeadForm(formdata=sent), reading=reading, fragment=kit.is_htmx())


def fill(sent: MultiDict, reading: Reading, before: Reading) -> None:
    """Put the values of a reading where nothing was typed; what an earlier message filled gives way."""
    standing = prefill.defaults()
    for name, value in before.values.items():
        if name != "platforms" and sent.get(name) == value:
            sent[name] = standing.get(name, "")
    read = {span.value for span in before.of("platforms") if span.is_sure}
    kept = [value for value in sent.getlist("platforms") if value not in read]
    wanted = [span.value for span in reading.of("platforms") if span.is_sure]
    sent.setlist("platforms", list(dict.fromkeys([*kept, *wanted])))
    for name, value in reading.values.items():
        if name != "platforms" and sent.get(name, "").strip() in ("", standing.get(name, "")):
            sent[name] = value
