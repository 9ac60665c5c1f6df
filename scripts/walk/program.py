"""The steps in their order. A step that cannot be played fails the tour; none is left out silently."""

from scripts.walk import code, farm, office, sale
from scripts.walk.stage import Step

STEPS: tuple[tuple[str, Step], ...] = (
    ("farmer logs in", farm.farmer_logs_in),
    ("farmer adds a plot", farm.farmer_adds_a_plot),
    ("farmer writes the diary", farm.farmer_writes_the_diary),
    ("farmer harvests over a bad network", farm.farmer_harvests_over_a_bad_network),
    ("farmer hands in real readings", farm.farmer_hands_in_real_readings),
    ("officer confirms the plot", office.officer_confirms_the_plot),
    ("farmer applies for the right", farm.farmer_applies_for_the_right),
    ("officer proposes the right", office.officer_proposes_the_right),
    ("approving officer grants the right", office.approving_officer_grants_the_right),
    ("farmer prints labels", code.farmer_prints_labels),
    ("a label that is not stuck on says so", code.a_label_that_is_not_stuck_on_says_so),
    ("farmer packs", code.farmer_packs),
    ("consumer scans", code.consumer_scans),
    ("browser finds the entry in the log", code.browser_finds_the_entry_in_the_log),
    ("browser checks again without a network", code.browser_checks_again_without_a_network),
    ("anybody verifies the bundle", code.anybody_verifies_the_bundle),
    ("the single file checks the bundle", code.the_single_file_checks_the_bundle),
    ("farmer offers the lot", sale.farmer_offers_the_lot),
    ("buyer finds the lot", sale.buyer_finds_the_lot),
    ("buyer orders", sale.buyer_orders),
    ("buyer pays by vietqr", sale.buyer_pays_by_vietqr),
    ("seller confirms and sends", sale.seller_confirms_and_sends),
    ("scan page shows the sale", sale.scan_page_shows_the_sale),
    ("officer suspends the right", office.officer_suspends_the_right),
    ("officer gives the right back", office.officer_gives_the_right_back),
    ("helper files for an old farmer", office.helper_files_for_an_old_farmer),
    ("an unknown code has its page", code.an_unknown_code_has_its_page),
    ("every status of the demo is shown", code.every_status_of_the_demo_is_shown),
    ("a changed byte is noticed", code.a_changed_byte_is_noticed),
    ("the single file notices it too", code.the_single_file_notices_it_too),
)
