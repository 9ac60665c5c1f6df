"""How anything is answered: headers, CSRF, errors for people and for programs, compression."""

import gzip
import uuid

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError

from app.factory import create_app
from app.kernel.config import Config
from app.kernel.problems import DomainError
from app.web.pages import local_target
from app.web.problems import SENTENCES
from tests.scene.people import farm_household, logs_in


def subclasses(kind: type[DomainError]) -> set[type[DomainError]]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(one) for one in found)) if found else found


def test_every_named_error_that_a_person_can_meet_has_its_sentence(app: Flask) -> None:
    """The log's refusals are told to its operator by the command line, in English."""
    bare = {"invalid", "not-found", "conflict", "forbidden", "unavailable"}
    silent = {
        f"{one.__module__}.{one.__name__}"
        for one in subclasses(DomainError)
        if one.type not in SENTENCES.all()
        and one.type not in bare
        and not one.__module__.startswith(("tests", "ledger.refusals"))
    }
    assert silent == set()


class TestHeaders:
    def test_allow_scripts_and_styles_from_here_alone(self, client: FlaskClient) -> None:
        policy = client.get("/t").headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "nonce" not in policy
        assert "frame-ancestors 'none'" in policy

    def test_forbid_sniffing(self, client: FlaskClient) -> None:
        assert client.get("/t").headers["X-Content-Type-Options"] == "nosniff"

    def test_let_no_shared_cache_keep_a_page_of_somebody(self, client: FlaskClient) -> None:
        logs_in(client, farm_household())
        assert client.get("/farm/sensors/").headers["Cache-Control"] == "no-store"


class TestAnError:
    def test_is_problem_json_for_programs(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/nothing")
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["status"] == 404

    @pytest.mark.parametrize(
        "path",
        [
            "/ledger/sample.json?seed=a",
            "/ledger/checkpoints/5/consistency",
            "/ledger/entries/7/proof",
            f"/trace/{uuid.UUID(int=7)}/proof.json",
        ],
    )
    def test_at_a_file_is_for_whoever_takes_it(self, client: FlaskClient, path: str) -> None:
        taken = client.get(path, headers={"Accept": "*/*"})
        clicked = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (taken.status_code, taken.mimetype) == (404, "application/problem+json")
        assert (clicked.status_code, clicked.mimetype) == (404, "text/html")

    def test_is_a_page_for_people(self, client: FlaskClient) -> None:
        answer = client.get("/nothing")
        assert answer.status_code == 404
        assert "<h1" in answer.get_data(as_text=True)

    def test_of_ours_shows_no_stack(self, app: Flask, client: FlaskClient) -> None:
        def broken() -> str:
            raise RuntimeError("secret detail")

        app.view_functions["traceability_public.typed"] = broken
        answer = client.get("/t")
        assert answer.status_code == 500
        assert "secret detail" not in answer.get_data(as_text=True)

    def test_of_size_is_told_as_413(self, app: Flask, client: FlaskClient) -> None:
        answer = client.post("/report", data=b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1))
        assert answer.status_code == 413


def test_a_refusal_does_not_call_the_page_missing(client: FlaskClient) -> None:
    answer = client.get("/cart/add", headers={"Accept": "text/html"})
    assert answer.status_code == 405
    assert "Không tìm thấy trang này" not in answer.text
    assert "Không làm được việc này" in answer.text


def test_a_form_without_its_token_changes_nothing(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/report", data={"kind": "fake", "text": "x"})
    assert answer.status_code == 400
    assert "Trang đã mở quá lâu" in answer.get_data(as_text=True)


def test_an_address_with_a_nul_is_nowhere(client: FlaskClient) -> None:
    for address in ("/search?q=a%00b", "/orders/a%00b", "/01/09521234000013/10/a%00b"):
        assert client.get(address).status_code == 404


def test_a_value_that_the_database_refuses_is_no_outage(app: Flask, client: FlaskClient) -> None:
    def too_long() -> str:
        raise DataError("INSERT", {}, ValueError("value too long for type character varying(200)"))

    app.view_functions["traceability_public.typed"] = too_long
    answer = client.get("/t")
    assert answer.status_code == 422
    assert "Thông tin chưa đúng" in answer.text
    assert "varying" not in answer.text


@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_a_header_that_is_no_address_is_another_site(client: FlaskClient, header: str) -> None:
    broken = {header: "http://[x"}
    assert client.post("/farm/plots/new", data={"name": "x"}, headers=broken).status_code == 303
    in_cart = client.post("/cart/add", data={"listing": str(uuid.uuid4()), "units": "1"}, headers=broken)
    assert in_cart.status_code in {403, 404}


class TestCompression:
    def test_is_used_when_it_is_asked_for(self, client: FlaskClient) -> None:
        plain = client.get("/t")
        packed = client.get("/t", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert b"<h1" in gzip.decompress(packed.data)
        assert len(packed.data) < len(plain.data)

    def test_leaves_a_page_that_did_not_change_a_304(self, client: FlaskClient) -> None:
        first = client.get("/t", headers={"Accept-Encoding": "gzip"})
        again = client.get("/t", headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/farm/lots", "/farm/lots"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t\\evil.example", "/"),
        ("/farm\r\nX: y", "/"),  # no header takes it: the login would end with an error page, each time
        ("https://evil.example", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_nobody_is_sent_to_another_site(asked: str | None, target: str) -> None:
    assert local_target(asked, "/") == target


def test_a_language_is_chosen_by_link_then_cookie_then_browser(client: FlaskClient) -> None:
    assert '<html lang="vi"' in client.get("/t").get_data(as_text=True)
    assert '<html lang="en"' in client.get("/t", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert '<html lang="en"' in client.get("/t?lang=en").get_data(as_text=True)
    assert '<html lang="en"' in client.get("/t").get_data(as_text=True)


class TestTheReadersAddress:
    def test_is_that_of_the_connection_when_no_proxy_stands_in_front(self, app: Flask) -> None:
        assert seen_by(app) == "127.0.0.1"

    def test_is_the_proxys_word_when_one_is_told(self, config: Config) -> None:
        behind = create_app(config.model_copy(update={"proxy_hops": 1}))
        assert seen_by(behind) == "203.0.113.9"


def seen_by(app: Flask) -> str | None:
    seen: list[str | None] = []
    app.view_functions["traceability_public.typed"] = lambda: seen.append(request.remote_addr) or "x"
    app.test_client().get("/t", headers={"X-Forwarded-For": "203.0.113.9"})
    return seen[0]
