"""For machines: alive, ready, metrics. No page of a person's, and nothing personal."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from crm.infra.config import LOOPBACK
from crm.services import health
from crm.web import kit

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@kit.public
def healthz() -> Response:
    """This process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
@kit.public
def readyz() -> tuple[Response, int]:
    """Everything it needs answers; 503 names what does not. Notes only to this machine."""
    checks = health.readiness(kit.session(), kit.settings())
    good = all(check.good for check in checks)
    local = request.remote_addr in LOOPBACK
    parts = {check.name: {"good": check.good} | ({"note": check.note} if local else {}) for check in checks}
    return jsonify(status="ready" if good else "not ready", checks=parts), 200 if good else 503


@blueprint.get("/metrics")
@kit.public
def metrics() -> Response:
    """Gauges for Prometheus, if switched on, to this machine only."""
    if not kit.settings().metrics or request.remote_addr not in LOOPBACK:
        abort(404)
    registry = CollectorRegistry()
    session = kit.session()
    checks = Gauge("liantu_check_good", "1 if the check is good", ["check"], registry=registry)
    for check in health.readiness(session, kit.settings()):
        checks.labels(check.name).set(int(check.good))
    outbox = Gauge("liantu_outbox_mails", "Mails by state", ["state"], registry=registry)
    for state, count in health.outbox_counts(session).items():
        outbox.labels(state).set(count)
    return Response(generate_latest(registry), mimetype="text/plain")
