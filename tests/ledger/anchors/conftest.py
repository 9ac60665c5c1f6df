"""The time stamp authority of these tests, started once a module."""

from collections.abc import Iterator

import pytest

from tests.support.time_stamp_authority import TimeStampAuthority, answering


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStampAuthority]:
    with answering(TimeStampAuthority.made(tmp_path_factory.mktemp("tsa"))) as made:
        yield made


@pytest.fixture
def authority(made: TimeStampAuthority) -> TimeStampAuthority:
    """The one authority of these tests at one address, which has been asked nothing yet."""
    made.asked, made.spoil, made.delay_s, made.status = 0, bytes, 0, 200
    return made
