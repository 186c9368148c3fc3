#include <algorithm>
#include <functional>

#include <hwy/aligned_allocator.h>

#include "families/microcircuit/model/group.hpp"
#include "families/microcircuit/model/initial.hpp"
#include "families/microcircuit/native/kernel.hpp"

namespace tsd::microcircuit {

namespace {

using Memory = hwy::AlignedFreeUniquePtr<double[]>;

Memory zeros(std::size_t count) {
  Memory memory = hwy::AllocateAligned<double>(count);
  if (!memory) throw std::bad_alloc();
  std::fill_n(memory.get(), count, 0.0);
  return memory;
}

class NativeGroup final : public Group {
 public:
  NativeGroup(const Layout& layout, std::vector<Member> members)
      : members_(std::move(members)),
        spec_(*members_.front().circuit),
        layout_(layout),
        lanes_(static_cast<std::size_t>(kernel_lanes())),
        input_size_(static_cast<std::size_t>(spec_.n.front())),
        output_size_(static_cast<std::size_t>(spec_.n.back())),
        widest_(static_cast<std::size_t>(std::ranges::max(spec_.n))),
        sample_(static_cast<std::size_t>(spec_.hidden_neurons())),
        samples_(std::max<std::size_t>(1, kBufferedGaussians / sample_)),
        values_(zeros(layout.size * lanes_)),
        input_(zeros(input_size_ * lanes_)),
        target_(zeros(output_size_ * lanes_)),
        factors_(zeros(3 * widest_ * lanes_)),
        gaussians_(zeros(samples_ * sample_ * lanes_)),
        self_predicting_(members_.size()),
        constants_(spec_.N) {
    gather_constants();
  }

  void load(int circuit, const State& state) override {
    scatter(state.values, circuit, values_);
    self_predicting_[static_cast<std::size_t>(circuit)] =
        is_self_predicting(*members_[static_cast<std::size_t>(circuit)].circuit, layout_, state);
    steps_ = state.steps;
  }

  State save(int circuit) const override {
    State state{std::vector<double>(layout_.size), steps_};
    for (std::size_t i = 0; i < layout_.size; ++i)
      state.values[i] = values_[i * lanes_ + static_cast<std::size_t>(circuit)];
    return state;
  }

  std::vector<double> read(int circuit, const Slot& slot) const override {
    std::vector<double> values;
    for (std::size_t i = slot.at; i < slot.at + slot.size(); ++i)
      values.push_back(values_[i * lanes_ + static_cast<std::size_t>(circuit)]);
    return values;
  }

  void set_input(int circuit, std::span<const double> rates) override { scatter(rates, circuit, input_); }
  void set_target(int circuit, std::span<const double> potentials) override {
    scatter(potentials, circuit, target_);
  }

  void advance(std::int64_t steps, Plasticity plastic, bool targeted) override {
    const bool noisy = plastic.backward && spec_.noisy();
    double* factors = factors_.get();
    const std::size_t size = widest_ * lanes_;
    forget_unless_frozen(plastic);
    Block block{.values = values_.get(),
                .constants = constants_,
                .input = input_.get(),
                .target = targeted ? target_.get() : nullptr,
                .gaussians = gaussians_.get(),
                .self_predicting = std::ranges::all_of(self_predicting_, std::identity()),
                .input_held = false,
                .post = factors,
                .gate_post = factors + size,
                .gate_pre = factors + 2 * size,
                .steps = steps_,
                .noise_phase = 0};
    const auto largest =
        static_cast<std::int64_t>(samples_) * (spec_.staggers_noise() ? 1 : spec_.noise_steps);
    for (std::int64_t left = steps; left > 0;) {
      std::int64_t some = left;
      block.noise_phase = steps_ - spec_.settling_steps;
      if (noisy) {
        some = std::min(left, largest);
        draw(gaussians(block.noise_phase, some));
        block.gaussians = gaussians_.get();
      }
      kernel_advance(spec_, layout_, plastic, some, block);
      steps_ += some;
      left -= some;
    }
  }

 private:
  static constexpr std::size_t kBufferedGaussians = 2048;  // of a circuit: with all lanes about 100 kB

  void gather_constants() {
    std::size_t count = 0;
    constants_.each([&](const double*&) { ++count; });
    numbers_ = zeros(count * lanes_);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Constants<double> own = *members_[i].circuit;
      std::vector<double> values;
      own.each([&](double number) { values.push_back(number); });
      scatter(values, static_cast<int>(i), numbers_);
    }
    const double* at = numbers_.get();
    constants_.each([&](const double*& number) { number = std::exchange(at, at + lanes_); });
  }

  // Lanes that are left over run along with the last circuit: left at rest, they would decay to denormal
  // numbers, which are slow.
  std::size_t end_of(std::size_t circuit) const {
    return circuit + 1 == members_.size() ? lanes_ : circuit + 1;
  }

  void scatter(std::span<const double> values, int circuit, Memory& memory) const {
    const auto lane = static_cast<std::size_t>(circuit);
    for (std::size_t i = 0; i < values.size(); ++i)
      std::fill(memory.get() + i * lanes_ + lane, memory.get() + i * lanes_ + end_of(lane), values[i]);
  }

  // WIP no longer follows from WPP once one of them learns.
  void forget_unless_frozen(Plasticity plastic) {
    const bool WIP_learns = plastic.lateral && std::ranges::any_of(spec_.WIP_learns, std::identity());
    if (plastic.forward || WIP_learns) std::fill(self_predicting_.begin(), self_predicting_.end(), false);
  }

  // How many are needed in the steps phase .. phase + steps - 1: one for each cell of a layer that is renewed.
  std::size_t gaussians(std::int64_t phase, std::int64_t steps) const {
    if (!spec_.staggers_noise()) {
      const auto before = [&](std::int64_t step) {
        return (step + spec_.noise_steps - 1) / spec_.noise_steps;
      };
      return static_cast<std::size_t>(before(phase + steps) - before(phase)) * sample_;
    }
    std::size_t count = 0;
    for (std::int64_t step = phase; step < phase + steps; ++step)
      for (int l = 1; l < spec_.N; ++l)
        if (spec_.noise_due(step, l)) count += static_cast<std::size_t>(spec_.n[static_cast<std::size_t>(l)]);
    return count;
  }

  void draw(std::size_t count) {
    for (std::size_t i = 0; i < members_.size(); ++i)
      members_[i].generator->gauss(count, gaussians_.get() + i, lanes_);
    const std::size_t last = members_.size() - 1;
    for (double* row = gaussians_.get(); row < gaussians_.get() + count * lanes_; row += lanes_)
      std::fill(row + last + 1, row + lanes_, row[last]);
  }

  std::vector<Member> members_;
  const ModelSpec& spec_;  // of all
  const Layout& layout_;
  std::size_t lanes_, input_size_, output_size_, widest_, sample_, samples_;
  Memory values_, input_, target_, factors_, gaussians_, numbers_;
  std::vector<bool> self_predicting_;   // by circuit
  Constants<const double*> constants_;  // in numbers_
  std::int64_t steps_ = 0;
};

}  // namespace

int native_lanes() { return kernel_lanes(); }

std::unique_ptr<Group> native_group(const Layout& layout, std::vector<Member> members) {
  return std::make_unique<NativeGroup>(layout, std::move(members));
}

}  // namespace tsd::microcircuit
