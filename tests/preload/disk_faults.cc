// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a real server by tests: the calls that it makes about files in one folder, its own
// and RocksDB's, fail or are slow as a control file says, which the test maps and writes
// (tests/integration/disk_faults.py has the other side). A write that fails may leave half of its
// bytes.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

enum Kind : std::uint32_t { kWrite = 1, kSync = 2, kName = 4, kRead = 8 };

/// The control file, shared with the test.
struct Control {
    std::atomic<std::uint32_t> error;        ///< errno of what fails.
    std::atomic<std::uint32_t> per_million;  ///< So many calls fail,
    std::atomic<std::uint32_t> delay_us;     ///< and all take so much longer,
    std::atomic<std::uint32_t> kinds;        ///< of these kinds.
    std::atomic<std::uint64_t> calls;        ///< That were seen.
    std::atomic<std::uint64_t> fail_at;      ///< The call of this number fails; 0: none.
    std::atomic<std::uint64_t> failed;       ///< That failed.
    std::atomic<std::uint32_t> held;         ///< Not 0: each call waits for a permit.
    std::atomic<std::uint32_t> waiting;      ///< Calls that do.
    std::atomic<std::uint64_t> permits;
};

struct State {
    Control* control = nullptr;
    const char* folder = nullptr;
    std::size_t folder_size = 0;
    std::atomic<std::uint64_t> random{88172645463325252ULL};
};

State* make_state() {
    static State state;
    const char* const path = std::getenv("SKALD_FAULT_CONTROL");
    state.folder = std::getenv("SKALD_FAULT_FOLDER");
    if (path == nullptr || state.folder == nullptr) return &state;
    state.folder_size = std::strlen(state.folder);
    const int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return &state;
    void* const mapped =
        mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped != MAP_FAILED) state.control = static_cast<Control*>(mapped);
    close(descriptor);
    return &state;
}

thread_local bool inside = false;

State& state() {
    static State* const made = make_state();
    return *made;
}

bool is_ours(const char* path) {
    const State& now = state();
    return path != nullptr && std::strncmp(path, now.folder, now.folder_size) == 0;
}

bool is_ours(int descriptor) {
    std::array<char, 32> link{};
    std::array<char, 512> path{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
    const ssize_t size = readlink(link.data(), path.data(), path.size() - 1);
    return size > 0 && is_ours(path.data());
}

std::uint64_t next_random() {
    std::uint64_t x = state().random.fetch_add(0x9e3779b97f4a7c15ULL);
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31U);
}

bool take_permit(Control& control) {
    std::uint64_t left = control.permits;
    while (left > 0)
        if (control.permits.compare_exchange_weak(left, left - 1)) return true;
    return false;
}

/// Until the test lets the call go.
void wait_while_held(Control& control) {
    if (control.held == 0) return;
    control.waiting.fetch_add(1);
    while (control.held != 0 && !take_permit(control)) usleep(200);
    control.waiting.fetch_sub(1);
}

/// True if this call is to fail; errno is set.
template <class Where>
bool fails(Kind kind, Where where) {
    if (inside) return false;
    inside = true;
    bool failing = false;
    Control* const control = state().control;
    if (control != nullptr && (control->kinds & kind) != 0 && is_ours(where)) {
        if (const std::uint32_t delay = control->delay_us) usleep(delay);
        wait_while_held(*control);
        const std::uint64_t number = control->calls.fetch_add(1) + 1;
        failing = number == control->fail_at || next_random() % 1'000'000 < control->per_million;
        if (failing) control->failed.fetch_add(1);
    }
    inside = false;
    if (failing) errno = static_cast<int>(control->error);
    return failing;
}

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

/// Half of what should have been written, now and then.
bool is_torn() {
    return next_random() % 2 == 0;
}

using Write = ssize_t (*)(int, const void*, size_t);
using PWrite = ssize_t (*)(int, const void*, size_t, off64_t);
using WriteV = ssize_t (*)(int, const iovec*, int);
using PRead = ssize_t (*)(int, void*, size_t, off64_t);
using OnDescriptor = int (*)(int);
using Cut = int (*)(int, off64_t);
using OnPath = int (*)(const char*);
using OnPaths = int (*)(const char*, const char*);
using Open = int (*)(const char*, int, ...);

ssize_t tear_and_fail(int descriptor, const void* bytes, size_t size) {
    const int error = errno;
    static const auto next = real<Write>("write");
    if (is_torn()) static_cast<void>(next(descriptor, bytes, size / 2));
    errno = error;
    return -1;
}

int open_or_fail(const char* name, const char* path, int flags, unsigned mode) {
    const bool makes = (flags & (O_CREAT | O_TRUNC)) != 0;
    if (makes && fails(kName, path)) return -1;
    return real<Open>(name)(path, flags, mode);
}

}  // namespace

extern "C" {

// Before any thread is there.
__attribute__((constructor)) void skald_disk_faults_begin() {
    state();
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
    static const auto next = real<Write>("write");
    if (fails(kWrite, descriptor)) return tear_and_fail(descriptor, bytes, size);
    return next(descriptor, bytes, size);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
    static const auto next = real<PWrite>("pwrite64");
    return fails(kWrite, descriptor) ? -1 : next(descriptor, bytes, size, offset);
}

ssize_t writev(int descriptor, const iovec* pieces, int count) {
    static const auto next = real<WriteV>("writev");
    if (fails(kWrite, descriptor))
        return tear_and_fail(descriptor, pieces[0].iov_base, pieces[0].iov_len);
    return next(descriptor, pieces, count);
}

ssize_t pread(int descriptor, void* bytes, size_t size, off_t offset) {
    static const auto next = real<PRead>("pread");
    return fails(kRead, descriptor) ? -1 : next(descriptor, bytes, size, offset);
}

ssize_t pread64(int descriptor, void* bytes, size_t size, off64_t offset) {
    static const auto next = real<PRead>("pread64");
    return fails(kRead, descriptor) ? -1 : next(descriptor, bytes, size, offset);
}

int fsync(int descriptor) {
    static const auto next = real<OnDescriptor>("fsync");
    return fails(kSync, descriptor) ? -1 : next(descriptor);
}

int fdatasync(int descriptor) {
    static const auto next = real<OnDescriptor>("fdatasync");
    return fails(kSync, descriptor) ? -1 : next(descriptor);
}

int ftruncate(int descriptor, off_t size) noexcept {
    static const auto next = real<Cut>("ftruncate");
    return fails(kWrite, descriptor) ? -1 : next(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) noexcept {
    static const auto next = real<Cut>("ftruncate64");
    return fails(kWrite, descriptor) ? -1 : next(descriptor, size);
}

int rename(const char* from, const char* to) noexcept {
    static const auto next = real<OnPaths>("rename");
    return fails(kName, from) ? -1 : next(from, to);
}

int unlink(const char* path) noexcept {
    static const auto next = real<OnPath>("unlink");
    return fails(kName, path) ? -1 : next(path);
}

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return open_or_fail("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return open_or_fail("open64", path, flags, mode);
}
}
