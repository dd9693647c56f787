# SPDX-License-Identifier: GPL-2.0-only
"""A text is no piece of a transfer: it has no bytes."""
import zcxfer

with zcxfer.Device() as device:
    device.send(1, "text")
