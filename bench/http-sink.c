/* A client that is never the limit: asks for one path on many connections and throws the bytes away in the kernel
 * (MSG_TRUNC on TCP, tcp(7)). One process, epoll.
 * Usage: sink PORT PATH CLIENTS BODY_BYTES REQUESTS_PER_CLIENT
 * Prints seconds: when the last and the first client were done, and when the first and the last client had a first byte
 * of a body. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct client { int fd; int has_byte; long left; int requests; int in_head; char head[4096]; int head_length; };

static char scratch[1 << 20];
static char request[512];
static size_t request_length;
static long body;
static double begin, first_byte, last_first_byte;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) { perror(what); exit(1); }

static void ask(struct client *c) {
  if (write(c->fd, request, request_length) != (ssize_t)request_length) fail("write");
  c->in_head = 1;
  c->head_length = 0;
  c->left = body;
}

/* 1 when all requests of this client are done */
static int readable(struct client *c) {
  if (c->in_head) {
    ssize_t n = recv(c->fd, c->head + c->head_length, sizeof c->head - 1 - c->head_length, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) fail("recv head");
    c->head[c->head_length + n] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    int take = end ? (int)(end + 4 - c->head) - c->head_length : (int)n;
    if (recv(c->fd, c->head + c->head_length, take, 0) != take) fail("recv head");
    c->head_length += take;
    if (!end) return 0;
    if (strncmp(c->head, "HTTP/1.1 200", 12) != 0) { fprintf(stderr, "not 200: %.60s\n", c->head); exit(1); }
    c->in_head = 0;
  }
  for (int i = 0; i < 8 && c->left > 0; i++) {
    size_t want = c->left < (long)sizeof scratch ? (size_t)c->left : sizeof scratch;
    ssize_t n = recv(c->fd, scratch, want, MSG_TRUNC | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) fail("recv body");
    c->left -= n;
    if (!c->has_byte) {
      c->has_byte = 1;
      last_first_byte = now() - begin;
      if (first_byte == 0) first_byte = last_first_byte;
    }
  }
  if (c->left > 0) return 0;
  if (--c->requests == 0) return 1;
  ask(c);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  int clients = atoi(argv[3]);
  body = atol(argv[4]);
  request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", argv[2]);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int epoll = epoll_create1(0);
  struct client *all = calloc(clients, sizeof *all);
  double first = 0;
  begin = now();
  for (int i = 0; i < clients; i++) {
    all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(all[i].fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
    all[i].requests = atoi(argv[5]);
    ask(&all[i]);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &all[i]};
    epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &e);
  }
  for (int done = 0; done < clients;) {
    struct epoll_event ready[64];
    int n = epoll_wait(epoll, ready, 64, 60000);
    if (n == 0) { fprintf(stderr, "nothing came for a minute\n"); return 1; }
    for (int i = 0; i < n; i++) {
      struct client *c = ready[i].data.ptr;
      if (!readable(c)) continue;
      close(c->fd);
      if (first == 0) first = now() - begin;
      done++;
    }
  }
  double last = now() - begin;
  printf("%.6f %.6f %.6f %.6f\n", last, first, first_byte, last_first_byte);
  return 0;
}
