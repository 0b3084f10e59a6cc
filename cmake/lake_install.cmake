# What `cmake --install` lays out, the same under /usr (.deb) and in the tarball: bin/dplake finds
# lib/dplake/libduckdb.so by its own place, so the tree may be moved. tools/make_packages.sh makes both from it.
if(TARGET dplake)
  set(lake_packaging ${CMAKE_BINARY_DIR}/packaging)
  add_custom_command(
    OUTPUT ${lake_packaging}/dplake.1
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tools/write_packaging.py ${lake_packaging}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/write_packaging.py ${CMAKE_SOURCE_DIR}/src/lake/config/settings.cpp
    VERBATIM)
  add_custom_target(lake_packaging ALL DEPENDS ${lake_packaging}/dplake.1)
  add_dependencies(dplake lake_packaging)
  set_target_properties(dplake PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
    INSTALL_RPATH "$ORIGIN/../lib/dplake")
  install(TARGETS dplake RUNTIME DESTINATION bin)
  install(PROGRAMS ${DUCKDB_LIBRARY} DESTINATION lib/dplake)
  install(FILES ${lake_packaging}/dplake.1 DESTINATION share/man/man1)
  install(FILES ${lake_packaging}/dplake.toml DESTINATION share/doc/dplake)
  install(FILES ${lake_packaging}/dplake.bash RENAME dplake DESTINATION share/bash-completion/completions)
  install(FILES ${lake_packaging}/_dplake DESTINATION share/zsh/vendor-completions)
  install(FILES ${lake_packaging}/dplake.fish DESTINATION share/fish/vendor_completions.d)
  install(FILES README.md LICENSE docs/dependencies.md DESTINATION share/doc/dplake)
  get_filename_component(duckdb_root ${DUCKDB_INCLUDE_DIR} DIRECTORY)
  install(FILES ${duckdb_root}/LICENSE RENAME LICENSE.duckdb DESTINATION share/doc/dplake)
endif()
