"""What the browser's verifiers say, by the codes of `static/js/verify/`: msgids of the catalogue.

Plain Python without imports: the asset build reads it too, where nothing is installed. `{name}` is filled
in by the script. English is in `translations/en`, as for every other text.
"""

from typing import Final


def _l(text: str) -> str:
    """Mark a text for the catalogue."""
    return text


WORDS: Final = {
    # How a step ended.
    "ok": _l("khớp"),
    "REFUSED": _l("KHÔNG KHỚP"),
    "NOT CHECKED": _l("không kiểm"),
    "LACKING": _l("thiếu"),
    # What a step is about; its number or name follows.
    "step-signer": _l("Người ký"),
    "step-file": _l("Tệp"),
    "step-signature": _l("Chữ ký của sổ"),
    "step-witness": _l("Nhân chứng ký"),
    "step-quorum": _l("Số nhân chứng cần có"),
    "step-age": _l("Tuổi của dấu"),
    "step-checkpoint": _l("Dấu của sổ"),
    "step-entries": _l("Các mục"),
    "step-entry": _l("Mục"),
    "step-commitment": _l("Nội dung mục"),
    "step-field": _l("Trường của mục"),
    "step-batch": _l("Lô số đo của mục"),
    "step-readings": _l("Số đo của mục"),
    "step-inclusion": _l("Chỗ trong sổ của mục"),
    "step-pending": _l("Đang chờ"),
    "step-anchor": _l("Neo"),
    "step-timestamp": _l("Dấu thời gian"),
    # What was found.
    "no-trust": _l("chưa đối chiếu với khóa nào bạn giữ: hãy dán khóa của sổ hoặc tệp tin cậy"),
    "whole": _l("tổng kiểm của tệp đúng"),
    "damaged": _l("tệp bị hỏng hoặc bị sửa: tổng kiểm không phải của nội dung"),
    "signature": _l("chữ ký Ed25519 của {name}, khóa {key}"),
    "witness": _l("{name}, lúc {at}"),
    "witness-untimed": _l("{name}, không có giờ"),
    "witness-here": _l("{name}, ở chính máy của sổ theo địa chỉ trong tệp tin cậy: không độc lập"),
    "no-quorum": _l("không đòi nhân chứng nào: chỉ có chữ ký của chính sổ"),
    "quorum": _l("{seen} trên {all} nhân chứng đã ký thêm"),
    "quorum-here": _l(
        "{seen} trên {all} nhân chứng đã ký thêm, mà không ai ở ngoài máy của sổ: người giữ sổ có thể bắt họ "
        "ký bất cứ gì"
    ),
    "quorum-unmet": _l("{seen} trên {all} nhân chứng đã ký thêm: ít hơn mức mà tệp tin cậy đòi"),
    "age": _l("nhân chứng ký lần cuối lúc {at}, {days} ngày trước; việc đến sau không có ở đây"),
    "age-here": _l(
        "nhân chứng ở chính máy của sổ ký lần cuối lúc {at}, {days} ngày trước; việc đến sau không có ở đây"
    ),
    "age-ahead": _l("nhân chứng ghi giờ {at}, giờ đó chưa tới: không biết tuổi; đây có thể là dấu cũ"),
    "age-unknown": _l("không biết giờ: không nhân chứng nào của bạn ký kèm giờ; đây có thể là dấu cũ"),
    "checkpoint": _l("{origin}, {size} mục, gốc {root}"),
    "no-entry": _l("tệp không có mục niêm phong nào"),
    "pending": _l("{count} mục đã ghi mà chưa nằm dưới dấu nào"),
    "entry": _l("{type} lúc {at} về {subject}"),
    "entry-elsewhere": _l("tệp không chứa dữ liệu đã ghi, hoặc phần kèm theo bị hỏng"),
    "commitment": _l("nội dung ({bytes} byte) đúng là nội dung đã niêm phong"),
    "kept": _l("nội dung không có trong tệp này"),
    "erased": _l("đã xóa: theo lời tệp này nội dung không còn, niêm phong của mục vẫn đứng vững"),
    "field": _l("giá trị đúng là giá trị đã niêm phong"),
    "field-erased": _l(
        "đã xóa: theo lời tệp này giá trị không còn, niêm phong của phần còn lại vẫn đứng vững"
    ),
    "field-unknown": _l("nói là đã xóa, mà nội dung niêm phong không có trường này"),
    "field-kept": _l("giữ lại: giá trị không có trong tệp này"),
    "batch": _l("{count} số đo của {datastream}, {first} đến {last}, {gap_count} chỗ hở"),
    "readings": _l("{begin} đến {end} trên {count} đúng như lúc niêm phong, không thiếu số nào ở giữa"),
    "readings-erased": _l("đã xóa: theo lời tệp này số đo không còn, niêm phong của cả lô vẫn đứng vững"),
    "inclusion": _l("mục {index} trên {size}, {hashes} mã băm"),
    "anchor": _l(
        "{chain}, theo lời tệp: {size} mục, phủ {covered} trên {all} mục ở đây; đúng sổ này, "
        "ở đây không hỏi chuỗi"
    ),
    "anchor-development": _l(
        "{chain} (chuỗi thử nghiệm): {size} mục, phủ {covered} trên {all} mục ở đây; đúng sổ này, "
        "ở đây không hỏi chuỗi"
    ),
    "anchor-loose": _l("{chain}: {size} mục; không có bằng chứng nối nó với dấu này"),
    "anchor-unknown": _l("{id}: loại neo mà bản kiểm tra này chưa biết"),
    "timestamp": _l(
        "{chain} lúc {at}: {size} mục, phủ {covered} trên {all} mục ở đây; đúng sổ này, "
        "ở đây không kiểm chữ ký của nơi đóng dấu"
    ),
    "timestamp-here": _l(
        "{chain} (chính máy chủ của sổ, không có giá trị với người ngoài) lúc {at}: {size} mục, phủ "
        "{covered} trên {all} mục ở đây; đúng sổ này, ở đây không kiểm chữ ký của nơi đóng dấu"
    ),
    "no-anchor": _l("tệp không nêu neo nào: niêm phong chỉ tới sổ này"),
    # What does not hold.
    "not-signature": _l("một chữ ký mang tên khóa bạn giữ không phải của khóa đó trên dấu này"),
    "not-unsigned": _l("không có chữ ký của khóa nào bạn giữ"),
    "not-signed-as-log": _l("không khóa nào của bạn ký dấu này với tư cách sổ mà nó nêu tên"),
    "not-named-key": _l("khóa mà tệp nêu tên không ký dấu này"),
    "not-same-head": _l("tên sổ hoặc số mục của tệp không phải của dấu"),
    "not-same-log": _l("neo của một sổ khác"),
    "not-commitment": _l("nội dung không phải nội dung đã niêm phong"),
    "not-field": _l("giá trị không phải giá trị đã niêm phong"),
    "not-outside": _l("số thứ tự nằm ngoài sổ"),
    "not-path": _l("đường mã băm dẫn tới một gốc khác: mục không nằm ở chỗ đó trong sổ"),
    "not-range": _l("số đo không phải số đã niêm phong, hoặc thiếu số ở giữa"),
    "not-order": _l("số đo không theo thứ tự hoặc thời gian của lô"),
    "not-consistency": _l("hai dấu không phải của cùng một sổ: sổ dài hơn không bắt đầu bằng sổ ngắn hơn"),
    # What is not of its format.
    "not-base64": _l("chữ base64 sai, hoặc có cách viết khác"),
    "not-hex": _l("số thập lục phân sai, hoặc viết hoa"),
    "not-decimal": _l("con số sai, hoặc có số 0 ở đầu"),
    "not-time": _l("thời điểm không theo RFC 3339, giờ UTC"),
    "not-json": _l("tệp bị cắt giữa chừng hoặc không phải JSON chặt chẽ: hãy tải lại từ đầu"),
    "not-canonical": _l(
        "không phải cách viết chuẩn (RFC 8785): một tên đứng hai lần, hoặc tệp đã bị ghi lại"
    ),
    "not-utf8": _l("không phải UTF-8"),
    "not-nfc": _l("chữ có dấu không ở dạng chuẩn NFC: trông giống nhau mà khác mã"),
    "not-format": _l("không phải tệp bằng chứng coi/proof/1, hoặc lớn hơn mọi bằng chứng"),
    "not-shape": _l("thiếu một phần của bằng chứng, hoặc sai kiểu"),
    "not-tlog": _l("không phải tệp tlog-proof"),
    "not-hash": _l("một mã băm không đủ 32 byte, hoặc có quá nhiều mã băm"),
    "not-entry": _l("không phải một mục của sổ"),
    "not-batch": _l("không phải nội dung của một lô số đo"),
    "not-note": _l("dấu không phải một bản ghi có chữ ký"),
    "not-checkpoint": _l("dấu thiếu tên sổ, số mục hoặc gốc, hoặc viết sai"),
    "not-key": _l("khóa viết sai"),
    "not-policy": _l("tệp tin cậy viết sai"),
    # What no verifier can know.
    "never-true": _l("lời khai có đúng không: sổ chỉ cho thấy nó không bị sửa từ lúc niêm phong"),
    "never-others": _l("có mục nào khác về cùng việc này bị bỏ ra khỏi tệp không"),
    "never-newest": _l("đây có phải dấu mới nhất của sổ không"),
    "never-anchors": _l("neo và dấu thời gian: hãy dùng python -m ledger verify"),
}

