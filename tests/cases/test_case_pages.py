"""A case on screen: the farmer asks, the officer reads, decides and goes on to the next."""

import io

import pytest
from PIL import Image

from app.cases import queries
from app.identity.gateway import kept_messages
from app.kernel import relay
from app.kernel.db import new_id
from app.kernel.paging import Page
from app.kernel.uow import unit_of_work
from tests.scene.people import colleague, farm_household, logs_in, office


@pytest.fixture
def scene(app):
    """A farmer and an officer, each with a browser."""
    officer, farmer = office(), farm_household("Hộ bà Sáu")
    return Scene(officer, farmer, logs_in(app.test_client(), officer), logs_in(app.test_client(), farmer))


class Scene:
    def __init__(self, officer, farmer, desk, phone) -> None:
        self.officer, self.farmer, self.desk, self.phone = officer, farmer, desk, phone

    def asks(self, text="Bưởi bị vàng lá thì làm sao?", client_id=None):
        form = {"text": text, "client_id": str(client_id or new_id())}
        assert self.phone.post("/farm/ask", data=form).status_code == 303
        return self.cases()[-1]

    def cases(self):
        with unit_of_work(read_only=True) as uow:
            return list(queries.open_cases(uow, self.officer, Page()).rows)

    def decides(self, case, **form):
        return self.desk.post(f"/office/cases/{case.id}/decision", data=form)


class TestAQuestion:
    def test_reaches_the_inbox_and_its_answer_the_phone(self, scene):
        case = scene.asks()
        assert case.number in scene.desk.get("/office/").text
        shown = scene.desk.get(f"/office/cases/{case.id}").text
        assert "Bưởi bị vàng lá" in shown
        answer = scene.decides(case, decision="closed", reason="Tưới ít lại, ra xem thứ hai.", revision="1")
        assert answer.location == "/office/"
        relay.sweep()
        assert "Tưới ít lại" in kept_messages()[0]["text"]
        assert "Tưới ít lại" in scene.phone.get(f"/farm/cases/{case.id}").text

    def test_asks_an_auditor_to_read_and_not_to_decide(self, app, scene):
        scene.asks()
        auditor = logs_in(app.test_client(), colleague(scene.officer.organisation_id, ["auditor"]))
        assert "Xem và quyết định" in scene.desk.get("/office/").text
        assert "Xem và quyết định" not in auditor.get("/office/").text
        assert "Xem hồ sơ" in auditor.get("/office/").text

    def test_tapped_twice_is_one(self, scene):
        client_id = new_id()
        scene.asks(client_id=client_id)
        scene.asks(client_id=client_id)
        assert len(scene.cases()) == 1

    def test_leads_to_the_next_case_after_the_decision(self, scene):
        first, second = scene.asks("Câu một"), scene.asks("Câu hai")
        answer = scene.decides(first, decision="closed", reason="xong", revision="1")
        assert answer.location == f"/office/cases/{second.id}"

    def test_decided_without_a_reason_comes_back_with_the_form(self, scene):
        answer = scene.decides(scene.asks(), decision="closed", reason="", revision="1")
        assert answer.status_code == 422
        assert "Xin ghi lý do" in answer.text

    def test_changed_by_another_officer_is_told_before_saving(self, scene):
        case = scene.asks()
        answer = scene.decides(case, decision="closed", reason="Câu trả lời dài", revision="7")
        assert answer.status_code == 409
        assert "Một cán bộ khác vừa thay đổi" in answer.text
        assert "Câu trả lời dài" in answer.text

    def test_returned_is_mended_by_its_farmer(self, scene):
        case = scene.asks()
        scene.decides(case, decision="returned", reason="Xin cho biết thửa nào", revision="1")
        assert "Xin cho biết thửa nào" in scene.phone.get(f"/farm/cases/{case.id}").text
        assert scene.phone.post(f"/farm/cases/{case.id}/answer", data={"note": "Vườn sau"}).status_code == 303
        assert scene.cases()[0].state == "open"


