"""What our own events say, as EPCIS 2.0 bodies: pure.

Weights are whole grams (UN/ECE Recommendation 20, `GRM`), so that no float enters a hash. Goods are
named by GS1 Digital Link on id.gs1.org, whose names belong to no office; places and organisations
by their UUID. Bodies hold no name, phone or free text about people: they stay for good. What somebody
typed goes beside them (`words` of `commands.record`), where erasure reaches it.
Terms of the CBV 2.0 where it has one; `coi:` for what farming needs besides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

from app.kernel.calendar import LOCAL_ZONE, local_day

Body = dict[str, Any]

CONTEXT: Final = (
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"coi": "https://coi.invalid/voc/"},
)
HARVEST: Final = "commissioning"
HOLD: Final = "holding"
RELEASE: Final = "coi:release"
PACK: Final = "packing"
SHIP: Final = "shipping"
RECALL: Final = "coi:recall"
RECALL_ENDED: Final = "coi:recallEnded"
DISSOLVE: Final = "decommissioning"
PLOT_REGISTERED: Final = "coi:plotRegistered"
PLOT_CONFIRMED: Final = "coi:plotConfirmed"
NOON: Final = time(12)


@dataclass(frozen=True)
class Goods:
    """Some grams of one lot."""

    gtin: str
    lot_no: str
    weight_g: int

    def quantity(self) -> dict[str, Any]:
        """The quantity element of the lot (class level)."""
        return {"epcClass": lot_uri(self.gtin, self.lot_no), "quantity": self.weight_g, "uom": "GRM"}


def lot_uri(gtin: str, lot_no: str) -> str:
    """The lot's canonical Digital Link."""
    return f"https://id.gs1.org/01/{gtin}/10/{lot_no}"


def pack_uri(gtin: str, serial: str) -> str:
    """The pack's canonical Digital Link (SGTIN)."""
    return f"https://id.gs1.org/01/{gtin}/21/{serial}"


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(day: date, *, now: datetime) -> datetime:
    """The moment that stands for a day: noon at the plot, or now when noon has yet to come."""
    return min(datetime.combine(day, NOON, LOCAL_ZONE).astimezone(UTC), now)


def read_urn(told: str) -> UUID:
    """The id of a plot, an organisation, a hold or a recall, as `urn:uuid:` names it. Raises ValueError."""
    return UUID(told.removeprefix("urn:uuid:"))


def _event(kind: str, at: datetime, step: str, **members: Any) -> Body:
    given = {name.replace("coi_", "coi:"): value for name, value in members.items() if value is not None}
    return {
        "type": kind,
        "eventTime": instant(at),
        "eventTimeZoneOffset": "+07:00",
        "bizStep": step,
        **given,
    }


def _place(plot_id: UUID) -> dict[str, str]:
    return {"id": f"urn:uuid:{plot_id}"}


def harvested(goods: Goods, *, plot_id: UUID, by: UUID, picked_on: date, now: datetime) -> Body:
    """A lot came into being on a plot."""
    return _event(
        "ObjectEvent",
        moment_of(picked_on, now=now),
        HARVEST,
        action="ADD",
        disposition="active",
        epcList=[],
        quantityList=[goods.quantity()],
        readPoint=_place(plot_id),
        bizLocation=_place(plot_id),
        ilmd={"cbvmda:lotNumber": goods.lot_no, "cbvmda:harvestEndDate": picked_on.isoformat()},
        coi_organisation=f"urn:uuid:{by}",
    )


def worked(
    kind: str,
    *,
    plot_id: UUID,
    entry_id: UUID,
    by: UUID,
    done_on: date,
    phi_days: int | None,
    now: datetime,
) -> Body:
    """A work on a plot; what was used is `work_words`."""
    return _event(
        "ObjectEvent",
        moment_of(done_on, now=now),
        f"coi:{kind}",
        action="OBSERVE",
        epcList=[],
        readPoint=_place(plot_id),
        coi_doneOn=done_on.isoformat(),
        coi_entry=f"urn:uuid:{entry_id}",
        coi_organisation=f"urn:uuid:{by}",
        coi_phiDays=phi_days,
    )


def work_words(*, product: str | None, active_ingredient: str | None, dose: str | None) -> dict[str, str]:
    """What was used in a work, in the words of whoever did it."""
    told = {"coi:product": product, "coi:activeIngredient": active_ingredient, "coi:dose": dose}
    return {name: value for name, value in told.items() if value is not None}


def plot_registered(
    *, plot_id: UUID, by: UUID, area_m2: int, area_from: str, crop: str, at: datetime
) -> Body:
    """A household told of a plot. Its outline is not sealed: it would lead to the door."""
    return _event(
        "ObjectEvent", at, PLOT_REGISTERED, action="OBSERVE", epcList=[], readPoint=_place(plot_id),
        coi_areaSquareMetres=area_m2, coi_areaFrom=area_from, coi_crop=crop,
        coi_organisation=f"urn:uuid:{by}",
    )  # fmt: skip


