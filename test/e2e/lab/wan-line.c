/*
 * A line to somewhere far away, for kernels with netem and without: frames that come in at one tap leave at the other,
 * later, not faster than the line, and some not at all.
 *
 *     wan-line TAP_A TAP_B MBIT DELAY_MS LOSS_PERCENT QUEUE_KIB
 *
 * Each direction is a line of its own: a frame waits until those before it are sent (what does not fit into QUEUE_KIB
 * is lost), then travels DELAY_MS. Which frames are lost is the same in every run. Says "ready" when it carries.
 * Ends with its parent, or by a signal. Memory: two rings, at most RING frames each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { RING = 8192, FRAME = 2048 };

struct frame {
  int64_t sent, arrives;
  int length;
  uint8_t bytes[FRAME];
};

struct direction {
  int from, to;
  int64_t free_at;
  /* frames[out..in) travel or wait; frames[sending..in) are not sent yet and fill the queue */
  unsigned in, out, sending;
  long queued;
  unsigned short random[3];
  struct frame *frames;
};

static double bytes_per_ns, loss;
static int64_t delay_ns;
static long queue_bytes;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int open_tap(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
    perror(name);
    exit(1);
  }
  return fd;
}

/* Takes all that has come in. */
static void take(struct direction *d) {
  for (;;) {
    struct frame *f = &d->frames[d->in % RING];
    int64_t now;
    uint8_t rest[FRAME];
    int is_full = d->in - d->out == RING;
    int length = read(d->from, is_full ? rest : f->bytes, FRAME);
    if (length <= 0) return;
    now = now_ns();
    for (; d->sending != d->in && d->frames[d->sending % RING].sent <= now; d->sending++)
      d->queued -= d->frames[d->sending % RING].length;
    if (is_full || d->queued + length > queue_bytes || erand48(d->random) < loss) continue;
    d->free_at = (d->free_at > now ? d->free_at : now) + (int64_t)(length / bytes_per_ns);
    f->length = length;
    f->sent = d->free_at;
    f->arrives = d->free_at + delay_ns;
    d->queued += length;
    d->in++;
  }
}

/* Hands over what has arrived; a port that is down takes nothing, as a cut line. */
static void hand_over(struct direction *d) {
  int64_t now = now_ns();
  for (; d->out != d->in && d->frames[d->out % RING].arrives <= now; d->out++) {
    struct frame *f = &d->frames[d->out % RING];
    if (d->sending == d->out) {
      d->queued -= f->length;
      d->sending++;
    }
    if (write(d->to, f->bytes, f->length) < 0 && errno != EIO && errno != EAGAIN && errno != ENOBUFS) {
      perror("write");
      exit(1);
    }
  }
}

int main(int count, char **words) {
  if (count != 7) return 2;
  int a = open_tap(words[1]), b = open_tap(words[2]);
  bytes_per_ns = atof(words[3]) / 8000;
  delay_ns = (int64_t)(atof(words[4]) * 1e6);
  loss = atof(words[5]) / 100;
  queue_bytes = atol(words[6]) * 1024;
  struct direction lines[2] = {{.from = a, .to = b, .random = {1}}, {.from = b, .to = a, .random = {2}}};
  struct pollfd polled[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
  for (int i = 0; i < 2; i++) lines[i].frames = malloc(RING * sizeof(struct frame));
  puts("ready");
  fflush(stdout);
  for (;;) {
    int64_t next = INT64_MAX, now = now_ns();
    for (int i = 0; i < 2; i++) {
      struct direction *d = &lines[i];
      if (d->out != d->in && d->frames[d->out % RING].arrives < next) next = d->frames[d->out % RING].arrives;
    }
    int64_t wait = next > now ? next - now : 0;
    struct timespec limit = {wait / 1000000000, wait % 1000000000};
    ppoll(polled, 2, next == INT64_MAX ? NULL : &limit, NULL);
    for (int i = 0; i < 2; i++) {
      take(&lines[i]);
      hand_over(&lines[i]);
    }
    /* A tap that is down says POLLERR at once and for ever. */
    if ((polled[0].revents | polled[1].revents) & POLLERR) usleep(1000);
  }
}