FILE_WORDS: Final = {
    "title": _l("Kiểm tra bằng chứng, không cần mạng"),
    "lead": _l("Tệp này tự chạy trên máy của bạn và không gửi gì đi đâu: nó không được phép dùng mạng."),
    "proof": _l("Tệp bằng chứng (proof.json, .tlog-proof, hoặc tệp nối hai dấu)"),
    "drop": _l("Thả tệp vào đây, hoặc chọn tệp:"),
    "trust": _l("Khóa của sổ, hoặc tệp tin cậy (policy)"),
    "trust-hint": _l(
        "Lấy từ một nguồn bạn tin, không lấy từ người đưa bạn bằng chứng. Có thể thả tệp vào đây."
    ),
    "paper": _l("Dấu in trên giấy, nếu bạn giữ tờ giấy"),
    "paper-hint": _l(
        "Chân tờ tem, giấy chứng nhận và trang đơn hàng mang số mục và gốc của sổ hôm in. "
        "Không có giấy thì để trống hai ô này."
    ),
    "paper-size": _l("Số mục"),
    "paper-root": _l("Gốc, đủ 44 chữ, kể cả dấu = ở cuối"),
    "step-printed": _l("Dấu trên giấy"),
    "printed-same": _l("tệp có đúng {size} mục và gốc in trên giấy"),
    "printed-joined": _l("sổ vẫn bắt đầu bằng đúng {size} mục và gốc in trên giấy"),
    "printed-elsewhere": _l(
        "giấy in {size} mục, dấu của tệp có {here} mục: không so được với nhau; hãy gõ số trên giấy ở trang "
        "“Đối chiếu dấu in trên giấy” của sổ, tải tệp nối hai dấu rồi kiểm tệp đó ở đây"
    ),
    "printed-unjoined": _l("tệp này nối dấu có {here} mục, không phải dấu có {size} mục trên giấy"),
    "printed-missing": _l("tệp này nối dấu có {here} mục với sổ: hãy gõ số mục và gốc in trên giấy"),
    "not-printed": _l(
        "ở {size} mục sổ có gốc khác gốc trên giấy: hãy so lại từng chữ, kể cả chữ hoa và chữ thường; "
        "nếu giấy đúng là in như vậy thì sổ đã bị viết lại, hãy giữ tờ giấy"
    ),
    "not-typed": _l("số mục hoặc gốc trên giấy gõ chưa đúng: số mục chỉ có chữ số, gốc có đủ 44 chữ"),
    "not-joining": _l("không phải tệp nối hai dấu"),
    "not-kept-checkpoint": _l(
        "tệp này là một dấu của sổ (checkpoint), không phải bằng chứng: so nó với sổ bằng "
        "python -m ledger verify … --against"
    ),
    "not-server-page": _l("tệp này là trang báo lỗi của máy chủ, không phải bằng chứng: hãy tải lại"),
    "check": _l("Kiểm tra"),
    "verified": _l("KHỚP: mọi bước cần có đều đúng"),
    "refused": _l("KHÔNG KHỚP: đừng tin tệp này"),
    "unusable": _l("CHƯA KẾT LUẬN: thiếu thứ cần để kiểm tra"),
    "steps": _l("Từng bước"),
    "never": _l("Điều không kiểm ở đây"),
    "no-file": _l("Hãy chọn tệp bằng chứng trước."),
}
