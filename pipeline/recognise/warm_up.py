"""What reading a page needs, loaded before there is one: for processes that wait for work."""

from __future__ import annotations

from pipeline.recognise.network_page import loaded_network
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy


def warm_up(policy: ReadPolicy) -> str:
    """Load the network and the libraries of `read_page` in this process; the next page finds them.

    Raises:
        UnsupportedNetwork: the network's file is not one.
    """
    if policy.network is not None:
        loaded_network(policy.network)
    return read_page.__module__
