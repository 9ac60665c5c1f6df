"""The public register's first page: the list and the search box."""

from flask import request

from app.kernel.uow import unit_of_work
from app.web.pages import Answer, page, tagged
from trademarks.search.queries import LONGEST, marks_by_words


def index() -> Answer:
    """Every mark, or those that fit `?q=`."""
    asked = request.args.get("q", "")[:LONGEST]
    with unit_of_work(read_only=True) as uow:
        found = marks_by_words(uow, asked)
    return tagged(page("trademarks/search/index.html", marks=found, asked=asked))
