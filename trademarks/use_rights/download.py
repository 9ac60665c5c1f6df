"""A certificate's stored PDF as an answer, for its holder and for the desk; and its proof, for everyone."""

from flask import Response, current_app

from app.kernel.problems import Conflict
from app.kernel.storage import Storage
from app.web.pages import download, tagged


class CertificateNotReady(Conflict):
    """The worker has not made the PDF yet, or it was removed with its household."""

    type = "certificate-not-ready"


def certificate_file(pdf_key: str | None, certificate_no: str) -> Response:
    """The stored PDF as a download. Raises CertificateNotReady."""
    if pdf_key is None:
        raise CertificateNotReady(certificate_no=certificate_no)
    storage: Storage = current_app.extensions["coi.storage"]
    return download(storage.read(pdf_key), f"{certificate_no}.pdf", "application/pdf")


def proof_file(bundle: bytes, certificate_no: str) -> Response:
    """A proof bundle, for the pages and programs of others too."""
    answer = download(bundle, f"proof-{certificate_no}.json", "application/json")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return tagged(answer)
