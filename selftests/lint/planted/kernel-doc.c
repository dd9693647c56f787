// SPDX-License-Identifier: GPL-2.0-only
/**
 * planted - describes a parameter that is not there
 * @length: no such parameter
 */
int planted(int size)
{
	return size;
}
