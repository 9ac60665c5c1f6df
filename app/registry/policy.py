"""Who may do what with plots and trade items."""

from app.identity.access import Predicate, role

ACTIONS: dict[str, Predicate] = {
    "plot.see": role("farmer"),
    "plot.register": role("farmer"),
    "plot.list": role("officer", "approving_officer", "auditor"),
    "plot.confirm": role("officer", "approving_officer"),
    "trade_item.list": role("officer", "approving_officer", "auditor", "administrator"),
    "trade_item.add": role("officer", "approving_officer", "administrator"),
}
