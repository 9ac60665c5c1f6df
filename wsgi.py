"""The WSGI door: the application, and the Celery application for the worker.

Web and worker do not start with settings that belong to another installation's data. Commands do: they are
what an operator finds the fault with.
"""

import os
import sys

from app.factory import create_app
from app.web import health

app = create_app()
celery = app.extensions["celery"]

if os.environ.get("FLASK_RUN_FROM_CLI") != "true":  # set by Flask when `flask …` loads this door
    with app.app_context():
        if unfit := health.unfit():
            sys.exit(f"coi: {unfit}")
