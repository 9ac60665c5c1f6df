"""The roof: `create_app()` mounts kernel, web and every package by name."""

import logging
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, g
from werkzeug.middleware.proxy_fix import ProxyFix

from app.kernel import config as configuration
from app.kernel import db as database
from app.kernel import jobs, migrations, relay, storage
from app.kernel.config import Config
from app.kernel.db import db
from app.web import assets, compress, desk, files, health, i18n, kept_form, problems, security

STOREYS = ("app.identity", "app.registry", "app.cases")
PACKAGES = ("ledger", "sensors_link", "trademarks", "traceability", "marketplace")
"""Bottom to top; each has a `blueprint.py` with `init_app`."""

ROOT = Path(__file__).resolve().parents[1]


def create_app(config: Config | None = None) -> Flask:
    """A whole application. Raises BadConfiguration when the environment is absurd."""
    config = config or configuration.load()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=config.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = Flask("coi", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(
        COI=config,
        SECRET_KEY=configuration.secret_key(config),
        SQLALCHEMY_DATABASE_URI=config.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(config.sqlalchemy_url),
        MAX_CONTENT_LENGTH=config.max_upload_bytes,
        TRANSLATIONS=ROOT / "translations",
        MIGRATIONS=ROOT / "migrations",
    )
    app.extensions["coi.config"] = config
    app.extensions["coi.storage"] = storage.storage_from(config)
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        database.prepare(db.engine)
    migrations.bind(app, db, ROOT / "migrations")
    for part in (i18n, problems, security, health, desk, files, compress):
        part.init_app(app)
    _templates(app, config)
    jobs.every(app, jobs.SWEEP, relay.sweep, seconds=5)
    jobs.every(app, "outbox.prune", relay.prune_old, seconds=86_400)
    for name in (*STOREYS, *PACKAGES, "app.cli"):
        module = name if name == "app.cli" else f"{name}.blueprint"
        import_module(module).init_app(app)
    jobs.make_celery(app, config)
    return app


def _own(config: Config, setting: str) -> str:
    """The office's name or number; a demonstration's own are nobody's anywhere else."""
    return str(getattr(config, setting)) if config.demo or setting in config.model_fields_set else ""


def _templates(app: Flask, config: Config) -> None:
    public = SimpleNamespace(
        public_url=config.site_url,
        demo=config.demo,
        office_phone=_own(config, "office_phone"),
        office_name=_own(config, "office_name"),
    )
    app.jinja_env.globals.update(asset=assets.asset, config_public=public, page_shown=kept_form.page_shown)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"actor": g.get("actor")})
