// What Core and its tests take of the C library.
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <unistd.h>

// Swift calls no variadic functions.
static inline int openFile(const char *path, int flags) { return open(path, flags); }