class TestTheCasePage:
    def test_calls_whoever_left_a_number_with_one_tap(self, app, scene):
        report = {"kind": "other", "text": "Tem bị rách", "phone": "0912 345 678", "client_id": str(new_id())}
        app.test_client().post("/report", data=report)
        with unit_of_work(read_only=True) as uow:
            (case,) = queries.open_cases(uow, scene.officer, Page()).rows
        assert 'href="tel:+84912345678"' in scene.desk.get(f"/office/cases/{case.id}").text

    def test_does_not_call_a_reason_optional_that_most_decisions_need(self, scene):
        shown = scene.desk.get(f"/office/cases/{scene.asks().id}").text
        label = shown.split('for="reason"')[1].split("</label>")[0]
        assert "không bắt buộc" not in label
        assert "Cần lý do." in shown

    def test_says_in_english_what_its_button_does(self, scene):
        shown = scene.desk.get(f"/office/cases/{scene.asks().id}?lang=en").text
        assert "Add this paper" in shown
        assert "Paper added" not in shown


class TestPapers:
    def sends(self, scene, case, content, name="anh.jpg"):
        return scene.phone.post(
            f"/farm/cases/{case.id}/documents", data={"document": (io.BytesIO(content), name)}
        )

    def test_arrive_and_are_shown_to_both(self, scene):
        case, out = scene.asks(), io.BytesIO()
        Image.new("RGB", (80, 60), "green").save(out, "JPEG")
        assert self.sends(scene, case, out.getvalue()).status_code == 303
        with unit_of_work(read_only=True) as uow:
            (paper,) = queries.documents(uow, case.id)
        assert "anh.jpg" in scene.desk.get(f"/office/cases/{case.id}").text
        assert scene.desk.get(f"/office/documents/{paper.id}").status_code == 302
        assert scene.phone.get(f"/farm/documents/{paper.id}").status_code == 302

    def test_of_others_are_not_there(self, app, scene):
        case = scene.asks()
        self.sends(scene, case, b"%PDF-1.7 x", "a.pdf")
        with unit_of_work(read_only=True) as uow:
            (paper,) = queries.documents(uow, case.id)
        stranger = logs_in(app.test_client(), farm_household())
        assert stranger.get(f"/farm/documents/{paper.id}").status_code == 404
        assert stranger.get(f"/farm/cases/{case.id}").status_code == 404
        elsewhere = logs_in(app.test_client(), office("Phòng khác"))
        assert elsewhere.get(f"/office/cases/{case.id}").status_code == 404

    def test_that_are_none_are_refused_with_a_sentence(self, scene):
        answer = self.sends(scene, scene.asks(), b"MZ not a paper", "virus.pdf")
        assert answer.status_code == 422
        assert "không phải PDF" in answer.text


def test_the_list_is_filtered_by_address_and_exported(scene):
    case = scene.asks("=HYPERLINK(1)")
    assert case.number in scene.desk.get("/office/cases?kind=question&state=open&text=hyperlink").text
    assert case.number not in scene.desk.get("/office/cases?state=decided").text
    exported = scene.desk.get("/office/cases.csv").get_data().decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in exported
    assert scene.desk.get("/office/cases?page=99999999&kind=none-such").status_code == 200


def test_the_office_reads_the_wish_to_be_forgotten_in_vietnamese(scene):
    scene.phone.get("/farm/me?lang=en")
    scene.phone.post("/farm/me/erasure", data={"sure": "yes", "client_id": str(new_id())})
    (case,) = scene.cases()
    assert case.title == "Xin xóa dữ liệu cá nhân"


def test_a_person_asks_to_be_forgotten_and_is(scene):
    scene.phone.post("/farm/me/erasure", data={"sure": "yes", "client_id": str(new_id())})
    (case,) = scene.cases()
    assert case.kind == "erasure"
    scene.decides(case, decision="granted", reason="", revision="1")
    assert scene.phone.get("/farm/me").status_code == 303
    assert "Hộ bà Sáu" not in scene.desk.get("/office/cases?state=all").text
