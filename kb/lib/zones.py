"""Zones as people write them: `PST`, `UTC+2`, `Z`, `Pacific time`, `Europe/Berlin`, `+02:00`: data and look-up.

The same letters mean different zones in different places (CST: Chicago, Shanghai, Havana). Where they do, the zone
that the reader is in decides, and `Told.others` says what else they could have meant. Sources: the abbreviations in
IANA's tz database, and the common ones that it dropped (for instance SGT, PHT).
"""

import datetime
import functools
import re
from dataclasses import dataclass, field

from kb.lib import instants

# letters → (offset, IANA name of a place that uses them), the most widely written first; an empty offset means that the
# letters name the place, whatever its clocks show at the time.
LETTERS = {
    "UTC": (("+00:00", "UTC"),), "Z": (("+00:00", "UTC"),), "ZULU": (("+00:00", "UTC"),), "UCT": (("+00:00", "UTC"),),
    "GMT": (("+00:00", "Europe/London"),), "WET": (("+00:00", "Europe/Lisbon"),),
    "BST": (("+01:00", "Europe/London"), ("+06:00", "Asia/Dhaka")),
    "IST": (("+05:30", "Asia/Kolkata"), ("+01:00", "Europe/Dublin"), ("+02:00", "Asia/Jerusalem")),
    "IDT": (("+03:00", "Asia/Jerusalem"),),
    "WEST": (("+01:00", "Europe/Lisbon"),),
    "CET": (("+01:00", "Europe/Berlin"),), "MEZ": (("+01:00", "Europe/Berlin"),), "MET": (("+01:00", "Europe/Berlin"),),
    "CEST": (("+02:00", "Europe/Berlin"),), "MESZ": (("+02:00", "Europe/Berlin"),),
    "MEST": (("+02:00", "Europe/Berlin"),),
    "EET": (("+02:00", "Europe/Helsinki"),), "EEST": (("+03:00", "Europe/Helsinki"),),
    "MSK": (("+03:00", "Europe/Moscow"),), "TRT": (("+03:00", "Europe/Istanbul"),),
    "SAST": (("+02:00", "Africa/Johannesburg"),), "CAT": (("+02:00", "Africa/Maputo"),),
    "EAT": (("+03:00", "Africa/Nairobi"),), "WAT": (("+01:00", "Africa/Lagos"),),
    "GST": (("+04:00", "Asia/Dubai"),), "PKT": (("+05:00", "Asia/Karachi"),), "NPT": (("+05:45", "Asia/Kathmandu"),),
    "ICT": (("+07:00", "Asia/Bangkok"),), "WIB": (("+07:00", "Asia/Jakarta"),),
    "HKT": (("+08:00", "Asia/Hong_Kong"),), "SGT": (("+08:00", "Asia/Singapore"),),
    "PHT": (("+08:00", "Asia/Manila"),), "AWST": (("+08:00", "Australia/Perth"),),
    "JST": (("+09:00", "Asia/Tokyo"),), "KST": (("+09:00", "Asia/Seoul"),),
    "ACST": (("+09:30", "Australia/Adelaide"),), "ACDT": (("+10:30", "Australia/Adelaide"),),
    "AEST": (("+10:00", "Australia/Sydney"),), "AEDT": (("+11:00", "Australia/Sydney"),),
    "NZST": (("+12:00", "Pacific/Auckland"),), "NZDT": (("+13:00", "Pacific/Auckland"),),
    "HST": (("-10:00", "Pacific/Honolulu"),), "AKST": (("-09:00", "America/Anchorage"),),
    "AKDT": (("-08:00", "America/Anchorage"),),
    "PST": (("-08:00", "America/Los_Angeles"),), "PDT": (("-07:00", "America/Los_Angeles"),),
    "MST": (("-07:00", "America/Denver"),), "MDT": (("-06:00", "America/Denver"),),
    "CST": (("-06:00", "America/Chicago"), ("+08:00", "Asia/Shanghai"), ("-05:00", "America/Havana")),
    "CDT": (("-05:00", "America/Chicago"), ("-04:00", "America/Havana")),
    "EST": (("-05:00", "America/New_York"),),
    "EDT": (("-04:00", "America/New_York"),),
    "AST": (("-04:00", "America/Halifax"), ("+03:00", "Asia/Riyadh")), "ADT": (("-03:00", "America/Halifax"),),
    "NST": (("-03:30", "America/St_Johns"),), "NDT": (("-02:30", "America/St_Johns"),),
    "BRT": (("-03:00", "America/Sao_Paulo"),), "ART": (("-03:00", "America/Argentina/Buenos_Aires"),),
    "CLT": (("-04:00", "America/Santiago"),), "CLST": (("-03:00", "America/Santiago"),),
    "COT": (("-05:00", "America/Bogota"),), "PET": (("-05:00", "America/Lima"),),
    "PT": (("", "America/Los_Angeles"),), "MT": (("", "America/Denver"),), "CT": (("", "America/Chicago"),),
    "ET": (("", "America/New_York"),), "AKT": (("", "America/Anchorage"),), "AET": (("", "Australia/Sydney"),),
    "PACIFIC": (("", "America/Los_Angeles"),), "MOUNTAIN": (("", "America/Denver"),),
    "CENTRAL": (("", "America/Chicago"),), "EASTERN": (("", "America/New_York"),),
}  # fmt: skip

