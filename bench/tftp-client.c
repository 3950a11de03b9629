/*
 * Many TFTP clients in one thread: tftp-client ADDRESS PORT PATH BYTES CLIENTS WINDOW
 * Asks for blksize 1468 (and a window above 1), throws the bytes away, and demands BYTES of each.
 * Prints: seconds until the last was done, packets that came out of order or twice, time-outs.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 1468, TIMEOUT_MS = 500 };

struct client {
  int fd, done, window, in_window, block_size;
  unsigned block; /* last one in order */
  long bytes;
  double heard;
  struct sockaddr_in server;
  int last_length;
  unsigned char last[600]; /* what to say again after a time-out */
};

static long odd, timeouts;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *why) {
  fprintf(stderr, "tftp-client: %s (%s)\n", why, strerror(errno));
  exit(1);
}

static void say(struct client *c) {
  sendto(c->fd, c->last, c->last_length, 0, (struct sockaddr *)&c->server, sizeof c->server);
}

static void acknowledge(struct client *c) {
  unsigned char ack[4] = {0, 4, c->block >> 8, c->block};
  memcpy(c->last, ack, 4);
  c->last_length = 4;
  c->in_window = 0;
  say(c);
}

static int put(unsigned char *at, const char *text) {
  strcpy((char *)at, text);
  return strlen(text) + 1;
}

static void ask(struct client *c, const char *path, int window) {
  char number[12];
  int n = 2;
  c->last[0] = 0;
  c->last[1] = 1;
  n += put(c->last + n, path);
  n += put(c->last + n, "octet");
  n += put(c->last + n, "blksize");
  snprintf(number, sizeof number, "%d", BLOCK);
  n += put(c->last + n, number);
  if (window > 1) {
    n += put(c->last + n, "windowsize");
    snprintf(number, sizeof number, "%d", window);
    n += put(c->last + n, number);
  }
  c->last_length = n;
  say(c);
}

static void take_options(struct client *c, char *bytes, int length) {
  bytes[length] = 0;
  for (char *at = bytes + 2; at < bytes + length;) {
    char *value = at + strlen(at) + 1;
    if (!strcasecmp(at, "blksize")) c->block_size = atoi(value);
    if (!strcasecmp(at, "windowsize")) c->window = atoi(value);
    at = value + strlen(value) + 1;
  }
  acknowledge(c);
}

static void take_block(struct client *c, unsigned char *bytes, int length) {
  unsigned short block = bytes[2] << 8 | bytes[3];
  if (block != (unsigned short)(c->block + 1)) {
    odd++;
    return;
  }
  c->block++;
  c->bytes += length - 4;
  c->done = length - 4 < c->block_size;
  if (++c->in_window == c->window || c->done) acknowledge(c);
}

static void hear(struct client *c) {
  char bytes[2048];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  int length;
  while (!c->done) {
    length = recvfrom(c->fd, bytes, sizeof bytes - 1, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (length < 0) return;
    c->server.sin_port = from.sin_port;
    c->heard = now();
    if (bytes[1] == 3) take_block(c, (unsigned char *)bytes, length);
    else if (bytes[1] == 6) take_options(c, bytes, length);
    else die(bytes + 4);
  }
}

int main(int count, char **args) {
  if (count != 7) die("ADDRESS PORT PATH BYTES CLIENTS WINDOW");
  int clients = atoi(args[5]), window = atoi(args[6]), left = clients, poll = epoll_create1(0);
  long bytes = atol(args[4]);
  struct client *all = calloc(clients, sizeof *all);
  double start = now();
  for (int i = 0; i < clients; i++) {
    struct client *c = &all[i];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int room = 1 << 20;
    *c = (struct client){.fd = socket(AF_INET, SOCK_DGRAM, 0), .window = 1, .block_size = 512, .heard = start};
    c->server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(args[2]))};
    inet_pton(AF_INET, args[1], &c->server.sin_addr);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event)) die("epoll_ctl");
    ask(c, args[3], window);
  }
  while (left > 0) {
    struct epoll_event events[64];
    int n = epoll_wait(poll, events, 64, TIMEOUT_MS);
    for (int i = 0; i < n; i++) {
      struct client *c = events[i].data.ptr;
      hear(c);
      if (!c->done) continue;
      if (c->bytes != bytes) die("wrong size");
      close(c->fd);
      left--;
    }
    if (n > 0) continue;
    for (int i = 0; i < clients; i++) {
      if (all[i].done) continue;
      if (now() - all[i].heard > 20) die("server silent for 20 s");
      timeouts++;
      say(&all[i]);
    }
  }
  printf("%.6f %ld %ld\n", now() - start, odd, timeouts);
  return 0;
}
