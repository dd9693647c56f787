#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Planted: an unquoted variable.
rm -rf $1
