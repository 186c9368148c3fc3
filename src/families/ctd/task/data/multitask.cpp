#include "families/ctd/task/data/multitask.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tsd::ctd_task {

namespace {

constexpr int kInputs = 20, kOutputs = 3, kFirstFlag = 5, kWithoutLoss = 5;
constexpr double kPi = std::numbers::pi, kDegree = kPi / 180;

enum class Kind { delay, memory, react, decision, match };

Kind kind_of(const std::string& name) {
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  if (has("Delay")) return Kind::delay;
  if (has("Memory")) return Kind::memory;
  if (has("React")) return Kind::react;
  return has("Int") ? Kind::decision : Kind::match;
}

struct Range {
  int low = 0, high = 0;  // ms; absent where both are 0
};
using Ranges = std::array<Range, kPhases>;

const Ranges& durations_of(Kind kind) {
  static const Ranges delay{{{300, 700}, {200, 1500}, {}, {}, {}, {300, 700}}};
  static const Ranges memory{{{300, 700}, {200, 1600}, {200, 1600}, {}, {}, {300, 700}}};
  static const Ranges react{{{500, 2500}, {}, {}, {}, {}, {300, 1700}}};
  static const Ranges decision{{{200, 600}, {200, 1600}, {200, 1600}, {200, 1600}, {100, 300}, {300, 700}}};
  static const Ranges match{{{200, 600}, {200, 1600}, {200, 1600}, {}, {}, {300, 700}}};
  switch (kind) {
    case Kind::delay:
      return delay;
    case Kind::memory:
      return memory;
    case Kind::react:
      return react;
    case Kind::decision:
      return decision;
    case Kind::match:
      return match;
  }
  return delay;
}

// Ends of the phases; an absent one is empty.
struct Bounds {
  std::int64_t S1 = 0, M1 = 0, S2 = 0, M2 = 0, R = 0, L = 0;
};

class Generator {
 public:
  Generator(const MultiTask& task, NumpyLegacy& stream) : task_(task), stream_(stream) {
    const auto T = static_cast<std::size_t>(task.n_timesteps);
    trial_.ics.assign(kOutputs, 0);
    trial_.true_inputs.resize(T * kInputs);
    trial_.inputs.resize(T * kInputs);
    trial_.targets.resize(T * kOutputs);
  }

  Trial& make(const std::string& name) {
    kind_ = kind_of(name);
    pro_ = name.ends_with("Pro");
    bounds_ = draw_bounds();
    reset();
    const auto& names = multitask_names();
    const auto flag = std::find(names.begin(), names.end(), name) - names.begin() + kFirstFlag;
    input(static_cast<int>(flag), 0, bounds_.L, 1);
    const bool fixed_throughout = kind_ == Kind::react || kind_ == Kind::match;
    input(0, 0, fixed_throughout ? bounds_.L : bounds_.R, 1);
    const bool asks_fixation = kind_ != Kind::match || name == "Match2Sample";
    if (asks_fixation) target(0, 0, bounds_.R, 1);
    if (kind_ == Kind::decision)
      decide(name);
    else if (kind_ == Kind::match)
      match(name);
    else
      reach();
    add_noise();
    return trial_;
  }

 private:
  Bounds draw_bounds() {
    std::array<std::int64_t, kPhases> length{};
    const Ranges& ranges = durations_of(kind_);
    for (std::size_t p = 0; p < ranges.size(); ++p)
      if (ranges[p].high > 0)
        length[p] = stream_.randint(ranges[p].low / task_.bin_size, ranges[p].high / task_.bin_size);
    Bounds b;
    b.S1 = length[0], b.M1 = b.S1 + length[1], b.S2 = b.M1 + length[2], b.M2 = b.S2 + length[3];
    b.R = b.M2 + length[4], b.L = b.R + length[5];
    return b;
  }

