#include "families/dual_stream/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/dual_stream/data/start_file.hpp"
#include "families/dual_stream/model/initial.hpp"
#include "families/dual_stream/rivals/rival_group.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/train/lanes.hpp"

namespace tsd::dual_stream {

namespace {

void check(const Config& c, const Stimuli& s) {
  const auto wrong = [](const std::string& key, const std::string& expected, const std::string& got) {
    throw ConfigError(key + ": does not fit the stimuli; expected " + expected + ", got " + got);
  };
  if (c.features_given() && c.features() != s.D)
    wrong("features of the streams", std::to_string(s.D), std::to_string(c.features()));
  if (c.slow_config.output_size.value_or(s.K) != s.K)
    wrong("slow_config.output_size", std::to_string(s.K) + " classes",
          std::to_string(*c.slow_config.output_size));
  if (c.fast == FastName::clustering && c.fast_config.max_num_clusters.value_or(s.items()) < s.items())
    wrong("fast_config.max_num_clusters", "a slot for each of " + std::to_string(s.items()) + " items",
          std::to_string(*c.fast_config.max_num_clusters));
  if (c.fast != FastName::none && s.D > 64) wrong("fast", "at most 64 features", std::to_string(s.D));
  for (const int item : c.held_out)
    if (item >= s.items())
      wrong("held_out", "items from 0 to " + std::to_string(s.items() - 1), std::to_string(item));
}

void warn(const Config& c) {
  if (!c.shuffle && !c.draws_weights())
    log_warning(
        "seed: nothing is drawn where items stand in one order and no stream begins at random; every "
        "seed gives this run");
  if (c.slow == SlowName::dnn && c.slow_config.dropout > 0)
    log_warning("slow_config.dropout: curves are measured with dropout, as in the original");
  if (c.fast == FastName::clustering && std::fmod(c.fast_config.r, 2) == 1)
    log_warning("fast_config.r: odd powers are of absolute differences here, unlike in the original");
}

std::vector<std::int32_t> without(int items, const std::vector<int>& held_out) {
  std::vector<std::int32_t> all;
  for (int item = 0; item < items; ++item)
    if (std::ranges::find(held_out, item) == held_out.end()) all.push_back(item);
  if (all.empty()) throw ConfigError("held_out: expected items that are left for training, got none");
  return all;
}

}  // namespace

Stimuli stimuli_of(const Config& c, bool tell) {
  switch (c.resolved_task()) {
    case Task::shj:
      return shj(c.problem_types);
    case Task::file: {
      Stimuli s = read_stimuli(*c.stimuli_file);
      if (!tell) return s;
      log_info(*c.stimuli_file + ": " + summary(s));
      for (const std::string& doubt : {about_row_numbers(s), about_ranges(s), about_equal_items(s)})
        if (!doubt.empty()) log_warning(*c.stimuli_file + ": " + doubt);
      return s;
    }
    default:
      return new_stimuli();
  }
}

std::unique_ptr<Group> group_of(const Config& c, const ModelSpec& model, const Layout& layout,
                                const Stimuli& s, std::size_t members, const std::string& device) {
  if (!c.is_rival())
    return runs_native(c.backend, device) ? native_group(model, layout, members)
                                          : torch_group(model, layout, members, device);
  const auto trained = without(s.items(), c.held_out);
  const Lesson lesson{s.D, s.K, {s.x.begin(), s.x.end()}, {trained.begin(), trained.end()}};
  return rival_group(rivals()[c.rival()], c.rival_parameters[c.rival()], lesson, c.loss_fn, members);
}

DualStreamExperiment::DualStreamExperiment(const Config& config, const RunContext& context)
    : config_(config),
      context_(context),
      stimuli_(stimuli_of(config, !context.directory.empty())),
      trained_(without(stimuli_.items(), config.held_out)),
      model_(config.spec(stimuli_.D, stimuli_.K, stimuli_.items())),
      layout_(model_),
      threads_(threads_for(multiply_adds(), context.threads)) {
  check(config_, stimuli_);
  if (!context_.directory.empty()) warn(config_);
  orders_ = orders(config_, context.seed, static_cast<int>(trained_.size()));
  initial_ = initial_states(config_, context.seed, model_, layout_, stimuli_.problems.size());
  if (config_.init_file)
    fast_is_trained_ = start_from(*config_.init_file, model_, layout_, stimuli_.problems, initial_).has_fast;
  const std::size_t problems = stimuli_.problems.size(), trials = trained_.size();
  sums32_.resize(problems * kCurves * epochs());
  sums64_.resize(problems * kCurves * epochs());
  participants_.resize(problems * runs());
  for (Record& r : participants_) {
    r.curves.resize(kCurves * epochs());
    r.active.resize(epochs());
    r.recruitments.resize(epochs());
    r.missed.resize(epochs());
    r.attention.resize(epochs() * static_cast<std::size_t>(model_.D));
    if (!config_.save_trials) continue;
    r.logits.resize(epochs() * trials * 2 * static_cast<std::size_t>(model_.K));
    r.recruited.resize(epochs() * trials);
  }
  const int threads = (threads_ + static_cast<int>(problems) - 1) / static_cast<int>(problems);
  for (std::size_t p = 0; p < problems; ++p)
    for (const auto [first, last] : train::divided(runs(), members_together(model_, layout_), threads)) {
      teams_.push_back(
          {p, first, last, group_of(config_, model_, layout_, stimuli_, last - first, context.device)});
      for (std::size_t run = first; run < last; ++run)
        teams_.back().group->load(run - first, initial_[at(p, run)]);
    }
}

// Of an epoch of all participants: forward, and the gradients of weights and activities.
double DualStreamExperiment::multiply_adds() const {
  return 3.0 * static_cast<double>(stimuli_.problems.size() * runs() * trained_.size() * layout_.size());
}

bool DualStreamExperiment::ended(std::size_t problem) const {
  if (config_.on_divergence == OnDivergence::drop) return false;
  const auto first = participants_.begin() + static_cast<std::ptrdiff_t>(at(problem, 0));
  return std::any_of(first, first + config_.n_runs, [](const Record& r) { return r.diverged >= 0; });
}

bool DualStreamExperiment::finished() const {
  for (std::size_t p = 0; p < stimuli_.problems.size(); ++p)
    if (!ended(p)) return false;
  return true;
}

std::vector<float> DualStreamExperiment::dropout_of(std::size_t participant, std::size_t trials) const {
  const float p = model_.slow.dropout;
  if (p == 0) return {};
  std::size_t units = 0;
  for (std::size_t l = 1; l + 1 < model_.slow.layers(); ++l)
    units += static_cast<std::size_t>(model_.slow.sizes[l + 1]);
  Philox philox(context_.seed, "dropout " + std::to_string(participant) + " " + std::to_string(epoch_));
  std::vector<float> factors(trials * units);
  philox.bernoulli(factors, 1 - static_cast<double>(p));
  for (float& factor : factors) factor /= 1 - p;
  return factors;
}

Presentation DualStreamExperiment::epoch_of(std::size_t problem, std::size_t run) const {
  Presentation shown;
  const std::size_t n = trained_.size(), D = static_cast<std::size_t>(model_.D);
  for (std::size_t t = 0; t < n; ++t) {
    const std::int32_t item = trained_[static_cast<std::size_t>(orders_[(run * epochs() + epoch_) * n + t])];
    const auto x = stimuli_.x.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(item) * D);
    shown.x.insert(shown.x.end(), x, x + model_.D);
    shown.label.push_back(stimuli_.problems[problem].label[static_cast<std::size_t>(item)]);
    shown.item.push_back(item);
  }
  shown.dropout = dropout_of(at(problem, run), n);
  return shown;
}

