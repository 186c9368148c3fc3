#include "families/ctd/data/analysis/targets.hpp"

#include "tsd/error.hpp"
#include "tsd/io/hdf5_lists.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd::ctd_data {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// Datasets of the file at its root or, as in the benchmark's, in the group of the data's name.
class TargetFile {
 public:
  TargetFile(const Config& c, const std::string& eval)
      : path_(c.nlb.target ? *c.nlb.target : c.data.file),
        file_(path_),
        group_(file_.exists("/" + c.nlb.dataset) ? "/" + c.nlb.dataset + "/" : "/"),
        eval_(has("eval_spikes_heldout")                              ? "eval"
              : !has(eval + "_recon_data") && has("valid_recon_data") ? "valid"
                                                                      : eval) {}

  const std::string& eval() const { return eval_; }
  bool has(const std::string& name) const { return file_.exists(group_ + name); }
  // [trial, step, column]; [trial, column] as one step.
  Grid grid(const std::string& name, std::int64_t trials, std::int64_t steps, std::int64_t columns) const {
    if (!has(name)) return {};
    const Array array = file_.dataset(group_ + name);
    Shape shape = array.shape;
    if (shape.size() == 2) shape.insert(shape.begin() + 1, 1);
    const auto fits = [](std::int64_t wanted, std::int64_t got) { return wanted < 0 || wanted == got; };
    if (shape.size() != 3 || !fits(trials, shape[0]) || !fits(columns, shape[2]) || !fits(steps, shape[1]))
      refuse(name, expected(trials, steps, columns), to_string(array.shape));
    return {shape[0], shape[1], shape[2], numbers_as<float>(array)};
  }
  std::vector<std::int64_t> numbers(const std::string& name, std::int64_t trials) const {
    if (!has(name)) return {};
    const Array array = file_.dataset(group_ + name);
    if (array.shape != Shape{trials}) refuse(name, to_string(Shape{trials}), to_string(array.shape));
    return numbers_as<std::int64_t>(array);
  }
  // [trial, group]
  TrialGroups groups(const std::string& name, std::int64_t trials) const {
    const Grid grid = this->grid(name, trials, 1, -1);
    TrialGroups groups(index(grid.columns));
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (std::int64_t i = 0; i < trials; ++i) groups[g].push_back(grid.at(i, 0)[g] != 0);
    return groups;
  }
  std::vector<std::vector<std::int64_t>> conditions(const std::string& name, std::int64_t trials,
                                                    std::int64_t conditions) const {
    auto lists = integer_lists(path_, group_ + name);
    if (static_cast<std::int64_t>(lists.size()) != conditions)
      refuse(name, std::to_string(conditions) + " lists, one for each condition of psth",
             std::to_string(lists.size()));
    for (const auto& list : lists)
      for (const std::int64_t trial : list)
        if (trial < 0 || trial >= trials)
          refuse(name, "trials 0 to " + std::to_string(trials - 1), std::to_string(trial));
    return lists;
  }
  [[noreturn]] void refuse(const std::string& name, const std::string& expected,
                           const std::string& got) const {
    throw DataError(path_ + ": " + group_ + name + ": expected " + expected + ", got " + got);
  }

 private:
  static std::string expected(std::int64_t trials, std::int64_t steps, std::int64_t columns) {
    const auto text = [](std::int64_t n) { return n < 0 ? std::string("any") : std::to_string(n); };
    return "[" + text(trials) + ", " + text(steps) + ", " + text(columns) + "]";
  }

  std::string path_;
  Hdf5Reader file_;
  std::string group_, eval_;
};

Grid joined(const Grid& a, const Grid& b) {
  if (!a.there() || !b.there()) return a.there() ? a : b;
  Grid both{a.trials, a.steps, a.columns + b.columns, {}};
  for (std::int64_t i = 0; i < a.trials; ++i)
    for (std::int64_t t = 0; t < a.steps; ++t)
      for (const Grid* part : {&a, &b})
        both.values.insert(both.values.end(), part->at(i, t), part->at(i, t) + part->columns);
  return both;
}

void read_spikes(const TargetFile& file, const Predicted& p, Targets& targets) {
  const Extents& e = p.extents;
  const std::int64_t out = e.N_all - e.N_in;
  const std::string eval = file.eval() + "_";
  if (file.has(eval + "recon_data")) {
    const Grid all = file.grid(eval + "recon_data", p.eval, e.T, e.N_all);
    targets.heldout = all.part(0, e.encoded(), e.N_in, e.N_all);
    targets.forward = all.part(e.encoded(), e.T, 0, e.N_all);
    return;
  }
  if (out > 0) targets.heldout = file.grid(eval + "spikes_heldout", p.eval, e.encoded(), out);
  if (e.forward == 0) return;
  const Grid heldin = file.grid(eval + "spikes_heldin_forward", p.eval, e.forward, e.N_in);
  targets.forward =
      out > 0 ? joined(heldin, file.grid(eval + "spikes_heldout_forward", p.eval, e.forward, out)) : heldin;
  if (targets.forward.columns != e.N_all) targets.forward = {};
}

void read_behaviors(const TargetFile& file, const Config& c, const Predicted& p, Targets& targets) {
  const std::string eval = file.eval() + "_";
  for (const std::string& name : c.nlb.behaviors) {
    const Grid train = file.grid("train_" + name, p.train, -1, -1),
               scored = file.grid(eval + name, p.eval, -1, train.there() ? train.columns : -1);
    if (!train.there() && (scored.there() || c.nlb.behaviors != NlbSettings().behaviors))
      file.refuse("train_" + name, "a dataset (nlb.behaviors)", "none");
    if (!scored.there()) continue;
    for (const auto& [label, grid] : {std::pair("train_" + name, &train), {eval + name, &scored}})
      if (grid->steps != p.extents.encoded() && grid->steps != 1)
        file.refuse(label, std::to_string(p.extents.encoded()) + " steps", std::to_string(grid->steps));
    targets.behaviors.push_back({name, train, scored});
  }
  if (targets.behaviors.empty() || !file.has("train_decode_mask")) return;
  targets.train_groups = file.groups("train_decode_mask", p.train);
  targets.eval_groups = file.groups(eval + "decode_mask", p.eval);
  if (targets.train_groups.size() != targets.eval_groups.size())
    file.refuse(eval + "decode_mask",
                std::to_string(targets.train_groups.size()) + " columns, as of training",
                std::to_string(targets.eval_groups.size()));
}

}  // namespace

Targets read_targets(const Config& c, const std::string& eval, const Predicted& p) {
  const TargetFile file(c, eval);
  Targets targets;
  read_spikes(file, p, targets);
  read_behaviors(file, c, p, targets);
  targets.psth = file.grid("psth", -1, p.extents.encoded(), p.extents.N_all);
  if (targets.psth.there())
    targets.conditions = file.conditions(file.eval() + "_cond_idx", p.eval, targets.psth.trials);
  targets.jitter = file.numbers(file.eval() + "_jitter", p.eval);
  return targets;
}

}  // namespace tsd::ctd_data
