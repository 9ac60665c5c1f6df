"""What the order's page shows for each way to pay: registered with `orders.methods.METHODS`."""

from typing import Any
from uuid import UUID

from app.identity import queries as identity
from app.identity.banks import bank_name
from app.kernel import qr
from app.kernel.uow import UnitOfWork
from marketplace.orders.queries import OrderView
from marketplace.payments import vietqr
from marketplace.payments.vietqr import VietQR


def always(_uow: UnitOfWork, _seller_id: UUID) -> bool:
    """Cash is taken by everybody."""
    return True


def nothing(_uow: UnitOfWork, _order: OrderView) -> dict[str, Any]:
    """A panel of words alone."""
    return {}


def has_bank_account(uow: UnitOfWork, seller_id: UUID) -> bool:
    """Whether a transfer has somewhere to go: the money goes straight to the seller."""
    seller = identity.organisation(uow, seller_id)
    return bool(seller.bank_bin and seller.bank_account)


def transfer(uow: UnitOfWork, order: OrderView) -> dict[str, Any]:
    """The transfer to the seller's account as a QR and in words; nothing where the account is gone."""
    seller = identity.organisation(uow, order.seller_id)
    if not seller.bank_bin or not seller.bank_account:
        return {"svg": None}
    reference = vietqr.bank_purpose(order.number)
    payload = vietqr.encode(
        VietQR(seller.bank_bin, seller.bank_account, amount=order.total_vnd, purpose=reference)
    )
    return {
        "svg": qr.svg(payload, level="M"),
        "payload": payload,
        "bank": bank_name(seller.bank_bin),
        "account": seller.bank_account,
        "holder": seller.bank_holder or "",
        "reference": reference,
    }
