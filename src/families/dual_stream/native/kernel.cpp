#include "families/dual_stream/native/kernel.hpp"

#include <algorithm>
#include <type_traits>

#include "tsd/kernels/denormals.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "families/dual_stream/native/kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "families/dual_stream/native/kernel_clustering-inl.hpp"
#include "families/dual_stream/native/kernel_exemplar-inl.hpp"
#include "families/dual_stream/native/kernel_gaussian-inl.hpp"
#include "families/dual_stream/native/kernel_multiunit-inl.hpp"
#include "families/dual_stream/native/kernel_trial-inl.hpp"
#include "families/dual_stream/native/kernel_winners-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

int lanes_here() { return static_cast<int>(lanes()); }

void run(const ModelSpec& model, const Layout& layout, const Pass& pass, const Trials& trials, Block& block) {
  const auto with = [&]<class Fast>(std::type_identity<Fast>) {
    TrialLoop<Fast>(model, layout, pass, trials, block).run();
  };
  switch (model.fast.kind) {
    case FastKind::none:
      return with(std::type_identity<NoFast>());
    case FastKind::clustering:
      return with(std::type_identity<Clustering>());
    case FastKind::multiunit:
      return with(std::type_identity<Apart<Units>>());
    case FastKind::distribution:
      if (model.fast.covariance == Covariance::full)
        return with(std::type_identity<Recruiting<Gaussian<Covariance::full>>>());
      return with(std::type_identity<Recruiting<Gaussian<Covariance::diagonal>>>());
    case FastKind::winners:
      return with(std::type_identity<Apart<Winners>>());
    case FastKind::exemplar:
      return with(std::type_identity<Recruiting<Exemplar>>());
  }
}

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::dual_stream {

HWY_EXPORT(lanes_here);
HWY_EXPORT(run);

int kernel_lanes() { return HWY_DYNAMIC_DISPATCH(lanes_here)(); }

std::size_t scratch_size(const ModelSpec& model, const Layout&) {
  std::size_t size = 8 * static_cast<std::size_t>(model.K);  // logits, targets and gradients
  std::size_t widest = 0;
  for (const int n : model.slow.sizes) {
    size += static_cast<std::size_t>(n);
    widest = std::max(widest, static_cast<std::size_t>(n));
  }
  const auto N = static_cast<std::size_t>(model.fast.N), D = static_cast<std::size_t>(model.D);
  return size + 2 * widest + N * (2 * D + 9) + 2 * D;  // the most that a fast stream takes
}

void kernel_run(const ModelSpec& model, const Layout& layout, const Pass& pass, const Trials& trials,
                Block& block) {
  // A network that makes no more errors has denormal gradients all the time.
  [[maybe_unused]] const kernels::DenormalsAsZero fast;
  HWY_DYNAMIC_DISPATCH(run)(model, layout, pass, trials, block);
}

}  // namespace tsd::dual_stream
#endif
