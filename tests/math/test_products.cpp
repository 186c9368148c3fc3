#include <dlfcn.h>

#include <string>

#include "support/catch.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/math/products.hpp"

extern "C" int mkl_serv_intel_cpu_true();

using namespace tsd;

TEST_CASE("products: what runs them is named", "[products]") {
  const std::string name = math::product_kernels();
  const bool mkl = dlsym(RTLD_DEFAULT, "mkl_serv_get_version") != nullptr;
  CHECK((name.find("MKL 2") == 0) == mkl);
}

#if defined(__x86_64__)
TEST_CASE("products: MKL's question for the processor's maker is answered here", "[products]") {
  void* libtorch = dlopen("libtorch_cpu.so", RTLD_NOW | RTLD_NOLOAD);
  REQUIRE(libtorch);
  if (!dlsym(libtorch, "mkl_serv_get_version")) return;  // another library
  // Were it gone, or no longer exported, the executable's definition would go unasked.
  void* const of_mkl = dlsym(libtorch, "mkl_serv_intel_cpu_true");
  void* const first = dlsym(RTLD_DEFAULT, "mkl_serv_intel_cpu_true");
  REQUIRE(of_mkl);
  CHECK(first != of_mkl);
  CHECK(first == reinterpret_cast<void*>(&mkl_serv_intel_cpu_true));
}

TEST_CASE("products: AVX-512 kernels run wherever the processor has AVX-512", "[products]") {
  if (!dlsym(RTLD_DEFAULT, "mkl_serv_get_version")) return;
  const std::string features = processor_features();
  const bool avx512 = features.find("avx512f") != std::string::npos &&
                      features.find("avx512bw") != std::string::npos &&
                      features.find("avx512vl") != std::string::npos;
  CHECK((math::product_kernels().find("512") != std::string::npos) == avx512);
}
#endif
