"""The WSGI door: the application, and the Celery application for the worker."""

from app.factory import create_app

app = create_app()
celery = app.extensions["celery"]
