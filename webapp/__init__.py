"""Sintonia: the hub between an internet provider and the content platforms that it sells."""

from webapp import calm, lazy  # isort: split

from urllib.parse import urlsplit

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import api, errors, json_bodies, logs, schema, web
from webapp.config import Settings, load_settings
from webapp.database import engine_options, prepare
from webapp.extensions import babel, csrf, db, htmx, limiter
from webapp.gateways import registry
from webapp.paths import STATIC, TEMPLATES, TRANSLATIONS
from webapp.services import hub, leadership
from webapp.services.queue import deferring

__version__ = "0.1.0"
lazy.show()
calm.over()


def create_app(settings: Settings | None = None, **overrides: object) -> APIFlask:
    """Build the application.

    Args:
        settings: None = read them from the environment and the instance folder.
        overrides: Flask configuration for tests.

    Raises:
        ConfigError: show its problems and stop.
    """
    settings = settings or load_settings()
    app = APIFlask(
        __name__,
        title="Sintonia",
        version=__version__,
        docs_path=None,
        spec_path=None,
        template_folder=str(TEMPLATES),
        static_folder=str(STATIC),
        instance_path=str(settings.instance),
    )
    logs.configure(settings)
    registry.load()
    app.config.from_mapping(_flask_config(settings), **overrides)
    _bind_extensions(app, settings)
    hub.init_app(app, settings)
    _trust_proxies(app, settings)
    json_bodies.register(app)
    errors.register(app)
    web.register(app, settings)
    api.register(app)
    return app


def _trust_proxies(app: APIFlask, settings: Settings) -> None:
    """Without a proxy in front, anybody could claim any address in a header."""
    count = settings.proxies
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url, settings.database_connections),
        "BABEL_DEFAULT_LOCALE": settings.locale,
        "BABEL_DEFAULT_TIMEZONE": settings.timezone,
        "BABEL_TRANSLATION_DIRECTORIES": str(TRANSLATIONS),
        # A dashboard left open for an hour must not refuse its first click.
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "TRUSTED_HOSTS": _own_names(settings),
    }


def _own_names(settings: Settings) -> list[str] | None:
    """Whoever asks for another name did not find us by ours. None = any, as long as we have no name."""
    name = urlsplit(settings.base_url).hostname
    return [name, "localhost", "127.0.0.1", "[::1]"] if name else None


def _bind_extensions(app: APIFlask, settings: Settings) -> None:
    db.init_app(app)
    with app.app_context():
        prepare(db.engine, settings.instance)
        deferring.install(db.engine)
        leadership.install(db.engine)
    schema.bind(app, db, batch=settings.sqlite)
    csrf.init_app(app)
    htmx.init_app(app)
    limiter.init_app(app)
    babel.init_app(app)
