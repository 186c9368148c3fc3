#include "io/rehearsal.hpp"

#include <csignal>
#include <thread>

#include "io/seal.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hdf5.hpp"

using namespace tsd;
using test::TemporaryDirectory;

TEST_CASE("rehearsal: what ends a process ends another one", "[io]") {
  const auto dies = [](int number) {
    return test::refusal([&] { rehearse([&] { std::raise(number); }, "no file", "a.h5: /x"); });
  };
  CHECK(dies(SIGSEGV) ==
        "a.h5: /x: damaged: the library that reads it does not survive it (Segmentation fault)");
  CHECK(dies(SIGABRT) == "a.h5: /x: damaged: the library that reads it does not survive it (Aborted)");
  CHECK(dies(SIGXCPU) ==
        "a.h5: /x: damaged: the library that reads it comes to no end (CPU time limit exceeded)");
}

TEST_CASE("rehearsal: nothing else becomes of it", "[io]") {
  int here = 0;
  CHECK_NOTHROW(rehearse([&] { here = 1; }, "no file", "a.h5"));
  CHECK_NOTHROW(rehearse([] { throw DataError("told when it comes again"); }, "no file", "a.h5"));
  CHECK(here == 0);
}

// Found by the fuzz target `hdf5`: HDF5 1.10 follows it out of memory; a library that notices refuses it.
TEST_CASE("hdf5: a file that the library does not survive is refused with its path", "[io]") {
  const TemporaryDirectory folder;
  const auto damaged = read_bytes(TSD_SOURCE_DIR "/tests/fuzz/corpus/hdf5/damaged_heap.h5", 1 << 20);
  write_atomically(folder / "a.h5", damaged);
  const Hdf5Reader file(folder / "a.h5");
  const std::string told = test::refusal([&] { file.strings("/vl"); });
  CHECK_THAT(told, Catch::StartsWith((folder / "a.h5").string() + ": /vl: "));
}

// A child process finds locks as they were: none may be held by a thread that it does not have.
TEST_CASE("rehearsal: files of other programs are read while threads write", "[io]") {
  const TemporaryDirectory folder;
  const auto write = [&](const std::string& name) {
    Hdf5Writer file(folder / name);
    file.text("/text", "a text", {});
    file.strings("/strings", {"a", "b"}, {"string", "", ""});
    file.attribute("/", "name", std::string("a name"));
    file.close();
  };
  write("sealed.h5");
  auto bytes = read_bytes(folder / "sealed.h5", 1 << 20);
  bytes.resize(bytes.size() - seal_of(bytes).size());
  write_atomically(folder / "foreign.h5", bytes);

  std::vector<std::thread> threads;
  for (int k = 0; k < 3; ++k)
    threads.emplace_back([&, k] {
      for (int i = 0; i < 200; ++i) write("written" + std::to_string(k) + ".h5");
    });
  for (int i = 0; i < 100; ++i)
    CHECK(Hdf5Reader(folder / "foreign.h5").strings("/strings") == std::vector<std::string>{"a", "b"});
  for (auto& thread : threads) thread.join();
}
