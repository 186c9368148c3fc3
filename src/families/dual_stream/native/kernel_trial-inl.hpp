// Trials one after the other: answer, record, learn (dual_stream.md 3.6, 4.3).
#if defined(TSD_DUAL_STREAM_TRIAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_TRIAL_INL
#undef TSD_DUAL_STREAM_TRIAL_INL
#else
#define TSD_DUAL_STREAM_TRIAL_INL
#endif

#include <algorithm>
#include <memory>

#include "families/dual_stream/native/kernel_loss-inl.hpp"
#include "families/dual_stream/native/kernel_wide-inl.hpp"
#include "tsd/kernels/denormals.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

struct NoFast {
  NoFast(const ModelSpec&, const Layout&, const Block&, float*) {}
  V forward(const float*, V, const std::int32_t*, bool, bool, float*) { return hn::Zero(F()); }
  const float* shown(const float* z) const { return z; }
  void learn(const float*, const float*) {}
  void note_attention(float*) const {}
};

inline std::unique_ptr<SlowStream> slow_stream(const ModelSpec& model, const Layout& layout,
                                               const Block& block, float* scratch) {
  if (!model.has_slow()) return nullptr;
  if (model.slow.wide) return std::make_unique<WideSlow>(model, block);
  return std::make_unique<LaneSlow>(model, layout, block.slow, scratch);
}

template <class FastStream>
class TrialLoop {
 public:
  TrialLoop(const ModelSpec& model, const Layout& layout, const Pass& pass, const Trials& trials,
            Block& block)
      : model_(model),
        pass_(pass),
        trials_(trials),
        L_(lanes()),
        KL_(static_cast<std::size_t>(model.K) * L_),
        dropout_stride_(0),
        z_fast_(block.scratch),
        z_slow_(z_fast_ + KL_),
        z_total_(z_slow_ + KL_),
        target_(z_total_ + KL_),
        taught_(target_ + KL_),
        dz_(taught_ + KL_),
        dz_fast_(dz_ + KL_),
        fast_(model, layout, block, dz_fast_ + 2 * KL_),
        slow_(slow_stream(model, layout, block, dz_fast_ + 2 * KL_ + fast_scratch(model))) {
    std::fill_n(block.scratch, 8 * KL_, 0.0f);
    for (std::size_t l = 1; l + 1 < model.slow.layers(); ++l)
      dropout_stride_ += static_cast<std::size_t>(model.slow.sizes[l + 1]) * L_;
  }

  void run() {
    for (int t = 0; t < trials_.count; ++t) trial(static_cast<std::size_t>(t));
    if (trials_.attention != nullptr) fast_.note_attention(trials_.attention);
  }

 private:
  std::size_t fast_scratch(const ModelSpec& m) const {
    return static_cast<std::size_t>(m.fast.N * (2 * m.D + 9) + 2 * m.D) * L_;
  }

  void trial(std::size_t t) {
    const float* x = trials_.x + t * static_cast<std::size_t>(model_.D) * L_;
    const std::int32_t* item = trials_.item + t * L_;
    const V label = hn::ConvertTo(F(), hn::LoadU(hn::Rebind<std::int32_t, F>(), trials_.label + t * L_));
    for (int k = 0; k < model_.K; ++k)
      store(chosen(hn::Eq(label, all(static_cast<float>(k))), all(1)),
            target_ + static_cast<std::size_t>(k) * L_);
    const V recruited = answer_fast(x, label, item, t);
    if (slow_)
      slow_->forward(x, trials_.dropout == nullptr ? nullptr : trials_.dropout + t * dropout_stride_,
                     z_slow_);
    const float* shown = fast_.shown(z_fast_);
    add_streams(shown);
    record(trials_.out + t * values_per_trial(model_.K) * L_, shown, label, recruited);
    if (shown != z_fast_) add_streams(z_fast_);
    learn(x);
  }

  // Whether a cluster competes, a unit has any density, or a logit is 0 decides about answers and
  // recruitment.
  V answer_fast(const float* x, V label, const std::int32_t* item, std::size_t t) {
    [[maybe_unused]] const kernels::DenormalsKept exact;
    return fast_.forward(x, label, item, pass_.recruit, pass_.opens && t == 0, z_fast_);
  }

  void add_streams(const float* z_fast) {
    for (std::size_t i = 0; i < KL_; i += L_)
      store(hn::MulAdd(all(pass_.gate), load(z_fast + i), load(z_slow_ + i)), z_total_ + i);
  }

  void record(float* out, const float* z_fast, V label, V recruited) {
    const float* z[] = {z_fast, z_slow_, z_total_};
    for (std::size_t s = 0; s < 3; ++s) {
      store(error_of(z[s], target_, model_.K), out + (lc_fast + s) * L_);
      store(loss_of(model_.loss, z[s], target_, model_.K), out + (loss_fast + s) * L_);
      store(chosen(is_right(z[s], label, model_.K), all(1)), out + (acc_fast + s) * L_);
    }
    store(recruited, out + Value::recruited * L_);
    std::copy_n(z_fast, KL_, out + first_logit * L_);
    std::copy_n(z_slow_, KL_, out + first_logit * L_ + KL_);
  }

  void learn(const float* x) {
    if (!pass_.learn_fast && !pass_.learn_slow) return;
    const float* target = target_;
    if (pass_.fast_teaches) {
      const Softmax softmax(z_fast_, model_.K);
      for (int k = 0; k < model_.K; ++k) store(softmax.p(k), taught_ + static_cast<std::size_t>(k) * L_);
      target = taught_;
    }
    const bool alone = pass_.own_losses || pass_.fast_teaches;
    gradient_of(model_.loss, alone ? z_slow_ : z_total_, target, model_.K, dz_);
    if (pass_.own_losses)
      gradient_of(model_.loss, z_fast_, target, model_.K, dz_fast_);
    else
      for (std::size_t i = 0; i < KL_; i += L_) store(hn::Mul(all(pass_.gate), load(dz_ + i)), dz_fast_ + i);
    if (pass_.learn_fast) fast_.learn(x, dz_fast_);
    if (pass_.learn_slow && slow_) slow_->learn(dz_);
  }

  const ModelSpec& model_;
  const Pass& pass_;
  const Trials& trials_;
  std::size_t L_, KL_, dropout_stride_;
  float *z_fast_, *z_slow_, *z_total_, *target_, *taught_, *dz_, *dz_fast_;
  FastStream fast_;
  std::unique_ptr<SlowStream> slow_;
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
