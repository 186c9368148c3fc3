// What dynamical similarity analysis leaves in results.h5 (compare.md 6.3, 7.5).
#include <algorithm>

#include "families/ctd/compare/experiment.hpp"
#include "families/ctd/compare/outputs.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::compare {

using math::DenseD;

void CompareExperiment::write_dsa(Hdf5Writer& results) const {
  const auto& operators = dsa_->operators();
  const auto M = static_cast<std::int64_t>(operators.size());
  std::size_t rank = 0;
  for (const Operator& o : operators) rank = std::max(rank, static_cast<std::size_t>(o.matrix.rows));
  std::vector<double> all(operators.size() * rank * rank, kUndefined),
      variance(operators.size() * rank, kUndefined), bases = all;
  for (std::size_t k = 0; k < operators.size(); ++k) {
    const DenseD& A = operators[k].matrix;
    const auto& v = operators[k].cumulative_variance;
    std::copy_n(v.begin(), std::min(rank, v.size()), variance.begin() + std::ptrdiff_t(k * rank));
    const DenseD C = dsa_->optimises() ? dsa_->basis_to_reference(static_cast<int>(k)) : DenseD();
    for (int i = 0; i < A.rows; ++i) {
      std::copy_n(A.row(i), A.columns, all.begin() + std::ptrdiff_t((k * rank + std::size_t(i)) * rank));
      if (C.rows > 0)
        std::copy_n(C.row(i), C.columns, bases.begin() + std::ptrdiff_t((k * rank + std::size_t(i)) * rank));
    }
  }
  const auto r = static_cast<std::int64_t>(rank);
  write_matrix(results, "/dsa/sims", dsa_->distances(), meaning_of("/dsa/sims"));
  results.dataset<double>("/dsa/A_v", all, {M, r, r}, meaning_of("/dsa/A_v"));
  results.dataset<double>("/dsa/cumulative_variance", variance, {M, r},
                          meaning_of("/dsa/cumulative_variance"));
  if (dsa_->optimises()) {
    write_matrix(results, "/dsa/losses", dsa_->losses(), meaning_of("/dsa/losses"));
    results.dataset<double>("/dsa/C_star", bases, {M, r, r}, meaning_of("/dsa/C_star"));
  }
  if (config_.dsa.split_half)
    results.dataset("/dsa/split_half", make_scalar("", dsa_->split_half()), meaning_of("/dsa/split_half"));
  if (dsa_->optimises() && config_.dsa.restarts > 1)
    write_matrix(results, "/dsa/restarts", dsa_->of_restarts(), meaning_of("/dsa/restarts"));
  if (config_.dsa.intervals)
    write_matrix(results, "/dsa/across_halves", dsa_->across_halves(), meaning_of("/dsa/across_halves"));
  if (config_.dsa.permutations > 0)
    write_matrix(results, "/dsa/permuted", dsa_->permuted(), meaning_of("/dsa/permuted"));
}

void CompareExperiment::write_dsa_sweep(Hdf5Writer& results) const {
  std::vector<std::int64_t> rank, n_delays;
  std::vector<std::uint8_t> suggested(dsa_sweep_->rows().size());
  for (const SweepRow& r : dsa_sweep_->rows()) {
    rank.push_back(r.rank), n_delays.push_back(r.n_delays);
  }
  suggested[dsa_sweep_->suggested()] = 1;
  const auto write = [&](const std::string& name, const auto& values) {
    results.dataset("/dsa/sweep/" + name, values, meaning_of("/dsa/sweep/" + name));
  };
  write("rank", rank);
  write("n_delays", n_delays);
  train::write(kSweepRows, dsa_sweep_->rows(), 0, "/dsa/sweep", results, "setting");
  write("suggested", suggested);
  const SweepRow& best = dsa_sweep_->rows()[dsa_sweep_->suggested()];
  log_info("dsa: of the settings tried, halves of the reference's trials differ least with dsa.rank=" +
           std::to_string(best.rank) + " dsa.n_delays=" + std::to_string(best.n_delays) +
           ", as a part of the distance to the identity");
}

void CompareExperiment::write_input_dsa(Hdf5Writer& results) const {
  const auto& systems = input_dsa_->systems();
  const auto distances = input_dsa_->distances();
  const int M = static_cast<int>(systems.size());
  using Part = std::pair<const char*, double math::SystemDistance::*>;
  for (const auto& [name, value] :
       {Part{"state", &math::SystemDistance::state}, Part{"control", &math::SystemDistance::control},
        Part{"joint", &math::SystemDistance::joint}, Part{"released", &math::SystemDistance::released}}) {
    DenseD all(M, M);
    for (int a = 0; a < M; ++a)
      for (int b = 0; b < M; ++b)
        all(a, b) = distances[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)].*value;
    const std::string path = "/input_dsa/" + std::string(name);
    write_matrix(results, path, all, meaning_of(path));
  }
  for (int k = 0; k < M; ++k) {
    const math::LinearSystem& s = systems[static_cast<std::size_t>(k)];
    const std::string place = "/input_dsa/systems/" + entries_[static_cast<std::size_t>(k)].name + "/",
                      pattern = "/input_dsa/systems/<name>/";
    write_matrix(results, place + "A", s.A, meaning_of(pattern + "A"));
    write_matrix(results, place + "B", s.B, meaning_of(pattern + "B"));
    results.dataset(place + "singular_values", s.singular_values, meaning_of(pattern + "singular_values"));
  }
}

}  // namespace tsd::compare
