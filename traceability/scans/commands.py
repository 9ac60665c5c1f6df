"""Record a scan, raise and clear the suspicion of a copy."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.identity import commands as identity
from app.identity.access import Actor
from app.kernel.calendar import local_day
from app.kernel.problems import NotFound
from app.kernel.uow import UnitOfWork
from traceability.scans import queries, rules
from traceability.scans.models import CopySuspicion, Scan


@dataclass(frozen=True, kw_only=True)
class RecordScan:
    """One look at a code: which lot and serial, what the page said, and from which coarse network."""

    lot_id: UUID | None
    serial: str | None
    status: str
    network: str
    simulated: bool = False


def coarse_network(address: str, day: date, *, key: bytes) -> str:
    """A name for the /24 (IPv6: /48) of an address that holds for one day and cannot be read back."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    net = ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False)
    return hmac.new(key, f"coi/scan/{day}/{net}".encode(), hashlib.sha256).hexdigest()[:12]


def record_scan(uow: UnitOfWork, scan: RecordScan, *, now: datetime) -> None:
    """Write one coarse row; a serial whose scans look like several labels comes under suspicion."""
    uow.add(
        Scan(
            lot_id=scan.lot_id,
            serial=scan.serial,
            day=local_day(now),
            at=now.replace(second=0, microsecond=0),
            network=scan.network,
            status=scan.status,
            simulated=scan.simulated,
        )
    )
    if scan.serial is None or scan.lot_id is None:
        return
    found = rules.suspicion(queries.days_of(uow, scan.serial))
    if found is not None:
        uow.insert_if_new(
            CopySuspicion,
            serial=scan.serial,
            lot_id=scan.lot_id,
            since=now,
            reason=found.reason,
            scans=found.scans,
            networks=found.networks,
        )


def clear_suspicion(uow: UnitOfWork, serial: str, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take a serial out of suspicion; it stays out, and the audit trail says who and why.

    Raises NotFound when the serial is under no suspicion.
    """
    row = uow.session.get(CopySuspicion, serial)
    if row is None or row.cleared_at is not None:
        raise NotFound(serial=serial)
    row.cleared_at, row.cleared_by_id, row.clear_reason = now, actor.person_id, reason
    identity.audit(uow, actor, "scan.clear-suspicion", serial, now)
