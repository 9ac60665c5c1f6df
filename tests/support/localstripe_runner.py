"""localstripe as a process of its own on 127.0.0.1: `python localstripe_runner.py PORT`.

Its own command listens on every address and keeps its state in one file that all copies share.
"""

import sys

from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app

Store.dump_to_disk = lambda self: None
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
