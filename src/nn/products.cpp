// Which kernels MKL multiplies matrices with. It has AVX-512 ones, but keeps them for Intel's processors:
// others get AVX2 kernels, half as fast where the processor has AVX-512. Its question who made the processor
// is a function that LibTorch exports, so that the definition here, in the executable, answers in its place.
#include "tsd/nn/products.hpp"

namespace tsd::nn {
namespace {

struct MklVersion {  // as MKL's own header has it
  int major = 0, minor = 0, update = 0;
  char *status = nullptr, *build = nullptr, *processor = nullptr, *platform = nullptr;
};

bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
#else
  return false;
#endif
}

bool is_intel() {
#if defined(__x86_64__)
  return __builtin_cpu_is("intel");
#else
  return false;
#endif
}

}  // namespace
}  // namespace tsd::nn

extern "C" {
// Undocumented; a test holds that it is still MKL's question. Never asked by another library of matrix
// products.
int mkl_serv_intel_cpu_true() { return tsd::nn::is_intel() || tsd::nn::has_avx512(); }
// Of MKL, where LibTorch has it.
[[gnu::weak]] void mkl_serv_get_version(tsd::nn::MklVersion*);
}

namespace tsd::nn {

std::string product_kernels() {
  if (!mkl_serv_get_version) return "not by MKL";
  MklVersion mkl;
  mkl_serv_get_version(&mkl);
  return "MKL " + std::to_string(mkl.major) + "." + std::to_string(mkl.update) + ", kernels for " +
         mkl.processor;
}

}  // namespace tsd::nn
