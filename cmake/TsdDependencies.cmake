find_package(Threads REQUIRED)
find_package(PNG REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tinyobjloader REQUIRED)

find_package(HDF5 REQUIRED COMPONENTS C CXX)
add_library(HDF5::cxx INTERFACE IMPORTED)
target_include_directories(HDF5::cxx SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(HDF5::cxx INTERFACE ${HDF5_CXX_LIBRARIES} ${HDF5_LIBRARIES})

# Neither ships a CMake package everywhere.
foreach(name hwy xxhash linear svm nlopt)
  find_library(${name}_LIBRARY NAMES ${name} REQUIRED)
  add_library(${name} INTERFACE IMPORTED)
  target_link_libraries(${name} INTERFACE ${${name}_LIBRARY})
endforeach()

if(TSD_FUZZ)
  return() # readers of files do not compute
endif()

# LibTorch 2.x: the private .venv of the checkout (scripts/bootstrap makes it), or what CMAKE_PREFIX_PATH names: a Python
# or conda environment, an unpacked LibTorch, or the folder of its CMake files. Taken by its files, since its own CMake
# package refuses a CUDA build where there is no nvcc, and nothing here is compiled by nvcc.
set(torch_roots)
foreach(prefix ${CMAKE_SOURCE_DIR}/.venv ${CMAKE_PREFIX_PATH})
  file(GLOB wheel ${prefix}/lib/python3*/site-packages/torch)
  list(APPEND torch_roots ${wheel} ${prefix} ${prefix}/../..)
endforeach()
find_path(LIBTORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h HINTS ${torch_roots} PATH_SUFFIXES include)
find_library(LIBTORCH_LIBRARY torch HINTS ${torch_roots} PATH_SUFFIXES lib)
if(NOT LIBTORCH_INCLUDE_DIR OR NOT LIBTORCH_LIBRARY)
  message(FATAL_ERROR "LibTorch 2.x not found: run scripts/bootstrap, or set CMAKE_PREFIX_PATH to an unpacked LibTorch.")
endif()
get_filename_component(libtorch_folder ${LIBTORCH_LIBRARY} DIRECTORY)
add_library(torch INTERFACE IMPORTED)
target_include_directories(torch SYSTEM INTERFACE ${LIBTORCH_INCLUDE_DIR} ${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include)
# libtorch.so has no symbols of its own: it brings in the CUDA library, which registers itself.
set(linked "$<NOT:$<BOOL:$<TARGET_PROPERTY:TSD_WITHOUT_LIBTORCH>>>")  # of the program: see CMakeLists.txt
target_link_libraries(torch INTERFACE "$<${linked}:-Wl,--no-as-needed;${LIBTORCH_LIBRARY};-Wl,--as-needed>"
                      "$<${linked}:${libtorch_folder}/libtorch_cpu.so;${libtorch_folder}/libc10.so>")
# at::parallel_for is OpenMP in a header: without the flag it compiles, and runs on one thread. Given as a flag, not as
# FindOpenMP's library, so that the loader takes the one that LibTorch brings.
find_package(OpenMP REQUIRED COMPONENTS CXX)
target_compile_options(torch INTERFACE ${OpenMP_CXX_FLAGS})
target_link_options(torch INTERFACE "$<${linked}:${OpenMP_CXX_FLAGS}>")
