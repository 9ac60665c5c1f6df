"""Label sheets as PDF: what stands on a label, and at the foot of each page.

The foot carries the day's checkpoint of the log: paper in a drawer is a cheap outside anchor
(DESIGN idea 4), since nobody can reprint what farmers keep.
"""

from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlsplit

from app.identity.queries import public_names
from app.identity.words import spoken
from app.kernel import pdf, qr
from app.kernel.uow import UnitOfWork
from app.registry.queries import TradeItemView, trade_item
from app.web.i18n import gettext, show_date, show_time, show_weight
from ledger import printed
from ledger.queries import latest_checkpoint
from traceability.labels import digital_link, queries
from traceability.labels.queries import SheetView
from traceability.lots.queries import lot
from trademarks.use_rights.queries import right

TEMPLATE: Final = "labels.typ"
# 25 mm a side with the quiet zone: 61 modules are 0.41 mm each, the smallest that phones read well.
MOST_MODULES: Final = 61


@dataclass(frozen=True)
class SheetFacts:
    """What is printed. `links` are the addresses in the codes, in the order of `serials`."""

    product: str
    mark: str
    grower: str
    lot_no: str
    harvested_on: str
    net_weight: str
    host: str
    foot_sheet: str
    foot_seal: str
    foot_number: str
    serials: tuple[str, ...]
    links: tuple[str, ...]
    checkpoint_size: int | None


def facts(uow: UnitOfWork, sheet: SheetView, *, site_url: str) -> SheetFacts:
    """Everything that a sheet shows, read at one moment."""
    of = lot(uow, sheet.lot_id)
    item = trade_item(uow, of.trade_item_id)
    grower = public_names(uow, [of.harvested_by_id])[of.harvested_by_id]
    serials = tuple(queries.serials_of_sheet(uow, sheet.id))
    checkpoint = latest_checkpoint(uow)
    return SheetFacts(
        product=item.name,
        mark=_mark(uow, sheet),
        grower=spoken(grower),
        lot_no=of.lot_no,
        harvested_on=show_date(of.harvested_on),
        net_weight=gettext("Khối lượng tịnh %(weight)s", weight=show_weight(sheet.unit_weight_g)),
        host=urlsplit(site_url).netloc,
        foot_sheet=_foot_of_sheet(sheet),
        foot_seal=printed.line(uow),
        foot_number=_foot_of_number(item),
        serials=serials,
        links=tuple(site_url + digital_link.build(of.gtin, lot=of.lot_no, serial=one) for one in serials),
        checkpoint_size=checkpoint.size if checkpoint else None,
    )


def _mark(uow: UnitOfWork, sheet: SheetView) -> str:
    if sheet.right_id is None:
        return ""
    held = right(uow, sheet.right_id, now=sheet.ordered_at)
    return str(
        gettext(
            "Nhãn hiệu %(mark)s – giấy chứng nhận %(number)s",
            mark=held.mark_name,
            number=held.certificate_no,
        )
    )


def _foot_of_sheet(sheet: SheetView) -> str:
    told = gettext(
        "Tờ %(number)s, %(count)s tem, đặt in lúc %(at)s",
        number=sheet.number,
        count=sheet.count,
        at=show_time(sheet.ordered_at),
    )
    return str(told) + (" – " + str(gettext("dữ liệu minh họa")) if sheet.simulated else "")


def _foot_of_number(item: TradeItemView) -> str:
    told = gettext("Mã sản phẩm %(gtin)s là số của %(owner)s", gtin=item.gtin, owner=item.gtin_owner)
    kinds = {
        "demonstration": gettext("đầu số 952 của GS1 chỉ để minh họa, không dùng ngoài chợ"),
        "restricted": gettext("số lưu hành nội bộ"),
    }
    return f"{told}; {kinds[item.gtin_kind]}" if item.gtin_kind in kinds else str(told)


def render(given: SheetFacts) -> bytes:
    """The PDF. Codes are level Q (wet, rubbed), or M where an address is too long for 25 mm.

    Raises PDFNotMade.
    """
    longest = max(given.links, key=len, default="")
    level: qr.Level = "Q" if qr.modules(longest, level="Q") <= MOST_MODULES else "M"
    codes = {f"qr-{n}.svg": qr.svg(link, level=level).encode() for n, link in enumerate(given.links)}
    return pdf.render(TEMPLATE, {**asdict(given), "links": []}, files=codes)
