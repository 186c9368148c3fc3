#include "tsd/engine/processors.hpp"

#include <sched.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace tsd {
namespace {

using test::TemporaryDirectory;

// A file system's root with what the kernel would show there.
class Root {
 public:
  Root(const std::string& mounts, const std::string& groups) {
    write("proc/self/mountinfo", mounts);
    write("proc/self/cgroup", groups);
  }
  void write(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((path() / file).parent_path());
    std::ofstream(path() / file) << text << "\n";
  }
  std::filesystem::path path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
};

const std::string kUnified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const std::string kOld =
    "25 23 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "26 23 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct";

}  // namespace

TEST_CASE("processors: no more than the process may run on", "[processors]") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  int allowed = 0;
  while (!CPU_ISSET(allowed, &before)) ++allowed;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(allowed, &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  const int count = processor_count();
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
  CHECK(count == 1);
  CHECK(processor_count() >= 1);
  CHECK(processor_count() <= CPU_COUNT(&before));
}

TEST_CASE("processors: the least quota of a version 2 group and those above it", "[processors]") {
  Root root(kUnified, "0::/user.slice/job.scope");
  CHECK(std::isinf(processor_quota(root.path())));
  root.write("sys/fs/cgroup/user.slice/job.scope/cpu.max", "max 100000");
  CHECK(std::isinf(processor_quota(root.path())));
  root.write("sys/fs/cgroup/user.slice/job.scope/cpu.max", "250000 100000");
  CHECK(processor_quota(root.path()) == 2.5);
  root.write("sys/fs/cgroup/user.slice/cpu.max", "50000 100000");
  CHECK(processor_quota(root.path()) == 0.5);
}

TEST_CASE("processors: a container's group is the root of what it sees", "[processors]") {
  Root root(kUnified, "0::/");
  root.write("sys/fs/cgroup/cpu.max", "150000 100000");
  CHECK(processor_quota(root.path()) == 1.5);
}

TEST_CASE("processors: a version 1 group, also one that is mounted as the root", "[processors]") {
  Root root(kOld, "7:memory:/else\n4:cpu,cpuacct:/docker/abc\n0::/");
  root.write("sys/fs/cgroup/memory/else/cpu.cfs_quota_us", "1000");  // rules nothing there
  root.write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "-1");
  root.write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000");
  CHECK(std::isinf(processor_quota(root.path())));
  root.write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "300000");
  CHECK(processor_quota(root.path()) == 3);

  Root inside("26 23 0:23 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu", "4:cpu:/docker/abc");
  inside.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "120000");
  inside.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "60000");
  CHECK(processor_quota(inside.path()) == 2);
}

TEST_CASE("processors: what can't be read limits nothing", "[processors]") {
  const TemporaryDirectory empty;
  CHECK(std::isinf(processor_quota(empty.path())));
  Root root(kUnified + "\nnonsense\n1 2 - cgroup2", "no colons");
  root.write("sys/fs/cgroup/cpu.max", "much 0");
  CHECK(std::isinf(processor_quota(root.path())));
}

TEST_CASE("processors: a step has threads by its size", "[processors]") {
  CHECK(threads_for(0, 8) == 1);
  CHECK(threads_for(1e7, 8) == 1);
  CHECK(threads_for(1.3e8, 8) == 3);
  CHECK(threads_for(1e12, 8) == 8);
  CHECK(threads_for(std::numeric_limits<double>::infinity(), 8) == 8);
  CHECK(threads_for(1e12, 0) == 1);
}

}  // namespace tsd
