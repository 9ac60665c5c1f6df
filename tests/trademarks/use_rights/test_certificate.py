"""The certificate: searchable Vietnamese, a code that leads to the live page, a signature that verifies."""

import json
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import relay
from app.kernel.config import Config
from app.kernel.storage import address
from app.kernel.uow import unit_of_work
from ledger import sequencer
from ledger.core.jcs import canonicalize, parse
from tests.scene.ledger import printed_checkpoint
from tests.scene.marks import household_with_right
from tests.scene.people import NOW, farm_household, logs_in
from trademarks.use_rights.certificates import CertificateView, certificate
from trademarks.use_rights.commands import forget_person
from trademarks.use_rights.signing import CONTEXT, public_key_hex, sign


def made(right_id) -> CertificateView:
    relay.sweep(limit=100)
    with unit_of_work(read_only=True) as uow:
        return certificate(uow, right_id)


def pdf_of(app: Flask, found: CertificateView) -> bytes:
    return app.extensions["coi.storage"].read(found.pdf_key)


def test_is_made_by_the_worker_once_and_kept_by_its_content(app: Flask) -> None:
    _, _, view = household_with_right()
    with unit_of_work(read_only=True) as uow:
        assert certificate(uow, view.id).pdf_key is None
    found = made(view.id)
    assert found.pdf_key == address(pdf_of(app, found))
    assert made(view.id) == found


def test_has_searchable_vietnamese_text_and_says_what_it_is_not(app: Flask) -> None:
    _, _, view = household_with_right()
    document = pypdfium2.PdfDocument(pdf_of(app, made(view.id)))
    assert len(document) == 1
    told = " ".join(document[0].get_textpage().get_text_bounded().split())
    for words in (
        "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ",
        "QUYỀN SỬ DỤNG NHÃN HIỆU",
        "Măng cụt huyện Dầu Tiếng",
        "Hộ ông Ba",
        view.certificate_no,
        "từ 20/11/2026 đến hết ngày 19/11/2027",
        "2.000",
        "Võ Thị Duyệt",
        "mô phỏng",
    ):
        assert words in told


def test_has_a_code_that_leads_to_the_live_page(app: Flask, client: FlaskClient) -> None:
    _, _, view = household_with_right()
    page = pypdfium2.PdfDocument(pdf_of(app, made(view.id)))[0]
    codes = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
    assert [code.text for code in codes] == [f"http://coi.test/trademarks/rights/{view.certificate_no}"]
    assert client.get(f"/trademarks/rights/{view.certificate_no}").status_code == 200


def test_carries_the_logs_checkpoint_of_the_day_which_can_be_typed_in(
    app: Flask, client: FlaskClient, config: Config
) -> None:
    _, _, view = household_with_right()
    sequencer.run(config, NOW)
    page = pypdfium2.PdfDocument(pdf_of(app, made(view.id)))[0]
    size, root = printed_checkpoint(page.get_textpage().get_text_bounded())
    answer = client.get("/ledger/checkpoints", query_string={"size": size, "root": root})
    assert "Khớp" in answer.text


def test_is_signed_over_canonical_facts_without_any_name(app: Flask, config: Config) -> None:
    _, _, view = household_with_right()
    found = made(view.id)
    facts = parse(found.facts.encode())
    assert canonicalize(facts) == found.facts.encode()
    assert "Hộ ông Ba" not in found.facts
    assert json.loads(found.facts)["labels"] == 2000
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex(config.data_dir)))
    key.verify(bytes.fromhex(found.signature or ""), CONTEXT + found.facts.encode())
    with pytest.raises(InvalidSignature):
        key.verify(
            bytes.fromhex(found.signature or ""), CONTEXT + found.facts.replace("2000", "9000").encode()
        )


def test_the_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    first, again = sign("{}", tmp_path), sign("{}", tmp_path)
    assert first == again
    assert (tmp_path / "certificate-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["certificate-key"]
    assert len(first.key_id) == 16


def test_is_downloaded_by_its_holder_and_by_nobody_elses_household(app: Flask, client: FlaskClient) -> None:
    _, farmer, view = household_with_right()
    address_of_file = f"/farm/rights/{view.id}/certificate.pdf"
    assert logs_in(client, farmer).get(address_of_file).status_code == 409  # not made yet
    made(view.id)
    answer = client.get(address_of_file)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert logs_in(client, farm_household("Hộ khác")).get(address_of_file).status_code == 404


def test_an_erased_certificate_is_gone_from_storage(app: Flask) -> None:
    _, farmer, view = household_with_right()
    key = made(view.id).pdf_key
    with unit_of_work() as uow:
        forget_person(uow, farmer.person_id, NOW)
    relay.sweep(limit=100)
    assert not app.extensions["coi.storage"].exists(key)
