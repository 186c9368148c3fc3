#include "families/dual_stream/fit/objective.hpp"

#include <algorithm>
#include <cmath>

#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/fit/parameters.hpp"
#include "families/dual_stream/model/initial.hpp"
#include "families/dual_stream/people/nosofsky1994.hpp"
#include "tsd/train/lanes.hpp"

namespace tsd::dual_stream {

namespace {

constexpr double kFloor = 1 / (2 * kAnswersPerCell);  // of probabilities in cells
constexpr double kLapse = 1e-6;                       // of that of a single answer

double binomial(double error, double n, double p) {
  p = std::clamp(p, kFloor, 1 - kFloor);
  return n * (error * std::log(p) + (1 - error) * std::log1p(-p));
}

}  // namespace

Objective::Objective(const Config& config, std::uint64_t seed, Stimuli stimuli, std::string device)
    : config_(config), seed_(seed), stimuli_(std::move(stimuli)), device_(std::move(device)) {}

Config Objective::with(const std::vector<double>& values) const {
  Config config = config_;
  for (std::size_t p = 0; p < values.size(); ++p) set_number(config, config_.fit.parameters[p], values[p]);
  return config;
}

Score Objective::operator()(const std::vector<double>& values, const Observed& target) const {
  const Config config = with(values);
  return target.has_answers() ? of_answers(config, target) : of_curves(config, target);
}

Score Objective::of_curves(const Config& config, const Observed& target) const {
  RunContext alone;  // without a folder it tells nothing
  alone.seed = seed_;
  alone.device = device_;
  DualStreamExperiment e(config, alone);
  int last = 0;
  for (const Cell& cell : target.cells) last = std::max(last, cell.first + cell.epochs);
  for (int epoch = 0; epoch < last && !e.finished(); ++epoch) e.step();
  std::vector<std::vector<double>> curves;
  for (std::size_t p = 0; p < stimuli_.problems.size(); ++p) curves.push_back(e.curve(p, lc_total));
  Score score;
  double sse = 0;
  for (const Cell& cell : target.cells) {
    double error = 0;
    for (int epoch = cell.first; epoch < cell.first + cell.epochs; ++epoch)
      error += curves[cell.problem][static_cast<std::size_t>(epoch)] / cell.epochs;
    sse += (error - cell.error) * (error - cell.error);
    score.log_likelihood += std::isnan(error) ? error : binomial(cell.error, cell.answers, error);
  }
  score.n = static_cast<double>(target.cells.size());
  score.rmsd = std::sqrt(sse / score.n);
  score.value = config.fit.measure == Measure::rmsd ? sse : -score.log_likelihood;
  return score;
}

namespace {

// One participant simulated once: which, and with the first weights of which run.
struct Member {
  const Participant* person;
  std::size_t run;
};

// Shown up to `trials`; who has had all of theirs sees their first item again, which counts no more.
Presentation shown_to(const Participant& person, const Stimuli& stimuli, std::size_t trials) {
  Presentation shown;
  const auto D = static_cast<std::ptrdiff_t>(stimuli.D);
  for (std::size_t t = 0; t < trials; ++t) {
    const std::int32_t item = person.item[t < person.item.size() ? t : 0];
    shown.x.insert(shown.x.end(), stimuli.x.begin() + item * D, stimuli.x.begin() + (item + 1) * D);
    shown.label.push_back(stimuli.problems[person.problem].label[static_cast<std::size_t>(item)]);
    shown.item.push_back(item);
  }
  return shown;
}

// ln p(all responses) from the logits of both streams.
double log_likelihood(const Outcome& outcome, const Participant& person, int K, float gate) {
  const std::size_t width = values_per_trial(K);
  double sum = 0;
  for (std::size_t t = 0; t < person.item.size(); ++t) {
    const float* fast = &outcome.values[t * width + first_logit];
    const float* slow = fast + K;
    const auto z = [&](int k) { return static_cast<double>(gate * fast[k] + slow[k]); };
    double top = z(0), all = 0, chosen = 0;
    for (int k = 1; k < K; ++k) top = std::max(top, z(k));
    for (int k = 0; k < K; ++k) {
      const double e = std::exp(z(k) - top);
      all += e;
      if (k == person.response[t]) chosen = e;
    }
    const double p = all > 0 ? chosen / all : NAN;
    sum += std::log((1 - kLapse) * p + kLapse / K);
  }
  return sum;
}

}  // namespace

// Of a participant the mean over runs of p(all responses), since first weights are not known.
Score Objective::of_answers(const Config& config, const Observed& target) const {
  const ModelSpec model = config.spec(stimuli_.D, stimuli_.K, stimuli_.items());
  const Layout layout(model);
  const auto runs = static_cast<std::size_t>(config.n_runs);
  const auto initial = initial_states(config, seed_, model, layout, stimuli_.problems.size());
  std::vector<Member> members;
  for (const Participant& person : target.participants)
    for (std::size_t run = 0; run < runs; ++run) members.push_back({&person, run});
  std::ranges::stable_sort(members, {}, [](const Member& m) { return m.person->item.size(); });
  std::vector<std::vector<double>> by_person(target.participants.size());
  for (const auto [first, last] : train::divided(members.size(), members_together(model, layout), 1)) {
    const auto group = group_of(config, model, layout, stimuli_, last - first, device_);
    const std::size_t trials = members[last - 1].person->item.size();
    std::vector<Presentation> shown;
    for (std::size_t i = first; i < last; ++i) {
      group->load(i - first, initial[members[i].person->problem * runs + members[i].run]);
      shown.push_back(shown_to(*members[i].person, stimuli_, trials));
    }
    Pass pass;
    pass.opens = true;
    pass.gate = config.gate(0);
    pass.own_losses = config.consolidation.teacher == Teacher::separate;
    const auto outcomes = group->run(pass, shown);
    for (std::size_t i = first; i < last; ++i)
      by_person[static_cast<std::size_t>(members[i].person - target.participants.data())].push_back(
          log_likelihood(outcomes[i - first], *members[i].person, model.K, pass.gate));
  }
  Score score;
  for (const auto& of_runs : by_person) {
    const double best = *std::ranges::max_element(of_runs);
    double sum = 0;
    for (const double one : of_runs) sum += std::exp(one - best) / static_cast<double>(of_runs.size());
    score.log_likelihood += best + std::log(sum);
  }
  score.n = static_cast<double>(target.answers());
  score.rmsd = NAN;
  score.value = -score.log_likelihood;
  return score;
}

namespace {
double misfit(const Score& s, Measure measure) {
  return measure == Measure::rmsd ? s.n * std::log(s.value / s.n) : -2 * s.log_likelihood;
}
}  // namespace

double aic(const Score& s, Measure measure, std::size_t parameters) {
  return misfit(s, measure) + 2 * static_cast<double>(parameters);
}

double bic(const Score& s, Measure measure, std::size_t parameters) {
  return misfit(s, measure) + static_cast<double>(parameters) * std::log(s.n);
}

}  // namespace tsd::dual_stream
