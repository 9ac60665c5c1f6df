"""The holder's own rights on the phone, the application, and the public page of a certificate."""

from datetime import date
from uuid import UUID

from flask import Response, abort, current_app, request, url_for
from wtforms.fields.choices import SelectChoice

from app.cases.queries import CaseRow, cases_of_organisation
from app.identity.access import allowed, current_actor
from app.identity.queries import public_names
from app.kernel import clock
from app.kernel.calendar import local_day
from app.kernel.config import Config
from app.kernel.problems import DomainError, NotFound
from app.kernel.uow import unit_of_work
from app.registry.crops import crop_name
from app.web.i18n import gettext as _
from app.web.pages import Answer, page, see_other
from trademarks.register.queries import MarkView, marks_open_for_rights
from trademarks.use_rights import certificates, commands, queries, sentences
from trademarks.use_rights.download import certificate_file, proof_file
from trademarks.use_rights.forms import ApplyForm, labels_from
from trademarks.use_rights.proof import proof_bundle, sealing_of
from trademarks.use_rights.rules import check_crops
from trademarks.use_rights.signing import public_key_hex


@allowed("right.see_own")
def mine() -> Answer:
    """The rights of the actor's household and what it has asked for, in plain words."""
    actor, now = current_actor(), clock.now()
    with unit_of_work(read_only=True) as uow:
        held = queries.rights_of(uow, actor.organisation_id, now=now)
        status = queries.statuses_of(uow, actor.organisation_id, now=now)
        asked = [row for row in cases_of_organisation(uow, actor.organisation_id) if _is_open(row)]
    told = {right_id: (sentences.headline(one), sentences.lines(one)) for right_id, one in status.items()}
    return page("trademarks/use_rights/mine.html", rights=held, told=told, asked=asked)


@allowed("right.apply")
def apply() -> Answer:
    """Three screens: which mark; on what and how many labels; read back. The first two are plain links."""
    form, marks = _apply_form()
    mark = next((m for m in marks if str(m.id) == form.mark.data), None)
    if mark is None:
        return page("trademarks/use_rights/apply_mark.html", form=form, marks=marks)
    form.crops.choices = [SelectChoice(crop, crop_name(crop)) for crop in mark.crops]
    if len(mark.crops) == 1:
        form.crops.data = list(mark.crops)
    if "labels" not in request.args:
        return page("trademarks/use_rights/apply_amount.html", form=form, mark=mark)
    try:
        labels = labels_from(form.labels.data)
        check_crops(form.crops.data or [], mark.crops)
    except DomainError as refusal:
        return page(
            "trademarks/use_rights/apply_amount.html",
            form=form.refused(refusal),
            mark=mark,
            status=refusal.status,
        )
    goods = ", ".join(crop_name(crop) for crop in form.crops.data)
    form.with_client_id()
    return page("trademarks/use_rights/apply_check.html", form=form, mark=mark, labels=labels, goods=goods)


@allowed("right.apply")
def send_application() -> Answer:
    """File the application that was read back; a second tap is the same application."""
    form, marks = _apply_form()
    mark = next((m for m in marks if str(m.id) == form.mark.data), None)
    if mark is None:
        return see_other(url_for("trademarks_farm.apply"))
    form.crops.choices = [SelectChoice(crop, crop_name(crop)) for crop in mark.crops]
    try:
        wanted = commands.ApplyForRight(
            mark_id=mark.id,
            crops=tuple(form.crops.data or ()),
            labels=labels_from(form.labels.data),
            client_id=form.client_uuid,
        )
        with unit_of_work() as uow:
            case = commands.apply_for_right(uow, wanted, actor=current_actor(), now=clock.now())
    except DomainError as refusal:
        return page(
            "trademarks/use_rights/apply_amount.html",
            form=form.refused(refusal),
            mark=mark,
            status=refusal.status,
        )
    return see_other(
        url_for("trademarks_farm.rights"),
        _("Đã nộp hồ sơ %(number)s. Văn phòng sẽ báo tin.", number=case.number),
    )


@allowed("right.see_own")
def own_certificate(right_id: UUID) -> Response:
    """The PDF of a right of one's own."""
    with unit_of_work(read_only=True) as uow:
        found = certificates.own_certificate(uow, current_actor(), right_id)
    return certificate_file(found.pdf_key, found.certificate_no)


def public_status(certificate_no: str) -> Answer:
    """Where the QR of a certificate leads: how the right stands now, and on goods packed on `?packed=`."""
    now, packed = clock.now(), _day(request.args.get("packed", ""))
    config: Config = current_app.extensions["coi.config"]
    try:
        with unit_of_work(read_only=True) as uow:
            right_id = certificates.right_id_by_certificate(uow, certificate_no)
            status = queries.right_status(uow, right_id, on=local_day(now), packed_on=packed, now=now)
            certificate = certificates.certificate(uow, right_id)
            sealed = sealing_of(uow, right_id)
            holder = public_names(uow, [status.organisation_id])[status.organisation_id]
    except NotFound:
        return page("trademarks/use_rights/unknown.html", certificate_no=certificate_no[:40], status=404)
    return page(
        "trademarks/use_rights/status.html",
        right=status,
        headline=sentences.headline(status),
        lines=sentences.lines(status),
        certificate=certificate,
        sealed=sealed,
        holder=holder,
        checked_at=now,
        packed=packed,
        public_key=public_key_hex(config.data_dir) if certificate.signature else "",
    )


def public_proof(certificate_no: str) -> Answer:
    """The proof bundle of a certificate: every act on the right, as it was sealed."""
    with unit_of_work(read_only=True) as uow:
        right_id = certificates.right_id_by_certificate(uow, certificate_no)
        bundle = proof_bundle(uow, right_id)
        number = certificates.certificate(uow, right_id).certificate_no
    if bundle is None:
        abort(404, description=str(_("Giấy này chưa có việc nào nằm dưới dấu khóa.")))
    return proof_file(bundle, number)


def _apply_form() -> tuple[ApplyForm, list[MarkView]]:
    with unit_of_work(read_only=True) as uow:
        marks = marks_open_for_rights(uow, local_day(clock.now()))
    form = ApplyForm(request.form if request.method == "POST" else request.args)
    form.mark.choices = [SelectChoice(str(mark.id), mark.name) for mark in marks]
    return form, marks


def _is_open(row: CaseRow) -> bool:
    return row.kind == commands.CASE and row.decision != "granted"


def _day(text: str) -> date | None:
    """The day of an address, or None; the first and the last year have days without a moment in UTC."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min.year < day.year < date.max.year else None
