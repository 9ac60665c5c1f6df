"""The farm of the scene: one household with a plot, what it does there, and who else has a hand in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, table

from app.identity.access import Actor
from app.kernel.db import new_id
from app.kernel.quantities import kg
from app.kernel.uow import unit_of_work
from app.registry import gs1
from app.registry.models import Plot, TradeItem
from tests.scene import people
from traceability.diary.commands import RecordWork, record_work
from traceability.diary.queries import EntryView
from traceability.diary.rules import WorkKind
from traceability.labels.commands import PrintSheet, print_sheet
from traceability.labels.queries import SheetView
from traceability.lots import commands as lots
from traceability.lots import queries as lot_queries
from traceability.lots.commands import RegisterHarvest, register_harvest
from traceability.lots.queries import LotView
from traceability.packing.commands import PackUnits, pack_units, ship_units
from traceability.packing.queries import PackingView

TODAY = date(2026, 11, 20)


def trade_item(crop: str = "mangosteen", name: str = "Măng cụt Dầu Tiếng") -> UUID:
    """The trade item of a crop, made once."""
    with unit_of_work() as uow:
        found = uow.session.scalar(select(TradeItem.id).where(TradeItem.crop == crop))
        if found is not None:
            return found
        number = uow.session.scalar(select(func.count()).select_from(TradeItem)) or 0
        item = TradeItem(
            id=new_id(),
            gtin=gs1.gtin_from("9521234", 100 + number),
            gtin_owner="GS1 (số minh họa)",
            gtin_kind="demonstration",
            crop=crop,
            slug=crop,
            name=name,
            name_en=crop.capitalize(),
            net_weight_g=None,
            image=f"img/goods/{crop}.svg",
        )
        uow.add(item)
        return item.id


def plot_of(
    owner: Actor, *, name: str = "Vườn sau nhà", crop: str = "mangosteen", area_m2: int = 10_000
) -> UUID:
    """A plot of an organisation in Thanh An."""
    plot = Plot(
        id=new_id(),
        organisation_id=owner.organisation_id,
        name=name,
        crop=crop,
        commune_code=people.THANH_AN,
        commune_valid_from=people.SINCE,
        geometry={"type": "Point", "coordinates": [106.36, 11.28]},
        area_m2=area_m2,
        area_from="declared",
        client_id=uuid4(),
        created_at=people.NOW - timedelta(days=400),
    )
    with unit_of_work() as uow:
        uow.add(plot)
    return plot.id


@dataclass
class Farm:
    """A household, its plot, and the clock of the scene."""

    owner: Actor
    plot_id: UUID
    now: datetime = people.NOW
    started: datetime = field(default=people.NOW)

    def _at(self, day: date | None) -> datetime:
        """The evening of a day, or now: things are told on the day on which they are done."""
        if day is None:
            return self.now
        return min(datetime(day.year, day.month, day.day, 11, 0, tzinfo=self.now.tzinfo), self.now)

    def works(
        self,
        kind: WorkKind = WorkKind.WATER,
        *,
        on: date = TODAY,
        client_id: UUID | None = None,
        **details: object,
    ) -> EntryView:
        """Write a work into the diary, told today."""
        work = RecordWork(plot_id=self.plot_id, kind=kind, done_on=on, client_id=client_id or uuid4())
        with unit_of_work() as uow:
            return record_work(uow, replace(work, **details), actor=self.owner, now=self.now)  # type: ignore[arg-type]  # a test names the fields it gives

    def sprays(self, product: str, *, phi_days: int, on: date) -> EntryView:
        """Write a spraying."""
        return self.works(WorkKind.SPRAY, on=on, product=product, phi_days=phi_days)

    def harvests(
        self, weight_g: int = kg(120), *, on: date = TODAY, client_id: UUID | None = None
    ) -> LotView:
        """Write a harvest."""
        harvest = RegisterHarvest(
            plot_id=self.plot_id, picked_on=on, weight_g=weight_g, client_id=client_id or uuid4()
        )
        with unit_of_work() as uow:
            return register_harvest(uow, harvest, actor=self.owner, now=self.now)

    def corrects(self, lot: LotView, weight_g: int) -> LotView:
        """Say again what a harvest weighed."""
        with unit_of_work() as uow:
            return lots.correct_harvest(uow, lot.id, weight_g=weight_g, actor=self.owner, now=self.now)

    def prints(
        self,
        lot: LotView,
        count: int = 50,
        *,
        unit_g: int = kg(1),
        right_id: UUID | None = None,
        client_id: UUID | None = None,
    ) -> SheetView:
        """Order a sheet of labels."""
        sheet = PrintSheet(
            lot_id=lot.id,
            count=count,
            unit_weight_g=unit_g,
            right_id=right_id,
            client_id=client_id or uuid4(),
        )
        with unit_of_work() as uow:
            return print_sheet(uow, sheet, actor=self.owner, now=self.now)

    def packs(
        self, lot: LotView, count: int = 50, *, unit_g: int = kg(1), client_id: UUID | None = None
    ) -> PackingView:
        """Pack units under labels that are printed already."""
        wanted = PackUnits(lot_id=lot.id, count=count, unit_weight_g=unit_g, client_id=client_id or uuid4())
        with unit_of_work() as uow:
            return pack_units(uow, wanted, actor=self.owner, now=self.now)

    def ships(self, lot: LotView, count: int, *, order_ref: str = "DH-1") -> list[str]:
        """Let packs leave."""
        with unit_of_work() as uow:
            return ship_units(
                uow,
                lot.id,
                count,
                order_ref=order_ref,
                destination="Bình Dương",
                actor=self.owner,
                now=self.now,
            )

    def again(self, lot: LotView) -> LotView:
        """The lot as it is now."""
        with unit_of_work(read_only=True) as uow:
            return lot_queries.lot(uow, lot.id)


def a_farm(*, inside: UUID | None = None, name: str = "Hộ ông Ba", area_m2: int = 10_000) -> Farm:
    """A household with a hectare of mangosteen."""
    owner = people.farm_household(name, inside=inside)
    trade_item()
    return Farm(owner, plot_of(owner, area_m2=area_m2))


class Books:
    """Counts rows, so that a test can say that nothing was written."""

    @contextmanager
    def unchanged(self, *tables: str) -> Iterator[None]:
        """Fail when a table has more or fewer rows afterwards."""
        before = {name: rows(name) for name in tables}
        yield
        assert {name: rows(name) for name in tables} == before


def rows(name: str) -> int:
    """How many rows a table has."""
    with unit_of_work(read_only=True) as uow:
        return uow.session.scalar(select(func.count()).select_from(table(name))) or 0
