// Preloaded into a program (LD_PRELOAD), it makes one of the system calls that change files go wrong. For tests only.
//
//     cc -shared -fPIC -O1 -o shim.so shim.c
//
//     FAULT_CALL   the number of the call that is struck, from 0; without it calls are only counted and listed
//     FAULT_MODE   fail     the call fails
//                  short    a write writes half of its bytes; any other call is left alone
//                  kill     the process is killed in place of the call
//                  from     this call and all after it fail
//     FAULT_ERRNO  what a failed call's errno is
//     FAULT_LIST   a file that gets a line for every call: number, kind, file
//
// Calls on standard input, output and error are neither counted nor struck, nor is what only reads.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// MARK: - The plan

enum mode { FAIL, SHORT, KILL, FROM };

static struct {
  long call;
  enum mode mode;
  int error;
  int list;
} plan = {.call = -1, .list = -1};

static atomic_long count;

__attribute__((constructor)) static void read_plan(void) {
  const char *call = getenv("FAULT_CALL"), *mode = getenv("FAULT_MODE");
  const char *error = getenv("FAULT_ERRNO"), *list = getenv("FAULT_LIST");
  if (list) {
    // Far from the numbers that the program's own files get.
    int file = syscall(SYS_openat, AT_FDCWD, list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    plan.list = syscall(SYS_fcntl, file, F_DUPFD_CLOEXEC, 900);
    syscall(SYS_close, file);
  }
  if (mode) plan.mode = !strcmp(mode, "short") ? SHORT : !strcmp(mode, "kill") ? KILL : !strcmp(mode, "from") ? FROM : FAIL;
  plan.error = error ? atoi(error) : EIO;
  if (call) plan.call = atol(call);
}

// MARK: - What becomes of a call

enum fate { UNHARMED, FAILED, HALVED };

static enum fate next_call(const char *kind, const char *file) {
  long number = atomic_fetch_add(&count, 1);
  if (plan.list >= 0) {
    char line[4200];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, kind, file);
    syscall(SYS_write, plan.list, line, length < (int)sizeof line ? length : (int)sizeof line);
  }
  bool is_struck = plan.call >= 0 && (number == plan.call || (plan.mode == FROM && number > plan.call));
  if (!is_struck) return UNHARMED;
  if (plan.mode == KILL) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;) pause();
  }
  if (plan.mode == SHORT) return strcmp(kind, "write") ? UNHARMED : HALVED;
  errno = plan.error;
  return FAILED;
}

static bool fails(const char *kind, const char *file) { return next_call(kind, file) == FAILED; }

static enum fate next_call_on(const char *kind, int descriptor) {
  if (descriptor >= 0 && descriptor <= 2) return UNHARMED;
  char link[40], file[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, file, sizeof file - 1);
  file[length > 0 ? length : 0] = 0;
  // Neither pipes nor devices.
  if (file[0] != '/' || !strncmp(file, "/dev/null", 9)) return UNHARMED;
  return next_call(kind, file);
}

static bool fails_on(const char *kind, int descriptor) { return next_call_on(kind, descriptor) == FAILED; }

// MARK: - Writes

#define WRITE(descriptor, size, call)                                          \
  switch (next_call_on("write", descriptor)) {                                 \
    case FAILED: return -1;                                                    \
    case HALVED: size = size > 1 ? size / 2 : size; /* and then */             \
    default: return call;                                                      \
  }

ssize_t write(int d, const void *bytes, size_t size) { WRITE(d, size, syscall(SYS_write, d, bytes, size)) }

ssize_t pwrite(int d, const void *bytes, size_t size, off_t place) {
  WRITE(d, size, syscall(SYS_pwrite64, d, bytes, size, place))
}

ssize_t pwrite64(int d, const void *bytes, size_t size, off64_t place) { return pwrite(d, bytes, size, place); }

ssize_t writev(int d, const struct iovec *pieces, int size) { WRITE(d, size, syscall(SYS_writev, d, pieces, size)) }

ssize_t pwritev(int d, const struct iovec *pieces, int size, off_t place) {
  WRITE(d, size, syscall(SYS_pwritev, d, pieces, size, place, 0))
}

