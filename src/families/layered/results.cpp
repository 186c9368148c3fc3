// What a finished run leaves in results.h5.
#include <cmath>

#include "families/layered/experiment.hpp"
#include "families/layered/outputs.hpp"

namespace tsd::layered {

std::vector<Score> LayeredExperiment::scores(Set set, bool learns) const {
  std::vector<Score> found;
  for (const Score& score : scores_)
    if (score.set == set && score.learns == learns) found.push_back(score);
  return found;
}

void LayeredExperiment::write_scores(Hdf5Writer& results) const {
  train::write(kScores, scores(Set::train, true), flags() & ~kReadout, "/learning", results, "epoch");
  for (const Set set : {Set::train, Set::validation, Set::test})
    if (const auto found = scores(set, false); !found.empty())
      train::write(kScores, found, flags(), std::string("/evaluation/") + name_of(set), results,
                   "evaluation");
}

void LayeredExperiment::write_angles(Hdf5Writer& results) const {
  std::vector<std::int64_t> layers, epochs;
  for (std::size_t l = 0; l < spec_.layers.size(); ++l)
    if (spec_.has_B(l)) layers.push_back(static_cast<std::int64_t>(l + 1));
  if (layers.empty()) return;
  for (std::size_t epoch = 0; epoch < angles_.size() / layers.size(); ++epoch)
    epochs.push_back(static_cast<std::int64_t>(epoch));
  results.dataset("/angles/epoch", epochs, meaning_of("/angles/epoch"));
  results.dataset("/angles/layer", layers, meaning_of("/angles/layer"));
  results.dataset<double>(
      "/angles/degrees", angles_,
      {static_cast<std::int64_t>(epochs.size()), static_cast<std::int64_t>(layers.size())},
      meaning_of("/angles/degrees"));
}

void LayeredExperiment::write_readout(Hdf5Writer& results) const {
  if (!readout_ || readout_->labels().empty()) return;
  const auto count = static_cast<std::int64_t>(readout_->labels().size());
  results.dataset<float>("/readout/rates", readout_->rates(),
                         {count, static_cast<std::int64_t>(readout_->units())}, meaning_of("/readout/rates"));
  results.dataset("/readout/label", readout_->labels(), meaning_of("/readout/label"));
}

void LayeredExperiment::write_results(Hdf5Writer& results) {
  constexpr const char* kRules[] = {"BP", "FA", "DFA", "PAL"};
  write_scores(results);
  write_angles(results);
  write_readout(results);
  for (const Array& array : network_->parameters())
    results.dataset("/weights/" + array.name, array, meaning_of("/weights/<parameter>"));
  if (input_.empty()) show_batch(length(pass()) - 1);
  results.dataset<float>("/example/input", input_, {config_.batch_size, spec_.input_size()},
                         meaning_of("/example/input"));
  results.dataset<float>("/example/output", network_->rates(static_cast<int>(spec_.layers.size())),
                         {config_.batch_size, spec_.output_size()}, meaning_of("/example/output"));
  results.attribute("/learning", "rule", kRules[static_cast<std::size_t>(config_.rule)]);
  const Extent extent = config_.input_extent();
  results.attribute("/example", "channels", std::int64_t{extent.channels});
  results.attribute("/example", "rows", std::int64_t{extent.rows});
  results.attribute("/example", "columns", std::int64_t{extent.columns});
}

}  // namespace tsd::layered
