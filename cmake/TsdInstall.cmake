# cmake --install build/release --prefix DIR: both programs, what plots and reads results, the shipped configs; they find
# LibTorch where it was at the build. cpack --config build/release/CPackConfig.cmake: a tarball with every library but the
# C library's own beside them, which runs from any folder of a machine of this kind.
set_target_properties(tsd tsd_compute PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/tsd;${libtorch_folder}"
                      INSTALL_RPATH_USE_LINK_PATH ON)

install(TARGETS tsd tsd_compute RUNTIME_DEPENDENCY_SET libraries RUNTIME DESTINATION bin COMPONENT tsd)
install(DIRECTORY scripts/plot scripts/report scripts/matlab scripts/python DESTINATION share/tsd/scripts COMPONENT tsd PATTERN __pycache__ EXCLUDE)
install(FILES scripts/whole.py DESTINATION share/tsd/scripts COMPONENT tsd)
install(DIRECTORY configs DESTINATION share/tsd COMPONENT tsd)
install(FILES README.md CHANGELOG.md LICENSE CITATION.cff DESTINATION share/doc/tsd COMPONENT tsd)
install(RUNTIME_DEPENDENCY_SET libraries
        PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread)\\.so"
        POST_EXCLUDE_REGEXES "/lib(c|m|dl|rt|pthread)\\.so"
        DESTINATION lib/tsd COMPONENT libraries EXCLUDE_FROM_ALL)
# Libraries that those need find each other beside themselves.
install(CODE [[
  file(GLOB libraries "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/tsd/*.so*")
  foreach(library ${libraries})
    if(NOT IS_SYMLINK ${library})
      execute_process(COMMAND patchelf --set-rpath $ORIGIN ${library} COMMAND_ERROR_IS_FATAL ANY)
    endif()
  endforeach()]] COMPONENT libraries EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR TGZ)
set(CPACK_COMPONENTS_ALL tsd libraries)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
set(CPACK_PACKAGE_FILE_NAME tsd-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_THREADS 0)
include(CPack)
