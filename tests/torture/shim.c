/* Counts what a process asks of the disk under one folder, and at a chosen count lets the request
   fail with an error number, or kills the process. Loaded with LD_PRELOAD, so that it sees Python,
   SQLite, FAISS, tantivy and numpy alike; does nothing until torture_begin is called. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[4096], kind[32], pattern[4096];
static int active, chosen, number, count, trace = -1;
static pid_t owner;

/* kind and pattern, where kind is not empty, choose by operation and fnmatch of the file. */
int torture_begin(const char *under, int at, int with, int log, const char *what, const char *of) {
    snprintf(kind, sizeof kind, "%s", what), snprintf(pattern, sizeof pattern, "%s", of);
    snprintf(folder, sizeof folder, "%s/", under);
    chosen = at, number = with, count = 0, trace = log, owner = getpid(), active = 1;
    return 0;
}

int torture_end(void) { active = 0; return count; }

static int here(const char *path) { return path && !strncmp(path, folder, strlen(folder)); }

/* 1 where the request must fail; errno is set. Does not return where the process must die. */
static int struck(const char *operation, const char *path) {
    if (!active || getpid() != owner || !here(path)) return 0;
    int turn = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    if (trace >= 0) dprintf(trace, "%d %s %s\n", turn, operation, path + strlen(folder));
    if (*kind) {
        if (strcmp(kind, operation) || fnmatch(pattern, path + strlen(folder), FNM_PATHNAME)) return 0;
        *kind = 0, chosen = turn;
    }
    if (turn != chosen) return 0;
    if (number < 0) kill(getpid(), SIGKILL);
    errno = number;
    return number > 0;
}

static int struck_file(const char *operation, int descriptor) {
    if (!active || descriptor == trace) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return struck(operation, path);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return struck_file("write", fd) ? -1 : real(fd, data, size);
}
ssize_t writev(int fd, const struct iovec *data, int n) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return struck_file("write", fd) ? -1 : real(fd, data, n);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return struck_file("write", fd) ? -1 : real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return struck_file("write", fd) ? -1 : real(fd, data, size, at);
}
size_t fwrite(const void *data, size_t size, size_t n, FILE *file) {
    REAL(size_t, "fwrite", const void *, size_t, size_t, FILE *);
    return struck_file("write", fileno(file)) ? 0 : real(data, size, n, file);
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    return struck_file("fsync", fd) ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return struck_file("fsync", fd) ? -1 : real(fd);
}
int ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    return struck_file("truncate", fd) ? -1 : real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    return struck_file("truncate", fd) ? -1 : real(fd, size);
}
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return struck("rename", to) ? -1 : real(from, to);
}
int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return struck("mkdir", path) ? -1 : real(path, mode);
}
