"""The resolver's answers for programs: a linkset (RFC 9264) and JSON-LD.

Source: GS1-Conformant Resolver Standard 1.2; link types of the namespace https://ref.gs1.org/voc/.
"""

import json
from typing import Final

from flask import Request, Response, current_app, make_response, url_for

from app.kernel.config import Config
from traceability.labels import digital_link
from traceability.trace_page.queries import Found

LINKSET: Final = "application/linkset+json"
JSON_LD: Final = "application/ld+json"
VOC: Final = "https://ref.gs1.org/voc/"


def is_wanted(request: Request) -> bool:
    """Whether the reader is a program: `linkType=linkset|all`, or it accepts a linkset and no page."""
    if request.args.get("linkType") in ("linkset", "all"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", LINKSET, JSON_LD, "application/json"])
    return best in (LINKSET, JSON_LD, "application/json") and not request.accept_mimetypes.accept_html


def answer(found: Found, request: Request) -> Response:
    """Links of a lot or label, by what the reader accepts."""
    config: Config = current_app.extensions["coi.config"]
    anchor = config.site_url + digital_link.build(found.gtin, lot=found.lot_no, serial=found.serial)
    proof = config.site_url + url_for("traceability_public.proof", lot_id=found.lot_id)
    page = {"href": anchor, "title": "Trace record", "type": "text/html", "hreflang": ["vi", "en"]}
    links = {
        "anchor": anchor,
        VOC + "defaultLink": [page],
        VOC + "pip": [page],
        VOC + "traceability": [page, {"href": proof, "title": "Proof bundle", "type": "application/json"}],
    }
    best = request.accept_mimetypes.best_match([LINKSET, JSON_LD, "application/json"], LINKSET)
    if best == JSON_LD:
        body = {
            "@context": {"gs1": VOC},
            "@id": anchor,
            "@type": "gs1:Product",
            "gs1:gtin": found.gtin,
            "gs1:hasBatchLotNumber": found.lot_no,
            "gs1:traceability": {"@id": proof},
        }
        if found.serial:
            body["gs1:hasSerialNumber"] = found.serial
        reply = make_response(json.dumps(body, ensure_ascii=False))
    else:
        reply = make_response(json.dumps({"linkset": [links]}, ensure_ascii=False))
    reply.headers["Content-Type"] = best
    reply.headers["Access-Control-Allow-Origin"] = "*"
    reply.headers["Vary"] = "Accept"
    return reply
