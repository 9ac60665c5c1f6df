"""The household's photo: small, without its position, shown only while the household agrees."""

import io
import random

import pytest
from PIL import Image

from app.identity import commands, queries
from app.identity.models import Organisation
from app.kernel import clock, relay
from app.kernel.problems import Forbidden
from app.kernel.uow import unit_of_work
from tests.scene.people import colleague, cooperative, farm_household, logs_in

AGREED, WITHDRAWN = {"show_name": "no", "show_photo": "yes"}, {"show_name": "no", "show_photo": "no"}


def picture(colour="green", *, kind="JPEG", size=(1200, 900), taken="") -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif.get_ifd(0x8825)[2] = (11.0, 16.0, 0.0)
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    Image.new("RGB", size, colour).save(out, kind, exif=exif)
    return out.getvalue()


def grainy() -> bytes:
    """As hard to compress as no orchard ever is."""
    size, out = (1600, 1200), io.BytesIO()
    Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3)).save(out, "JPEG")
    return out.getvalue()


def sends(client, content, name="vuon.jpg"):
    return client.post("/farm/me/photo", data={"photo": (io.BytesIO(content), name)})


def photo_of(actor):
    with unit_of_work(read_only=True) as uow:
        return queries.public_names(uow, [actor.organisation_id])[actor.organisation_id].photo


def address_of(actor) -> str:
    return f"/photos/{photo_of(actor).digest}.webp"


@pytest.fixture
def farmer(client):
    """A farmer who is logged in and agreed to show a photo."""
    actor = farm_household("Hộ ông Ba")
    logs_in(client, actor)
    client.post("/farm/me/consents", data=AGREED)
    return actor


@pytest.fixture
def stored(app):
    """How many files lie in the store after the worker was there."""
    folder = app.extensions["coi.config"].data_dir / "files"

    def count() -> int:
        relay.sweep()
        return sum(one.is_file() for one in folder.rglob("*"))

    return count


class TestSending:
    def test_shows_it_to_everybody_small_and_without_its_position(self, client, app, farmer):
        assert sends(client, picture(size=(900, 1200))).status_code == 303
        shown = app.test_client().get(address_of(farmer))
        assert (shown.status_code, shown.content_type) == (200, "image/webp")
        assert "immutable" in shown.headers["Cache-Control"]
        with Image.open(io.BytesIO(shown.data)) as opened:
            assert (opened.size, dict(opened.getexif())) == ((480, 360), {})

    def test_keeps_even_a_grainy_picture_light_enough_for_a_scan(self, client, farmer):
        sends(client, grainy())
        assert len(client.get(address_of(farmer)).data) <= 22_000

    def test_replaces_the_one_before_and_deletes_its_file(self, client, farmer, stored):
        sends(client, picture("green"))
        before = address_of(farmer)
        sends(client, picture("yellow"))
        assert client.get(before).status_code == 404
        assert client.get(address_of(farmer)).status_code == 200
        assert stored() == 1

    def test_the_same_again_keeps_its_file(self, client, farmer, stored):
        for _ in range(2):
            sends(client, picture())
        assert stored() == 1

    @pytest.mark.parametrize(
        ("content", "told"),
        [(b"%PDF-1.7", "không phải ảnh"), (b"\xff\xd8\xff broken", "không phải ảnh"),
         (b"\xff\xd8\xff" + b"0" * 6_000_000, "Hình lớn quá")],
    )  # fmt: skip
    def test_of_what_is_no_fit_picture_is_refused_beside_the_field(
        self, client, farmer, stored, content, told
    ):
        answer = sends(client, content)
        assert answer.status_code == 422
        assert told in answer.text.split('id="photo-error"')[1][:400]
        assert stored() == 0

    def test_of_nothing_asks_for_a_picture(self, client, farmer):
        answer = client.post("/farm/me/photo", data={})
        assert answer.status_code == 422
        assert "Xin chọn một tấm hình" in answer.text

    def test_without_consent_stores_nothing(self, client, app, stored):
        actor = farm_household()
        logs_in(client, actor)
        assert "Gửi hình" not in client.get("/farm/me").text
        assert sends(client, picture()).status_code == 409
        assert stored() == 0

    def test_is_for_households_and_never_for_a_helpers_hand(self, app, farmer):
        for actor in (cooperative(), _helping(farmer)):
            with unit_of_work() as uow, pytest.raises(Forbidden):
                commands.keep_photo(uow, "sha256/aa/bb/x", taken_on=None, actor=actor, now=clock.now())


