"""The people of the demonstration district. Every name here is invented, and every row says so.

One office answers for the four xã and one phường of the former Dầu Tiếng district.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from app.identity import commands, demo_photo, queries
from app.identity.access import Actor
from app.identity.demo_district import COMMUNES, FIRMS, HOUSEHOLDS, SINCE
from app.identity.login import NewOfficer, add_officer
from app.identity.models import (
    Membership,
    OfficeUnit,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    Person,
    Role,
)
from app.identity.photos import CONTENT_TYPE, household_photo
from app.identity.queries import SHOW_NAME, SHOW_PHOTO
from app.kernel.config import secret_key
from app.kernel.db import new_id
from app.kernel.demo_stage import Stage
from app.kernel.storage import storage_from

PASSWORD: Final = "minh-hoa-khong-bi-mat"  # noqa: S105 - told to everybody in demo.json
# Printed in demo.json and worth nothing: a demonstration's second factor, one secret an officer.
TOTP: Final = {
    "officer": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "approving_officer": "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
    "auditor": "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK",
    "administrator": "NB2W45DFOIZA4DSKNB2W45DFOIZA4DSK",
}


# key, name, telephone, organisation, roles
WORKERS: Final = (
    ("packer", "Mai Văn Đông", "+84903000201", "coop_thanh_an", (Role.PACKER,)),
    ("seller", "Lý Thị Hạnh", "+84903000202", "coop_thanh_an", (Role.SELLER,)),
    ("packer_long_hoa", "Cao Văn Nhân", "+84903000203", "coop_long_hoa", (Role.PACKER, Role.SELLER)),
    ("packer_tay_nam", "Tạ Thị Quý", "+84903000204", "coop_tay_nam", (Role.PACKER, Role.SELLER)),
    ("collector", "Trương Văn Bảy", "+84903000205", "collector", (Role.PACKER, Role.SELLER)),
    ("association", "Phan Văn Nghĩa", "+84903000206", "association", (Role.SELLER,)),
    ("helper", "Lâm Thị Thu", "+84903000207", "helpers", (Role.HELPER,)),
)  # fmt: skip

PHOTOS: Final = (("h01", demo_photo.MANGOSTEENS), ("h05", demo_photo.POMELOS))

OFFICERS: Final = (
    ("officer", "can-bo", "Lê Minh Tâm", (Role.OFFICER,)),
    ("approving_officer", "lanh-dao", "Nguyễn Thị Hồng", (Role.APPROVING_OFFICER,)),
    ("auditor", "kiem-tra", "Vũ Đức Anh", (Role.AUDITOR,)),
    ("administrator", "quan-tri", "Đinh Quang Huy", (Role.ADMINISTRATOR,)),
)


def organisations(stage: Stage) -> None:
    """The office with its communes, the association, three cooperatives, a collector, the helpers' team."""
    for firm in FIRMS:
        row = _organisation(firm.kind, f"{firm.name} (minh họa)", firm.code, firm.commune, firm.phone)
        stage.uow.add(row)
        stage.hand_on(f"org:{firm.key}", row.id)
    office = stage.uuid("org:office")
    stage.uow.session.get_one(Organisation, office).gs1_company_prefix = stage.config.gs1_company_prefix
    stage.uow.add(
        *(
            OfficeUnit(organisation_id=office, commune_code=code, commune_valid_from=SINCE, valid_from=SINCE)
            for code in COMMUNES
        )
    )


def _organisation(kind: OrganisationKind, name: str, code: str, commune: str, phone: str) -> Organisation:
    """An organisation whose bank account is invented like its name."""
    return Organisation(
        id=new_id(),
        kind=kind,
        name=name,
        public_code=code,
        phone=phone,
        commune_code=commune,
        commune_valid_from=SINCE,
        bank_bin="970416",
        bank_account=f"99{phone[-8:]}",
        bank_holder="TAI KHOAN MINH HOA",
        simulated=True,
        valid_from=SINCE,
    )


