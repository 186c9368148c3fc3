// States on the shared data set, for other tools (nback.md 2.6, 6.2).
#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/study.hpp"

namespace tsd::nback {

namespace {

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/extract/keys", "sequence", "", "task, n and number of the sequence"},
      {"/extract/stimulus", "sequence,time", "index into /stimuli of the results", "what is seen, 0-based"},
      {"/extract/target", "sequence,time", "0 no_action, 1 non_match, 2 match", "right answer"},
      {"/extract/feature", "sequence", "0 location, 1 identity, 2 category", "property to compare"},
      {"/extract/n", "sequence", "steps", "how far back to compare"},
      {"/extract/held_out", "sequence", "0 no, 1 yes", "on the test side of every decoder"},
      {"/extract/hidden", "sequence,time,unit", "", "recurrent state of the top layer"},
      {"/extract/cnn", "sequence,time,unit", "", "perceptual input, before the gate"},
      {"/extract/gates", "sequence,time,unit", "", "gate on the perceptual input"},
      {"/extract/logits", "sequence,time,response", "", "outputs before the softmax"}};
  return rows;
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "extract");
  const auto& options = study.options();
  const SharedDataset data = shared_dataset(study.set(), study.mix(), options.samples_per_task, options.seed);
  const Recording recording = study.record(data.sequences, "shared");
  const Batch all = make_batch(recording.sequences);
  const auto put = [&](const char* name, const auto& values, const Shape& shape) {
    using T = typename std::decay_t<decltype(values)>::value_type;
    const std::string path = std::string("/extract/") + name;
    file.dataset<T>(path, std::span<const T>(values), shape, tsd::meaning_of(outputs(), path));
  };
  const std::int64_t N = recording.N(), L = recording.L, H = recording.H;
  file.strings("/extract/keys", data.keys, tsd::meaning_of(outputs(), "/extract/keys"));
  put("stimulus", all.stimulus, {N, L});
  put("target", all.target, {N, L});
  put("feature", all.feature, {N});
  put("n", all.n, {N});
  put("held_out", std::vector<std::uint8_t>(recording.held_out.begin(), recording.held_out.end()), {N});
  put("hidden", recording.trace.hidden, {N, L, H});
  put("cnn", recording.trace.cnn, {N, L, H});
  if (!recording.trace.gates.empty()) put("gates", recording.trace.gates, {N, L, H});
  put("logits", recording.trace.logits, {N, L, kResponses});
  study.sign(file, "/extract", recording, "none");
  file.attribute("/extract", "manifest_sha256", manifest_digest(study.set(), data));
}

}  // namespace

Analysis extract() { return {"extract", "states on the shared data set, for other tools", outputs(), run}; }

}  // namespace tsd::nback
