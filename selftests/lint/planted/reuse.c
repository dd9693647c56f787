// REUSE-IgnoreStart
// SPDX-License-Identifier: Apache-2.0
// REUSE-IgnoreEnd
/* A licence whose text LICENSES/ does not have. */