def households(stage: Stage) -> None:
    """Twelve households, most of them in a cooperative; some let their name be shown, some do not."""
    for one in HOUSEHOLDS:
        name, code = f"Hộ {one.title} {one.person}", f"H-{100 + one.number:04d}"
        row = _organisation(OrganisationKind.FARM_HOUSEHOLD, name, code, one.commune, one.phone)
        row.hamlet = one.hamlet
        stage.uow.add(row)
        person_id = _person(stage, one.person, one.phone, row.id, (Role.FARMER, Role.PACKER, Role.SELLER))
        if one.cooperative is not None:
            inside = stage.uuid(f"org:{one.cooperative}")
            stage.uow.add(OrganisationMember(organisation_id=inside, member_id=row.id, valid_from=SINCE))
        answer = commands.grant_consent if one.shows else commands.withdraw_consent
        asked = stage.now - timedelta(days=400)
        answer(stage.uow, person_id=person_id, organisation_id=row.id, purpose=SHOW_NAME, now=asked)
        stage.hand_on(f"org:{one.key}", row.id)
        stage.hand_on(f"person:{one.key}", person_id)


def photos(stage: Stage) -> None:
    """Two households show a photo; it is a drawing, and the pages of simulated households say so."""
    for key, orchard in PHOTOS:
        own = queries.organisation(stage.uow, stage.uuid(f"org:{key}"))
        person_id, asked = stage.uuid(f"person:{key}"), stage.now - timedelta(days=400)
        actor = Actor(
            person_id=person_id,
            display_name=own.name,
            organisation_id=own.id,
            organisation_name=own.name,
            organisation_kind=own.kind,
            roles=frozenset({Role.FARMER}),
        )
        commands.grant_consent(
            stage.uow, person_id=person_id, organisation_id=own.id, purpose=SHOW_PHOTO, now=asked
        )
        made = household_photo(demo_photo.drawn(orchard))
        photo_key = storage_from(stage.config).put(made.content, CONTENT_TYPE)
        commands.keep_photo(stage.uow, photo_key, taken_on=None, actor=actor, now=asked)


def _person(stage: Stage, name: str, phone: str, organisation_id: UUID, roles: tuple[Role, ...]) -> UUID:
    row = Person(id=new_id(), full_name=name, phone=phone, created_at=stage.now, simulated=True)
    stage.uow.add(row)
    for role in roles:
        stage.uow.add(
            Membership(person_id=row.id, organisation_id=organisation_id, role=role, valid_from=SINCE)
        )
    return row.id


def workers(stage: Stage) -> None:
    """Who packs and sells for the cooperatives, the collector, the helper."""
    for key, name, phone, organisation, roles in WORKERS:
        stage.hand_on(f"person:{key}", _person(stage, name, phone, stage.uuid(f"org:{organisation}"), roles))


def officers(stage: Stage) -> None:
    """The people of the office, and the logins that the demonstration tells everybody."""
    secret = secret_key(stage.config)
    logins: dict[str, dict[str, str]] = {
        "farmer": {"phone": HOUSEHOLDS[0].phone},
        "packer": {"phone": WORKERS[0][2]},
        "seller": {"phone": WORKERS[1][2]},
        "collector": {"phone": WORKERS[4][2]},
        "helper": {"phone": WORKERS[6][2]},
        "old_farmer": {"phone": HOUSEHOLDS[3].phone},
    }
    for key, login_name, name, roles in OFFICERS:
        wanted = NewOfficer(
            login_name=login_name, full_name=name, password=PASSWORD, totp_secret=TOTP[key],
            roles=tuple(str(role) for role in roles), simulated=True,
        )  # fmt: skip
        person_id = add_officer(
            stage.uow, stage.uuid("org:office"), wanted, secret=secret, now=stage.now - timedelta(days=500)
        )
        stage.hand_on(f"person:{key}", person_id)
        logins[key] = {"name": login_name, "password": PASSWORD, "totp_secret": TOTP[key]}
    stage.hand_on("logins", logins)


PARTS = (
    ("organisations", organisations),
    ("households", households),
    ("photos", photos),
    ("workers", workers),
    ("officers", officers),
)
