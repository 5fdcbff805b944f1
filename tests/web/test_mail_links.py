"""Links in mails are made without a request; each must be a page of the application."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import NotFound

from workers.emails.letter import Links

EXPECTED = {
    "desk.home": lambda links: links.desk(),
    "leads.show": lambda links: links.lead(7),
    "introductions.show": lambda links: links.introduction(7),
    "projects.show": lambda links: links.project(7),
    "commitments.show": lambda links: links.commitment(7),
    "issues.show": lambda links: links.issue(7),
    "plans.task": lambda links: links.plan_task(7),
    "plans.version": lambda links: links.plan_version(7),
    "plans.survey": lambda links: links.survey(7),
    "gaps.target": lambda links: links.target(7),
    "parks.show": lambda links: links.park(7),
    "chains.show": lambda links: links.chain("biomedicine"),
    "chains.segment": lambda links: links.segment("biomedicine", "ivd_reagents"),
    "reminders.snooze": lambda links: links.snooze(7),
    "reports.weekly": lambda links: links.weekly("2026-W47"),
    "accounts.me": lambda links: links.account(),
}


@pytest.mark.parametrize("endpoint", EXPECTED)
def test_every_link_in_a_mail_leads_to_its_page(app, settings, endpoint: str) -> None:
    address = EXPECTED[endpoint](Links.of(settings))
    assert address.startswith(settings.public_url + "/")
    path = address.removeprefix(settings.public_url)
    try:
        found, _ = app.url_map.bind("localhost").match(path, method="GET")
    except NotFound:
        pytest.fail(f"{path} is no page of the application")
    assert found == endpoint


def test_every_method_of_links_is_tested() -> None:
    methods = {name for name in vars(Links) if not name.startswith("_") and name not in ("of", "base")}
    used = {word for line in EXPECTED.values() for word in line.__code__.co_names}
    assert methods == used
