// States of different steps and tasks that saw the same stimuli, compared without regard to single units:
// linear CKA and representational similarity (nback.md 7.10). Two runs: compare.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/similarity.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/memory.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/similarity/contexts", "context", "", "task, or task and n, that the network was told"},
      {"/similarity/properties", "property", "", "models that states are compared with"},
      {"/similarity/stimulus", "sequence,time", "index into /stimuli of results.h5",
       "what was seen, the same in every context"},
      {"/similarity/hidden", "context,time,sequence,unit", "", "recurrent state of the top layer"},
      {"/similarity/steps/cka", "context,time,other time", "", "linear CKA of the states of two steps"},
      {"/similarity/steps/rsa", "context,time,other time", "", "rank correlation of their dissimilarities"},
      {"/similarity/tasks/cka", "time,context,other context", "", "linear CKA of the states in two contexts"},
      {"/similarity/tasks/rsa", "time,context,other context", "",
       "rank correlation of their dissimilarities"},
      {"/similarity/models/rsa", "context,time,property,item", "",
       "rank correlation of the dissimilarities with those of a model, which is 1 for two sequences with "
       "different values at step item and else 0; NaN for items not yet seen"}};
  return rows;
}

// States [context, step, sequence, unit] on the same sequences.
struct States {
  std::vector<std::string> contexts;
  std::vector<std::int32_t> stimulus;  // [sequence, step]
  std::vector<float> hidden;
  int N = 0, L = 0, H = 0;

  int C() const { return static_cast<int>(contexts.size()); }
  Shape shape() const { return {C(), L, N, H}; }
  Dense at(int context, int t) const {
    Dense x(N, H);
    std::copy_n(hidden.begin() + static_cast<std::ptrdiff_t>((context * L + t) * x.size()), x.size(),
                x.values.begin());
    return x;
  }
  std::vector<Likeness> seen(int threads) const {  // [context, step]
    require_memory({{"analysis.similarity_sequences", C() * L * Likeness::bytes(N)}}, free_memory());
    std::vector<std::optional<Likeness>> found(static_cast<std::size_t>(C()) * L);
    parallel_for(found.size(), threads, [&](std::size_t i) {
      math::use_threads(1);
      found[i].emplace(at(static_cast<int>(i) / L, static_cast<int>(i) % L));
    });
    std::vector<Likeness> all;
    for (auto& one : found) all.push_back(std::move(*one));
    return all;
  }
};

// Of the sequences of analysis.split, similarity_sequences at equal distances.
std::vector<Sequence> chosen_sequences(const Recording& recording, int wanted) {
  std::vector<Sequence> chosen;
  const std::int64_t count = std::min(wanted, recording.N());
  for (std::int64_t i = 0; i < count; ++i)
    chosen.push_back(recording.sequences[static_cast<std::size_t>(i * recording.N() / count)]);
  return chosen;
}

States record(const Study& study, const Recording& recording, const std::vector<Sequence>& sequences) {
  States states;
  states.N = static_cast<int>(sequences.size()), states.L = recording.L, states.H = recording.H;
  for (const Sequence& s : sequences)
    states.stimulus.insert(states.stimulus.end(), s.stimulus.begin(), s.stimulus.end());
  for (const Context& context : study.contexts(recording, study.contexts_kind())) {
    auto told = sequences;
    for (Sequence& s : told) {
      s.feature = context.task.value_or(s.feature);
      s.n = context.n.value_or(s.n);
    }
    const Recording own = study.record(std::move(told), recording.split);
    std::vector<int> all(states.N);
    std::iota(all.begin(), all.end(), 0);
    for (int t = 0; t < states.L; ++t) {
      const Dense x = own.hidden(all, t);
      states.hidden.insert(states.hidden.end(), x.values.begin(), x.values.end());
    }
    states.contexts.push_back(context.name);
  }
  return states;
}