def _helping(farmer):
    helper = colleague(farmer.organisation_id, ["farmer"])
    return type(helper)(**{**helper.__dict__, "acting_for_id": farmer.person_id})


class TestTheDay:
    def test_is_the_cameras_when_it_can_be(self, client, farmer):
        sends(client, picture(taken="2024:05:02 07:00:00"))
        assert photo_of(farmer).taken_on.isoformat() == "2024-05-02"

    @pytest.mark.parametrize("taken", ["1980:01:01 00:00:00", "2999:01:01 00:00:00", ""])
    def test_is_the_day_of_sending_otherwise(self, client, farmer, taken):
        sends(client, picture(taken=taken))
        assert photo_of(farmer).taken_on is None
        assert photo_of(farmer).sent_on is not None


class TestTakingItBack:
    def test_by_removing_deletes_the_file_and_may_be_repeated(self, client, farmer, stored):
        sends(client, picture())
        shown = address_of(farmer)
        for _ in range(2):
            assert client.post("/farm/me/photo/remove").status_code == 303
        assert client.get(shown).status_code == 404
        assert stored() == 0

    def test_by_withdrawing_the_consent_deletes_it_for_good(self, client, farmer, stored):
        sends(client, picture())
        shown = address_of(farmer)
        client.post("/farm/me/consents", data=WITHDRAWN)
        assert client.get(shown).status_code == 404
        assert stored() == 0
        client.post("/farm/me/consents", data=AGREED)
        assert photo_of(farmer) is None

    def test_by_one_household_leaves_another_with_the_same_picture(self, client, app, farmer, stored):
        neighbour = farm_household("Hộ bà Tư")
        theirs = logs_in(app.test_client(), neighbour)
        theirs.post("/farm/me/consents", data=AGREED)
        for one in (client, theirs):
            sends(one, picture())
        client.post("/farm/me/photo/remove")
        assert stored() == 1
        assert client.get(address_of(neighbour)).status_code == 200

    def test_erasing_a_person_deletes_the_photo_of_every_household_he_lived_in(self, client, farmer, stored):
        sends(client, picture())
        colleague(farmer.organisation_id, ["farmer"])
        with unit_of_work() as uow:
            commands.erase_person(uow, farmer.person_id, actor=None, now=clock.now())
            assert uow.session.get_one(Organisation, farmer.organisation_id).photo_key is None
        assert stored() == 0


class TestTheAddress:
    @pytest.mark.parametrize("digest", ["0" * 64, "x", "..%2F..%2Fcoi.sqlite3", "0" * 63 + "G"])
    def test_of_no_photo_is_not_found(self, client, digest):
        assert client.get(f"/photos/{digest}.webp").status_code == 404

    def test_shows_no_other_stored_file(self, client, app):
        key = app.extensions["coi.storage"].put(b"%PDF-1.7 a paper of a case", "application/pdf")
        assert client.get(f"/photos/{key.rsplit('/')[-1]}.webp").status_code == 404


def test_what_everybody_may_see_is_told_to_the_rooms_that_store_pages(client, app, farmer):
    seen = []
    commands.PUBLIC_FACE.add(app, "test", lambda uow, organisation_id: seen.append(organisation_id))
    sends(client, picture())
    client.post("/farm/me/photo/remove")
    client.post("/farm/me/consents", data=WITHDRAWN)
    assert seen == [farmer.organisation_id] * 3
