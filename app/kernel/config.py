"""Configuration: read once from the environment, frozen, refused at the start when absurd."""

import re
import secrets
import shlex
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class BadConfiguration(Exception):
    """A setting is missing or absurd; the message names it and says what is wrong."""


class Config(BaseSettings):
    """Every setting with its unit, default and one line of help (`docs/configuration.md` lists them)."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    port: int = Field(8000, ge=1, le=65535, description="TCP port of the web server on 127.0.0.1")
    public_url: str = Field(
        "", description="Prefix printed in codes and links; default http://127.0.0.1:PORT"
    )
    data_dir: Path = Field(
        Path("var"), description="Folder that holds everything that must survive a restart"
    )
    demo: bool = Field(True, description="1 loads the simulated district and opens /dev/inbox.json")
    secret_key: str = Field("", description="Signs cookies and links; made and kept in DATA_DIR when DEMO=1")
    database_url: str = Field("", description="SQLAlchemy URL; default SQLite at DATA_DIR/coi.sqlite3")
    celery_broker_url: str = Field("", description="Wakes the worker; default an SQLite file in DATA_DIR")
    ledger_origin: str = Field(
        "", description="Origin line of the log, chosen when the log is created and never changed"
    )
    ledger_witnesses: Path | None = Field(
        None,
        description="Policy file that names the log's witnesses; default DATA_DIR/ledger/witnesses.policy",
    )
    ledger_key: str = Field(
        "",
        repr=False,
        description="Signing keys of the log, one a line; empty: DATA_DIR/ledger/log.key, or LEDGER_SIGNER",
    )
    ledger_signer: str = Field(
        "", description="Program that keeps signing keys of the log to itself and signs checkpoints with them"
    )
    ledger_signer_timeout_s: int = Field(
        10, ge=1, le=60, description="How long that program may take for one signature, seconds"
    )
    s3_endpoint: str = Field("", description="URL of an S3 server; empty keeps files in DATA_DIR/files")
    s3_bucket: str = Field("", description="Bucket for files and published tiles")
    s3_key: str = Field("", description="S3 access key")
    s3_secret: str = Field("", description="S3 secret key")
    evm_rpc_url: str = Field(
        "", description="JSON-RPC URL of the chain that anchors checkpoints; empty: no anchor"
    )
    evm_private_key: str = Field(
        "", description="Hex key of the anchoring account; empty: anvil's first account"
    )
    evm_chain_id: int = Field(
        0, ge=0, description="Id of the chain that is meant; another at EVM_RPC_URL is refused. 0: whichever"
    )
    evm_daily_cap_wei: int = Field(
        10**16, ge=0, description="What anchoring may spend in 24 hours, wei; development chains have no cap"
    )
    tsa_url: str = Field(
        "", description="Time stamp authority (RFC 3161) that stamps checkpoints; empty: no time stamp"
    )
    tsa_ca_file: Path | None = Field(
        None, description="PEM file of the root certificates that the authority's must lead to"
    )
    tsa_policy: str = Field(
        "", description="Policy that a time stamp must name, a dotted identifier; empty: the authority's own"
    )
    tsa_every_hours: int = Field(
        24, ge=1, le=720, description="At most one checkpoint is stamped in so many hours"
    )
    stripe_secret_key: str = Field("", description="Turns card payment on")
    stripe_publishable_key: str = Field("", description="Public key of the card fields")
    stripe_webhook_secret: str = Field("", description="Checks Stripe's callbacks")
    stripe_api_base: str = Field("", description="Another address of the payment API (tests)")
    sms_url: str = Field("", description="Where messages are posted; empty: none leave this installation")
    sms_token: str = Field("", description="Bearer token of that address")
    sms_sender: str = Field("", description="Sender name that the carrier registered for the office")
    corpus: Path | None = Field(None, description="Folder of real data for demo and tests; no default")
    office_name: str = Field("Phòng Kinh tế (minh họa)", description="Name of the office on every page")
    office_phone: str = Field("+842743561234", description="Telephone of the office, E.164")
    gs1_company_prefix: str = Field(
        "9520001", description="Company prefix of the demonstration's trade items; 952 is GS1's demonstration"
    )
    max_upload_bytes: int = Field(
        8_000_000, ge=100_000, le=200_000_000, description="Largest request body, bytes"
    )
    session_days: int = Field(90, ge=1, le=400, description="Life of a farmer's session, days")
    proxy_hops: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front, whose X-Forwarded headers are believed"
    )
    log_level: str = Field("INFO", description="Level of the process log")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("public_url", "sms_url", "tsa_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("must start with http:// or https:// and name a host")
        return value

    @field_validator("ledger_key")
    @classmethod
    def _signer_keys(cls, value: str) -> str:
        if not all(re.fullmatch(r"PRIVATE\+KEY\+[^+\s]+\+[0-9a-f]{8}\+\S+", key) for key in value.split()):
            raise ValueError("must be keys of the form PRIVATE+KEY+origin+id+base64, one a line")
        return value

    @field_validator("ledger_signer")
    @classmethod
    def _command(cls, value: str) -> str:
        try:
            words = shlex.split(value)
        except ValueError as fault:
            raise ValueError(f"must be a command line: {fault}") from fault
        if value and not words:
            raise ValueError("must name a program")
        return value

    @field_validator("public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("tsa_policy")
    @classmethod
    def _dotted_identifier(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-2](\.(0|[1-9][0-9]{0,19})){1,30}", value):
            raise ValueError("must be a dotted object identifier, as 1.3.6.1.4.1.13762.3")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.s3_endpoint and not (self.s3_bucket and self.s3_key and self.s3_secret):
            raise ValueError("S3_ENDPOINT needs S3_BUCKET, S3_KEY and S3_SECRET")
        if bool(self.stripe_secret_key) != bool(self.stripe_webhook_secret):
            raise ValueError("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are given together or not at all")
        if self.tsa_url and not (self.tsa_ca_file and self.tsa_ca_file.is_file()):
            raise ValueError("TSA_URL needs TSA_CA_FILE, a file that is there")
        if self.sms_url and not self.sms_token:
            raise ValueError("SMS_URL needs SMS_TOKEN")
        if not self.demo and len(self.secret_key) < 32:
            raise ValueError("SECRET_KEY must have at least 32 characters when DEMO=0")
        return self

    @property
    def site_url(self) -> str:
        """The prefix of every printed address, without a trailing slash."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL with its driver named."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'coi.sqlite3'}"
        if self.database_url.startswith(("postgresql://", "postgres://")):
            return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        return self.database_url

    @property
    def broker_url(self) -> str:
        """The Celery broker; the default is a file of its own, since its writer lock would be shared."""
        return self.celery_broker_url or f"sqla+sqlite:///{self.data_dir / 'broker.sqlite3'}"

    @property
    def witnesses_path(self) -> Path:
        """The file that names the witnesses; where there is none, the log has none."""
        return self.ledger_witnesses or self.data_dir / "ledger" / "witnesses.policy"

    @property
    def origin(self) -> str:
        """Origin of a log that is yet to be created."""
        return self.ledger_origin or "demo.coi.invalid/ledger"


def load() -> Config:
    """Read the environment.

    Raises BadConfiguration with one line a fault: the setting's name and what is wrong with it.
    """
    try:
        return Config()
    except ValidationError as refused:
        faults = [f"{'_'.join(map(str, e['loc'])).upper() or 'CONFIG'}: {e['msg']}" for e in refused.errors()]
        raise BadConfiguration("; ".join(faults)) from refused


def secret_key(config: Config) -> str:
    """The given key, or in a demonstration one that is made once and kept in DATA_DIR."""
    if config.secret_key:
        return config.secret_key
    kept = config.data_dir / "secret_key"
    try:
        with kept.open("x") as file:
            kept.chmod(0o600)
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return kept.read_text().strip()