// Places of units in use, drawn at random.
Presentation DualStreamExperiment::replay_of(const Team& team, std::size_t run) const {
  const auto count = static_cast<std::size_t>(config_.consolidation.replay),
             D = static_cast<std::size_t>(model_.D);
  const std::vector<float> state = team.group->save(run - team.first);
  std::vector<std::size_t> used;
  if (model_.fast.grouped())
    for (std::size_t g = 0; g < static_cast<std::size_t>(state[layout_.active.offset]); ++g)
      used.push_back(g);
  else
    for (std::size_t j = 0; j < layout_.active.size(); ++j)
      if (state[layout_.active.offset + j] != 0) used.push_back(j);
  if (used.empty()) used.push_back(0);
  Philox philox(context_.seed,
                "replay " + std::to_string(at(team.problem, run)) + " " + std::to_string(epoch_));
  Presentation shown;
  for (std::size_t t = 0; t < count; ++t) {
    const std::size_t unit = used[philox.below(used.size())];
    const auto x = state.begin() + static_cast<std::ptrdiff_t>(layout_.position.offset + unit * D);
    shown.x.insert(shown.x.end(), x, x + model_.D);
  }
  shown.label.assign(count, 0);
  shown.item.assign(count, 0);
  shown.dropout = dropout_of(participants_.size() + at(team.problem, run), count);
  return shown;
}

