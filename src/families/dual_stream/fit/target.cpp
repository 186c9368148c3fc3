#include "families/dual_stream/fit/target.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "families/dual_stream/people/nosofsky1994.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/columns.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"
#include "tsd/math/statistics.hpp"

namespace tsd::dual_stream {

namespace {

Observed people(const Config& config) {
  Observed target;
  for (std::size_t p = 0; p < config.problem_types.size(); ++p)
    for (int b = 0; b < kScoredBlocks && kEpochsPerBlock * (b + 1) <= config.epochs; ++b)
      target.cells.push_back({p, kEpochsPerBlock * b, kEpochsPerBlock,
                              people_error(config.problem_types[p], b), kAnswersPerCell});
  return target;
}

// results.h5 of a run: its sum, epoch by epoch.
Observed of_run(const Config& config, const Stimuli& stimuli, const Hdf5Reader& file) {
  Observed target;
  for (std::size_t p = 0; p < stimuli.problems.size(); ++p) {
    const std::string group = "/" + stimuli.problems[p].name + "/";
    const auto curve = numbers_as<double>(file.dataset(group + "lc_total"));
    const Array runs = file.dataset(group + "per_run/lc_total"), order = file.dataset(group + "order");
    const auto by_run = numbers_as<double>(runs);
    const double answers = static_cast<double>(order.shape[0] * order.shape[2]);
    for (std::size_t e = 0; e < curve.size() && e < static_cast<std::size_t>(config.epochs); ++e) {
      if (!std::isfinite(curve[e]))
        throw DataError(*config.fit.target + ": " + group +
                        "lc_total: expected a run that stayed finite, got " + number_text(curve[e]) +
                        " in epoch " + std::to_string(e));
      Cell cell{p, static_cast<int>(e), 1, curve[e], answers};
      for (std::size_t r = 0; r < static_cast<std::size_t>(runs.shape[0]); ++r)
        cell.by_run.push_back(by_run[r * curve.size() + e]);
      target.cells.push_back(std::move(cell));
    }
  }
  return target;
}

const std::vector<std::string> kOfAnswers = {"participant", "problem", "trial", "item", "response"},
                               kOfCurves = {"problem", "block", "epoch", "error", "n"};

class Reader {
 public:
  Reader(const Config& config, const Stimuli& stimuli)
      : config_(config), stimuli_(stimuli), path_(*config.fit.target), table_(read_columns(path_, both())) {}

  Observed read() const {
    if (has("response") || has("error")) {
      const std::vector<std::string>& form = has("response") ? kOfAnswers : kOfCurves;
      refuse_near_misses(table_, form);
      log_unread(path_, other_columns(table_, form));
      return has("response") ? answers() : curves();
    }
    refuse_near_misses(table_, both());
    throw DataError(path_ +
                    ": expected the columns block (or epoch) and error of learning curves, or "
                    "participant, item and response of single answers, got neither");
  }

 private:
  static std::vector<std::string> both() {
    std::vector<std::string> names = kOfAnswers;
    names.insert(names.end(), kOfCurves.begin() + 1, kOfCurves.end());  // problem is of both
    return names;
  }

  bool has(const char* name) const { return table_.columns.contains(name); }
  std::size_t rows() const { return table_.columns.begin()->second.size(); }

  double at(const char* name, std::size_t row) const {
    if (!has(name)) throw DataError(path_ + ": expected a column " + name + ", got none");
    return table_.columns.at(name)[row];
  }

  [[noreturn]] void wrong(const char* name, std::size_t row, const std::string& expected) const {
    throw DataError(path_ + ": row " + std::to_string(row + 1) + ": " + name + ": expected " + expected +
                    ", got " + number_text(at(name, row)));
  }

