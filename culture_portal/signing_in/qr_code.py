from __future__ import annotations

import qrcode


class QRCode:
    """A QR code as the numbers of a drawing: ``size`` modules a side, and the ``path`` of the dark ones.

    The page draws it itself; a picture as ``data:`` address is what our content policy refuses.
    """

    def __init__(self, text: str) -> None:
        code = qrcode.QRCode(border=4)
        code.add_data(text)
        rows = code.get_matrix()
        self.size = len(rows)
        self.path = "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
        )
