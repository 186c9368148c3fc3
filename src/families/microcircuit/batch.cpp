#include "families/microcircuit/batch.hpp"

#include <algorithm>

#include "families/microcircuit/model/initial.hpp"
#include "tsd/train/lanes.hpp"

namespace tsd::microcircuit {

namespace {

int place(std::size_t i) { return static_cast<int>(i); }

std::unique_ptr<Group> group_of(const std::vector<Seat>& seats) {
  std::vector<Member> members;
  for (const auto& [run, student] : seats) members.push_back({&run->circuit(), &student->generator});
  const Run& run = *seats.front().run;
  return run.native() ? cpu_group(run.layout(), std::move(members))
                      : torch_group(run.layout(), std::move(members), run.context().device);
}

// May they share a batch? Those of one run may, by its configuration.
bool alike(const Seat& a, const Seat& b) {
  if (a.run == b.run) return true;
  const auto predicts = [](const Seat& seat) {
    return is_self_predicting(seat.run->circuit(), seat.run->layout(), seat.student->state);
  };
  const auto &p = *a.run, &q = *b.run;
  return p.native() && q.native() && p.schedule() == q.schedule() && p.stretch() == q.stretch() &&
         p.config().rec_per_steps == q.config().rec_per_steps &&
         p.material().target_steps == q.material().target_steps &&
         p.config().mirror_steps() == q.config().mirror_steps() && p.plastic() == q.plastic() &&
         p.taught() == q.taught() && static_cast<const ModelSpec&>(p.circuit()) == q.circuit() &&
         predicts(a) == predicts(b);
}

}  // namespace

std::vector<Batch> batches(const std::vector<Seat>& seats, int threads) {
  std::vector<std::vector<Seat>> kinds;
  for (const Seat& seat : seats) {
    const auto kind =
        std::ranges::find_if(kinds, [&](const auto& others) { return alike(others.front(), seat); });
    if (kind == kinds.end())
      kinds.push_back({seat});
    else
      kind->push_back(seat);
  }
  const int threads_each = std::max(1, threads / static_cast<int>(kinds.size()));
  std::vector<Batch> all;
  for (const auto& kind : kinds) {
    const Run& run = *kind.front().run;
    const auto parts =
        run.native() ? train::divided(kind.size(), static_cast<std::size_t>(cpu_lanes(run.config().version)),
                                      threads_each)
                     : std::vector<train::Part>{{0, kind.size()}};
    for (const auto [first, last] : parts)
      all.emplace_back(std::vector(kind.begin() + static_cast<std::ptrdiff_t>(first),
                                   kind.begin() + static_cast<std::ptrdiff_t>(last)));
  }
  return all;
}

Batch::Batch(std::vector<Seat> seats)
    : seats_(std::move(seats)),
      run_(*seats_.front().run),
      stretch_(run_.stretch()),
      learning_(stretch_.epoch > 0),
      age_(seats_.front().student->state.steps),
      group_(group_of(seats_)) {
  for (std::size_t i = 0; i < seats_.size(); ++i) group_->load(place(i), seats_[i].student->state);
}

void Batch::simulate() {
  if (learning_)
    teach();
  else
    settle();
  for (std::size_t i = 0; i < seats_.size(); ++i) seats_[i].student->state = group_->save(place(i));
}

void Batch::answer(const std::vector<double>& input) {
  const auto n_0 = static_cast<std::size_t>(run_.circuit().n.front());
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    seats_[i].student->answers.clear();
    group_->load(place(i), without_noise(run_.layout(), seats_[i].student->state));
  }
  std::int64_t age = age_;
  for (std::size_t at = 0; at < input.size(); at += n_0) {
    for (std::size_t i = 0; i < seats_.size(); ++i)
      group_->set_input(place(i), std::span(input).subspan(at, n_0));
    group_->advance(run_.config().presentation_steps(), {}, false);
    age += run_.config().presentation_steps();
    const Slot& output = run_.layout().activity[static_cast<std::size_t>((age + 1) % 2)].ub.back();
    for (std::size_t i = 0; i < seats_.size(); ++i) {
      const auto potentials = group_->read(place(i), output);
      auto& answers = seats_[i].student->answers;
      answers.insert(answers.end(), potentials.begin(), potentials.end());
    }
  }
}

void Batch::settle() {
  const std::int64_t S = run_.config().presentation_steps();
  for (std::int64_t step = stretch_.first; step < stretch_.last;) {
    const std::int64_t sample = step / S, end = std::min((sample + 1) * S, stretch_.last);
    for (std::size_t i = 0; i < seats_.size(); ++i)
      group_->set_input(place(i), seats_[i].run->input_of(sample));
    advance(end - step);
    step = end;
  }
}

void Batch::teach() {
  const std::int64_t S = run_.config().presentation_steps(), mirror = run_.config().mirror_steps(),
                     held = std::min(run_.material().target_steps, S - mirror);
  Plasticity plastic = run_.plastic();
  plastic.backward = mirror == 0;
  for (std::int64_t at = stretch_.first; at < stretch_.last; ++at) {
    if (mirror > 0) reflect();
    show(at);
    if (!run_.taught()) {
      advance(S - mirror, plastic);
      continue;
    }
    for (std::int64_t step = mirror; step < S; step += held) {
      nudge(at, step);
      advance(held, plastic, true);
    }
    add_errors(at);
  }
}

void Batch::reflect() {
  const std::vector<double> silence(static_cast<std::size_t>(run_.circuit().n.front()));
  for (std::size_t i = 0; i < seats_.size(); ++i) group_->set_input(place(i), silence);
  advance(run_.config().mirror_steps(), {false, true, true});
}

void Batch::show(std::int64_t at) {
  for (std::size_t i = 0; i < seats_.size(); ++i)
    group_->set_input(place(i),
                      seats_[i].run->input_of(seats_[i].student->order[static_cast<std::size_t>(at)]));
}

void Batch::nudge(std::int64_t at, std::int64_t step) {
  for (std::size_t i = 0; i < seats_.size(); ++i)
    group_->set_target(place(i), target_of(seats_[i], at, step));
}

void Batch::add_errors(std::int64_t at) {
  const Slot& output = run_.layout().activity[static_cast<std::size_t>((age_ + 1) % 2)].ub.back();
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    const auto potential = group_->read(place(i), output);
    const auto target = target_of(seats_[i], at, run_.config().presentation_steps() - 1);
    for (std::size_t k = 0; k < target.size(); ++k)
      seats_[i].student->error += (potential[k] - target[k]) * (potential[k] - target[k]);
  }
}

std::span<const double> Batch::target_of(const Seat& seat, std::int64_t at, std::int64_t step) const {
  return seat.run->target_of(seat.student->order[static_cast<std::size_t>(at)], step);
}

void Batch::advance(std::int64_t steps, Plasticity plastic, bool targeted) {
  const std::int64_t every = run_.config().rec_per_steps;
  while (steps > 0) {
    const std::int64_t some = std::min(steps, every - age_ % every);
    group_->advance(some, plastic, targeted);
    age_ += some;
    steps -= some;
    if (age_ % every == 0) record();
  }
}

// The target shown is that of the step.
void Batch::record() {
  const std::int64_t step = age_ - 1 - run_.config().settling_steps();
  const std::int64_t S = run_.config().presentation_steps(), at = step / S % run_.config().dataset_size;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    seats_[i].student->recorder.take(
        group_->save(place(i)), learning_ ? target_of(seats_[i], at, step % S) : std::span<const double>());
}

}  // namespace tsd::microcircuit
