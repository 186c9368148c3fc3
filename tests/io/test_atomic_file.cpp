#include "tsd/io/atomic_file.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"
#include "tsd/io/hdf5.hpp"

using namespace tsd;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

TEST_CASE("atomic file: old or new content, never less", "[io]") {
  const TemporaryDirectory folder;
  write_atomically(folder / "a", std::string_view("old"));
  {
    AtomicFile file(folder / "a");
    CHECK(fs::exists(file.temporary()));
    CHECK(read_text(folder / "a", 10) == "old");
  }  // given up
  CHECK(read_text(folder / "a", 10) == "old");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
  write_atomically(folder / "a", std::string_view("new"));
  CHECK(read_text(folder / "a", 10) == "new");
}

TEST_CASE("atomic file: errors name the path", "[io]") {
  const TemporaryDirectory folder;
  CHECK_THROWS_AS(write_atomically(folder / "no/such/folder", std::string_view("x")), CannotCreate);
  CHECK_THROWS_AS(read_text(folder / "nothing", 10), MissingInput);
  write_atomically(folder / "long", std::string_view("0123456789"));
  CHECK_THROWS_WITH(read_text(folder / "long", 5),
                    Catch::Contains((folder / "long").string()) && Catch::Contains("at most 5"));
}

namespace {
// Runs `write` in a child whose files may not grow beyond 64 kB; its exit code.
template <class F>
int under_file_limit(F write) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 16, 1 << 16};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write();
    } catch (const UserError& error) {
      std::exit(static_cast<int>(error.code()));
    }
    std::exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
}  // namespace

TEST_CASE("atomic file: a full disk is an error, and nothing half-written stays", "[io]") {
  const TemporaryDirectory folder;
  write_atomically(folder / "a", std::string_view("old"));
  CHECK(under_file_limit([&] { write_atomically(folder / "a", std::string(1 << 20, 'x')); }) ==
        static_cast<int>(Exit::io));
  CHECK(read_text(folder / "a", 10) == "old");
  const auto hdf5 = [&] {
    Hdf5Writer file(folder / "a.h5");
    std::vector<double> noise(1 << 20);
    for (std::size_t i = 0; i < noise.size(); ++i)
      noise[i] = static_cast<double>(i * 2654435761u % 1000003) / 7;
    file.dataset("/x", noise, {"i", "", "does not fit"});
    file.close();
  };
  CHECK(under_file_limit(hdf5) == static_cast<int>(Exit::io));
  CHECK_FALSE(fs::exists(folder / "a.h5"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

// FIPS 180-2 and the xxHash reference implementation's empty input.
TEST_CASE("hash: published values", "[io]") {
  CHECK(sha256(std::string_view("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(xxh3_128({}) == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("atomic file: what is open is removed where no destructor will run", "[io]") {
  const TemporaryDirectory folder;
  const AtomicFile open(folder / "open");
  AtomicFile done(folder / "done");
  done.commit();
  CHECK(std::filesystem::exists(open.temporary()));
  remove_open_temporaries();
  CHECK_FALSE(std::filesystem::exists(open.temporary()));
  CHECK(std::filesystem::exists(folder / "done"));
}

TEST_CASE("atomic file: what killed processes left goes with the next file, what is being written stays",
          "[io]") {
  const TemporaryDirectory folder;
  const auto parent = folder / "seen late";
  fs::create_directory(parent);
  const auto left = parent / "results.h5.tmp7-0", named_alike = parent / "notes.tmp7";
  std::ofstream(left) << "half";
  std::ofstream(named_alike) << "a user's";
  // Another process that is writing, and is killed in the end.
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const AtomicFile open(folder / "open");
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char byte;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  const auto count = [](const fs::path& where) { return std::distance(fs::directory_iterator(where), {}); };
  write_atomically(parent / "new", std::string_view("x"));
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(named_alike));
  write_atomically(folder / "new", std::string_view("x"));
  CHECK(count(folder.path()) == 3);  // the folder, the new file, and the child's temporary
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const pid_t next = fork();  // a process that has not yet seen the folder
  if (next == 0) {
    write_atomically(folder / "." / "newer", std::string_view("x"));
    _exit(0);
  }
  waitpid(next, nullptr, 0);
  CHECK(count(folder.path()) == 3);
  CHECK(fs::exists(folder / "newer"));
}
