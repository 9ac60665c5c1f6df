"""The gates of `make check` find what they are there to find, and let the rest through."""

import pytest
from babel.messages.catalog import Message

from scripts.check_licences import allowed
from scripts.check_locks import npm_lock_faults, pins, python_lock_faults, range_faults
from scripts.check_translations import bare_strings, bare_texts, entry_faults, new_style_marks

HASH = "    --hash=sha256:00"


class TestTextOutsideTheCatalogue:
    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("<p>Xin chào</p>", [(1, "Xin chào")]),
            ("{{ _('a') }}\n<p>\n  Thử</p>", [(3, "Thử")]),
            ('<img src="a.svg" alt="Trái cây">', [(1, 'alt="Trái cây"')]),
            ('<input type="submit" value="Gửi">', [(1, 'value="Gửi"')]),
            ('<button aria-label="Close">×</button>', [(1, 'aria-label="Close"')]),
            ('<meta name="description" content="Chợ quê">', [(1, 'content="Chợ quê"')]),
        ],
    )
    def test_is_found_with_its_line(self, source: str, found: list[tuple[int, str]]) -> None:
        assert bare_texts(source) == found

    @pytest.mark.parametrize(
        "source",
        [
            "<p>{{ _('Xin chào') }} – 12.5 %</p>",
            '<img alt="" src="a"><input type="hidden" value="abc" name="x">',
            "{% trans count=n %}Có {{ count }} lô{% endtrans %}",
            "{# a note #}<style>p { color: red }</style><script>let a</script>",
            '<span translate="no">Cội</span><b>·</b>',
            '<span translate="no">GS1 <b>DL</b></span>',
            '<a href="?lang=en" lang="en">English</a><b>Cội</b>',
            '<body class="{% block body_class %}farm{% endblock %}">',
            "{% block body_class %}on-farm{% endblock %}",
            '<p id="{{ field.id }}-hint"></p>{{ field.id }}-hint',
            "{% if a > b %}{% endif %}<a title=\"{{ _('Xem') }}\"></a>",
        ],
    )
    def test_is_not_found_where_there_is_none(self, source: str) -> None:
        assert bare_texts(source) == []

    def test_is_found_again_after_an_element_that_is_let_through(self) -> None:
        assert bare_texts('<i translate="no">Cội</i> chợ') == [(1, "chợ")]

    def test_vietnamese_strings_in_expressions_want_the_catalogue(self) -> None:
        assert bare_strings('{{ field(form.name, label="Họ tên") }}') == [(1, "Họ tên")]
        assert bare_strings('{{ field(form.name, label=_("Họ tên"), kind="text") }}') == []


class TestToneMarks:
    def test_of_the_new_style_are_found(self) -> None:
        assert new_style_marks("Huỷ đơn, xoá, mở khoá, toạ độ") == ["uỷ", "oá", "oá", "oạ"]

    def test_of_the_glossarys_style_are_let_through(self) -> None:
        assert new_style_marks("Hủy, xóa, quý, quỹ, hoàn, khoảng, toán, thuyền, ngoài") == []


class TestAnEntryOfTheCatalogue:
    @pytest.mark.parametrize(
        ("message", "faults"),
        [
            (Message("Lô %(no)s", "Lot %(no)s"), 0),
            (Message("Lô %(no)s", "Lot"), 1),
            (Message("Lô", "Lot %(no)s"), 1),
            (Message("Lô", ""), 1),
            (Message("Lô", "Lot", flags=["fuzzy"]), 1),
            (Message(("%(num)d lô", "%(num)d lô"), ("one lot", "%(num)d lots")), 0),
        ],
    )
    def test_is_whole_or_says_what_it_lacks(self, message: Message, faults: int) -> None:
        assert len(entry_faults(message)) == faults


class TestLocks:
    def test_a_pinned_package_with_a_hash_passes(self) -> None:
        assert list(python_lock_faults("x.lock", f"a==1 \\\n{HASH}\n    # via b\nb[c]==2 \\\n{HASH}\n")) == []

    @pytest.mark.parametrize(
        "lock",
        [
            "a==1\n",
            f"a>=1 \\\n{HASH}\n",
            f"--index-url https://x/\na==1 \\\n{HASH}\n",
            f"a @ file:///a \\\n{HASH}\n",
        ],
    )
    def test_a_package_without_version_or_hash_and_any_address_is_told(self, lock: str) -> None:
        assert list(python_lock_faults("x.lock", lock))

    def test_a_range_that_the_lock_misses_and_a_missing_reason_are_told(self) -> None:
        text = (
            '[project]\ndependencies = [\n  "A-b>=2",  # why\n  "c>=1",\n]\n[dependency-groups]\ndev = []\n'
        )
        assert len(list(range_faults(text, pins("a_b==1 \nc==1")))) == 2

    def test_an_npm_package_without_integrity_or_with_an_address_is_told(self) -> None:
        package = '{"devDependencies": {"a": "1"}}'
        good = (
            '{"packages": {"": {"devDependencies": {"a": "1"}}, "node_modules/a": {"integrity": "sha512-x"}}}'
        )
        assert list(npm_lock_faults(package, good)) == []
        assert len(list(npm_lock_faults(package, good.replace("sha512-x", "sha1-x")))) == 1
        assert len(list(npm_lock_faults(package, good.replace('"a": "1"}}, ', '"a": "2"}}, ')))) == 1
        assert (
            len(list(npm_lock_faults(package, good.replace('{"integrity"', '{"resolved": "x", "integrity"'))))
            == 1
        )


class TestLicences:
    @pytest.mark.parametrize(
        ("name", "licence", "passes"),
        [
            ("a", "MIT", True),
            ("a", "MIT AND Apache-2.0", True),
            ("a", "GPL-3.0 OR MIT", True),
            ("a", "MIT AND GPL-3.0-only", False),
            ("a", "AGPL-3.0", False),
            ("a", "UNKNOWN", False),
            ("localstripe", "GPL-3.0-or-later", True),
        ],
    )
    def test_only_named_tools_may_be_under_the_gpl(self, name: str, licence: str, passes: bool) -> None:
        assert allowed({"Name": name, "License-Expression": licence}) is passes
