# SPDX-License-Identifier: GPL-2.0-only
"""An import that nothing uses."""
import os
