#include "families/ctd/task/data/task.hpp"

#include "tsd/engine/schema/schema.hpp"

namespace tsd::ctd_task {

namespace {
std::string name_of(const Nbff& t) { return std::to_string(t.n) + "BFF"; }
std::string name_of(const MultiTask&) { return "MultiTask"; }
std::string name_of(const RandomTarget& t) {
  return t.move_bump ? "MoveBump" : t.is_aligned ? "RandomTargetAligned" : "RandomTarget";
}
std::string suffix_of(const Nbff& t) { return "_" + number_text(t.noise); }
std::string suffix_of(const MultiTask& t) { return "_" + number_text(t.noise); }
std::string suffix_of(const RandomTarget&) { return ""; }
}  // namespace

std::string data_name(const Task& task, std::int64_t n_samples, std::uint64_t seed) {
  const auto name = std::visit([](const auto& t) { return name_of(t); }, task);
  const auto suffix = std::visit([](const auto& t) { return suffix_of(t); }, task);
  return name + "_" + std::to_string(n_samples) + "S_" + std::to_string(shape_of(task).T) + "T_" +
         std::to_string(seed) + "seed" + suffix;
}

}  // namespace tsd::ctd_task
