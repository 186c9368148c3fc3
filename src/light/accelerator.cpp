// The accelerator of the program that is started: it hands over to tsd-compute, the program with LibTorch.
#include "tsd/nn/accelerator.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "tsd/engine/memory.hpp"
#include "tsd/engine/run/stop.hpp"
#include "tsd/error.hpp"

namespace tsd::nn {
namespace {

// Threads that wait for others in LibTorch's loops and products keep their processors busy for a while, by
// default so long that beside other programs they stand in the way of the very threads that they wait for.
// Their library, libgomp or libomp, reads its limits when it is loaded, before main(). What a user has set
// stays. libgomp's spins: 30 to 120 us, which the pauses between the loops of a step are shorter than.
void bound_spinning() {
  if (std::getenv("OMP_WAIT_POLICY")) return;
  setenv("OMP_WAIT_POLICY", "passive", 0);
  setenv("GOMP_SPINCOUNT", "2000", 0);
}

// Under a limit of address space (ulimit -v) that LibTorch does not fit into, the loader or LibTorch's own start ends
// the process before main(): a process of its own tries it first.
void require_room(const std::filesystem::path& program) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  std::string name = program.string(), asked = "--version";
  char* const words[] = {name.data(), asked.data(), nullptr};
  posix_spawn_file_actions_t silence;
  posix_spawn_file_actions_init(&silence);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&silence, stream, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  int state = -1;
  const bool begun = posix_spawn(&child, name.c_str(), &silence, nullptr, words, environ) == 0;
  posix_spawn_file_actions_destroy(&silence);
  if (!begun || (waitpid(child, &state, 0) == child && state == 0)) return;  // execv() says why
  throw OutOfMemory(
      "out of memory: LibTorch cannot be loaded into the address space there is, " +
      bytes_text(static_cast<double>(limit.rlim_cur)) +
      " (ulimit -v); raise that limit, or reduce what needs LibTorch: native runs of dual_stream and "
      "microcircuit do without");
}

void hand_over(char** arguments) {
  bound_spinning();
  const auto program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("tsd-compute");
  require_room(program);
  hold_signals();  // LibTorch is loaded before main(), where a signal would end the program without a word
  execv(program.c_str(), arguments);
  throw MissingInput(program.string() + ": " + std::strerror(errno) +
                     "; expected beside tsd, whose part with LibTorch it is");
}

// A driver of NVIDIA or AMD may mean a device: LibTorch has to say.
bool is_cpu(const std::string& wanted) {
  return wanted == "cpu" || (wanted == "auto" && !std::filesystem::exists("/dev/nvidiactl") &&
                             !std::filesystem::exists("/dev/kfd"));
}

}  // namespace

Accelerator accelerator() {
  Accelerator facts;
  facts.library = "not loaded";
  facts.is_cpu = is_cpu;
  facts.before_computing = hand_over;
  return facts;
}

}  // namespace tsd::nn
