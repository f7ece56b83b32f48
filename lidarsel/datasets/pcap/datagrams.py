"""The UDP datagram in a captured packet: who sent it, to which port, and what is in it."""

from dataclasses import dataclass
from pathlib import Path

from lidarsel.errors import BadInputError

_IP4, _VLANS = 0x0800, (0x8100, 0x88A8)
_UDP = 17
_UDP_BYTES = 8
_MORE_OR_LATER = 0x3FFF  # "more fragments", and where a fragment belongs
_ETHERNET, _LOOPBACK, _COOKED, _COOKED_2, _RAW = 1, 0, 113, 276, (12, 14, 101)
_LINKS = (_ETHERNET, _LOOPBACK, _COOKED, _COOKED_2, *_RAW)


@dataclass(frozen=True, slots=True)
class Datagram:
    """source: the sender's IPv4 address. port: that it was sent to. n_bytes: of the payload as sent, of which the
    capture may hold less. is_piece: a fragment of a larger one."""

    source: str
    port: int
    n_bytes: int
    payload: bytes
    is_piece: bool = False


def require_known_link(path: Path, link: int) -> None:
    """Raises BadInputError for packets of a link whose first bytes are not known."""
    if link not in _LINKS:
        problem = f"was captured on a link of type {link}, not on Ethernet"
        raise BadInputError(path, problem, "capture on the network interface that the lidar is plugged into")


def datagram_in(packet: bytes, link: int) -> Datagram | None:
    """Of a packet captured on a link of this type; None where it holds none over IPv4."""
    at = _ip_at(packet, link)
    if at is None or len(packet) < at + 20 or packet[at] >> 4 != 4 or packet[at + 9] != _UDP:
        return None
    udp = at + 4 * (packet[at] & 0x0F)
    source = ".".join(map(str, packet[at + 12 : at + 16]))
    if int.from_bytes(packet[at + 6 : at + 8], "big") & _MORE_OR_LATER:
        return Datagram(source, 0, 0, b"", is_piece=True)
    if len(packet) < udp + _UDP_BYTES:
        return None
    port = int.from_bytes(packet[udp + 2 : udp + 4], "big")
    n_bytes = int.from_bytes(packet[udp + 4 : udp + 6], "big") - _UDP_BYTES
    start = udp + _UDP_BYTES
    return Datagram(source, port, n_bytes, packet[start : start + max(n_bytes, 0)])


def _ip_at(packet: bytes, link: int) -> int | None:
    """Where the header of IPv4 begins; None where the packet is of another protocol."""
    if link in _RAW:
        return 0
    if link == _LOOPBACK:
        return 4 if packet[:4] in (b"\2\0\0\0", b"\0\0\0\2") else None
    kind_at, start = {_ETHERNET: (12, 14), _COOKED: (14, 16), _COOKED_2: (0, 20)}[link]
    kind = int.from_bytes(packet[kind_at : kind_at + 2], "big")
    while link == _ETHERNET and kind in _VLANS and len(packet) > start + 4:
        kind = int.from_bytes(packet[start + 2 : start + 4], "big")
        start += 4
    return start if kind == _IP4 else None
