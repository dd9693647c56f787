// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses (HOST:PORT, [ADDRESS]:PORT, PORT or unix:PATH) and sockets opened for
 * them.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tool.h"

#define UNIX_PREFIX	"unix:"

/* Binds or connects @fd: connect() or bind_and_listen(). */
typedef int socket_action(int fd, const struct sockaddr *addr, socklen_t len);

static bool is_unix(const char *address)
{
	return !strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX));
}

/* Splits @address into @host (empty for a port alone) and @port. */
static int split(const char *address, char *host, char *port)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : 0;

	if (strlen(address) >= TOOL_ADDRESS_MAX)
		return -ENAMETOOLONG;
	snprintf(port, TOOL_ADDRESS_MAX, "%s", colon ? colon + 1 : address);
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	} else if (memchr(address, ':', len)) {
		return -EAFNOSUPPORT;
	}
	memcpy(host, address, len);
	host[len] = '\0';
	return 0;
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* getaddrinfo() would take the lowest 16 bits of a larger number. */
static bool port_is_too_large(const char *port)
{
	return is_number(port) && (strlen(port) > 9 || atoi(port) > UINT16_MAX);
}

/* Splits @address, or prints the reason why it is none. Returns 0 or -EINVAL. */
static int parse_inet(const char *address, char *host, char *port)
{
	const char *fault = NULL;

	switch (split(address, host, port)) {
	case -ENAMETOOLONG:
		fault = "is too long";
		break;
	case -EAFNOSUPPORT:
		fault = "an IPv6 address needs brackets: [::1]:9000";
		break;
	}
	if (!fault && !*port)
		fault = "has no port after the colon: HOST:PORT";
	else if (!fault && !strchr(address, ':') && !is_number(address))
		fault = "has no port: HOST:PORT, or unix:PATH for a UNIX socket";
	else if (!fault && port_is_too_large(port))
		fault = "the largest port is 65535";
	if (!fault)
		return 0;
	tool_error("%s: %s", address, fault);
	return -EINVAL;
}

static int try_socket(int family, const struct sockaddr *addr, socklen_t len,
		      socket_action *action)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (!action(fd, addr, len))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int unix_socket(const char *address, socket_action *action)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = address + strlen(UNIX_PREFIX);
	int fd;

	if (!*path) {
		tool_error("%s: has no path: unix:PATH", address);
		return -EINVAL;
	}
	if (strlen(path) >= sizeof(addr.sun_path)) {
		tool_error("%s: the path has more than %zu bytes", address,
			   sizeof(addr.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	memcpy(addr.sun_path, path, strlen(path));
	fd = try_socket(AF_UNIX, (struct sockaddr *)&addr, sizeof(addr), action);
	if (fd < 0 && !tool_interrupted)
		tool_error("%s: %s%s", address, strerror(-fd), fd == -EADDRINUSE ?
			   "; remove the file if no process listens there" : "");
	return fd;
}

static int inet_socket(const char *address, int flags, socket_action *action)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = flags };
	char host[TOOL_ADDRESS_MAX], port[TOOL_ADDRESS_MAX];
	struct addrinfo *list, *a;
	int fd, err;

	/* A port alone means 127.0.0.1, which a peer reaches as "localhost". */
	if (!strchr(address, ':'))
		hints.ai_family = AF_INET;

	fd = parse_inet(address, host, port);
	if (fd)
		return fd;
	tool_looks_up = 1;
	err = getaddrinfo(*host ? host : NULL, port, &hints, &list);
	tool_looks_up = 0;
	if (err) {
		tool_error("%s: %s", address, err == EAI_SERVICE ?
			   "the port is neither a number nor a known service" :
			   gai_strerror(err));
		return -EHOSTUNREACH;
	}
	for (a = list; a; a = a->ai_next) {
		fd = try_socket(a->ai_family, a->ai_addr, a->ai_addrlen,
				action);
		if (fd >= 0)
			break;
	}
	freeaddrinfo(list);
	if (fd < 0 && !tool_interrupted)
		tool_error("%s: %s", address, strerror(-fd));
	return fd;
}

/**
 * tool_host - extract the host from an address
 * @address: HOST:PORT, [ADDRESS]:PORT, PORT or unix:PATH
 * @host: filled in
 *
 * Return: false if the address has no host: a UNIX socket, or a port alone.
 */
bool tool_host(const char *address, char host[static TOOL_ADDRESS_MAX])
{
	char port[TOOL_ADDRESS_MAX];

	return !is_unix(address) && !split(address, host, port) && *host;
}

static int open_socket(const char *address, int flags, socket_action *action)
{
	if (is_unix(address))
		return unix_socket(address, action);
	return inet_socket(address, flags, action);
}

/**
 * tool_connect - connect to an address, or print the error
 * @address: HOST:PORT, [ADDRESS]:PORT or unix:PATH
 *
 * Return: the socket, or a negative errno.
 */
int tool_connect(const char *address)
{
	return open_socket(address, 0, connect);
}

static int bind_and_listen(int fd, const struct sockaddr *addr, socklen_t len)
{
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, addr, len) || listen(fd, 1);
}

/**
 * tool_listen - listen at an address, or print the error
 * @address: PORT (of 127.0.0.1), ADDRESS:PORT or unix:PATH, which must not
 *	exist
 *
 * The backlog is one connection; the caller may raise it with listen(2).
 *
 * Return: the listening socket, which tool_unlisten() closes, or a negative
 * errno.
 */
int tool_listen(const char *address)
{
	return open_socket(address, strchr(address, ':') ? AI_PASSIVE : 0,
			   bind_and_listen);
}

/**
 * tool_local_address - get the address at which a socket listens, as text
 * @listener: from tool_listen()
 * @address: its address as given
 * @text: filled in; has the port that the kernel has chosen for port 0
 */
void tool_local_address(int listener, const char *address,
			char text[static TOOL_ADDRESS_MAX])
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char host[TOOL_ADDRESS_MAX - 10], port[8];
	bool v6;

	snprintf(text, TOOL_ADDRESS_MAX, "%s", address);
	if (is_unix(address) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    getnameinfo((struct sockaddr *)&addr, len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	v6 = addr.ss_family == AF_INET6;
	snprintf(text, TOOL_ADDRESS_MAX, "%s%s%s:%s", v6 ? "[" : "", host,
		 v6 ? "]" : "", port);
}

/**
 * tool_accept - wait for a connection, or print the error
 * @listener: from tool_listen()
 * @address: its address
 *
 * Return: the connection, or a negative errno.
 */
int tool_accept(int listener, const char *address)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		fd = -errno;
		if (!tool_interrupted)
			tool_error("%s: %s", address, strerror(-fd));
	}
	return fd;
}

/**
 * tool_unlisten - stop listening
 * @listener: from tool_listen(); closed
 * @address: its address; the socket file of a unix:PATH is removed
 */
void tool_unlisten(int listener, const char *address)
{
	close(listener);
	if (is_unix(address))
		unlink(address + strlen(UNIX_PREFIX));
}
