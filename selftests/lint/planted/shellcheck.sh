#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Planted: an unquoted variable.
rm -rf $1