  // Zeros where the trial before was.
  void reset() {
    std::fill_n(trial_.true_inputs.begin(), filled_ * kInputs, 0.0);
    std::fill_n(trial_.inputs.begin(), filled_ * kInputs, 0.0);
    std::fill_n(trial_.targets.begin(), filled_ * kOutputs, 0.0);
    filled_ = bounds_.L;
    trial_.extra = {static_cast<double>(bounds_.R), static_cast<double>(bounds_.L)};
    const Bounds& b = bounds_;
    const std::int64_t edges[] = {0, b.S1, b.M1, b.S2, b.M2, b.R, b.L};
    for (std::size_t p = 0; p < kPhases; ++p)
      trial_.phases[p] = durations_of(kind_)[p].high > 0 ? Phase{static_cast<std::int32_t>(edges[p]),
                                                                 static_cast<std::int32_t>(edges[p + 1])}
                                                         : Phase{};
  }

  void input(int channel, std::int64_t begin, std::int64_t end, double value) {
    for (auto t = begin; t < end; ++t)
      trial_.true_inputs[static_cast<std::size_t>(t) * kInputs + static_cast<std::size_t>(channel)] = value;
  }
  void target(int channel, std::int64_t begin, std::int64_t end, double value) {
    for (auto t = begin; t < end; ++t)
      trial_.targets[static_cast<std::size_t>(t) * kOutputs + static_cast<std::size_t>(channel)] = value;
  }
  // Modality 1 is on channels 1 and 2, modality 2 on 3 and 4.
  void stimulus(int modality, std::int64_t begin, std::int64_t end, double theta, double size = 1) {
    input(2 * modality - 1, begin, end, size * std::cos(theta));
    input(2 * modality, begin, end, size * std::sin(theta));
  }
  void response(double theta, double sign = 1) {
    target(1, bounds_.R, bounds_.L, sign * std::cos(theta));
    target(2, bounds_.R, bounds_.L, sign * std::sin(theta));
  }

  double grid_angle() {
    const auto k = stream_.randint(0, task_.num_targets);
    return -kPi + static_cast<double>(k) * (2 * kPi / task_.num_targets);
  }
  // Floored modulus: [0, 2 pi).
  static double wrapped(double angle) {
    const double rest = std::fmod(angle, 2 * kPi);
    return rest < 0 ? rest + 2 * kPi : rest;
  }

  void reach() {
    const double theta = grid_angle();
    const Bounds& b = bounds_;
    if (kind_ == Kind::delay) stimulus(1, b.S1, b.L, theta);
    if (kind_ == Kind::memory) stimulus(1, b.S1, b.M1, theta);
    if (kind_ == Kind::react) stimulus(1, b.R, b.L, theta);
    response(theta, pro_ ? 1 : -1);
  }

  struct Evidence {
    double first, second;
  };
  void decide(const std::string& name) {
    const double mA = stream_.uniform(0.8, 1.2), mB = stream_.uniform(0.8, 1.2);
    const double signs[] = {-1, 1}, coherences[] = {0.08, 0.16, 0.32};
    const double sA = signs[stream_.randint(0, 2)], sB = signs[stream_.randint(0, 2)];
    const double cA = coherences[stream_.randint(0, 3)], cB = coherences[stream_.randint(0, 3)];
    const double theta1 = grid_angle(), delta = stream_.uniform(90, 270);
    const double theta2 = wrapped(theta1 + delta * kDegree);
    const Evidence A{mA + cA * sA, mA - cA * sA}, B{mB + cB * sB, mB - cB * sB};
    const auto show = [&](int modality, const Evidence& e) {
      stimulus(modality, bounds_.S1, bounds_.M1, theta1, e.first);
      stimulus(modality, bounds_.S2, bounds_.M2, theta2, e.second);
    };
    const bool plain = name.starts_with("Int");
    if (name != "IntMod2") show(1, A);
    if (!plain) show(2, B);
    if (name == "IntMod2") show(2, A);
    Evidence relevant = A;
    if (name == "ContextIntMod2") relevant = B;
    if (name == "ContextIntMultimodal") relevant = {A.first + B.first, A.second + B.second};
    const bool first = plain ? relevant.first > relevant.second : relevant.first >= relevant.second;
    response(first ? theta1 : theta2);
  }

