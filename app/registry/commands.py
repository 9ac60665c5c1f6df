"""Register a plot, confirm it. What must happen together with it registers in the two hooks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from app.identity import commands as identity
from app.identity.access import Actor
from app.identity.queries import household_of_one
from app.kernel.calendar import local_day
from app.kernel.db import new_id
from app.kernel.problems import Conflict, Forbidden, Invalid, NotFound
from app.kernel.register import Register
from app.kernel.text import tidy
from app.kernel.uow import UnitOfWork
from app.registry.geometry import coarse, parse_geometry
from app.registry.models import Plot
from app.registry.places import unit_on
from app.registry.queries import PlotView, plot

PlotHook = Callable[[UnitOfWork, PlotView, Actor, datetime], None]

PLOT_REGISTERED: Register[PlotHook] = Register("plot_registered")
PLOT_CONFIRMED: Register[PlotHook] = Register("plot_confirmed")
"""Functions (uow, plot, actor, now) that run in the transaction of the command."""

# The largest farms of the district have tens of hectares; 500 ha in one plot is a slip of the pen.
LARGEST_M2: Final = 5_000_000
_CROP = re.compile(r"[a-z][a-z_]{1,29}")


class PlotNameTaken(Conflict):
    """The household has a plot of this name already."""

    type, field = "plot-name-taken", "name"


class NoSuchCommune(Invalid):
    """No commune has this code today."""

    type, field = "no-such-commune", "commune_code"


class AreaMissing(Invalid):
    """A point has no area of its own: the owner says how large the plot is."""

    type, field = "area-missing", "area"


class AbsurdArea(Invalid):
    """Nothing, or more than any farm of the district has in one piece."""

    type, field = "absurd-area", "area"


class PlotNameMissing(Invalid):
    """A plot has a name, so that its people know which one is meant."""

    type, field = "plot-name-missing", "name"


class UnknownCrop(Invalid):
    """Not the key of a crop."""

    type, field = "unknown-crop", "crop"


class AlreadyConfirmed(Conflict):
    """An officer has confirmed this plot; it is confirmed once."""

    type = "plot-already-confirmed"


@dataclass(frozen=True, kw_only=True)
class RegisterPlot:
    """A plot as its owner describes it; `geometry` is GeoJSON text, a point or a polygon."""

    name: str
    crop: str
    commune_code: str
    geometry: str | bytes
    client_id: UUID  # made on the phone: a second tap is the same plot
    hamlet: str | None = None
    area_m2: int | None = None  # as declared; a polygon has its own
    simulated: bool = False


def register_plot(uow: UnitOfWork, wanted: RegisterPlot, *, actor: Actor, now: datetime) -> PlotView:
    """Enter a plot of the actor's organisation; a repeat with the same `client_id` returns the first.

    Raises what `geometry.parse_geometry` raises, NoSuchCommune, UnknownCrop, AreaMissing, AbsurdArea,
    PlotNameTaken.
    """
    before = uow.session.execute(
        select(Plot.id, Plot.organisation_id).where(Plot.client_id == wanted.client_id)
    ).one_or_none()
    if before is not None:
        if before.organisation_id != actor.organisation_id:
            raise Conflict
        return plot(uow, before.id)
    shape = parse_geometry(wanted.geometry)
    commune = unit_on(uow, wanted.commune_code, local_day(now))
    if commune is None or commune.level != "commune":
        raise NoSuchCommune(commune_code=wanted.commune_code[:10])
    if not _CROP.fullmatch(wanted.crop):
        raise UnknownCrop(crop=wanted.crop[:40])
    row = Plot(
        id=new_id(),
        organisation_id=actor.organisation_id,
        name=_free_name(uow, wanted.name, actor),
        crop=wanted.crop,
        commune_code=commune.code,
        commune_valid_from=commune.valid_from,
        hamlet=tidy(wanted.hamlet or "") or None,
        geometry=shape.geojson,
        area_m2=_area(shape.area_m2, wanted.area_m2),
        area_from="declared" if shape.is_point else "polygon",
        client_id=wanted.client_id,
        simulated=wanted.simulated,
        created_at=now,
    )
    uow.add(row)
    identity.audit(uow, actor, "plot.registered", row.id, now)
    entered = plot(uow, row.id)
    for hook in PLOT_REGISTERED.all().values():
        hook(uow, entered, actor, now)
    return entered


def _free_name(uow: UnitOfWork, name: str, actor: Actor) -> str:
    wanted = tidy(name)[:80]
    if not wanted:
        raise PlotNameMissing
    taken = select(Plot.id).where(Plot.organisation_id == actor.organisation_id, Plot.name == wanted)
    if uow.session.scalar(taken) is not None:
        raise PlotNameTaken(name=wanted)
    return wanted


def _area(drawn: int | None, declared: int | None) -> int:
    area = declared if drawn is None else drawn
    if area is None:
        raise AreaMissing
    if not 0 < area <= LARGEST_M2:
        raise AbsurdArea(area_m2=area)
    return area


def confirm_plot(uow: UnitOfWork, plot_id: UUID, *, actor: Actor, now: datetime) -> PlotView:
    """An officer has seen the plot: his name and the day stay with it, the first verified fact.

    Raises NotFound (not a commune of his office), Forbidden (not an officer), AlreadyConfirmed.
    """
    found = plot(uow, plot_id)
    if found.commune_code not in actor.commune_codes:
        raise NotFound(plot=plot_id)
    if not actor.has("officer", "approving_officer"):
        raise Forbidden(action="plot.confirm")
    confirmed = uow.session.execute(
        update(Plot)
        .where(Plot.id == plot_id, Plot.confirmed_at.is_(None))
        .values(confirmed_at=now, confirmed_by_id=actor.person_id, confirmed_office_id=actor.organisation_id)
        .returning(Plot.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if confirmed is None:
        raise AlreadyConfirmed
    identity.audit(uow, actor, "plot.confirmed", plot_id, now)
    seen = plot(uow, plot_id)
    for hook in PLOT_CONFIRMED.all().values():
        hook(uow, seen, actor, now)
    return seen


def forget_person(uow: UnitOfWork, person_id: UUID, now: datetime) -> None:
    """Erasure: a household of one has plots that lead to its door; they keep commune, crop and area.

    The outline becomes one point, to two decimals of a degree (about a kilometre). The name is unique in
    the household, so it becomes the end of the id.
    """
    household_id = household_of_one(uow, person_id, local_day(now))
    if household_id is None:
        return
    for row in uow.session.scalars(select(Plot).where(Plot.organisation_id == household_id)).all():
        row.name, row.hamlet, row.geometry = f"#{row.id.hex[-6:]}", None, coarse(row.geometry)
    uow.session.flush()
