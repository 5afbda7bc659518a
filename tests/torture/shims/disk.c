/* A disk that can fail, be full, or lose power. Loaded into the program with LD_PRELOAD by tests/torture/disk.rs.
 *
 * What is written below DISK_FOLDER is noted; only a successful fsync or fdatasync carries it over into the same file
 * below DISK_DURABLE, which is therefore what a disk without a write cache would have after a power cut. While the file
 * DISK_FAULT says so, fsync fails with EIO ("fsync"), or writing fails with ENOSPC ("full"). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void load(void) {
    if (real_pwrite) return;
    real_write = dlsym(RTLD_NEXT, "write");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
}

/* The path of the file if it is below the folder, and not the shared memory that dies with the machine. */
static int ours(int fd, char *path) {
    const char *folder = getenv("DISK_FOLDER");
    char link[64];
    if (!folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    size_t shm = strlen("-shm");
    if ((size_t)length > shm && !strcmp(path + length - shm, "-shm")) return 0;
    return !strncmp(path, folder, strlen(folder));
}

static int fault(const char *kind) {
    const char *file = getenv("DISK_FAULT");
    char word[16] = "";
    if (!file) return 0;
    int fd = open(file, O_RDONLY);
    if (fd < 0) return 0;
    ssize_t length = read(fd, word, sizeof word - 1);
    close(fd);
    return length > 0 && !strncmp(word, kind, strlen(kind));
}

/* Makes the durable file what the file is now. Only the pages that differ are written. It is read through the program's own
 * descriptor: closing another one of the same file would drop the locks that SQLite holds on it. */
static void carry_over(int fd, const char *path) {
    const char *folder = getenv("DISK_FOLDER"), *durable = getenv("DISK_DURABLE");
    char to[PATH_MAX], here[4096], there[4096];
    if (!durable) return;
    snprintf(to, sizeof to, "%s%s", durable, path + strlen(folder));
    pthread_mutex_lock(&lock);
    int out = open(to, O_RDWR | O_CREAT, 0644);
    struct stat is;
    if (out >= 0 && fstat(fd, &is) == 0) {
        for (off_t at = 0; at < is.st_size; at += sizeof here) {
            ssize_t count = pread(fd, here, sizeof here, at), was = pread(out, there, sizeof there, at);
            if (count > 0 && (was != count || memcmp(here, there, count))) real_pwrite(out, here, count, at);
        }
        if (ftruncate(out, is.st_size)) {}
    }
    if (out >= 0) close(out);
    pthread_mutex_unlock(&lock);
}

static int sync_with(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    load();
    if (!ours(fd, path)) return real(fd);
    if (fault("fsync")) {
        errno = EIO;
        return -1;
    }
    /* The real disk need not be asked: it is not the one whose power is cut. */
    carry_over(fd, path);
    return 0;
}

int fdatasync(int fd) { load(); return sync_with(fd, real_fdatasync); }
int fsync(int fd) { load(); return sync_with(fd, real_fsync); }

static int full(int fd) {
    char path[PATH_MAX];
    return ours(fd, path) && fault("full");
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) {
    load();
    if (full(fd)) { errno = ENOSPC; return -1; }
    return real_pwrite(fd, data, size, at);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }
ssize_t write(int fd, const void *data, size_t size) {
    load();
    if (full(fd)) { errno = ENOSPC; return -1; }
    return real_write(fd, data, size);
}
