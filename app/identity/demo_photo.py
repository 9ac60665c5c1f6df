"""Drawn pictures in the place of photographs, for the invented households of the demonstration.

Leaves by the thousand, so that such a picture weighs what an orchard's photo weighs; the same picture
every time.
"""

import io
import random
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
WIDTH, HEIGHT = 1280, 960
HORIZON: Final = 430
_SKIN, _HAT, _STRAW = (176, 124, 88), (226, 205, 150), (196, 170, 110)


class Orchard(NamedTuple):
    """What distinguishes one drawn orchard from another."""

    seed: int
    fruit: Colour
    shirt: Colour
    scarf: Colour
    at: int  # where the grower stands, pixels from the left


MANGOSTEENS: Final = Orchard(1, (82, 28, 62), (64, 74, 110), (236, 232, 224), 470)
POMELOS: Final = Orchard(2, (164, 172, 78), (116, 62, 48), (60, 96, 92), 820)


def drawn(orchard: Orchard) -> bytes:
    """The orchard and its grower as a PNG, 4:3."""
    chance = random.Random(orchard.seed)
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(picture)
    _sky_and_ground(pen, chance)
    for row, scale in ((HORIZON + 30, 0.35), (HORIZON + 90, 0.55)):
        for x in range(-40, WIDTH + 80, round(330 * scale)):
            _tree(pen, chance, orchard, x + chance.randint(-20, 20), row, scale)
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))  # what is far away is soft
    pen = ImageDraw.Draw(picture)
    for x in (60, WIDTH - 90):
        _tree(pen, chance, orchard, x, HORIZON + 330, 1.25)
    _grower(pen, orchard)
    _basket(pen, chance, orchard)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _shade(colour: Colour, chance: random.Random, spread: int = 28) -> Colour:
    light = chance.randint(-spread, spread)
    red, green, blue = (max(0, min(255, part + light)) for part in colour)
    return red, green, blue


def _sky_and_ground(pen: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for y in range(HEIGHT):
        high = y / HORIZON
        sky = (round(150 + 80 * high), round(190 + 45 * high), round(225 + 5 * high))
        pen.line((0, y, WIDTH, y), sky if y < HORIZON else (122, 112, 70))
    for _ in range(9_500):  # grass and fallen leaves, larger towards the eye
        y = chance.randint(HORIZON, HEIGHT)
        near = (y - HORIZON) / (HEIGHT - HORIZON)
        x, high = chance.randint(0, WIDTH), 4 + 22 * near
        blade = chance.choice(((96, 124, 52), (120, 140, 66), (150, 128, 74), (84, 104, 44)))
        lean = chance.uniform(-0.5, 0.5) * high
        pen.line((x, y, x + lean, y - high), _shade(blade, chance), width=1 + round(2 * near))


def _tree(
    pen: ImageDraw.ImageDraw, chance: random.Random, orchard: Orchard, x: int, foot: int, scale: float
) -> None:
    crown, middle = 210 * scale, foot - 330 * scale
    trunk = 16 * scale
    pen.polygon(((x - trunk, foot), (x + trunk, foot), (x + trunk / 2, middle), (x - trunk / 2, middle)),
                (88, 68, 50))  # fmt: skip
    for number in range(round(1_500 * min(1.0, scale))):
        dx, dy = chance.gauss(0, 0.42) * crown, chance.gauss(0, 0.4) * crown
        if dx * dx + dy * dy > crown * crown:
            continue  # no leaf hangs in the air
        sun = -dx - 1.4 * dy  # light comes from the top left
        green = (78, 122, 52) if sun > crown * 0.3 else (40, 80, 38) if sun < -crown * 0.3 else (56, 100, 46)
        long, wide = 20 * scale, 8 * scale
        if number % 2:
            long, wide = wide, long
        at = (x + dx - long, middle + dy - wide, x + dx + long, middle + dy + wide)
        pen.ellipse(at, _shade(green, chance))
    for _ in range(round(26 * scale)):
        fx, fy = x + chance.gauss(0, 0.4) * crown, middle + chance.gauss(0.1, 0.32) * crown
        _fruit(pen, chance, orchard, fx, fy, 15 * scale)


def _fruit(
    pen: ImageDraw.ImageDraw, chance: random.Random, orchard: Orchard, x: float, y: float, r: float
) -> None:
    pen.ellipse((x - r, y - r, x + r, y + r), _shade(orchard.fruit, chance, 16))
    pen.ellipse((x - r * 0.6, y - r * 0.6, x - r * 0.1, y - r * 0.1), _shade((150, 120, 120), chance, 10))
    pen.rectangle((x - r * 0.25, y - r * 1.25, x + r * 0.25, y - r * 0.8), (96, 128, 60))


def _grower(pen: ImageDraw.ImageDraw, orchard: Orchard) -> None:
    """A person in a conical hat and a checked scarf, from the knees up; nobody's face."""
    x, top = orchard.at, 330
    pen.polygon(((x - 120, 960), (x - 90, 600), (x + 90, 600), (x + 120, 960)), orchard.shirt)
    pen.rounded_rectangle((x - 96, 504, x + 96, 640), 44, orchard.shirt)
    for side in (-1, 1):  # arms that hold the basket
        pen.line(
            (x + side * 66, 540, x + side * 112, 700, x + side * 70, 800),
            orchard.shirt,
            width=56,
            joint="curve",
        )
        pen.ellipse((x + side * 60 - 26, 778, x + side * 60 + 26, 826), _SKIN)
    pen.rectangle((x - 26, 450, x + 26, 520), _SKIN)
    pen.ellipse((x - 62, top + 20, x + 62, top + 160), _SKIN)
    pen.polygon(((x - 64, 486), (x + 64, 486), (x + 46, 548), (x - 46, 548)), orchard.scarf)
    for step in range(-44, 46, 11):
        pen.line((x + step, 488, x + step, 546), orchard.shirt, width=2)
    pen.polygon(((x - 150, top + 70), (x, top - 60), (x + 150, top + 70)), _HAT)
    for step in range(-150, 151, 6):
        pen.line((x, top - 60, x + step, top + 70), _STRAW)
    pen.arc((x - 150, top + 50, x + 150, top + 90), 0, 180, _STRAW, width=4)


def _basket(pen: ImageDraw.ImageDraw, chance: random.Random, orchard: Orchard) -> None:
    x, rim = orchard.at, 800
    for _ in range(60):
        _fruit(pen, chance, orchard, x + chance.gauss(0, 62), rim - abs(chance.gauss(0, 26)), 26)
    pen.polygon(((x - 170, rim), (x + 170, rim), (x + 130, HEIGHT), (x - 130, HEIGHT)), (150, 112, 66))
    for y in range(rim, HEIGHT, 14):
        for step in range(-160, 160, 20):
            shift = 10 if (y // 14) % 2 else 0
            weave = _shade((176, 136, 84), chance, 18)
            pen.rectangle((x + step + shift - 8, y, x + step + shift + 7, y + 9), weave)
