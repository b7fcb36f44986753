/* For LD_PRELOAD: what a program takes for the wall clock is off by as many seconds as the file
 * WALL_CLOCK_FILE says, read anew ten times a second. Clocks of other kinds and all timers are left
 * alone: libfaketime (0.9.10) moves absolute timers of the monotonic clock, too, so that what is due
 * at once, as Boost.Asio asks for it, is due a day later when the clock goes back by one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

typedef int (*clock_gettime_of)(clockid_t, struct timespec*);

static int real_time(clockid_t clock, struct timespec* at) {
  static _Atomic(clock_gettime_of) next;
  clock_gettime_of call = atomic_load(&next);
  if (!call) atomic_store(&next, call = (clock_gettime_of)dlsym(RTLD_NEXT, "clock_gettime"));
  return call(clock, at);
}

static long offset_s(void) {
  static atomic_long offset, looked_ds;
  struct timespec now;
  real_time(CLOCK_MONOTONIC, &now);
  const long ds = now.tv_sec * 10 + now.tv_nsec / 100000000;
  if (atomic_exchange(&looked_ds, ds) == ds) return atomic_load(&offset);
  const char* path = getenv("WALL_CLOCK_FILE");
  FILE* file = path ? fopen(path, "re") : NULL;
  long read = 0;
  if (file && fscanf(file, "%ld", &read) == 1) atomic_store(&offset, read);
  if (file) fclose(file);
  return atomic_load(&offset);
}

int clock_gettime(clockid_t clock, struct timespec* at) {
  const int result = real_time(clock, at);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    at->tv_sec += offset_s();
  return result;
}

int gettimeofday(struct timeval* at, void* zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
