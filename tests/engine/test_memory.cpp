#include "tsd/engine/memory.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/error.hpp"

namespace tsd {

using namespace test;

TEST_CASE("memory: what is free is the least of machine, control groups and limits", "[memory]") {
  const TemporaryDirectory root;
  CHECK(std::isinf(free_memory(root.path())));  // nothing says anything
  spit(root / "proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:  8000000 kB\n");
  CHECK(free_memory(root.path()) == 8000000.0 * 1024);

  // Version 2: of the group and of those above it; pages of files can be given up.
  spit(root / "proc/self/cgroup", "0::/job/step\n");
  spit(root / "sys/fs/cgroup/job/step/memory.max", "max\n");
  CHECK(free_memory(root.path()) == 8000000.0 * 1024);
  spit(root / "sys/fs/cgroup/job/memory.max", "3000000000\n");
  spit(root / "sys/fs/cgroup/job/memory.current", "1500000000\n");
  spit(root / "sys/fs/cgroup/job/memory.stat", "anon 1000000000\ninactive_file 500000000\n");
  CHECK(free_memory(root.path()) == 2e9);

  // Version 1; without its own folder, as in containers, the top one speaks.
  spit(root / "proc/self/cgroup", "4:cpu,memory:/elsewhere\n1:name=x:/y\n");
  spit(root / "sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000000\n");
  spit(root / "sys/fs/cgroup/memory/memory.usage_in_bytes", "400000000\n");
  CHECK(free_memory(root.path()) == 6e8);
}

TEST_CASE("memory: a run that is too large is refused by the key that asks for the most", "[memory]") {
  const std::vector<MemoryNeed> needs = {{"layers", 3e9}, {"epochs", 5e9}};
  CHECK_NOTHROW(require_memory(needs, 8e9));
  CHECK_NOTHROW(require_memory({}, 0));
  std::string message;
  try {
    require_memory(needs, 7.9e9);
  } catch (const OutOfMemory& error) {
    message = error.what();
  }
  CHECK(message ==
        "epochs: too large for this machine; expected at most 7.9 GB, its share of the memory that is "
        "free, got at least 8.0 GB, 5.0 GB of them for this key");
}

TEST_CASE("memory: bytes in words", "[memory]") {
  CHECK(bytes_text(800) == "0.8 kB");
  CHECK(bytes_text(24.6e6) == "25 MB");
  CHECK(bytes_text(999.6e6) == "1.0 GB");
  CHECK(bytes_text(8e15) == "8.0 PB");
  CHECK(bytes_text(4e24) == "4.0e+09 PB");
}

TEST_CASE("memory: the key that is furthest above what is usual is to blame", "[memory]") {
  CHECK(to_blame({{"num_runs", 1000, 50}, {"num_blocks", 1e6, 350}}) == "num_blocks");
  CHECK(to_blame({{"num_runs", 1e6, 50}, {"num_blocks", 350, 350}}) == "num_runs");
}

}  // namespace tsd
