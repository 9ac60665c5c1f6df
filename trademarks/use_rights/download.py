"""A certificate's stored PDF as an answer, for its holder and for the desk."""

from flask import Response, current_app, make_response

from app.kernel.problems import Conflict
from app.kernel.storage import Storage


class CertificateNotReady(Conflict):
    """The worker has not made the PDF yet, or it was removed with its household."""

    type = "certificate-not-ready"


def certificate_file(pdf_key: str | None, certificate_no: str) -> Response:
    """The stored PDF as a download. Raises CertificateNotReady."""
    if pdf_key is None:
        raise CertificateNotReady(certificate_no=certificate_no)
    storage: Storage = current_app.extensions["coi.storage"]
    answer = make_response(storage.read(pdf_key))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{certificate_no}.pdf"'
    return answer