std::vector<Outcome> DualStreamExperiment::train(Team& team) {
  std::vector<Presentation> shown, replayed;
  for (std::size_t run = team.first; run < team.last; ++run) shown.push_back(epoch_of(team.problem, run));
  Pass pass;
  pass.opens = epoch_ == 0 && !fast_is_trained_;
  pass.gate = config_.gate(static_cast<std::int64_t>(epoch_));
  pass.own_losses = config_.consolidation.teacher == Teacher::separate;
  auto outcomes = team.group->run(pass, shown);
  if (config_.consolidation.replay == 0) return outcomes;
  for (std::size_t run = team.first; run < team.last; ++run) replayed.push_back(replay_of(team, run));
  Pass replay;
  replay.recruit = replay.learn_fast = false;
  replay.fast_teaches = true;
  team.group->run(replay, replayed);
  return outcomes;
}

StepReport DualStreamExperiment::step() {
  std::vector<std::vector<Outcome>> outcomes(teams_.size());
  std::vector<char> works(teams_.size());
  for (std::size_t i = 0; i < teams_.size(); ++i) works[i] = !ended(teams_[i].problem);
  parallel_for(teams_.size(), threads_, [&](std::size_t i) {
    if (!works[i]) return;
    outcomes[i] = train(teams_[i]);
    for (std::size_t run = teams_[i].first; run < teams_[i].last; ++run)
      keep(participants_[at(teams_[i].problem, run)], outcomes[i][run - teams_[i].first], teams_[i], run);
  });
  for (std::size_t p = 0; p < stimuli_.problems.size(); ++p) {
    std::vector<const Outcome*> of_runs;
    for (std::size_t i = 0; i < teams_.size(); ++i)
      if (teams_[i].problem == p)
        for (const Outcome& outcome : outcomes[i]) of_runs.push_back(&outcome);
    accumulate(p, of_runs);
  }
  ++epoch_;
  StepReport report;
  report.row = row();
  return report;
}

namespace {

template <class T, class Records, class Member>
Array gathered(std::string name, const Records& records, Member member) {
  std::vector<T> all;
  for (const auto& record : records) all.insert(all.end(), (record.*member).begin(), (record.*member).end());
  return make_array<T>(std::move(name), all);
}

template <class T, class Records, class Member>
void spread(const Array& array, Records& records, Member member) {
  const auto all = array.as<T>();
  std::size_t i = 0;
  for (auto& record : records)
    for (T& value : record.*member) value = all[i++];
}

}  // namespace

