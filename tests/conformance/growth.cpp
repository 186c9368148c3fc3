// A process that makes one run after the other, as a sweep does, needs no more memory for the hundredth.
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "conformance/requests.hpp"
#include "support/catch.hpp"

namespace tsd {
namespace {

constexpr int kBefore = 20, kRuns = 100;  // the first fill caches: of allocators, threads, the HDF5 library

// Bytes of memory that the process has, with what it has freed given back.
double resident() {
  malloc_trim(0);
  std::ifstream facts("/proc/self/statm");
  double pages = 0, used = 0;
  facts >> pages >> used;
  return used * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("conformance: a hundred runs in one process let it grow by less than 1 MB", "[conformance][slow]") {
  for (const auto& subject : subjects()) DYNAMIC_SECTION(subject.config) {  // one alone: -c CONFIG
      const auto runs = [&](int count) {
        for (int i = 0; i < count; ++i) {
          const TemporaryDirectory temporary;
          REQUIRE(run(request_for(subject, temporary / "run")).state == RunState::done);
        }
        return resident();
      };
      const double before = runs(kBefore), growth = runs(kRuns) - before;
      std::cout << subject.config << ": " << growth / 1e6 << " MB more after " << kRuns << " runs"
                << std::endl;
      CHECK(growth < 1e6);
    }
}

}  // namespace tsd