def plot_confirmed(*, plot_id: UUID, office_id: UUID, area_m2: int, at: datetime) -> Body:
    """An office confirmed the plot."""
    return _event(
        "ObjectEvent", at, PLOT_CONFIRMED, action="OBSERVE", epcList=[], readPoint=_place(plot_id),
        coi_areaSquareMetres=area_m2, coi_confirmedBy=f"urn:uuid:{office_id}",
    )  # fmt: skip


def held(goods: Goods, *, kind: str, told: Mapping[str, Any], hold_id: UUID, at: datetime) -> Body:
    """A lot is held; `told` are the figures of a rule. An officer's words are not sealed at all."""
    return _event(
        "ObjectEvent", at, HOLD, action="OBSERVE", disposition="non_sellable_other", epcList=[],
        quantityList=[goods.quantity()], coi_hold=f"urn:uuid:{hold_id}", coi_holdKind=kind,
        coi_holdDetails=dict(told) or None,
    )  # fmt: skip


def hold_words(*, product: str | None) -> dict[str, str]:
    """The product that a rule names, as the farmer called it."""
    return {} if product is None else {"coi:holdProduct": product}


def released(goods: Goods, *, hold_ids: Sequence[UUID], by: UUID, at: datetime) -> Body:
    """Someone entitled let the lot go on."""
    return _event(
        "ObjectEvent", at, RELEASE, action="OBSERVE", disposition="active", epcList=[],
        quantityList=[goods.quantity()], coi_releases=[f"urn:uuid:{one}" for one in hold_ids],
        coi_organisation=f"urn:uuid:{by}",
    )  # fmt: skip


def recalled(goods: Goods, *, recall_id: UUID, recall_class: str, by: UUID, at: datetime) -> Body:
    """An office called the lot back; its words stay outside the sealed event."""
    return _event(
        "ObjectEvent", at, RECALL, action="OBSERVE", disposition="recalled", epcList=[],
        quantityList=[goods.quantity()], coi_recall=f"urn:uuid:{recall_id}", coi_recallClass=recall_class,
        coi_organisation=f"urn:uuid:{by}",
    )  # fmt: skip


def recall_ended(goods: Goods, *, recall_id: UUID, by: UUID, at: datetime) -> Body:
    """The recall of the lot is over."""
    return _event(
        "ObjectEvent", at, RECALL_ENDED, action="OBSERVE", disposition="inactive", epcList=[],
        quantityList=[goods.quantity()], coi_recall=f"urn:uuid:{recall_id}",
        coi_organisation=f"urn:uuid:{by}",
    )  # fmt: skip


def packed(
    goods: Goods, *, serials: Sequence[str], unit_g: int, packing_id: UUID, by: UUID, at: datetime
) -> Body:
    """Grams of a lot became packs of equal weight, each under its serial."""
    return _event(
        "TransformationEvent", at, PACK, disposition="active",
        inputQuantityList=[goods.quantity()], outputEPCList=[pack_uri(goods.gtin, one) for one in serials],
        coi_unitGrams=unit_g, coi_packing=f"urn:uuid:{packing_id}", coi_packedOn=local_day(at).isoformat(),
        coi_organisation=f"urn:uuid:{by}",
    )  # fmt: skip


def dissolved(goods: Goods, *, serial: str, at: datetime) -> Body:
    """A pack lost its label; its grams are back in the lot."""
    return _event(
        "ObjectEvent", at, DISSOLVE, action="DELETE", disposition="inactive",
        epcList=[pack_uri(goods.gtin, serial)], coi_returnedGrams=goods.weight_g,
    )  # fmt: skip


def shipped(
    gtin: str, *, serials: Sequence[str], order_ref: str, destination: str, by: UUID, at: datetime
) -> Body:
    """Packs left for a buyer; `destination` is no finer than a commune."""
    return _event(
        "ObjectEvent", at, SHIP, action="OBSERVE", disposition="in_transit",
        epcList=[pack_uri(gtin, one) for one in serials],
        bizTransactionList=[{"type": "po", "bizTransaction": f"urn:coi:order:{order_ref}"}],
        coi_destination=destination or None, coi_organisation=f"urn:uuid:{by}",
    )  # fmt: skip


def declared_wrong(body: Mapping[str, Any], *, corrective_ids: Sequence[str], at: datetime) -> Body:
    """The same event again, declared an error: EPCIS 2.0, section 7.4.1.3 (error declaration)."""
    kept = {name: value for name, value in body.items() if name not in {"recordTime", "eventID"}}
    declaration = {
        "declarationTime": instant(at),
        "reason": "incorrect_data",
        "correctiveEventIDs": list(corrective_ids),
    }
    return kept | {"errorDeclaration": declaration}