ssize_t copy_file_range(int from, off64_t *source, int to, off64_t *target, size_t size, unsigned flags) {
  WRITE(to, size, syscall(SYS_copy_file_range, from, source, to, target, size, flags))
}

// MARK: - Descriptors

int fsync(int d) { return fails_on("fsync", d) ? -1 : syscall(SYS_fsync, d); }
int fdatasync(int d) { return fails_on("fsync", d) ? -1 : syscall(SYS_fdatasync, d); }
int ftruncate(int d, off_t size) { return fails_on("ftruncate", d) ? -1 : syscall(SYS_ftruncate, d, size); }
int ftruncate64(int d, off64_t size) { return ftruncate(d, size); }
int fallocate(int d, int mode, off_t start, off_t size) {
  return fails_on("fallocate", d) ? -1 : syscall(SYS_fallocate, d, mode, start, size);
}
int flock(int d, int operation) { return fails_on("flock", d) ? -1 : syscall(SYS_flock, d, operation); }

// A descriptor whose close failed is closed all the same, as on Linux. Only those of files that may have been written.
int close(int d) {
  long flags = syscall(SYS_fcntl, d, F_GETFL);
  bool is_writable = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
  bool is_struck = is_writable && fails_on("close", d);
  int result = syscall(SYS_close, d);
  if (!is_struck) return result;
  errno = plan.error;
  return -1;
}

static int change(int d, int command, long argument) {
  bool is_lock = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
  return is_lock && fails_on("lock", d) ? -1 : syscall(SYS_fcntl, d, command, argument);
}

#define FCNTL(name)                                 \
  int name(int d, int command, ...) {               \
    va_list rest;                                   \
    va_start(rest, command);                        \
    long argument = va_arg(rest, long);             \
    va_end(rest);                                   \
    return change(d, command, argument);            \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

// MARK: - Names

static int open_at(int folder, const char *file, int flags, mode_t mode) {
  if ((flags & (O_CREAT | O_TRUNC)) && fails("open", file)) return -1;
  return syscall(SYS_openat, folder, file, flags, mode);
}

#define OPEN(name, folder, ...)                                      \
  int name(__VA_ARGS__, const char *file, int flags, ...) {          \
    va_list rest;                                                    \
    va_start(rest, flags);                                           \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                    \
    return open_at(folder, file, flags, mode);                       \
  }
OPEN(openat, folder, int folder)
OPEN(openat64, folder, int folder)

#define OPEN_HERE(name)                                              \
  int name(const char *file, int flags, ...) {                       \
    va_list rest;                                                    \
    va_start(rest, flags);                                           \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                    \
    return open_at(AT_FDCWD, file, flags, mode);                     \
  }
OPEN_HERE(open)
OPEN_HERE(open64)

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
  return fails("rename", to) ? -1 : syscall(SYS_renameat2, a, from, b, to, flags);
}
int renameat(int a, const char *from, int b, const char *to) { return renameat2(a, from, b, to, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int linkat(int a, const char *from, int b, const char *to, int flags) {
  return fails("link", to) ? -1 : syscall(SYS_linkat, a, from, b, to, flags);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int symlink(const char *target, const char *file) {
  return fails("symlink", file) ? -1 : syscall(SYS_symlinkat, target, AT_FDCWD, file);
}

int unlinkat(int folder, const char *file, int flags) {
  return fails(flags & AT_REMOVEDIR ? "rmdir" : "unlink", file) ? -1 : syscall(SYS_unlinkat, folder, file, flags);
}
int unlink(const char *file) { return unlinkat(AT_FDCWD, file, 0); }
int rmdir(const char *file) { return unlinkat(AT_FDCWD, file, AT_REMOVEDIR); }
int remove(const char *file) {
  int result = unlink(file);
  return result < 0 && errno == EISDIR ? rmdir(file) : result;
}

int mkdirat(int folder, const char *file, mode_t mode) {
  return fails("mkdir", file) ? -1 : syscall(SYS_mkdirat, folder, file, mode);
}
int mkdir(const char *file, mode_t mode) { return mkdirat(AT_FDCWD, file, mode); }
