"""JSON of strangers: a whole document, or as many elements of a broken list as can be read."""

import json
from collections.abc import Iterator

from postmortems.importing.chat.message import Fault

DECODER = json.JSONDecoder(parse_constant=lambda word: None)
MOST_FAULTS = 100  # in one file; to find the next message again costs more than to read it
FAULTS = (ValueError, RecursionError)


def load(data: bytes, file: str) -> tuple[object, Fault | None]:
    """(the value, None) or (None, what is wrong and where)."""
    try:
        return DECODER.decode(data.decode("utf-8-sig", "replace").strip()), None
    except json.JSONDecodeError as fault:
        return None, Fault(file, 0, f"It is not JSON: {fault.msg.lower()} in line {fault.lineno}.")
    except FAULTS as fault:
        why = "it is nested too deeply" if isinstance(fault, RecursionError) else str(fault)[:100]
        return None, Fault(file, 0, f"It is not JSON: {why}.")


def elements(data: bytes, file: str) -> Iterator[tuple[int, dict] | Fault]:
    """(number from 1, object) of a list of objects; where it breaks, what came before, and after it what can be found
    again. Everything else is a Fault with its number."""
    value, fault = load(data, file)
    if isinstance(value, dict):
        value = value.get("messages", [value])
    if fault is None:
        if not isinstance(value, list):
            yield Fault(file, 0, "It is no list of messages.")
            return
        for number, item in enumerate(value, 1):
            yield (number, item) if isinstance(item, dict) else Fault(file, number, "It is no message.")
        return
    before, found, told = [], False, False
    for piece in _pieces(data.decode("utf-8-sig", "replace"), file):
        found, told = found or not isinstance(piece, Fault), told or isinstance(piece, Fault)
        if not found:
            before.append(piece)
            continue
        yield from before
        before = []
        yield piece
    if not (found and told):
        yield fault


def _pieces(text: str, file: str) -> Iterator[tuple[int, dict] | Fault]:
    """The objects of a broken list, one by one."""
    at, number, faults = text.find("{"), 0, 0
    while at >= 0:
        number += 1
        if faults == MOST_FAULTS:
            yield Fault(file, number, "Too much of it is broken; the rest was not read.")
            return
        try:
            value, at = DECODER.raw_decode(text, at)
        except FAULTS as fault:
            line = text.count("\n", 0, getattr(fault, "pos", at)) + 1
            faults += 1
            yield Fault(file, number, f"It is not JSON from line {line} on.")
            again = text.find("\n{", at + 1), text.find("},\n", at + 1)
            starts = [place for place in again if place >= 0]
            at = text.find("{", min(starts) + 1) if starts else -1
            continue
        yield (number, value) if isinstance(value, dict) else Fault(file, number, "It is no message.")
        at = text.find("{", at)