# For patterns of others: what may stand behind a time as its zone, in running text. Letters count in capitals only
# there ("met", "cat" and "art" are words). A bare offset has two digits, and a negative one no colon: 09:00-10:00 is a
# span of time.
NAME = r"[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?"
IN_TEXT = "(?:{name}|{offset}|(?:{letters})(?![A-Za-z0-9/]))".format(
    name=NAME,
    offset=r"(?:UTC|GMT)[ ]?[+\-\u2212][01]?\d(?::?[0-5]\d)?(?!\d)"
    r"|[+][01]\d:?[0-5]\d(?!\d)|[\-\u2212][01]\d[0-5]\d(?![\d:])",
    letters="|".join(sorted((word for word in LETTERS if len(word) < 6), key=len, reverse=True)),
)

_OFFSET = re.compile(r"(?:(?:UTC|GMT) ?)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.ASCII)


@dataclass(frozen=True)
class Told:
    """What letters mean: the `zone` to keep (an IANA name or an offset), the other places they could have meant, and
    the place that was chosen."""

    zone: str
    others: tuple[str, ...] = ()
    place: str = field(default="", compare=False)


def meaning(text: str, near: str = "UTC", naive: datetime.datetime | None = None) -> Told | None:
    """The zone that `text` names, or None; `near` is the zone of the incident, `naive` the wall-clock time it tells.

    What says an offset (PST, +0200) keeps exactly that offset: the name of the place is kept only where its clocks
    showed that offset at `naive`, so that 14:03 PST in July is 22:03 UTC and is never silently told as PDT.
    Letters are taken in any case. `Told.others` is empty unless the letters are ambiguous.
    """
    text = " ".join(text.strip().strip("()").replace("\u2212", "-").split())
    word = text.upper().removesuffix(" TIME").strip()
    if word in LETTERS:
        offset, place, others = _of_letters(word, near)
        return Told(_kept(offset, place, naive), others, place)
    if match := _OFFSET.fullmatch(text.upper()):
        return _of_offset(*match.groups())
    name = _spelling().get(text.lower().replace(" ", "_")) if "/" in text else None
    return Told(name) if name else None


def _of_letters(word: str, near: str) -> tuple[str, str, tuple[str, ...]]:
    """(offset, place, other places); letters that the clocks of `near` show themselves are always theirs."""
    choices, own = LETTERS[word], _shown(near).get(word)
    if own:
        return own, near, tuple(place for offset, place in choices if offset and offset != own)
    here = near.split("/")[0]
    best = min(range(len(choices)), key=lambda i: (choices[i][1].split("/")[0] != here, i))
    offset, place = choices[best]
    return offset, place, tuple(other for i, (_, other) in enumerate(choices) if i != best)


@functools.lru_cache(maxsize=512)
def _shown(zone: str) -> dict[str, str]:
    """{letters: offset} that clocks in an IANA zone show in a year."""
    if "/" not in zone:
        return {}
    days = [datetime.datetime(2026, month, 15, tzinfo=instants.zone(zone)) for month in (1, 7)]
    return {day.tzname() or "": f"{day:%z}"[:3] + ":" + f"{day:%z}"[3:5] for day in days}


def _kept(offset: str, place: str, naive: datetime.datetime | None) -> str:
    """The place where its clocks showed just that at `naive`, once and not twice; else the offset."""
    if not offset or place == "UTC":
        return place
    if naive is not None:
        tz = instants.zone(place)
        if all(naive.replace(tzinfo=tz, fold=fold).utcoffset() == _delta(offset) for fold in (0, 1)):
            return place
    return "UTC" if offset == "+00:00" else offset


def _of_offset(sign: str, hours: str, minutes: str | None) -> Told | None:
    if int(hours) > 14:
        return None
    name = f"{sign}{int(hours):02}:{minutes or '00'}"
    return Told("UTC" if name[1:] == "00:00" else name)


def _delta(offset: str) -> datetime.timedelta:
    delta = datetime.timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return -delta if offset[0] == "-" else delta


@functools.cache
def _spelling() -> dict[str, str]:
    return {name.lower(): name for name in instants.zone_names()}
