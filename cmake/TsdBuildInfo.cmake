# The commit a binary was built from, asked for at every build and compiled into one small source, so that a new commit
# rebuilds nothing else. Included: defines the target tsd_build_info. Run with -P: writes the source.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git describe --always --abbrev=40 --exclude=* --dirty WORKING_DIRECTORY ${SOURCE_DIR}
                  OUTPUT_VARIABLE GIT_SHA OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT GIT_SHA)
    set(GIT_SHA unknown)
  endif()
  configure_file(${INPUT} ${OUTPUT} @ONLY)
  return()
endif()

set(build_info_source ${CMAKE_BINARY_DIR}/build_info.cpp)
add_custom_target(tsd_git_sha BYPRODUCTS ${build_info_source}
  COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
          -DBUILD_TYPE=${CMAKE_BUILD_TYPE} "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          -DINPUT=${CMAKE_SOURCE_DIR}/src/engine/build_info.cpp.in -DOUTPUT=${build_info_source}
          -P ${CMAKE_SOURCE_DIR}/cmake/TsdBuildInfo.cmake
  VERBATIM)
add_library(tsd_build_info OBJECT ${build_info_source})
add_dependencies(tsd_build_info tsd_git_sha)
target_include_directories(tsd_build_info PRIVATE ${CMAKE_SOURCE_DIR}/include)
