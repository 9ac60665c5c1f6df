"""A guest at the shop's own pages: puts things into a cart, fills the checkout in and sends it."""

import re
from uuid import uuid4

from flask.testing import FlaskClient

from marketplace.listings.queries import ListingView


def address(**changes: str) -> dict[str, str]:
    """The checkout as it is filled in, in a new form each time."""
    return {
        "name": "Lê Thị Mua",
        "phone": "0912 345 678",
        "province": "79",
        "commune_text": "thanh an",
        "address": "12 Đường số 3",
        "method": "vietqr",
        "client_id": str(uuid4()),
    } | changes


def seen(client: FlaskClient, handover: str = "delivery") -> dict[str, str]:
    """The hidden fields of the checkout page: what the buyer was shown."""
    page = client.get("/checkout", query_string={"handover": handover}).text
    return dict(re.findall(r'name="(agreed|handover)" type="hidden" value="([^"]*)"', page))


def checks_out(client: FlaskClient, **changes: str):
    """A buyer opens the checkout, fills it in and sends it."""
    return client.post("/checkout", data=address(**(seen(client) | changes)))


def put(client: FlaskClient, listing: ListingView, units: object = 2, **more: object):
    """Some units of a listing go into the cart."""
    return client.post("/cart/add", data={"listing": str(listing.id), "units": str(units), **more})
