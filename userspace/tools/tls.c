// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS: OpenSSL makes the handshake, then the kernel encrypts or decrypts (kTLS),
 * and the module uses the socket like any other.
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
 * tls_check_file - check that a file can be read, or print the error
 * @pem: the file
 *
 * For use before a connection is made.
 *
 * Return: true if the file can be read; otherwise errno has the reason.
 */
bool tls_check_file(const char *pem)
{
	int error;

	if (!access(pem, R_OK))
		return true;
	error = errno;
	tool_error("%s: %s", pem, strerror(error));
	errno = error;
	return false;
}

static const char *error_text(SSL *ssl)
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

/*
 * Creates the session of a socket and frees @ctx, which was set up if @ok. Returns
 * NULL after a message.
 */
static SSL *new_session(SSL_CTX *ctx, int sock, const char *pem, bool ok)
{
	SSL *ssl = NULL;

	if (ok) {
		SSL_CTX_set_options(ctx, SSL_OP_ENABLE_KTLS);
		ssl = SSL_new(ctx);
	}
	if (!ssl || !SSL_set_fd(ssl, sock)) {
		tool_error("%s: %s", pem, error_text(NULL));
		SSL_free(ssl);
		ssl = NULL;
	}
	SSL_CTX_free(ctx);
	return ssl;
}

/* Sets the name that the peer's certificate must have: the host, if any. */
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

static struct ssl_st *do_handshake(SSL *ssl, const char *address, bool sends)
{
	bool offloaded;

	errno = 0;
	if (SSL_do_handshake(ssl) != 1) {
		tool_error("%s: TLS: %s", address, error_text(ssl));
		SSL_free(ssl);
		return NULL;
	}
	offloaded = sends ? BIO_get_ktls_send(SSL_get_wbio(ssl)) :
			    BIO_get_ktls_recv(SSL_get_rbio(ssl));
	if (offloaded)
		return ssl;
	tool_error("%s: TLS: no kernel TLS for %s; load its module: modprobe tls",
		   address, SSL_get_cipher(ssl));
	SSL_free(ssl);
	return NULL;
}

/**
 * tls_connect - start TLS as a client that sends, or print the error
 * @sock: a connected TCP socket
 * @address: the peer's address; its certificate must be for that host
 * @pem: file of the certificates to trust
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
	return do_handshake(ssl, address, true);
}

/**
 * tls_accept - start TLS as a server that receives, or print the error
 * @sock: an accepted TCP socket
 * @address: its address
 * @pem: file of the server's certificate and key
 *
 * TLS 1.2 at most: for 1.3 this OpenSSL enables kTLS only in the sending direction.
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
	return do_handshake(ssl, address, false);
}

/**
 * tls_finish - end the stream, and wait until the peer has received it
 * @ssl: the session; freed
 *
 * Bytes that the peer sent meanwhile (tickets) are read and dropped: closing a
 * socket with unread bytes resets the connection.
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
 * tls_closed - check how the peer ended the stream
 * @ssl: the session; receiving from its socket failed
 *
 * The module cannot receive an alert. OpenSSL reads it here.
 *
 * Return: true if the peer sent close_notify.
 */
bool tls_closed(struct ssl_st *ssl)
{
	char byte;
	int n = SSL_read(ssl, &byte, 1);

	return n <= 0 && SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN;
}
