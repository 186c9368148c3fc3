#include "support/device/device.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <array>

#include "support/device/memory.hpp"

namespace tsd::walled {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;
thread_local c10::DeviceIndex current = 0;

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device d) const override {
    const c10::Device before = getDevice();
    setDevice(d);
    return before;
  }
  c10::Device getDevice() const override { return {kType, current}; }
  void setDevice(c10::Device d) const override {
    TORCH_CHECK(d.type() == kType && d.index() < kCards, "walled device: there is no ", d);
    uncheckedSetDevice(d);
  }
  void uncheckedSetDevice(c10::Device d) const noexcept override {
    if (d.index() >= 0) current = d.index();
  }
  // One stream a card: what is asked for is done when the call returns.
  c10::Stream getStream(c10::Device d) const override { return c10::Stream(c10::Stream::DEFAULT, d); }
  c10::Stream getDefaultStream(c10::Device d) const override { return getStream(d); }
  c10::Stream getNewStream(c10::Device d, int) const override { return getStream(d); }
  c10::Stream getStreamFromGlobalPool(c10::Device d, bool) const override { return getStream(d); }
  c10::Stream exchangeStream(c10::Stream s) const override { return s; }
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeEvent(void*) const override {}
  void synchronizeDevice(c10::DeviceIndex) const override {}
  c10::DeviceIndex deviceCount() const noexcept override { return kCards; }
};

struct Allocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    void* block = take(bytes);
    return {block, block, &give_back, c10::Device(kType, current)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(behind_the_wall(to), behind_the_wall(const_cast<void*>(from)), bytes);
  }
};

// Begins anywhere: numbers of a generator that nobody seeds and saves are other ones in every run.
struct Generator final : at::CPUGeneratorImpl {
  explicit Generator(c10::DeviceIndex card)
      : host(at::detail::createCPUGenerator(c10::detail::getNonDeterministicRandom())) {
    device_ = {kType, card};
    key_set_ = c10::DispatchKeySet(c10::DispatchKey::PrivateUse1);
  }
  void set_current_seed(std::uint64_t seed) override { host.set_current_seed(seed); }
  std::uint64_t current_seed() const override { return host.current_seed(); }
  std::uint64_t seed() override { return host.seed(); }
  void set_state(const c10::TensorImpl& state) override { host.unsafeGetGeneratorImpl()->set_state(state); }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override {
    return host.unsafeGetGeneratorImpl()->get_state();
  }
  at::Generator host;
};

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return kCards; }
  void setCurrentDevice(c10::DeviceIndex card) const override { current = card; }
  c10::DeviceIndex getCurrentDevice() const override { return current; }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex card) const override {
    return std::exchange(current, card);
  }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex card) const override { return exchangeDevice(card); }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex card) const override {
    return default_generator(card < 0 ? current : card);
  }
  at::Generator getNewGenerator(c10::DeviceIndex card) const override {
    return at::make_generator<Generator>(card < 0 ? current : card);
  }
};

const bool registered = [] {
  c10::register_privateuse1_backend(kName);
  c10::SetAllocator(kType, new Allocator);
  at::RegisterPrivateUse1HooksInterface(new Hooks);
  return true;
}();

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

}  // namespace

at::Generator host_generator(const at::Generator& of_device) {
  return static_cast<Generator*>(of_device.unsafeGetGeneratorImpl())->host;
}

const at::Generator& default_generator(int card) {
  static const std::array<at::Generator, kCards> all = {at::make_generator<Generator>(0),
                                                        at::make_generator<Generator>(1)};
  return all.at(static_cast<std::size_t>(card));
}

}  // namespace tsd::walled
