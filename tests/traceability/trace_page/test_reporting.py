"""Reports from anybody: not without end from one place."""

from flask.testing import FlaskClient

from tests.scene import people
from traceability.trace_page.report_views import REPORTS_PER_ADDRESS


def test_one_address_cannot_fill_the_desk_with_reports(client: FlaskClient) -> None:
    people.office()
    typed = {"kind": "other", "text": "Tem bị mờ."}
    for _ in range(REPORTS_PER_ADDRESS):
        assert client.post("/report", data=typed).status_code == 200
    refused = client.post("/report", data=typed)
    assert refused.status_code == 429
    assert "Tem bị mờ." in refused.text
