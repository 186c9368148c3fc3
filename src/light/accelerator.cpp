// The accelerator of the program that is started: it hands over to tsd-compute, the program with LibTorch.
#include "tsd/nn/accelerator.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "tsd/engine/stop.hpp"
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

void hand_over(char** arguments) {
  bound_spinning();
  const auto program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("tsd-compute");
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