class Report {
 public:
  Report(const States& states, const std::vector<Likeness>& seen, Hdf5Writer& file)
      : C_(states.C()), L_(states.L), seen_(seen), file_(file) {}

  void steps() const {
    put("steps", {C_, L_, L_}, [&](const auto& compare, std::vector<double>& values) {
      for (int c = 0; c < C_; ++c)
        for (int t = 0; t < L_; ++t)
          for (int u = 0; u < L_; ++u) values.push_back(compare(at(c, t), at(c, u)));
    });
  }
  void tasks() const {
    put("tasks", {L_, C_, C_}, [&](const auto& compare, std::vector<double>& values) {
      for (int t = 0; t < L_; ++t)
        for (int c = 0; c < C_; ++c)
          for (int d = 0; d < C_; ++d) values.push_back(compare(at(c, t), at(d, t)));
    });
  }
  // ranks: of models, [item, property].
  void models(const std::vector<std::vector<double>>& ranks, int properties) const {
    std::vector<double> values;
    for (int c = 0; c < C_; ++c)
      for (int t = 0; t < L_; ++t)
        for (int p = 0; p < properties; ++p)
          for (int item = 0; item < L_; ++item)
            values.push_back(item <= t ? cosine(at(c, t).ranks, ranks[item * properties + p]) : std::nan(""));
    write(file_, outputs(), "/similarity/models/rsa", "/similarity/models/rsa", values,
          {C_, L_, properties, L_});
  }

 private:
  const Likeness& at(int context, int t) const { return seen_[context * L_ + t]; }
  template <class Fill>
  void put(const std::string& name, const Shape& shape, const Fill& fill) const {
    const auto one = [&](const std::string& kind, double (*compare)(const Likeness&, const Likeness&)) {
      std::vector<double> values;
      fill(compare, values);
      const std::string path = "/similarity/" + name + "/" + kind;
      write(file_, outputs(), path, path, values, shape);
    };
    one("cka", cka);
    one("rsa", rsa);
  }

  int C_, L_;
  const std::vector<Likeness>& seen_;
  Hdf5Writer& file_;
};

void write_states(const Study& study, const States& states, Hdf5Writer& file) {
  const auto meaning = [](const std::string& name) {
    return tsd::meaning_of(outputs(), "/similarity/" + name);
  };
  std::vector<std::string> properties;
  for (const Property property : study.properties()) properties.emplace_back(name_of(property));
  file.strings("/similarity/contexts", states.contexts, meaning("contexts"));
  file.strings("/similarity/properties", properties, meaning("properties"));
  file.dataset<std::int32_t>("/similarity/stimulus", states.stimulus, {states.N, states.L},
                             meaning("stimulus"));
  file.dataset<float>("/similarity/hidden", states.hidden, states.shape(), meaning("hidden"));
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "similarity");
  const Recording recording = study.record();
  const auto sequences = chosen_sequences(recording, study.options().similarity_sequences);
  const States states = record(study, recording, sequences);
  const auto seen = states.seen(study.threads());
  write_states(study, states, file);
  const Report report(states, seen, file);
  report.steps();
  report.tasks();

  const auto properties = study.properties();
  std::vector<std::vector<double>> models;
  for (int item = 0; item < states.L; ++item)
    for (const Property property : properties) {
      std::vector<int> labels;
      for (const Sequence& s : sequences)
        labels.push_back(value_of(study.set().stimuli[s.stimulus[item]], property));
      models.push_back(centred_ranks(dissimilarities(labels)));
    }
  report.models(models, static_cast<int>(properties.size()));
  study.sign(file, "/similarity", recording, "none");
  file.attribute("/similarity", "n_compared", static_cast<std::int64_t>(states.N));
}

}  // namespace

Analysis similarity() {
  return {"similarity", "CKA and representational similarity of the states of steps and tasks", outputs(),
          run};
}

}  // namespace tsd::nback