  void match(const std::string& name) {
    double theta1, theta2;
    bool responds;
    if (name.starts_with("MatchCat")) {
      theta1 = grid_angle(), theta2 = grid_angle();
      responds = ((theta1 < 0) == (theta2 < 0)) == pro_;
    } else {
      responds = stream_.randint(0, 2) == 0;
      theta1 = grid_angle();
      const double across = name == "Match2Sample" ? 0 : kPi;
      theta2 = theta1 + across;
      if (!responds) theta2 += static_cast<double>(stream_.randint(10, 350)) * kDegree;
      if (!responds || across > 0) theta2 = wrapped(theta2);
    }
    stimulus(1, bounds_.S1, bounds_.M1, theta1);
    stimulus(1, bounds_.R, bounds_.L, theta2);
    if (responds) response(theta2);
  }

  void add_noise() {
    const auto during = static_cast<std::size_t>(bounds_.L) * kInputs;
    gaussians_.resize(during);
    stream_.gauss(during, gaussians_.data(), 1);
    for (std::size_t k = 0; k < during; ++k)
      trial_.inputs[k] = trial_.true_inputs[k] + task_.noise * gaussians_[k];
  }

  const MultiTask& task_;
  NumpyLegacy& stream_;
  Kind kind_ = Kind::delay;
  bool pro_ = false;
  Bounds bounds_;
  Trial trial_;
  std::int64_t filled_ = 0;  // steps
  std::vector<double> gaussians_;
};

}  // namespace

const std::vector<std::string>& multitask_names() {
  static const std::vector<std::string> names = {"DelayPro",
                                                 "DelayAnti",
                                                 "MemoryPro",
                                                 "MemoryAnti",
                                                 "ReactPro",
                                                 "ReactAnti",
                                                 "IntMod1",
                                                 "IntMod2",
                                                 "ContextIntMod1",
                                                 "ContextIntMod2",
                                                 "ContextIntMultimodal",
                                                 "Match2Sample",
                                                 "NonMatch2Sample",
                                                 "MatchCatPro",
                                                 "MatchCatAnti"};
  return names;
}

TaskShape MultiTask::shape() const {
  TaskShape s;
  s.T = n_timesteps;
  s.inputs = kInputs;
  s.targets = s.actions = s.ics = kOutputs;
  s.extra = 2;
  return s;
}

std::int64_t MultiTask::longest_trial() const {
  std::int64_t longest = 0;
  for (const std::string& name : task_list) {
    std::int64_t length = 0;
    for (const Range& range : durations_of(kind_of(name)))
      if (range.high > 0) length += range.high / bin_size - 1;
    longest = std::max(longest, length);
  }
  return longest;
}

void generate(const MultiTask& task, std::int64_t n_samples, NumpyLegacy& stream, const TrialSink& sink) {
  Generator generator(task, stream);
  std::int64_t index = 0;
  for (const std::string& name : task.task_list)
    for (std::int64_t i = 0; i < n_samples; ++i, ++index) {
      Trial& trial = generator.make(name);
      trial.cond = index / n_samples;
      sink(index, trial);
    }
}

std::vector<std::uint8_t> loss_weights(const MultiTask& task, std::span<const double> extra) {
  const auto R = static_cast<int>(extra[0]), L = static_cast<int>(extra[1]);
  std::vector<std::uint8_t> weights(static_cast<std::size_t>(task.n_timesteps) * kOutputs);
  for (int t = kWithoutLoss; t < L; ++t)
    std::fill_n(&weights[static_cast<std::size_t>(t) * kOutputs], kOutputs,
                static_cast<std::uint8_t>(t < R                   ? 1
                                          : t >= R + kWithoutLoss ? 5
                                                                  : 0));
  return weights;
}

}  // namespace tsd::ctd_task
