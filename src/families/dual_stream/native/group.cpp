#include <algorithm>

#include <hwy/aligned_allocator.h>

#include "families/dual_stream/model/group.hpp"

namespace tsd::dual_stream {

namespace {

constexpr std::size_t kCacheFloats = 1 << 18;  // half of a core's second cache, as large as they are today

template <class T>
using Memory = hwy::AlignedFreeUniquePtr<T[]>;

template <class T>
Memory<T> zeros(std::size_t count) {
  Memory<T> memory = hwy::AllocateAligned<T>(std::max<std::size_t>(1, count));
  if (!memory) throw std::bad_alloc();
  std::fill_n(memory.get(), count, T(0));
  return memory;
}

class NativeGroup final : public Group {
 public:
  NativeGroup(const ModelSpec& model, const Layout& layout, std::size_t members)
      : model_(model),
        layout_(layout),
        members_(members),
        lanes_(static_cast<std::size_t>(kernel_lanes())),
        fast_(zeros<float>(layout.fast_size * lanes_)),
        wide_(model.slow),
        slow_(zeros<float>(model.slow.wide ? wide_.size * members : layout.slow_size * lanes_)),
        scratch_(zeros<float>(scratch_size(model, layout) * lanes_)) {}

  void load(std::size_t member, std::span<const float> state) override {
    kept_.reset();
    const auto fast = state.first(layout_.fast_size), slow = state.subspan(layout_.fast_size);
    if (apart())
      std::ranges::copy(fast, fast_.get() + member * layout_.fast_size);
    else
      scatter(fast, member, fast_.get());
    if (model_.slow.wide)
      wide_.load(layout_, slow, slow_.get() + member * wide_.size);
    else
      scatter(slow, member, slow_.get());
  }

  std::vector<float> save(std::size_t member) const override {
    std::vector<float> state(layout_.size());
    copy_fast(member, 0, layout_.fast_size, state.data());
    const std::span<float> slow = std::span(state).subspan(layout_.fast_size);
    if (model_.slow.wide)
      wide_.save(layout_, slow_.get() + member * wide_.size, slow);
    else
      for (std::size_t i = 0; i < slow.size(); ++i) slow[i] = slow_[i * lanes_ + member];
    return state;
  }

  std::vector<float> read_fast(std::size_t member, const Slot& slot) const override {
    std::vector<float> values(slot.size());
    copy_fast(member, slot.offset, slot.size(), values.data());
    return values;
  }

  std::vector<Outcome> run(const Pass& pass, std::span<const Presentation> shown) override {
    const std::size_t count = shown[0].label.size(), width = values_per_trial(model_.K);
    const auto D = static_cast<std::size_t>(model_.D);
    auto x = interleaved(shown, &Presentation::x);
    auto label = interleaved(shown, &Presentation::label), item = interleaved(shown, &Presentation::item);
    auto dropout = interleaved(shown, &Presentation::dropout);
    auto out = zeros<float>(count * width * lanes_), attention = zeros<float>(D * lanes_);
    Trials trials;
    trials.count = static_cast<int>(count);
    trials.x = x.get();
    trials.label = label.get();
    trials.item = item.get();
    trials.dropout = shown[0].dropout.empty() ? nullptr : dropout.get();
    trials.out = out.get();
    trials.attention = attention.get();
    Block block{static_cast<int>(members_), fast_.get(), slow_.get(), scratch_.get(), &kept_};
    kernel_run(model_, layout_, pass, trials, block);
    std::vector<Outcome> outcomes;
    for (std::size_t member = 0; member < members_; ++member)
      outcomes.push_back({column(out.get(), count * width, member), column(attention.get(), D, member)});
    return outcomes;
  }

 private:
  bool apart() const {
    return model_.fast.kind == FastKind::multiunit || model_.fast.kind == FastKind::winners;
  }

  void copy_fast(std::size_t member, std::size_t at, std::size_t count, float* to) const {
    if (apart())
      std::copy_n(fast_.get() + member * layout_.fast_size + at, count, to);
    else
      for (std::size_t i = 0; i < count; ++i) to[i] = fast_[(at + i) * lanes_ + member];
  }

  // Lanes that are left over run along with the last member: left at rest, they would come upon infinities.
  std::size_t end_of(std::size_t member) const { return member + 1 == members_ ? lanes_ : member + 1; }

  template <class From, class To>
  void scatter(const From& values, std::size_t member, To* to) const {
    for (std::size_t i = 0; i < values.size(); ++i)
      std::fill(to + i * lanes_ + member, to + i * lanes_ + end_of(member), values[i]);
  }

  template <class T>
  Memory<T> interleaved(std::span<const Presentation> shown, std::vector<T> Presentation::*what) const {
    auto memory = zeros<T>((shown[0].*what).size() * lanes_);
    for (std::size_t member = 0; member < members_; ++member)
      scatter(shown[member].*what, member, memory.get());
    return memory;
  }

  std::vector<float> column(const float* from, std::size_t count, std::size_t member) const {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = from[i * lanes_ + member];
    return values;
  }

  const ModelSpec& model_;
  const Layout& layout_;
  std::size_t members_, lanes_;
  Memory<float> fast_;
  WideLayout wide_;
  Memory<float> slow_, scratch_;
  std::any kept_;
};

}  // namespace

std::size_t members_together(const ModelSpec& model, const Layout& layout) {
  const auto lanes = static_cast<std::size_t>(kernel_lanes());
  if (!model.slow.wide) return lanes;
  return std::clamp<std::size_t>(kCacheFloats / layout.slow_size, 1, lanes);
}

std::unique_ptr<Group> native_group(const ModelSpec& model, const Layout& layout, std::size_t members) {
  return std::make_unique<NativeGroup>(model, layout, members);
}

}  // namespace tsd::dual_stream