  int whole(const char* name, std::size_t row, int low, int high) const {
    const double value = at(name, row);
    if (value != std::floor(value) || value < low || value > high)
      wrong(name, row, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return static_cast<int>(value);
  }

  // How many answers the row's error is of; 0: not told.
  double count(std::size_t row) const {
    if (!has("n")) return 0;
    return whole("n", row, 1, std::numeric_limits<int>::max());
  }

  std::int64_t participant(std::size_t row) const {
    const double name = at("participant", row);
    if (name != std::floor(name) || std::abs(name) > 0x1p53) wrong("participant", row, "a whole number");
    return static_cast<std::int64_t>(name);
  }

  int trained_item(std::size_t row) const {
    const int item = whole("item", row, 0, stimuli_.items() - 1);
    if (std::ranges::find(config_.held_out, item) != config_.held_out.end())
      wrong("item", row, "an item that is shown with its class, not one of held_out");
    return item;
  }

  std::size_t problem(std::size_t row) const {
    if (config_.resolved_task() != Task::shj) {
      if (has("problem") && at("problem", row) != at("problem", 0))
        wrong("problem", row, "one problem, as the task has, " + number_text(at("problem", 0)));
      return 0;
    }
    const auto& types = config_.problem_types;
    const auto found = std::ranges::find(types, whole("problem", row, 1, 6));
    if (found == types.end()) wrong("problem", row, "one of problem_types");
    return static_cast<std::size_t>(found - types.begin());
  }

  [[noreturn]] void twice(const char* name, std::size_t row, const std::string& expected,
                          std::size_t before) const {
    throw DataError(path_ + ": row " + std::to_string(row + 1) + ": " + name + ": expected " + expected +
                    ", got " + number_text(at(name, row)) + " as in row " + std::to_string(before + 1));
  }

  Observed curves() const {
    Observed target;
    const bool blocks = has("block");
    if (blocks && has("epoch")) throw DataError(path_ + ": expected a column block or epoch, got both");
    std::map<std::pair<std::size_t, int>, std::size_t> row_of;
    for (std::size_t row = 0; row < rows(); ++row) {
      const int epochs = blocks ? kEpochsPerBlock : 1;
      const int first = blocks
                            ? kEpochsPerBlock * (whole("block", row, 1, config_.epochs / kEpochsPerBlock) - 1)
                            : whole("epoch", row, 0, config_.epochs - 1);
      const double error = at("error", row);
      if (!(error >= 0 && error <= 1)) wrong("error", row, "a share from 0 to 1");
      const auto [same, fresh] = row_of.try_emplace({problem(row), first}, row);
      if (!fresh)
        twice(blocks ? "block" : "epoch", row, "each once in a problem, as a mean over participants",
              same->second);
      target.cells.push_back({problem(row), first, epochs, error, count(row)});
    }
    return target;
  }

  // Trials that begin anew in each block would be taken in turn.
  void sort_by_trial(std::vector<std::size_t>& all) const {
    if (!has("trial")) return;
    const auto trial = [this](std::size_t row) { return at("trial", row); };
    std::ranges::stable_sort(all, {}, trial);
    const auto same = std::ranges::adjacent_find(all, {}, trial);
    if (same != all.end())
      twice("trial", same[1], "each once of a participant in a problem, counted on from block to block",
            same[0]);
  }

  Observed answers() const {
    std::map<std::pair<std::int64_t, std::size_t>, std::vector<std::size_t>> rows_of;
    for (std::size_t row = 0; row < rows(); ++row) rows_of[{participant(row), problem(row)}].push_back(row);
    Observed target;
    for (auto& [key, all] : rows_of) {
      sort_by_trial(all);
      Participant one{key.first, key.second, {}, {}};
      for (const std::size_t row : all) {
        one.item.push_back(trained_item(row));
        one.response.push_back(whole("response", row, 0, stimuli_.K - 1));
      }
      target.participants.push_back(std::move(one));
    }
    tell(target);
    return target;
  }

  void tell(const Observed& target) const {
    std::set<std::int64_t> people;
    for (const Participant& one : target.participants) people.insert(one.name);
    log_info(path_ + ": " + std::to_string(target.answers()) + " answers of " +
             std::to_string(people.size()) + " participants");
    const auto& held_out = config_.held_out;
    if (std::ranges::min(table_.columns.at("item")) > 0 && std::ranges::find(held_out, 0) == held_out.end())
      log_warning(path_ + ": item: no answer is of item 0; items count from 0");
  }

  const Config& config_;
  const Stimuli& stimuli_;
  std::string path_;
  Table table_;
};

double binomial_share(double p, double n, Philox& rng) {
  double count = 0;
  for (int i = 0; i < static_cast<int>(n); ++i) count += rng.random() < p;
  return count / n;
}

}  // namespace

std::size_t Observed::answers() const {
  std::size_t all = 0;
  for (const Participant& one : participants) all += one.item.size();
  return all;
}

Observed observed(const Config& config, const Stimuli& stimuli) {
  if (!config.fit.target) return people(config);
  const std::string& path = *config.fit.target;
  if (path.ends_with(".h5") || path.ends_with(".hdf5"))
    if (const Hdf5Reader file(path); file.exists("/stimuli/x")) return of_run(config, stimuli, file);
  return Reader(config, stimuli).read();
}

Observed resampled(const Observed& target, Philox& rng) {
  Observed drawn;
  for (const Participant& of : target.participants) {
    std::vector<const Participant*> alike;  // of the same problem
    for (const Participant& one : target.participants)
      if (one.problem == of.problem) alike.push_back(&one);
    drawn.participants.push_back(*alike[rng.below(alike.size())]);
  }
  std::map<std::size_t, std::vector<int>> often;  // each run of a problem
  for (const Cell& cell : target.cells) {
    Cell next = cell;
    if (cell.by_run.size() > 1) {
      auto& counts = often[cell.problem];
      if (counts.empty()) counts = math::resample_counts(static_cast<int>(cell.by_run.size()), rng);
      next.error = std::inner_product(counts.begin(), counts.end(), cell.by_run.begin(), 0.0) /
                   static_cast<double>(cell.by_run.size());
    } else if (cell.answers > 0) {
      next.error = binomial_share(cell.error, cell.answers, rng);
    }
    drawn.cells.push_back(std::move(next));
  }
  return drawn;
}

}  // namespace tsd::dual_stream
