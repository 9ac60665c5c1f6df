"""Which pages the browser tests visit, and how a page is measured."""

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PUBLIC = (
    "/",
    "/?lang=en",
    "/products",
    "/products?q=mang+cut",
    "/products/mang-cut-dau-tieng",
    "/cart",
    "/t",
    "/t/KHONGCOMA2",
    "/report",
    "/ledger",
    "/ledger/sample",
    "/ledger/sample?seed=abc&count=5",
    "/ledger/exceptions",
    "/login",
    "/office/login",
    "/trademarks/",
)
FARM = (
    "/farm/",
    "/farm/me",
    "/farm/plots",
    "/farm/plots/new",
    "/farm/work",
    "/farm/work/new",
    "/farm/work/new?kind=spray",
    "/farm/harvests/new",
    "/farm/lots",
    "/farm/sell",
    "/farm/orders",
    "/farm/delivery",
    "/farm/rights",
    "/farm/rights/apply",
    "/farm/sensors/",
    "/farm/sensors/new",
    "/farm/sensors/upload",
    "/farm/ask",
)
OFFICE = ("/office/", "/office/cases", "/office/codes", "/office/lots", "/office/plots", "/office/rights")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its best practices: rule and first place."""
    page.evaluate(AXE)
    told = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in told["violations"]]


def small_targets(page: Page, least: int = 44) -> list[str]:
    """Links, buttons and fields under `least` CSS px; links inside a sentence are excused (WCAG 2.5.8)."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll("a[href], button, input, select, summary")]
          .filter(e => e.checkVisibility() && !e.closest("label") && !e.matches(".skip, .sr"))
          .filter(e => !(e.matches("a") && getComputedStyle(e).display === "inline"
                         && e.parentElement.textContent.trim() !== e.textContent.trim()))
          .map(e => [e, e.getBoundingClientRect()])
          .filter(([, box]) => Math.min(box.height, box.width) < least - .5)
          .map(([e, box]) => e.outerHTML.slice(0, 120) + " " + Math.round(box.height))""",
        least,
    )
    return found


def small_texts(page: Page, least: int = 16) -> list[str]:
    """Texts under `least` CSS px; words inside a drawing are left to its own scale."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll("body *")]
          .filter(e => e.checkVisibility() && !e.closest("svg, sup, sub"))
          .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
          .filter(e => parseFloat(getComputedStyle(e).fontSize) < least - .01)
          .map(e => e.outerHTML.slice(0, 120))""",
        least,
    )
    return found


def sideways(page: Page) -> int:
    """How many CSS px the page is wider than its window."""
    wider: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider
