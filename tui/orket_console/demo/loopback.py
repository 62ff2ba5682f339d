"""HTTP to our own servers on 127.0.0.1."""

from __future__ import annotations

import urllib.request


def direct_opener() -> urllib.request.OpenerDirector:
    """Opens URLs without any proxy that the environment names."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
