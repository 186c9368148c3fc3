set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON) # an installed program finds LibTorch where it was

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

option(TSD_TESTS "build the tests" ON)
option(TSD_BENCH "build the benchmarks (Google Benchmark)" ON)
option(TSD_FUZZ "build the fuzz targets alone, with clang's libFuzzer" OFF)
set(TSD_SANITIZE "" CACHE STRING "comma list for -fsanitize, e.g. address,undefined")

# Results must not depend on what the compiler may reorder: no -ffast-math, no contraction
# of a*b+c in plain code. Vector kernels ask for fused multiply-add by name. Nobody reads errno after a square root,
# which without it becomes one instruction. -Wrestrict is wrong in g++ 12.
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> -ffp-contract=off -fno-math-errno)
if(TSD_SANITIZE)
  add_compile_options(-fsanitize=${TSD_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TSD_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Two LibTorch sources at once are what a small machine can hold.
set_property(GLOBAL PROPERTY JOB_POOLS torch_pool=2)
