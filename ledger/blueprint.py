"""Routes, jobs and checks of the log, and `init_app`."""

from flask import Blueprint, Flask

from app.kernel import jobs, outbox
from app.web import health as web_health
from app.web import problems
from app.web.i18n import _l
from ledger import api, exception_views, health, sample_views, tasks, views
from ledger.cli import ledger as group
from ledger.commands import SEQUENCE
from ledger.published_copy import PUBLISH


def init_app(app: Flask) -> None:
    """Bind what the package has."""
    pages = Blueprint("ledger", __name__, url_prefix="/ledger")
    pages.add_url_rule("", "show", views.show)
    pages.add_url_rule("/verifier.html", "verifier", views.verifier)
    pages.add_url_rule("/checkpoints", "printed", views.printed_checkpoint)
    pages.add_url_rule("/checkpoints/<int:size>/consistency", "consistency", views.consistency)
    pages.add_url_rule("/sample", "sample", sample_views.sample)
    pages.add_url_rule("/sample.json", "sample_file", sample_views.sample_file)
    pages.add_url_rule("/entries/<int:index>", "entry", sample_views.entry)
    pages.add_url_rule("/entries/<int:index>/proof", "entry_proof", sample_views.entry_proof)
    pages.add_url_rule("/exceptions", "exceptions", exception_views.exceptions_list)
    pages.add_url_rule("/exceptions.csv", "exceptions_csv", exception_views.exceptions_csv)
    pages.add_url_rule("/exceptions.json", "exceptions_json", exception_views.exceptions_json)
    pages.add_url_rule("/checkpoint", "checkpoint", api.checkpoint)
    pages.add_url_rule("/tile/<path:path>", "tile", api.tile)
    pages.add_url_rule("/key", "key", api.key)
    pages.add_url_rule("/policy", "policy", api.policy)
    pages.add_url_rule("/witness", "witnesses", api.witnesses)
    pages.add_url_rule("/witness/<log_id>/checkpoint", "witnessed", api.witnessed)
    app.register_blueprint(pages)
    app.cli.add_command(group)
    outbox.handle(app, SEQUENCE, tasks.sequence, lease_s=300)
    outbox.handle(app, PUBLISH, tasks.publish, lease_s=600)
    outbox.handle(app, tasks.ANCHOR, tasks.anchor, lease_s=120)
    jobs.every(app, "ledger.sequence", tasks.sequence_what_waits, seconds=2)
    jobs.every(app, "ledger.publish", tasks.publish_what_is_behind, seconds=20)
    outbox.handle(app, tasks.COSIGN, tasks.cosign, lease_s=60)
    jobs.every(app, "ledger.offer_cosigning", tasks.offer_cosigning, seconds=5)
    jobs.every(app, "ledger.look_at_witnesses", tasks.look_at_witnesses, seconds=600)
    jobs.every(app, "ledger.offer_anchor", tasks.offer_anchor, seconds=20)
    outbox.handle(app, tasks.STAMP, tasks.stamp, lease_s=60)
    jobs.every(app, "ledger.offer_stamp", tasks.offer_stamp, seconds=60)
    jobs.every(app, "ledger.look_at_chain", tasks.look_at_chain, seconds=60)
    web_health.UNFIT.add(app, "ledger", health.unfit)
    web_health.CHECKS.add(app, "ledger-lag", health.lag)
    web_health.CHECKS.add(app, "ledger-alarm", health.alarm)
    web_health.CHECKS.add(app, "ledger-records", health.records)
    web_health.CHECKS.add(app, "ledger-publication", health.publication)
    web_health.CHECKS.add(app, "ledger-chain", health.chain)
    web_health.CHECKS.add(app, "ledger-timestamps", health.timestamps)
    web_health.CHECKS.add(app, "ledger-fork", health.fork)
    web_health.CHECKS.add(app, "ledger-witnesses", health.witnesses)
    problems.register_sentences(
        app,
        {
            "ledger-entry-refused": _l("Mục này không niêm phong được: %(reason)s."),
            "ledger-key-reused": _l("Khóa %(key)s đã dùng cho một mục khác trong sổ cái."),
            "ledger-no-such-checkpoint": _l(
                "Sổ không ký dấu nào đúng %(size)s mục. Gần nhất: %(smaller)s hoặc %(larger)s mục."
            ),
            "ledger-not-a-size": _l("“%(typed)s” không phải một con số. Xin ghi số mục của dấu, như 1234."),
            "ledger-no-such-kind": _l("Không có loại ngoại lệ “%(asked)s”. Các loại: %(kinds)s."),
            "ledger-no-such-sample": _l(
                "Chưa rút được: dòng mồi là một dòng chữ không quá 200 byte, số mục từ 1 đến 300 "
                "và không nhiều hơn sổ."
            ),
            "ledger-refuses": _l("Sổ cái đang tạm dừng; văn phòng cần kiểm tra trước khi ký tiếp."),
        },
    )
