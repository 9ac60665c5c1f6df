"""`flask sensors`: hand in a file of readings as an operator."""

import gzip
import hashlib
import sys
from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.problems import DomainError
from app.kernel.uow import unit_of_work
from sensors_link.devices import commands as enrolled
from sensors_link.devices import queries as devices
from sensors_link.ingest import commands
from sensors_link.ingest.commands import Source
from sensors_link.ingest.decode import UnknownColumns, decode_csv
from sensors_link.sealing import commands as sealing
from sensors_link.sealing.closing import close_some

sensors = AppGroup("sensors", help="Devices and readings.")


@sensors.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--datastream", "datastream_id", required=True, type=click.UUID, help="The datastream's id.")
@click.option(
    "--value-column", default=None, help="Name of the column of values, where the file has several."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
def import_file(file: Path, datastream_id: UUID, value_column: str | None, dry_run: bool) -> None:
    """Import a CSV (or .csv.gz) FILE; exit 1 when rows were left out, 2 when the file cannot be read."""
    raw = file.read_bytes()
    if file.suffix == ".gz":
        raw = gzip.decompress(raw)
    try:
        told = decode_csv(raw, value_column=value_column)
    except DomainError as refusal:
        click.echo(f"{file}: {refusal}", err=True)
        if isinstance(refusal, UnknownColumns):
            click.echo("Name the column of the values with --value-column.", err=True)
        sys.exit(2)
    for row in told.bad[:20]:
        click.echo(f"line {row.line}: {row.reason.value}: {row.text}")
    if len(told.bad) > 20:
        click.echo(f"… and {len(told.bad) - 20} more lines")
    if dry_run:
        click.echo(f"would take {len(told.readings)} readings, leave out {len(told.bad)} lines")
        sys.exit(1 if told.bad else 0)
    try:
        with unit_of_work() as uow:
            stream = devices.datastream(uow, datastream_id)
            source = Source(
                device_id=stream.device_id,
                grade="file_upload",
                file_name=file.name,
                sha256=hashlib.sha256(raw).hexdigest(),
                bad=len(told.bad),
            )
            taken = commands.take_readings(
                uow, told.readings, source=source, streams={None: stream}, now=clock.now()
            )
    except DomainError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(2)
    click.echo(
        f"{taken.taken} taken, {taken.duplicates} seen before, {taken.conflicts} contradict, "
        f"{taken.ahead} from the future, {len(told.bad)} lines left out"
    )
    sys.exit(1 if told.bad or taken.ahead else 0)


@sensors.command("seal")
def seal() -> None:
    """Seal the readings of every closed day now, as the worker does every minute."""
    done = 0
    while some := close_some(clock.now()):
        done += some
        click.echo(f"{done} days", err=True)
    click.echo(f"{done} days sealed")


@sensors.command("erase")
@click.argument("datastream_id", type=click.UUID)
@click.confirmation_option(prompt="Destroy all readings of this datastream and their keys for ever?")
def erase(datastream_id: UUID) -> None:
    """Destroy the readings of a datastream for ever, on its owner's request; their seals stay."""
    try:
        with unit_of_work() as uow:
            batches = sealing.erase(uow, datastream_id, clock.now())
    except DomainError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(2)
    click.echo(f"readings destroyed; {batches} sealed batches can no longer be shown")


@sensors.command("rotate-key")
@click.argument("device_id", type=click.UUID)
@click.confirmation_option(prompt="The old key stops at once. Give this device a new one?")
def rotate_key(device_id: UUID) -> None:
    """Give a device a new push key and print it this once."""
    try:
        with unit_of_work() as uow:
            key = enrolled.rotate_key(uow, device_id, actor=None, now=clock.now())
    except DomainError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    click.echo(key)


@sensors.command("retire")
@click.argument("device_id", type=click.UUID)
@click.confirmation_option(prompt="It cannot be taken into use again. Retire this device?")
def retire(device_id: UUID) -> None:
    """Take a device out of use; its readings stay."""
    try:
        with unit_of_work() as uow:
            enrolled.retire(uow, device_id, actor=None, now=clock.now())
    except DomainError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    click.echo("retired")
