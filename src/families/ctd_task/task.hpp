// The three tasks as one type.
#pragma once
#include <string>
#include <variant>

#include "families/ctd_task/multitask.hpp"
#include "families/ctd_task/nbff.hpp"
#include "families/ctd_task/random_target.hpp"

namespace tsd::ctd_task {

using Task = std::variant<Nbff, MultiTask, RandomTarget>;

inline TaskShape shape_of(const Task& task) {
  return std::visit([](const auto& t) { return t.shape(); }, task);
}
inline void generate(const Task& task, std::int64_t n_samples, NumpyLegacy& stream, const TrialSink& sink) {
  std::visit([&](const auto& t) { generate(t, n_samples, stream, sink); }, task);
}

// Name of its data in the reference's files, e.g. 3BFF_1000S_500T_0seed_0.15 (ctd_task.md 6.1); n_samples as
// asked of the generator.
std::string data_name(const Task& task, std::int64_t n_samples, std::uint64_t seed);

}  // namespace tsd::ctd_task
