// SPDX-License-Identifier: GPL-2.0
/*
 * TLS: OpenSSL shakes hands, then the kernel takes over (kTLS), and the module
 * sends into the socket, or receives from it, as into any other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tool.h"

/**
 * tls_file - is this file there? or say why not, before somebody is connected to
 * @pem: the file
 *
 * Return: true if it can be read.
 */
bool tls_file(const char *pem)
{
	if (!access(pem, R_OK))
		return true;
	tool_error("%s: %s", pem, strerror(errno));
	return false;
}

static const char *reason(SSL *ssl)
{
	unsigned long error = ERR_peek_last_error();
	const char *text;

	if (ssl && SSL_get_verify_result(ssl) != X509_V_OK)
		return X509_verify_cert_error_string(SSL_get_verify_result(ssl));
	text = error ? ERR_reason_error_string(error) : NULL;
	if (text)
		return text;
	return errno ? strerror(errno) : "the peer has closed the connection";
}

/* The session of a socket, which has taken @ctx over. NULL after a message. */
static SSL *new_session(SSL_CTX *ctx, int sock, const char *pem, bool ok)
{
	SSL *ssl = NULL;

	if (ok) {
		SSL_CTX_set_options(ctx, SSL_OP_ENABLE_KTLS);
		ssl = SSL_new(ctx);
	}
	if (!ssl || !SSL_set_fd(ssl, sock)) {
		tool_error("%s: %s", pem, reason(NULL));
		SSL_free(ssl);
		ssl = NULL;
	}
	SSL_CTX_free(ctx);
	return ssl;
}

/* The name that the certificate has to be for; none, of a UNIX socket. */
static void expect_name(SSL *ssl, const char *address)
{
	char host[TOOL_ADDRESS_MAX];

	if (!tool_host(address, host))
		return;
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host))
		return;
	SSL_set1_host(ssl, host);
	SSL_set_tlsext_host_name(ssl, host);
}

static struct ssl_st *shake_hands(SSL *ssl, const char *address, bool sends)
{
	bool taken_over;

	errno = 0;
	if (SSL_do_handshake(ssl) != 1) {
		tool_error("%s: TLS: %s", address, reason(ssl));
		SSL_free(ssl);
		return NULL;
	}
	taken_over = sends ? BIO_get_ktls_send(SSL_get_wbio(ssl)) :
			     BIO_get_ktls_recv(SSL_get_rbio(ssl));
	if (taken_over)
		return ssl;
	tool_error("%s: TLS: the kernel does not take %s over (is the module tls loaded?)",
		   address, SSL_get_cipher(ssl));
	SSL_free(ssl);
	return NULL;
}

/**
 * tls_connect - begin TLS as a client that sends, or say why not
 * @sock: a connected TCP socket
 * @address: of the peer, whose certificate has to be for its host
 * @pem: the certificates to trust
 *
 * Return: the session, NULL on failure.
 */
struct ssl_st *tls_connect(int sock, const char *address, const char *pem)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	bool ok = ctx && SSL_CTX_load_verify_locations(ctx, pem, NULL);
	SSL *ssl = new_session(ctx, sock, pem, ok);

	if (!ssl)
		return NULL;
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	expect_name(ssl, address);
	SSL_set_connect_state(ssl);
	return shake_hands(ssl, address, true);
}

/**
 * tls_accept - begin TLS as a server that receives, or say why not
 * @sock: an accepted TCP socket
 * @address: its address
 * @pem: the server's certificate and key
 *
 * TLS 1.2: of 1.3 this OpenSSL hands only the sending side over.
 *
 * Return: the session, NULL on failure.
 */
struct ssl_st *tls_accept(int sock, const char *address, const char *pem)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool ok = ctx && SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) &&
		  SSL_CTX_use_certificate_chain_file(ctx, pem) == 1 &&
		  SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) == 1;
	SSL *ssl = new_session(ctx, sock, pem, ok);

	if (!ssl)
		return NULL;
	SSL_set_accept_state(ssl);
	return shake_hands(ssl, address, false);
}

/**
 * tls_finish - end what was sent, and wait until the peer has it
 * @ssl: the session
 *
 * What the peer has sent meanwhile (tickets) is read: to close a socket that has
 * something unread is to reset the connection.
 */
void tls_finish(struct ssl_st *ssl)
{
	int sock = SSL_get_fd(ssl);
	char unread[1024];

	if (SSL_shutdown(ssl) >= 0 && !shutdown(sock, SHUT_WR))
		while (recv(sock, unread, sizeof(unread), 0) > 0)
			;
	SSL_free(ssl);
}

/**
 * tls_ended - has the peer said that there is no more?
 * @ssl: the session, whose socket does not give data any more
 *
 * The kernel does not tell data from an alert: that is an error to it.
 *
 * Return: false if the stream was cut off.
 */
bool tls_ended(struct ssl_st *ssl)
{
	char byte;
	int n = SSL_read(ssl, &byte, 1);

	return n <= 0 && SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN;
}
