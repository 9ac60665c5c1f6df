"""The WSGI door: the application, and the Celery application for the worker.

Web and worker do not start with settings that belong to another installation's data. Commands do: they are
what an operator finds the fault with.
"""

import gc
import os
import sys

gc.disable()  # what a start makes stays: looking through it for garbage is a tenth of the start and more

from app.factory import create_app  # noqa: E402 - without the collector
from app.web import health  # noqa: E402 - as well

app = create_app()
celery = app.extensions["celery"]

if os.environ.get("FLASK_RUN_FROM_CLI") != "true":  # set by Flask when `flask …` loads this door
    with app.app_context():
        if unfit := health.unfit():
            sys.exit(f"coi: {unfit}")

gc.freeze()  # the garbage of the start too: looking for it would cost what was saved
gc.enable()
