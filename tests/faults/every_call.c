/* Fails the n-th call of a kind, once: preloaded (LD_PRELOAD), so that SQLite's, Rust's and C++'s calls count as Python's
do. Counted are calls on files below one folder, and requests for much memory, from every_call_arm() on. Linux, glibc. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NONE, READS, LOOKS, WRITES, MEMORY };
enum { MUCH_BYTES = 64 << 10 };

/* What the parent of a forked run reads of it, whatever became of it. */
struct told {
    long calls, hit;
    char call[32], path[480];
};
static struct told *told;
static int counted, error;
static long at;
static char folder[PATH_MAX];

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

struct told *every_call_share(const char *below) {
    strncpy(folder, below, sizeof folder - 1);
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return told;
}

/* number: of the call that fails, from 1; 0 counts only. */
void every_call_arm(int kind, long number, int with) {
    memset(told, 0, sizeof *told);
    at = number, error = with, counted = kind;
}

void every_call_disarm(void) { counted = NONE; }

static int falls(int kind, const char *call, const char *path) {
    if (counted != kind) return 0;
    if (kind != MEMORY && (path == NULL || (path[0] == '/' && strncmp(path, folder, strlen(folder)) != 0))) return 0;
    long number = __atomic_add_fetch(&told->calls, 1, __ATOMIC_SEQ_CST);
    if (number != at) return 0;
    strncpy(told->call, call, sizeof told->call - 1);
    if (path != NULL) strncpy(told->path, path, sizeof told->path - 1);
    told->hit = 1;
    errno = error;
    return 1;
}

