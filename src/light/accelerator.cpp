// The accelerator of the program that is started: it hands over to tsd-compute, the program with LibTorch.
#include "tsd/nn/accelerator.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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

std::string first_line(int descriptor) {
  std::string text;
  char piece[256];
  for (ssize_t n; (n = read(descriptor, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(n));
  return text.substr(0, text.find('\n'));
}

// What computing takes at least, when LibTorch is loaded: its products without memory of their own have other last bits, or
// end the process.
constexpr rlim_t kToCompute = 64 << 20;

// Under a limit of address space (ulimit -v) that LibTorch does not fit into, the loader or LibTorch's own start ends
// the process before main(): a process of its own tries it first, with a little less.
void require_room(const std::filesystem::path& program) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  std::string name = program.string(), asked = "--version";
  char* const words[] = {name.data(), asked.data(), nullptr};
  int told[2];
  if (pipe2(told, O_CLOEXEC) != 0) return;
  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_addopen(&streams, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&streams, told[1], STDERR_FILENO);
  pid_t child = -1;
  int state = -1;
  const rlimit less{limit.rlim_cur - std::min(limit.rlim_cur, kToCompute), limit.rlim_max};
  setrlimit(RLIMIT_AS, &less);  // of the child
  const int error = posix_spawn(&child, name.c_str(), &streams, nullptr, words, environ);
  setrlimit(RLIMIT_AS, &limit);
  posix_spawn_file_actions_destroy(&streams);
  close(told[1]);
  const std::string reason = error == 0 ? first_line(told[0]) : std::strerror(error);
  close(told[0]);
  if (error != 0 && error != ENOMEM && error != EAGAIN) return;  // execv() says why
  if (error == 0 && waitpid(child, &state, 0) == child && state == 0) return;
  throw OutOfMemory("out of memory: LibTorch cannot be loaded into the address space there is, " +
                    bytes_text(static_cast<double>(limit.rlim_cur)) + " (ulimit -v)" +
                    (reason.empty() ? "" : ": " + reason) +
                    "; raise that limit, or reduce what needs LibTorch: native runs of dual_stream and "
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
