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
foreach(name hwy xxhash)
  find_library(${name}_LIBRARY NAMES ${name} REQUIRED)
  add_library(${name} INTERFACE IMPORTED)
  target_link_libraries(${name} INTERFACE ${${name}_LIBRARY})
endforeach()

# LibTorch: a private .venv of the checkout first (scripts/bootstrap makes it), then CMAKE_PREFIX_PATH
# (an unpacked LibTorch, a conda environment).
file(GLOB venv_torch ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch/share/cmake)
find_package(Torch QUIET HINTS ${venv_torch})
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch 2.x not found: run scripts/bootstrap, or set CMAKE_PREFIX_PATH to an unpacked LibTorch. "
                      "A CUDA build of LibTorch also needs nvcc at configure time.")
endif()