static int falls_on(int kind, const char *call, int number) {
    if (counted != kind) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", number);
    int before = errno;
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length <= 0 || path[0] != '/') return 0; /* a pipe or socket */
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0 && falls(kind, call, path);
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define NOTHING
#define AT int place,
#define PLACE place,
#define OPENS(name, FIRST, GIVEN)                                                     \
    int name(FIRST const char *path, int flags, ...) {                                \
        mode_t mode = 0;                                                              \
        if (flags & (O_CREAT | __O_TMPFILE)) {                                        \
            va_list rest;                                                             \
            va_start(rest, flags);                                                    \
            mode = va_arg(rest, mode_t);                                              \
            va_end(rest);                                                             \
        }                                                                             \
        int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)); \
        if (falls(writes ? WRITES : READS, #name, path)) return -1;                   \
        return REAL(name)(GIVEN path, flags, mode);                                   \
    }
OPENS(open, NOTHING, NOTHING)
OPENS(open64, NOTHING, NOTHING)
OPENS(openat, AT, PLACE)
OPENS(openat64, AT, PLACE)

#define BY_PATH(kind, type, failed, name, PARAMETERS, path, ...) \
    type name PARAMETERS {                                       \
        if (falls(kind, #name, path)) return failed;             \
        return REAL(name)(__VA_ARGS__);                          \
    }
#define BY_NUMBER(kind, type, name, PARAMETERS, number, ...) \
    type name PARAMETERS {                                   \
        if (falls_on(kind, #name, number)) return -1;        \
        return REAL(name)(__VA_ARGS__);                      \
    }

BY_NUMBER(READS, ssize_t, read, (int n, void *to, size_t size), n, n, to, size)
BY_NUMBER(READS, ssize_t, pread, (int n, void *to, size_t size, off_t from), n, n, to, size, from)
BY_NUMBER(READS, ssize_t, pread64, (int n, void *to, size_t size, off64_t from), n, n, to, size, from)
BY_NUMBER(WRITES, ssize_t, write, (int n, const void *what, size_t size), n, n, what, size)
BY_NUMBER(WRITES, ssize_t, writev, (int n, const struct iovec *what, int count), n, n, what, count)
BY_NUMBER(WRITES, ssize_t, pwrite, (int n, const void *what, size_t size, off_t from), n, n, what, size, from)
BY_NUMBER(WRITES, ssize_t, pwrite64, (int n, const void *what, size_t size, off64_t from), n, n, what, size, from)
BY_NUMBER(WRITES, int, fsync, (int n), n, n)
BY_NUMBER(WRITES, int, fdatasync, (int n), n, n)
BY_NUMBER(WRITES, int, ftruncate, (int n, off_t size), n, n, size)
BY_NUMBER(WRITES, int, ftruncate64, (int n, off64_t size), n, n, size)
BY_NUMBER(WRITES, int, fchmod, (int n, mode_t mode), n, n, mode)
BY_PATH(WRITES, int, -1, rename, (const char *old, const char *new), new, old, new)
BY_PATH(WRITES, int, -1, renameat, (int a, const char *old, int b, const char *new), new, a, old, b, new)
BY_PATH(WRITES, int, -1, link, (const char *old, const char *new), new, old, new)
BY_PATH(WRITES, int, -1, mkdir, (const char *path, mode_t mode), path, path, mode)
BY_PATH(WRITES, int, -1, unlink, (const char *path), path, path)
BY_PATH(WRITES, int, -1, unlinkat, (int place, const char *path, int flags), path, place, path, flags)
BY_PATH(WRITES, int, -1, rmdir, (const char *path), path, path)
BY_PATH(WRITES, int, -1, chmod, (const char *path, mode_t mode), path, path, mode)
BY_PATH(LOOKS, int, -1, stat, (const char *path, struct stat *to), path, path, to)
BY_PATH(LOOKS, int, -1, stat64, (const char *path, struct stat64 *to), path, path, to)
BY_PATH(LOOKS, int, -1, lstat, (const char *path, struct stat *to), path, path, to)
BY_PATH(LOOKS, int, -1, lstat64, (const char *path, struct stat64 *to), path, path, to)
BY_PATH(LOOKS, int, -1, fstatat, (int at_, const char *path, struct stat *to, int flags), path, at_, path, to, flags)
BY_PATH(LOOKS, int, -1, fstatat64, (int at_, const char *path, struct stat64 *to, int flags), path, at_, path, to, flags)
BY_PATH(LOOKS, DIR *, NULL, opendir, (const char *path), path, path)
BY_NUMBER(LOOKS, int, fstat, (int n, struct stat *to), n, n, to)
BY_NUMBER(LOOKS, int, fstat64, (int n, struct stat64 *to), n, n, to)

/* One that copies within the kernel is refused as by an old kernel, so that who calls it goes on with read and write. */
ssize_t sendfile(int to, int from, off_t *at_, size_t size) {
    if (counted == NONE) return REAL(sendfile)(to, from, at_, size);
    errno = EINVAL;
    return -1;
}
ssize_t sendfile64(int to, int from, off64_t *at_, size_t size) {
    if (counted == NONE) return REAL(sendfile64)(to, from, at_, size);
    errno = EINVAL;
    return -1;
}

static int lacks(const char *call, size_t size) { return size >= MUCH_BYTES && falls(MEMORY, call, NULL); }

void *malloc(size_t size) { return lacks("malloc", size) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return lacks("calloc", count * size) ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return lacks("realloc", size) ? NULL : __libc_realloc(old, size); }
void *memalign(size_t to, size_t size) { return lacks("memalign", size) ? NULL : __libc_memalign(to, size); }
void *aligned_alloc(size_t to, size_t size) { return lacks("aligned_alloc", size) ? NULL : __libc_memalign(to, size); }
int posix_memalign(void **found, size_t to, size_t size) {
    if (lacks("posix_memalign", size)) return ENOMEM;
    return (*found = __libc_memalign(to, size)) == NULL && size ? ENOMEM : 0;
}

/* Files that are mapped into memory: of SQLite's log, of weights. */
void *mmap64(void *place, size_t size, int protection, int flags, int number, off64_t from) {
    if (number >= 0 && falls_on(MEMORY, "mmap", number)) return MAP_FAILED;
    return REAL(mmap64)(place, size, protection, flags, number, from);
}
