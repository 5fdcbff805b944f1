"""Every page × every role: who sees it, who gets 404, and that nothing forgot to say whom it is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from crm.domain.access import Permission, Role, allowed
from crm.web import kit
from tests.samples import SAMPLES, make_samples

#: Pages that need more than a role: they answer 404 for records outside the person's scope, tested with each feature.
SCOPED = {
    "leads.", "introductions.", "projects.", "parks.", "enterprises.", "merges.", "reminders.", "users.", "accounts.revoke",
    "reports.mail", "views.", "commitments.", "issues.",
    "imports.", "exports.", "jobs.",
}  # fmt: skip


def rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def address(app: Flask, rule: Rule, samples: dict[str, object]) -> str:
    values = {}
    for argument in rule.arguments:
        name = f"{rule.endpoint}:{argument}" if f"{rule.endpoint}:{argument}" in samples else argument
        assert name in samples, f"{rule.endpoint} takes {argument!r}: add a sample to tests/samples.py"
        values[argument] = samples[name]
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def test_every_endpoint_says_whom_it_is_for(app):
    silent = [rule.endpoint for rule in rules(app) if kit.access_of(app, rule.endpoint) is None]
    assert silent == []


def test_every_sample_is_used(app):
    arguments = {argument for rule in rules(app) for argument in rule.arguments}
    endpoints = {f"{rule.endpoint}:{argument}" for rule in rules(app) for argument in rule.arguments}
    assert set(SAMPLES) - arguments - endpoints == set()


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_exactly_its_pages(app, database, cast, settings, sign_in, role):
    samples = make_samples(database, cast, settings)
    browser = sign_in(cast.by_role()[role])
    wrong = []
    for rule in rules(app):
        needed = kit.access_of(app, rule.endpoint)
        if needed == kit.PUBLIC or "GET" not in rule.methods:
            continue
        # A file is sent as an open one; whoever has it closes it.
        with browser.get(address(app, rule, samples)) as answer:
            status = answer.status_code
        if not allowed(role, Permission(needed)):
            if status != 404:
                wrong.append(f"{rule.endpoint}: {status} for a role without {needed}")
        elif status >= 500 or (status >= 400 and not rule.endpoint.startswith(tuple(SCOPED))):
            wrong.append(f"{rule.endpoint}: {status} for a role with {needed}")
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_no_role_can_post_what_it_may_not(app, database, cast, settings, sign_in, role):
    samples = make_samples(database, cast, settings)
    browser = sign_in(cast.by_role()[role])
    wrong = []
    for rule in rules(app):
        needed = kit.access_of(app, rule.endpoint)
        if needed == kit.PUBLIC or "POST" not in rule.methods or allowed(role, Permission(needed)):
            continue
        status = browser.post(address(app, rule, samples)).status_code
        if status != 404:
            wrong.append(f"{rule.endpoint}: {status}")
    assert wrong == []


def test_a_stranger_is_sent_to_the_sign_in_page(app, database, cast, settings, client):
    samples = make_samples(database, cast, settings)
    wrong = []
    for rule in rules(app):
        if kit.access_of(app, rule.endpoint) == kit.PUBLIC:
            continue
        method = client.get if "GET" in rule.methods else client.post
        answer = method(address(app, rule, samples))
        if answer.status_code != 302 or "/sign-in" not in answer.headers["Location"]:
            wrong.append(f"{rule.endpoint}: {answer.status_code} {answer.headers.get('Location')}")
    assert wrong == []


@pytest.fixture
def nothing_built(built):
    """For a test that adds to the application: it gets one of its own."""
    kept = built[:]
    built.clear()
    yield
    built[:] = kept


def test_a_view_whose_author_forgot_the_permission_answers_nobody(nothing_built, app, cast, sign_in):
    app.add_url_rule("/forgot", "forgot", lambda: "secret")
    assert sign_in(cast.leader).get("/forgot").status_code == 404


def test_pages_carry_a_strict_policy_and_an_id(client):
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.headers["X-Request-ID"]) == 16
