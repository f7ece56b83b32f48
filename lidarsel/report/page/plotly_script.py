"""plotly.js inside the page, compressed: 2 MB of base64 instead of 4.8 MB; page.js unpacks it in the browser."""

import base64
import gzip

from plotly.offline import get_plotlyjs


def compressed_plotly() -> str:
    """A script element that holds plotly.js as base64 of gzip, the same bytes every time (no time stamp)."""
    packed = base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()
    return f'<script type="application/gzip" id="plotly">{packed}</script>'
