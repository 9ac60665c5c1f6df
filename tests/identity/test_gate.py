"""What guards every door: CSRF, throttling, public bytes that look at nobody, the way back after a login."""

import re
import threading
from datetime import timedelta

from app.identity import throttle
from tests.scene.people import NOW, farm_household, logs_in


class TestForgery:
    def test_a_form_without_its_token_is_refused_and_with_it_taken(self, app):
        app.config["WTF_CSRF_ENABLED"] = True
        client = app.test_client()
        assert client.post("/login", data={"phone": "0912345678"}).status_code == 400
        shown = client.get("/login").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown)[1]
        assert client.post("/login", data={"phone": "0912345678", "csrf_token": token}).status_code == 303

    def test_logging_out_needs_it_too(self, app):
        app.config["WTF_CSRF_ENABLED"] = True
        client = logs_in(app.test_client(), farm_household())
        assert client.post("/logout").status_code == 400
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/farm/").text)[1]
        assert client.post("/logout", data={"csrf_token": token}).status_code == 303
        assert client.get("/farm/").status_code == 303


class TestThrottling:
    def test_lets_five_pass_and_says_how_long_to_wait(self, app):
        assert [throttle.count("a", NOW) for _ in range(5)] == [0] * 5
        assert throttle.count("a", NOW + timedelta(minutes=5)) == 600
        assert throttle.count("b", NOW) == 0

    def test_opens_again_when_the_window_is_over(self, app):
        for _ in range(6):
            throttle.count("a", NOW)
        assert throttle.count("a", NOW + throttle.WINDOW) == 0

    def test_forgets_a_try_that_was_right(self, app):
        for _ in range(20):
            assert throttle.count("a", NOW) == 0
            throttle.forgive("a")

    def test_counts_tries_that_come_at_the_same_moment(self, app):
        waits: list[int] = []

        def one() -> None:
            with app.app_context():
                waits.append(throttle.count("a", NOW))

        threads = [threading.Thread(target=one) for _ in range(9)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert sum(wait == 0 for wait in waits) == 5

    def test_officers_are_stopped_after_five_wrong_passwords(self, client):
        form = {"name": "ai-do", "password": "sai-mat-khau-nhe", "totp": "123456"}
        codes = [client.post("/office/login", data=form).status_code for _ in range(6)]
        assert codes == [422] * 5 + [429]

    def test_one_address_guesses_at_many_accounts_only_so_often(self, client):
        form = {"password": "sai-mat-khau-nhe", "totp": "123456"}
        tries = range(throttle.WRONG_TRIES_PER_ADDRESS + 1)
        codes = [client.post("/office/login", data=form | {"name": f"ai-do-{n}"}) for n in tries]
        assert [answer.status_code for answer in codes[-2:]] == [422, 429]


class TestPublicBytes:
    def test_do_not_look_at_the_session(self, app, client, monkeypatch):
        logs_in(client, farm_household())
        looked = []
        monkeypatch.setattr("app.identity.browser.actor_of_session", lambda *_: looked.append(1))
        client.get("/healthz")
        client.get("/static/nothing")
        assert looked == []
        client.get("/farm/")
        assert looked == [1]

    def test_a_made_up_token_is_nobody(self, client):
        client.set_cookie("coi_login", "x" * 43)
        assert client.get("/farm/").location.startswith("/login")


def test_the_login_of_officers_leads_back_to_the_desk(client):
    assert client.get("/office/cases?state=all").location == "/office/login?next=/office/cases%3Fstate%3Dall"


def test_a_form_that_was_sent_without_a_session_leads_back_to_its_page(client):
    answer = client.post(
        "/farm/plots/new", data={"name": "x"}, headers={"Referer": "http://localhost/farm/plots/new"}
    )
    assert answer.location == "/login?next=/farm/plots/new"
    away = client.post("/farm/plots/new", headers={"Referer": "http://evil.test/steal"})
    assert away.location == "/login?next=/farm/plots/new"