Arrays DualStreamExperiment::state() const {
  Arrays all;
  std::vector<float> numbers;
  for (const Team& team : teams_)
    for (std::size_t run = team.first; run < team.last; ++run)
      for (const float value : team.group->save(run - team.first)) numbers.push_back(value);
  all.push_back(make_array<float>("participants", numbers,
                                  {std::ssize(participants_), static_cast<std::int64_t>(layout_.size())}));
  all.push_back(make_scalar("epoch", static_cast<std::int64_t>(epoch_)));
  all.push_back(make_array<float>("sums32", sums32_));
  all.push_back(make_array<double>("sums64", sums64_));
  all.push_back(gathered<float>("curves", participants_, &Record::curves));
  all.push_back(gathered<std::int32_t>("active", participants_, &Record::active));
  all.push_back(gathered<std::int32_t>("recruitments", participants_, &Record::recruitments));
  all.push_back(gathered<std::int32_t>("missed", participants_, &Record::missed));
  all.push_back(gathered<float>("attention", participants_, &Record::attention));
  all.push_back(gathered<float>("logits", participants_, &Record::logits));
  all.push_back(gathered<std::int32_t>("recruited", participants_, &Record::recruited));
  std::vector<std::int32_t> diverged;
  for (const Record& r : participants_) diverged.push_back(r.diverged);
  all.push_back(make_array<std::int32_t>("diverged", diverged));
  return all;
}

void DualStreamExperiment::restore(const Arrays& state) {
  const auto numbers = find(state, "participants").as<float>();
  for (Team& team : teams_)
    for (std::size_t run = team.first; run < team.last; ++run)
      team.group->load(run - team.first,
                       numbers.subspan(at(team.problem, run) * layout_.size(), layout_.size()));
  const auto epoch = static_cast<std::size_t>(scalar<std::int64_t>(state, "epoch"));
  for (epoch_ = config_.is_rival() ? 0 : epoch; epoch_ < epoch; ++epoch_)  // what a rival knows is its trials
    for (Team& team : teams_) train(team);
  std::ranges::copy(find(state, "sums32").as<float>(), sums32_.begin());
  std::ranges::copy(find(state, "sums64").as<double>(), sums64_.begin());
  spread<float>(find(state, "curves"), participants_, &Record::curves);
  spread<std::int32_t>(find(state, "active"), participants_, &Record::active);
  spread<std::int32_t>(find(state, "recruitments"), participants_, &Record::recruitments);
  spread<std::int32_t>(find(state, "missed"), participants_, &Record::missed);
  spread<float>(find(state, "attention"), participants_, &Record::attention);
  spread<float>(find(state, "logits"), participants_, &Record::logits);
  spread<std::int32_t>(find(state, "recruited"), participants_, &Record::recruited);
  const auto diverged = find(state, "diverged").as<std::int32_t>();
  for (std::size_t i = 0; i < participants_.size(); ++i) participants_[i].diverged = diverged[i];
}

std::vector<float> DualStreamExperiment::final_state(std::size_t problem, std::size_t run) const {
  for (const Team& team : teams_)
    if (team.problem == problem && run >= team.first && run < team.last)
      return team.group->save(run - team.first);
  throw std::logic_error("final_state");
}

std::vector<Outcome> DualStreamExperiment::ask(std::size_t problem, const std::vector<float>& x,
                                               const std::vector<std::int32_t>& label) {
  Pass pass;
  pass.recruit = pass.learn_fast = pass.learn_slow = false;
  pass.gate = config_.consolidation.lesion == Lesion::fast ? 0 : config_.gate(config_.epochs - 1);
  std::vector<Outcome> answers;
  for (Team& team : teams_) {
    if (team.problem != problem) continue;
    std::vector<std::vector<float>> before;
    for (std::size_t run = team.first; run < team.last; ++run)
      before.push_back(team.group->save(run - team.first));
    const Presentation shown{x, label, std::vector<std::int32_t>(label.size()), {}};
    for (Outcome& outcome : team.group->run(pass, std::vector<Presentation>(team.last - team.first, shown)))
      answers.push_back(std::move(outcome));
    for (std::size_t i = 0; i < before.size(); ++i) team.group->load(i, before[i]);
  }
  if (config_.consolidation.lesion == Lesion::slow)  // what is left is the fast stream
    for (Outcome& outcome : answers)
      for (std::size_t i = 0; i < outcome.values.size(); i += values_per_trial(model_.K))
        for (const std::size_t c : {lc_fast, loss_fast, acc_fast})
          outcome.values[i + c + 2] = outcome.values[i + c];
  return answers;
}

}  // namespace tsd::dual_stream
