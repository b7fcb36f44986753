"""Importing this lets aioice gather 127.0.0.1 on a machine that has no other address: it leaves
loopback out otherwise, and a test in a bare network namespace would have no candidate."""

import aioice.ice

_found_addresses = aioice.ice.get_host_addresses


def _addresses_or_loopback(use_ipv4, use_ipv6):
    return _found_addresses(use_ipv4=use_ipv4, use_ipv6=use_ipv6) or ["127.0.0.1"]


aioice.ice.get_host_addresses = _addresses_or_loopback
