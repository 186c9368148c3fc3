#include "families/microcircuit/native/kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "families/microcircuit/native/kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "families/microcircuit/native/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::microcircuit::HWY_NAMESPACE {

int lanes() { return static_cast<int>(hn::Lanes(D())); }

void advance(const ModelSpec& spec, const Layout& layout, Plasticity plastic, std::int64_t steps,
             Block& block) {
  for (; steps > 0; --steps) {
    Step(spec, layout, plastic, block).run();
    block.input_held = true;
    ++block.steps;
    ++block.noise_phase;
  }
}

}  // namespace tsd::microcircuit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::microcircuit {

HWY_EXPORT(lanes);
HWY_EXPORT(advance);

int kernel_lanes() { return HWY_DYNAMIC_DISPATCH(lanes)(); }
void kernel_advance(const ModelSpec& spec, const Layout& layout, Plasticity plastic, std::int64_t steps,
                    Block& block) {
  HWY_DYNAMIC_DISPATCH(advance)(spec, layout, plastic, steps, block);
}

}  // namespace tsd::microcircuit
#endif
