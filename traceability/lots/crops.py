"""What grows around Dầu Tiếng: how much a hectare bears at most, and when it is picked.

Used for one doubt only: a plot that reports more than its area can bear is held until somebody
looks. The limits are therefore generous: about the best farms, not the average.

Every figure is an **assumption** of the developers (`source="assumption"`), rounded up from what
extension papers of southern Vietnam commonly give; none was taken from a published table of the
district. The office replaces them by figures with a source; pages show "giả định" until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True)
class Crop:
    """One crop: its most plausible yield and the months in which it is picked here.

    `most_kg_per_ha` is fresh weight in one season of `season_months` (1 to 12); a crop that is
    picked all year has one season of twelve months, `cycles` > 1 means several crops in a season.
    """

    key: str
    name_vi: str
    name_en: str
    most_kg_per_ha: int
    season_months: tuple[int, ...]
    cycles: int = 1
    source: Literal["assumption", "office"] = "assumption"

    def capacity_g(self, area_m2: int) -> int:
        """Most grams of one season from an area, rounded down."""
        return self.most_kg_per_ha * self.cycles * area_m2 // 10  # kg/ha × m² / 10 000 × 1 000 g


_ALL_YEAR: Final = tuple(range(1, 13))

CROPS: Final[Mapping[str, Crop]] = MappingProxyType(
    {
        crop.key: crop
        for crop in (
            Crop("mangosteen", "Măng cụt", "Mangosteen", 15_000, (5, 6, 7, 8, 11, 12)),
            Crop("durian", "Sầu riêng", "Durian", 30_000, (5, 6, 7, 8)),
            Crop("pomelo", "Bưởi da xanh", "Green-skin pomelo", 40_000, (1, 2, 8, 9, 10, 11, 12)),
            Crop("orange", "Cam sành", "King orange", 50_000, (1, 2, 8, 9, 10, 11, 12)),
            Crop("rambutan", "Chôm chôm", "Rambutan", 30_000, (5, 6, 7, 8)),
            Crop("longan", "Nhãn", "Longan", 20_000, (6, 7, 8, 9)),
            Crop("banana", "Chuối già", "Cavendish banana", 70_000, _ALL_YEAR),
            Crop("cantaloupe", "Dưa lưới", "Cantaloupe", 45_000, _ALL_YEAR, cycles=4),
            Crop("rubber", "Mủ cao su", "Rubber latex", 10_000, (1, 4, 5, 6, 7, 8, 9, 10, 11, 12)),
            Crop("fish_pond", "Cá nuôi ao", "Pond fish", 150_000, _ALL_YEAR),
        )
    }
)
