// SPDX-License-Identifier: GPL-2.0-only
/* In place of tls.c in a client that is built without OpenSSL (NO_TLS=1). */
#include "tool.h"

/**
 * tls_check_file - refuse the option
 * @pem: the file that it names
 *
 * The commands call this before all other functions of tls.c, so no connection is made.
 *
 * Return: false.
 */
bool tls_check_file(const char *pem)
{
	tool_error("--tls %s: this client was built without TLS (NO_TLS=1)", pem);
	return false;
}

struct ssl_st *tls_connect(int sock, const char *address, const char *pem)
{
	(void)sock;
	(void)address;
	(void)pem;
	return NULL;
}

struct ssl_st *tls_accept(int sock, const char *address, const char *pem)
{
	return tls_connect(sock, address, pem);
}

void tls_finish(struct ssl_st *ssl)
{
	(void)ssl;
}

bool tls_closed(struct ssl_st *ssl)
{
	(void)ssl;
	return true;
}
