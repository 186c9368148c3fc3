// What a run of microcircuits holds in memory.
#include "families/microcircuit/model/circuit.hpp"
#include "families/microcircuit/recorder.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::microcircuit {

std::vector<MemoryNeed> memory(const Config& c) {
  const Circuit circuit(c);
  const Layout layout(circuit);
  constexpr double kNumber = sizeof(double);
  const double students = std::max<double>(1, static_cast<double>(c.random_seed.size()));
  const double shown = c.Tpres / c.dt * c.dataset_size;  // Euler steps of an epoch
  const double records = (c.settling() / c.dt + shown * c.epochs) / c.rec_per_steps;
  const double per_record = kNumber * static_cast<double>(Recorder(c, circuit, layout).numbers_per_record());
  const double teacher = c.task == Task::fw_bw ? kNumber * shown * c.layers.back() : 0;
  const double state = kNumber * static_cast<double>(layout.size);
  return {{to_blame(
               {{"Tpres", c.Tpres, 1}, {"dataset_size", double(c.dataset_size), 100}, {"dt", 1 / c.dt, 100}}),
           teacher},
          {to_blame({{"Tpres", c.Tpres, 1},
                     {"epochs", double(c.epochs), 5000},
                     {"dataset_size", double(c.dataset_size), 100},
                     {"dt", 1 / c.dt, 100},
                     {"rec_per_steps", 1.0 / c.rec_per_steps, 0.01},
                     {"random_seed", students, 10}}),
           records * per_record * students},
          {to_blame({{"layers", static_cast<double>(layout.size), 1e4}, {"random_seed", students, 10}}),
           4 * state * students}};  // as it began, as it is, in the kernel, and in a checkpoint
}

}  // namespace tsd::microcircuit
