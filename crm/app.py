"""create_app(): all wiring of the web application, and nothing else."""

from __future__ import annotations

import importlib
import pkgutil
import secrets
from pathlib import Path

import structlog
from flask import Flask, Response, abort, g, request
from flask_babel import Babel
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

import crm.web
from crm.infra import queue
from crm.infra.config import Settings, load_settings
from crm.infra.db import Database
from crm.services.audit import request_context
from crm.web import context, errors, kit, language

ROOT = Path(__file__).resolve().parents[1]

#: No inline script or style anywhere, nothing from outside; a page that shows a mail sets a policy of its own.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class RecordNumber(IntegerConverter):
    """`<int:…>` of an address, as far as a database can count: a longer number is a record that does not exist."""

    def __init__(self, url_map: Map, *args: object, **kwargs: object) -> None:
        super().__init__(url_map, *args, **{"max": kit.LARGEST_ID, **kwargs})  # type: ignore[arg-type]


class Application(Flask):
    """Flask with one unit of work a request: the commit comes after the view and before the answer leaves."""

    def dispatch_request(self) -> Response:  # type: ignore[override]
        response = self.make_response(super().dispatch_request())
        kit.settle(response)
        return response


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """The web application. Tests hand in settings and a database; a server reads the environment."""
    settings = settings or load_settings()
    app = Application(
        "crm",
        static_folder=str(ROOT / "static"),
        template_folder="web/templates",
        root_path=str(ROOT / "crm"),
    )
    app.url_map.converters["int"] = RecordNumber
    app.extensions["settings"] = settings
    app.extensions["database"] = database or Database.from_url(settings.database_url)
    queue.connect(settings)
    _configure(app, settings)
    _install(app, settings)
    _register_features(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="liantu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "crm" / "translations"),
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_KEY_PREFIX="liantu",
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _install(app: Flask, settings: Settings) -> None:
    Babel(app, locale_selector=context.locale)
    kit.csrf.init_app(app)
    kit.limiter.init_app(app)
    language.install(app)
    context.install(app)
    errors.install(app)
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(context.load_identity)
    app.before_request(_open_request)
    app.before_request(kit.guard)
    app.after_request(_close_request)
    app.teardown_request(kit.abandon)


def _open_request() -> None:
    g.request_id = secrets.token_hex(8)
    request_context.set((g.request_id, request.remote_addr))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, method=request.method, path=request.path)
    # PostgreSQL cannot store NUL and no honest browser sends it in an address.
    if any("\x00" in value for values in request.args.listvalues() for value in values) or "\x00" in request.path:
        abort(400)


def _close_request(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    headers["X-Request-ID"] = g.get("request_id", "")
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response


def _register_features(app: Flask) -> None:
    """Each folder of crm/web with a views module is a feature; adding one is adding a folder."""
    for module in sorted(m.name for m in pkgutil.iter_modules(crm.web.__path__) if m.ispkg):
        views = importlib.import_module(f"crm.web.{module}.views")
        app.register_blueprint(views.blueprint)
